"""Where exactly a known mark lies in a picture, how large and how opaque, to parts of a pixel."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from wagtail_restore.imaging.logo import KERNELS, Floats, Mark, Place, render

MARGIN = 3
"""So many pixels around the mark are looked at with it."""
NOISE = 0.012
"""The least that neighbouring pixels differ by without meaning anything, in 0..1."""
CELL = 4
"""The side, in pixels, of the parts that have a vote each on whether a mark is there."""
OPAQUE = 0.98
STEEP = 0.2
"""Steeper edges are the picture's."""
ROUGH = 72.0
"""The root of a mark's area, in pixels, at which it is fitted first."""
SURELY = 6.0
"""Standard deviations below which it is chance."""
HOPELESS = 3.5
"""The same after the first steps."""
BLUR = 1.5
"""The Gaussian, in pixels, beyond which compression leaves edges as they were."""


@dataclass(frozen=True, eq=False)
class Fit:
    """A mark at a place: its opacity there, how surely (standard deviations) and how evenly (0..1) it shows.

    ``loss`` is how much of edges is left in its place when it is taken off.
    """

    mark: Mark
    place: Place
    opacity: float
    kernel: str
    loss: float
    surely: float
    evenly: float


def frame_of(place: Place, width: int, height: int, margin: int = MARGIN) -> tuple[int, int, int, int]:
    """The whole pixels of a picture that a mark at ``place`` may touch, with ``margin``: x, y, width, height."""
    left, top = max(0, int(np.floor(place[0])) - margin), max(0, int(np.floor(place[1])) - margin)
    right = min(width, int(np.ceil(place[0] + place[2])) + margin)
    bottom = min(height, int(np.ceil(place[1] + place[3])) + margin)
    return left, top, right - left, bottom - top


def fit(pixels: NDArray[Any], mark: Mark, place: Place) -> Fit | None:
    """The mark as it lies near ``place`` in ``pixels``, float32 (H, W, C) in 0..1; None where it does not.

    Gauss-Newton on place and size, by weighted least squares that stand edges of the picture (Holland and Welsch,
    1977), such that as few edges of the mark as possible are left when it is taken off; first in a smaller picture.
    """
    share = min(1.0, ROUGH / float(np.sqrt(place[2] * place[3])))
    opacity = 0.4
    if share < 0.8:
        part, (x, y) = _part(pixels, place)
        small = np.atleast_3d(cv2.resize(part, None, fx=share, fy=share, interpolation=cv2.INTER_AREA))
        across, down = small.shape[1] / part.shape[1], small.shape[0] / part.shape[0]
        there = (place[0] - x) * across, (place[1] - y) * down, place[2] * across, place[3] * down
        there, opacity = _walk(small, mark, there, opacity, 2)
        if _fixed(small, mark, there, opacity, "triangle").surely < HOPELESS:
            return None
        there, opacity = _walk(small, mark, there, opacity, 5)
        if _fixed(small, mark, there, opacity, "triangle").surely < SURELY:
            return None
        place = there[0] / across + x, there[1] / down + y, there[2] / across, there[3] / down
        place, opacity = _walk(pixels, mark, place, opacity, 3)
    else:
        place, opacity = _walk(pixels, mark, place, opacity, 2)
        if _fixed(pixels, mark, place, opacity, "triangle").surely < HOPELESS:
            return None
        place, opacity = _walk(pixels, mark, place, opacity, 6)
    found = _fixed(pixels, mark, place, opacity, "cubic")
    if found.surely < SURELY:
        return None
    found = _best(pixels, found)
    seen, alpha, inked = _layers(pixels, mark, found.place, found.kernel)
    return replace(found, opacity=_balanced(seen, alpha, inked))


def _part(pixels: NDArray[Any], place: Place) -> tuple[Floats, tuple[int, int]]:
    """What lies around ``place``, and where it begins."""
    height, width = pixels.shape[:2]
    x, y, columns, rows = frame_of(place, width, height, round(0.1 * max(place[2:])) + 8)
    return np.ascontiguousarray(pixels[y : y + rows, x : x + columns]), (x, y)


