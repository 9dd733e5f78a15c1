"""A mark whose picture is known: where it is how opaque, in which colour, and how it looks at any place and size."""

from __future__ import annotations

import io
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from wagtail_restore.exceptions import Animated, Unreadable
from wagtail_restore.imaging.header import BROKEN

Floats = NDArray[np.float32]
Place = tuple[float, float, float, float]
"""Left, top, width and height of a mark in a picture, in pixels and parts of them."""

LARGEST = 1024
"""Longer sides are made shorter when a mark is read: no more of it is needed, and looking takes time."""
FAINT = 0.02
"""What is less opaque than this does not belong to the mark."""
UNCLEAR = 0.1
"""A mark with less between its clearest and its most opaque place cannot be told from its ground."""


@dataclass(frozen=True, eq=False)
class Mark:
    """``alpha`` is float32 (h, w) in 0..1; ``colour`` is float32 (h, w, 3), (3,), or None.

    The opacity is known up to one factor. A mark without a colour is looked for in white and in black. ``size`` is
    the width and height at scale 1, where ``alpha`` is a smaller picture of it.
    """

    name: str
    alpha: Floats
    colour: Floats | None = None
    size: tuple[float, float] = (0.0, 0.0)

    def __post_init__(self) -> None:
        if self.alpha.ndim != 2 or not float(self.alpha.max(initial=0.0)) > FAINT:
            raise ValueError(f"{self.name}: nothing of the mark is opaque")
        if self.size == (0.0, 0.0):
            object.__setattr__(self, "size", (float(self.alpha.shape[1]), float(self.alpha.shape[0])))

    @cached_property
    def planes(self) -> Floats:
        """Opacity, and colour times opacity: float32 (h, w, 4). A mark of unknown colour is white here."""
        colour = np.ones(3, np.float32) if self.colour is None else self.colour
        return np.dstack([self.alpha, self.alpha[:, :, None] * colour]).astype(np.float32)

    def coloured(self, colour: Floats) -> Mark:
        """The same mark in one colour."""
        return Mark(self.name, self.alpha, np.asarray(colour, np.float32), self.size)


