"""What lies at a place between pixels, cut out of a plane however wide or tall that is."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Plane = NDArray[np.float32]

RIM = 3
"""So many pixels around a cut have a part in it, whatever the interpolation."""


def cut(
    plane: Plane,
    corner: NDArray[Any],
    size: tuple[int, int],
    interpolation: int,
    beyond: int = cv2.BORDER_CONSTANT,
    value: float = 0.0,
) -> Plane:
    """``size`` (width, height) pixels of ``plane``, (H, W) or (H, W, C), from ``corner`` (x, y) on.

    Outside of the plane lies what OpenCV's kind of border ``beyond`` says, ``value`` where that is a constant one.
    """
    # OpenCV counts the pixels of what it is given in 16 bits.
    columns, left = _around(corner[0], size[0], plane.shape[1])
    rows, top = _around(corner[1], size[1], plane.shape[0])
    back = np.array([[1.0, 0.0, left], [0.0, 1.0, top]])
    flags = interpolation | cv2.WARP_INVERSE_MAP
    part = plane[rows, columns]
    made = cv2.warpAffine(part, back, size, flags=flags, borderMode=beyond, borderValue=(value,) * 4)
    return np.asarray(made, dtype=np.float32)


def _around(start: float, length: int, whole: int) -> tuple[slice, float]:
    """What of ``whole`` a cut of this ``length`` needs, at least a pixel, and where in it the cut begins."""
    first = min(max(0, int(np.floor(start)) - RIM), whole - 1)
    last = min(max(first + 1, int(np.ceil(start)) + length + RIM), whole)
    return slice(first, last), float(start) - first