def _walk(pixels: NDArray[Any], mark: Mark, place: Place, opacity: float, rounds: int) -> tuple[Place, float]:
    """Steps towards the best place until they are small, and the opacity there."""
    for _ in range(rounds):
        if min(frame_of(place, pixels.shape[1], pixels.shape[0])[2:]) < 8:
            break
        place, opacity, step = _step(pixels, mark, place, opacity)
        if step < 0.02:
            break
    return place, opacity


def _best(pixels: NDArray[Any], found: Fit) -> Fit:
    """``found``, or a like place of whole pixels, where most programs put marks, when it fits as well or better."""
    left, top, width, height = found.place
    whole = (float(round(left)), float(round(top)), float(round(width)), float(round(height)))
    best = _fixed(pixels, found.mark, whole, found.opacity, "cubic")
    if best.loss > found.loss * 1.005:
        best = found
    others = (_fixed(pixels, best.mark, best.place, best.opacity, kernel) for kernel in KERNELS if kernel != "cubic")
    return min([best, *others], key=lambda one: one.loss)


def balanced(pixels: NDArray[Any], mark: Mark, place: Place, kernel: str = "cubic") -> float:
    """The opacity at which taking the mark off this very ``place`` leaves none of its edges, and adds none."""
    return _balanced(*_layers(pixels, mark, place, kernel))


def remains(pixels: NDArray[Any], mark: Mark, place: Place, opacity: float, kernel: str = "cubic") -> float:
    """The share of the edges along the mark's own that is left when it is taken off; about 1 where there is none."""
    seen, alpha, inked = _layers(pixels, mark, place, kernel)
    under = _taken_off(seen, alpha, inked, opacity)
    along = np.abs(_edges(alpha)).sum(axis=(0, 3))[None, :, :, None]
    before, after = (float((np.minimum(np.abs(_edges(each)), STEEP) * along).sum()) for each in (seen, under))
    return after / max(before, 1e-9)


def _balanced(seen: Floats, alpha: Floats, inked: Floats) -> float:
    """The opacity at which what comes out from under the mark goes neither with nor against the mark's edges.

    Found by bisection, on blurred pictures: compression leaves fine edges, above all those of colour, weaker. The
    edges of what is below are no part of the pattern: they would go against themselves, and the opacity come out low.
    """
    low, high = 0.02, OPAQUE
    soft, ink = _blurred(alpha), _blurred(inked)
    for _ in range(11):
        opacity = (low + high) / 2
        under = _taken_off(seen, alpha, inked, opacity, clip=False)
        pattern = _pattern(_blurred(np.clip(under, 0.0, 1.0)), soft, ink)
        edges = _edges(_blurred(np.clip(under, -0.5, 1.5)))
        weight = 1.0 / (np.abs(edges).sum(axis=(0, 3), keepdims=True) + 3 * NOISE)
        if float((weight * pattern * edges).sum()) > 0:
            low = opacity
        else:
            high = opacity
    return (low + high) / 2


def _blurred(plane: Floats) -> Floats:
    return np.asarray(np.atleast_3d(cv2.GaussianBlur(plane, (0, 0), BLUR)), dtype=np.float32)


def _layers(pixels: NDArray[Any], mark: Mark, place: Place, kernel: str) -> tuple[Floats, Floats, Floats]:
    """What is seen in the frame of ``place`` (h, w, C), its opacity (h, w, 1), its colour times that (h, w, C)."""
    height, width, channels = pixels.shape
    frame = frame_of(place, width, height)
    x, y, columns, rows = frame
    planes = render(mark, place, frame, kernel)
    colour = planes[:, :, 1:] if channels == 3 else planes[:, :, 1:].mean(axis=2, keepdims=True)
    seen = np.asarray(pixels[y : y + rows, x : x + columns], dtype=np.float32)
    return seen, planes[:, :, :1], colour


def _edges(plane: Floats) -> Floats:
    """The differences to the right and to below, (2, h − 1, w − 1, C)."""
    return np.stack([plane[:-1, 1:] - plane[:-1, :-1], plane[1:, :-1] - plane[:-1, :-1]])


def _pattern(under: Floats, alpha: Floats, inked: Floats) -> Floats:
    """The edges that a mark of opacity 1 lays over ``under``."""
    return _edges(inked) - np.asarray(under[:-1, :-1]) * _edges(alpha)


