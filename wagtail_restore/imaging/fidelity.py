"""Is the result true to its source? Its consistency measured, its colour locked, its failures noticed."""

from __future__ import annotations

import math
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from wagtail_restore.imaging.bands import Bands, Stream, across
from wagtail_restore.imaging.resampling import Resizer, Size
from wagtail_restore.imaging.rows import Buffer, Pixels, Read

PERFECT = 99.0
"""The consistency in dB that stands for no difference at all (and keeps reports free of infinity)."""

REACH = 8.0
"""The width, in source pixels, of what counts as large when colour is locked: the sigma of a Gaussian."""
_RADIUS = 32
"""How far the Gaussian is followed, in source pixels: four sigmas."""


def consistency(source: NDArray[Any], result: NDArray[Any]) -> float:
    """PSNR in dB between ``source`` and ``result`` scaled down to its size; both float (H, W, C) in 0..1.

    Scaled down by bicubic with the filter widened, as the training pairs of most networks are. A result that puts
    something in that the source does not show, or moves it, loses here. At most ``PERFECT``.
    """
    measure = Measure(_rows(source), _size(source), _size(result))
    measure.push(np.ascontiguousarray(result, np.float32))
    return measure.decibels


def lock_colour(source: NDArray[Any], result: NDArray[Any]) -> Pixels:
    """``result`` with its colour and large shapes moved to those of ``source``; float32, clipped to 0..1.

    What differs between the source and the result scaled down to it is blurred (Gaussian, ``REACH`` source pixels)
    and added back, so that detail stays and drifts of colour go; grey stays grey, for a correction of one channel
    comes from that channel alone.
    """
    locked = Lock(_rows(source), _size(source), _size(result)).push(np.ascontiguousarray(result, np.float32))
    return np.clip(locked, 0.0, 1.0, out=locked)


class Measure:
    """``consistency`` of a result of the size ``target`` that comes row by row; ``source`` gives rows of its own."""

    def __init__(self, source: Read, size: Size, target: Size) -> None:
        self._source = source
        self._back = Resizer(target, size, Image.Resampling.BICUBIC)
        self._row = 0
        self._values = 0
        self._error = 0.0

    def push(self, rows: Pixels) -> None:
        """Count the next rows in."""
        back = self._back.push(rows)
        error = (back - self._source(self._row, self._row + len(back))).ravel()
        self._error += float(np.dot(error, error))
        self._values += error.size
        self._row += len(back)

    @property
    def decibels(self) -> float:
        """The consistency of all rows so far."""
        error = self._error / max(1, self._values)
        return PERFECT if error <= 10 ** (-PERFECT / 10) else -10.0 * math.log10(error)


class Lock:
    """``lock_colour`` on a result of the size ``target`` that comes row by row; ``source`` gives rows of its own.

    What comes out is not clipped, and lags behind by some forty rows of the source.
    """

    def __init__(self, source: Read, size: Size, target: Size) -> None:
        self._source = source
        self._row = 0
        self._held = Buffer()
        self._back = Resizer(target, size, Image.Resampling.BICUBIC)
        self._along = Bands.gaussian(size[1], REACH, _RADIUS)
        self._blur = Stream(Bands.gaussian(size[0], REACH, _RADIUS))
        self._grown = Resizer(size, target, Image.Resampling.BILINEAR)

    def push(self, rows: Pixels) -> Pixels:
        """The rows that these further ones have made complete; they last until the next call."""
        self._held.append(rows)
        back = self._back.push(rows)
        drift = self._source(self._row, self._row + len(back)) - back
        self._row += len(back)
        shift = self._grown.push(self._low(drift))
        done = self._held.take(len(shift))
        done += shift
        return done

    def _low(self, drift: Pixels) -> Pixels:
        """What of the drift is large, as far down as is known by now."""
        _, width, channels = drift.shape
        made = self._blur.push(across(self._along, drift).reshape(-1, width * channels))
        return made.reshape(-1, width, channels)


def is_bad(source: NDArray[Any], result: NDArray[Any]) -> bool:
    """Whether ``result`` is no picture: not finite, or flat where the source is not, as after an overflow."""
    if not result.size:
        return False
    values = result.ravel()
    # One pass that any value which is not finite spoils; a look at every sixteenth place shows most that is not flat.
    with np.errstate(over="ignore", invalid="ignore"):
        finite = np.isfinite(np.dot(values, values))
    if not finite:
        return True
    if np.ptp(result[::16, ::16], axis=(0, 1)).max(initial=0.0) > 1e-3:
        return False
    return float(cv2.meanStdDev(result)[1].max()) < 1e-4 and float(cv2.meanStdDev(source)[1].max()) > 0.02


def _rows(pixels: NDArray[Any]) -> Read:
    values = np.asarray(pixels, np.float32)
    return lambda first, last: values[first:last]


def _size(pixels: NDArray[Any]) -> Size:
    return pixels.shape[0], pixels.shape[1]
