"""Is the result true to its source? Its consistency measured, its colour locked, its failures noticed."""

from __future__ import annotations

import math
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from wagtail_restore.imaging.resampling import resize

PERFECT = 99.0
"""The consistency in dB that stands for no difference at all (and keeps reports free of infinity)."""

REACH = 8.0
"""The width, in source pixels, of what counts as large when colour is locked: the sigma of a Gaussian."""


def consistency(source: NDArray[Any], result: NDArray[Any]) -> float:
    """PSNR in dB between ``source`` and ``result`` scaled down to its size; both float (H, W, C) in 0..1.

    Scaled down by bicubic with the filter widened, as the training pairs of most networks are. A result that puts
    something in that the source does not show, or moves it, loses here. At most ``PERFECT``.
    """
    height, width = source.shape[:2]
    back = resize(result, width, height, Image.Resampling.BICUBIC)
    error = float(np.mean(np.square(back - source, dtype=np.float64)))
    return PERFECT if error <= 10 ** (-PERFECT / 10) else -10.0 * math.log10(error)


def lock_colour(source: NDArray[Any], result: NDArray[Any]) -> NDArray[np.float32]:
    """``result`` with its colour and large shapes moved to those of ``source``; float32, clipped to 0..1.

    What differs between the source and the result scaled down to it is blurred (Gaussian, ``REACH`` source pixels)
    and added back, so that detail stays and drifts of colour go; grey stays grey, for a correction of one channel
    comes from that channel alone.
    """
    height, width = source.shape[:2]
    drift = source - resize(result, width, height, Image.Resampling.BICUBIC)
    low = _planes(cv2.GaussianBlur(drift, (0, 0), REACH, borderType=cv2.BORDER_REFLECT), drift.shape[2])
    grown = cv2.resize(low, (result.shape[1], result.shape[0]), interpolation=cv2.INTER_LINEAR)
    locked: NDArray[np.float32] = result + _planes(grown, drift.shape[2])
    return np.clip(locked, 0.0, 1.0, out=locked)


def is_bad(source: NDArray[Any], result: NDArray[Any]) -> bool:
    """Whether ``result`` is no picture: not finite, or flat where the source is not, as after an overflow."""
    if not np.isfinite(result).all():
        return True
    return _contrast(result) < 1e-4 and _contrast(source) > 0.02


def _contrast(pixels: NDArray[Any]) -> float:
    return float(np.max(np.std(pixels, axis=(0, 1), dtype=np.float64)))


def _planes(pixels: NDArray[Any], channels: int) -> NDArray[np.float32]:
    # OpenCV drops the last axis of a picture with one channel.
    return np.asarray(pixels, dtype=np.float32).reshape(*pixels.shape[:2], channels)