def _taken_off(seen: Floats, alpha: Floats, inked: Floats, opacity: float, *, clip: bool = True) -> Floats:
    under = (seen - opacity * inked) / np.maximum(1.0 - opacity * alpha, 0.02)
    return np.asarray(np.clip(under, 0.0, 1.0) if clip else under, dtype=np.float32)


def _opacity(
    seen: Floats, alpha: Floats, inked: Floats, opacity: float, turns: int = 2
) -> tuple[float, Floats, Floats]:
    """The opacity at which no edges of the mark are left, the edges of its pattern, and what is left of the seen."""
    edges = _edges(seen)
    for _ in range(turns):
        pattern = _pattern(_taken_off(seen, alpha, inked, opacity), alpha, inked)
        weight = 1.0 / (np.abs(edges - opacity * pattern) + NOISE)
        total = float((weight * pattern * pattern).sum())
        opacity = float(np.clip((weight * pattern * edges).sum() / max(total, 1e-9), 0.0, OPAQUE))
    return opacity, pattern, edges - opacity * pattern


def _step(pixels: NDArray[Any], mark: Mark, place: Place, opacity: float) -> tuple[Place, float, float]:
    """One step towards the best place: the place, the opacity there, and how far it went, in pixels."""
    seen, alpha, inked = _layers(pixels, mark, place, "cubic")
    opacity, pattern, rest = _opacity(seen, alpha, inked, max(opacity, 0.1))
    under = _taken_off(seen, alpha, inked, opacity)
    x, y, columns, rows = frame_of(place, pixels.shape[1], pixels.shape[0])
    moved = []
    for axis in range(4):
        other = list(place)
        other[axis] += 0.25
        planes = render(mark, (other[0], other[1], other[2], other[3]), (x, y, columns, rows))
        colour = planes[:, :, 1:] if pixels.shape[2] == 3 else planes[:, :, 1:].mean(axis=2, keepdims=True)
        moved.append(max(opacity, 0.1) * (_pattern(under, planes[:, :, :1], colour) - pattern) * 4.0)
    columns_of = np.stack([m.ravel() for m in moved])
    weight = 1.0 / (np.abs(rest) + NOISE).ravel()
    left = (columns_of * weight) @ columns_of.T
    left[np.diag_indices(4)] *= 1.05
    shift = np.linalg.lstsq(left, (columns_of * weight) @ rest.ravel(), rcond=None)[0]
    shift = np.clip(shift, -1.5, 1.5)
    new = np.asarray(place) + shift
    new[2:] = np.maximum(new[2:], 4.0)
    return (float(new[0]), float(new[1]), float(new[2]), float(new[3])), opacity, float(np.abs(shift).max())


def _fixed(pixels: NDArray[Any], mark: Mark, place: Place, opacity: float, kernel: str) -> Fit:
    """How well the mark fits exactly here."""
    seen, alpha, inked = _layers(pixels, mark, place, kernel)
    if min(seen.shape[:2]) < 4:
        return Fit(mark, place, 0.0, kernel, np.inf, 0.0, 0.0)
    opacity, pattern, rest = _opacity(seen, alpha, inked, opacity)
    left = np.maximum(1.0 - opacity * alpha[:-1, :-1], 0.05)
    loss = float((np.abs(rest) / left).mean())
    surely, evenly = _votes(_edges(seen), pattern)
    return Fit(mark, place, opacity, kernel, loss, surely, evenly)


def _votes(edges: Floats, pattern: Floats) -> tuple[float, float]:
    """How many standard deviations the cells' agreement with the pattern lies above chance, and how alike they vote."""
    spread = np.sqrt((edges**2).mean(axis=(0, 3))) + NOISE
    score = (edges * pattern).sum(axis=(0, 3)) / spread
    rows, columns = (max(1, -(-n // CELL)) for n in score.shape)
    padded = np.zeros((rows * CELL, columns * CELL), np.float64)
    padded[: score.shape[0], : score.shape[1]] = score
    cells = padded.reshape(rows, CELL, columns, CELL).sum(axis=(1, 3)).ravel()
    power = float(np.sqrt((cells**2).sum()))
    if power <= 0:
        return 0.0, 0.0
    surely = float(cells.sum()) / power
    return surely, float(cells.sum() / np.abs(cells).sum())
