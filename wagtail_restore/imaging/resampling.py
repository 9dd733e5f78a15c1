"""Pictures made larger and smaller in full precision, whole or row by row, for any number of channels."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from wagtail_restore.imaging.bands import Bands, Stream, across

Pixels = NDArray[np.float32]
Size = tuple[int, int]
"""Height and width."""


def _triangle(x: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.clip(1.0 - np.abs(x), 0.0, None)


def _cubic(x: NDArray[np.float64]) -> NDArray[np.float64]:
    """Keys' cubic convolution with a = −0.5."""
    x = np.abs(x)
    near = (1.5 * x - 2.5) * x * x + 1.0
    far = ((-0.5 * x + 2.5) * x - 4.0) * x + 2.0
    return np.where(x < 1.0, near, np.where(x < 2.0, far, 0.0))


def _lanczos(x: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.where(np.abs(x) < 3.0, np.sinc(x) * np.sinc(x / 3.0), 0.0)


_FILTERS: Mapping[Image.Resampling, tuple[Callable[[NDArray[np.float64]], NDArray[np.float64]], float]] = {
    Image.Resampling.BILINEAR: (_triangle, 1.0),
    Image.Resampling.BICUBIC: (_cubic, 2.0),
    Image.Resampling.LANCZOS: (_lanczos, 3.0),
}
"""Each filter and how far it reaches to either side."""


def resize(
    pixels: NDArray[Any], width: int, height: int, method: Image.Resampling = Image.Resampling.LANCZOS
) -> Pixels:
    """``pixels``, float (H, W, C), as float32 (height, width, C); pixels already of that size come back as they are.

    The same as Pillow's ``Image.resize`` in mode ``F``: making smaller widens the filter, so that nothing aliases.
    Values may overshoot the range of the source at hard edges; who needs a range clips.
    """
    source = np.ascontiguousarray(pixels, dtype=np.float32)
    return Resizer((source.shape[0], source.shape[1]), (height, width), method).push(source)


def resized(
    rows: Iterable[Pixels], size: Size, target: Size, method: Image.Resampling = Image.Resampling.LANCZOS
) -> Iterator[Pixels]:
    """``resize`` to ``target`` of a picture of ``size`` that comes as strips, from top to bottom; strips again."""
    resizer = Resizer(size, target, method)
    return (resizer.push(strip) for strip in rows)


class Resizer:
    """``resize`` of a picture of ``size`` that comes row by row, from top to bottom, to the size ``target``."""

    def __init__(self, size: Size, target: Size, method: Image.Resampling = Image.Resampling.LANCZOS) -> None:
        self._columns = None if size[1] == target[1] else coefficients(size[1], target[1], method)
        self._rows = None if size[0] == target[0] else Stream(coefficients(size[0], target[0], method))
        self._narrower = target[1] < size[1]

    def push(self, rows: Pixels) -> Pixels:
        """The rows, (any number, W', C), that these further ``rows``, (any number, W, C), have made complete."""
        # Whatever makes the picture smaller comes first, so that the rest has less to do.
        if self._narrower:
            return self._across(self._down(rows))
        return self._down(self._across(rows))

    def _across(self, rows: Pixels) -> Pixels:
        return rows if self._columns is None else across(self._columns, rows)

    def _down(self, rows: Pixels) -> Pixels:
        if self._rows is None:
            return rows
        _, width, channels = rows.shape
        return self._rows.push(rows.reshape(-1, width * channels)).reshape(-1, width, channels)


@lru_cache(maxsize=64)
def coefficients(size: int, target: int, method: Image.Resampling) -> Bands:
    """The weights that lead from ``size`` to ``target`` values, those of Pillow (``precompute_coeffs``)."""
    weigh, reach = _FILTERS[method]
    step = size / target
    wide = max(1.0, step)
    centres = (np.arange(target) + 0.5) * step
    starts = np.maximum(0, (centres - reach * wide + 0.5).astype(np.intp))
    stops = np.minimum(size, (centres + reach * wide + 0.5).astype(np.intp))
    places = starts[:, None] + np.arange(2 * math.ceil(reach * wide) + 1)
    weights = weigh((places + 0.5 - centres[:, None]) / wide) * (places < stops[:, None])
    return Bands.of(starts, weights / weights.sum(axis=1, keepdims=True), size)
