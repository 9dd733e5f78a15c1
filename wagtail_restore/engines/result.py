"""Where the rows that come out of a network end: mixed, clipped and measured, as the integers of a finished picture."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from wagtail_restore.engines.original import Original
from wagtail_restore.engines.step import to_integers
from wagtail_restore.imaging.codec.picture import canvas
from wagtail_restore.imaging.fidelity import Lock, Measure
from wagtail_restore.imaging.resampling import Size, resized
from wagtail_restore.imaging.rows import Pixels, Read, Reader, pieces

if TYPE_CHECKING:
    from wagtail_restore.imaging.codec import Picture

_STEP = 16
"""Rows of the source that are enlarged at once."""


class Result:
    """What becomes of ``source``: a picture of the size ``target`` (height, width), filled from top to bottom.

    ``strength`` (0..1) is the share of the network's rows against a Lanczos enlargement of the source.
    """

    def __init__(self, source: Picture, target: Size, strength: float = 1.0) -> None:
        pixels, alpha = canvas(*target, source.channels, source.pixels.dtype, alpha=source.alpha is not None)
        self.picture = source.with_pixels(pixels, alpha)
        self._target = target
        self._strength = strength

    def colours(self, original: Original, rows: Iterable[Pixels], *, lock: bool) -> float:
        """Fill in the colours, ``rows`` being sRGB in strips; their consistency with the original in dB.

        With ``lock``, drifts of colour are taken back (``fidelity.lock_colour``). What sRGB lacks, the network has not
        seen: it is enlarged and added. Clipped is at the end only, in the colours of the file.
        """
        size = original.shape[:2]
        if not original.working.identity:
            rows = _added(rows, self._enlarged(original.beyond, size, Image.Resampling.BICUBIC))
        if lock:
            rows = map(Lock(original.srgb, size, self._target).push, rows)
        measure, first = Measure(original.own, size, self._target), 0
        for strip in self._mixed(rows, original.srgb, size):
            finished = original.working.leave(strip)
            np.clip(finished, 0.0, 1.0, out=finished)
            measure.push(finished)
            self._put(finished, first)
            first += len(finished)
        return measure.decibels

    def transparency(self, alpha: NDArray[Any], read: Read, rows: Iterable[Pixels]) -> None:
        """Fill in the alpha: ``alpha`` is the source's, which ``read`` gives as rows (rows, W, 1), ``rows`` in strips.

        Each value stays between those of the nearest places of the source, so that nothing rings, and what is even
        stays as it is.
        """
        near, first = _Neighbours(alpha, self._target), 0
        for strip in self._mixed(rows, read, (alpha.shape[0], alpha.shape[1])):
            values = to_integers(strip, alpha.dtype)[:, :, 0]
            self._alpha[first : first + len(strip)] = near.clipped(values, first)
            first += len(strip)

    def even(self, opacity: int) -> None:
        """Fill in an alpha that is the same everywhere: there is nothing to restore, and networks add noise."""
        self._alpha[:] = opacity

    @property
    def _alpha(self) -> NDArray[Any]:
        if self.picture.alpha is None:
            raise ValueError("the source is opaque")
        return self.picture.alpha

    def _enlarged(self, read: Read, size: Size, method: Image.Resampling = Image.Resampling.LANCZOS) -> Read:
        return Reader(resized(pieces(read, size[0], _STEP), size, self._target, method))

    def _mixed(self, rows: Iterable[Pixels], read: Read, size: Size) -> Iterator[Pixels]:
        """The rows as strong as they shall be; empty strips are left out."""
        plain = self._enlarged(read, size) if self._strength < 1.0 else None
        first = 0
        for strip in rows:
            if plain is not None and len(strip):
                strip *= np.float32(self._strength)
                strip += plain(first, first + len(strip)) * np.float32(1.0 - self._strength)
            first += len(strip)
            if len(strip):
                yield strip

    def _put(self, rows: Pixels, first: int) -> None:
        values = to_integers(rows, self.picture.pixels.dtype)
        whole = self.picture.on_canvas
        if whole is not None and values.shape[2] == 3:
            cv2.mixChannels([values], [whole[first : first + len(rows)]], [0, 0, 1, 1, 2, 2])
        else:
            self.picture.pixels[first : first + len(rows)] = values


class _Neighbours:
    """Between which values of the source each place of the result lies."""

    def __init__(self, alpha: NDArray[Any], target: Size) -> None:
        reach = [math.ceil(max(1.0, side / wanted)) for side, wanted in zip(alpha.shape, target, strict=True)]
        kernel = np.ones([2 * pixels + 1 for pixels in reach], np.uint8)
        self._least, self._most = cv2.erode(alpha, kernel), cv2.dilate(alpha, kernel)
        self._places = [
            ((np.arange(wanted) + 0.5) * (side / wanted)).astype(np.intp)
            for side, wanted in zip(alpha.shape, target, strict=True)
        ]

    def clipped(self, values: NDArray[Any], first: int) -> NDArray[Any]:
        """Rows of the result, from number ``first`` on, within their limits."""
        down, along = self._places[0][first : first + len(values)], self._places[1]
        least, most = (limit[down][:, along] for limit in (self._least, self._most))
        clipped: NDArray[Any] = np.clip(values, least, most)
        return clipped


def _added(rows: Iterable[Pixels], more: Read) -> Iterator[Pixels]:
    first = 0
    for strip in rows:
        yield strip + more(first, first + len(strip)) if len(strip) else strip
        first += len(strip)