def read(data: bytes, name: str, max_pixels: int = 16_000_000) -> Mark:
    """The mark in the bytes of a PNG or WebP: its transparency, or the darkness of a picture that has none.

    What surrounds the mark is cut off. Raises ``Unreadable`` where there is no such picture, or no mark in it, and
    ``Animated`` where there are several.
    """
    try:
        with Image.open(io.BytesIO(data), formats=["PNG", "WEBP"]) as picture:
            if picture.width * picture.height > max_pixels:
                raise Unreadable(detail=f"the mark {name} has too many pixels")
            frames = int(getattr(picture, "n_frames", 1))
            if frames > 1:
                raise Animated(mark=name, frames=frames)
            whole = picture.convert("RGBA")
    except UnidentifiedImageError as error:
        raise Unreadable(detail=f"the mark {name} is no PNG or WebP") from error
    except (*BROKEN, Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise Unreadable(detail=f"the mark {name}: {error}") from error
    part, factor = _needed(whole)
    mark = from_picture(np.asarray(part, dtype=np.float32) / np.float32(255.0), name)
    return replace(mark, size=(mark.size[0] * factor, mark.size[1] * factor)) if factor > 1 else mark


def _needed(whole: Image.Image) -> tuple[Image.Image, int]:
    """What of a picture, ``RGBA``, a mark is made of, and how many times as large it was.

    A clear ground may be many times as large as what stands on it; a little of it stays, for it says that it is clear.
    """
    seen = whole.getchannel("A").point([0 if level < FAINT * 255 else 255 for level in range(256)]).getbbox()
    left, top, right, bottom = seen or (0, 0, *whole.size)
    factor = max(1, max(right - left, bottom - top) // LARGEST)
    rim = 2 * factor
    box = max(0, left - rim), max(0, top - rim), min(whole.width, right + rim), min(whole.height, bottom + rim)
    return whole.crop(box).reduce(factor), factor


def from_picture(values: NDArray[Any], name: str) -> Mark:
    """The mark in float (h, w, 4) in 0..1. Raises ``Unreadable`` where nothing of it can be seen."""
    seen = values[:, :, 3] > FAINT
    see_through = bool(values[:, :, 3].min() < 1.0 - UNCLEAR)
    alpha = values[:, :, 3] if see_through else 1.0 - values[:, :, :3].mean(axis=2)
    if float(np.ptp(alpha)) < UNCLEAR:
        raise Unreadable(detail=f"the mark {name} has neither transparency nor contrast")
    if not see_through:
        seen = alpha > FAINT
    rows, columns = np.flatnonzero(seen.any(axis=1)), np.flatnonzero(seen.any(axis=0))
    here = slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
    colour = values[here][:, :, :3] if see_through else None
    alpha = np.ascontiguousarray(alpha[here], dtype=np.float32)
    size = float(alpha.shape[1]), float(alpha.shape[0])
    if max(size) > LARGEST:
        share = LARGEST / max(size)
        target = max(1, round(size[0] * share)), max(1, round(size[1] * share))
        inked = colour if colour is None else colour * alpha[:, :, None]
        alpha = np.asarray(cv2.resize(alpha, target, interpolation=cv2.INTER_AREA))
        if inked is not None:
            inked = np.asarray(cv2.resize(inked, target, interpolation=cv2.INTER_AREA))
            colour = inked / np.maximum(alpha, 1e-4)[:, :, None]
    return Mark(name, alpha, None if colour is None else colour.astype(np.float32), size)


def render(mark: Mark, place: Place, frame: tuple[int, int, int, int], kernel: str = "cubic") -> Floats:
    """The planes of ``mark`` as they lie at ``place``, within ``frame`` (x, y, width, height in whole pixels).

    Made larger and smaller as programs that stamp pictures do it, by one of ``KERNELS``; at a place of whole pixels
    this is what Pillow's ``resize`` gives. Float32 (height, width, 4).
    """
    left, top, width, height = place
    x, y, columns, rows = frame
    across = _shares(mark.alpha.shape[1], left - x, width, columns, kernel)
    down = _shares(mark.alpha.shape[0], top - y, height, rows, kernel)
    tall = np.tensordot(down, mark.planes, axes=(1, 0))
    return np.asarray(np.clip(np.einsum("xk,ykc->yxc", across, tall, optimize=True), 0.0, 1.0), dtype=np.float32)


def _shares(size: int, start: float, length: float, count: int, kernel: str) -> Floats:
    """How much each of ``size`` values has in each of ``count`` pixels, (count, size)."""
    shape, reach = KERNELS[kernel]
    step = size / length
    wide = max(1.0, step)
    edges = np.arange(count + 1)
    centres = (edges[:-1] + 0.5 - start) * step
    x = (np.arange(size) + 0.5 - centres[:, None]) / wide
    weights = np.where(np.abs(x) <= reach, shape(x), 0.0)
    total = weights.sum(axis=1, keepdims=True)
    inside = np.clip(np.minimum(edges[1:], start + length) - np.maximum(edges[:-1], start), 0.0, 1.0)
    return np.asarray(weights / np.where(np.abs(total) > 1e-6, total, 1.0) * inside[:, None], dtype=np.float32)


def _area(x: NDArray[Any]) -> NDArray[Any]:
    """The mean over what a pixel covers, with a rim half a value wide."""
    return np.asarray(np.clip(1.0 - np.abs(x), 0.0, 0.5))


def _triangle(x: NDArray[Any]) -> NDArray[Any]:
    return np.asarray(np.clip(1.0 - np.abs(x), 0.0, None))


def _cubic(x: NDArray[Any]) -> NDArray[Any]:
    x = np.abs(x)
    near = (1.5 * x - 2.5) * x * x + 1.0
    return np.asarray(np.where(x < 1.0, near, ((-0.5 * x + 2.5) * x - 4.0) * x + 2.0))


def _lanczos(x: NDArray[Any]) -> NDArray[Any]:
    return np.asarray(np.sinc(x) * np.sinc(x / 3.0))


KERNELS = {"cubic": (_cubic, 2.0), "lanczos": (_lanczos, 3.0), "triangle": (_triangle, 1.0), "area": (_area, 1.0)}
