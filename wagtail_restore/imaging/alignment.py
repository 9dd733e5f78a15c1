"""A face upright in a square of its own, as networks for faces know it, and what they change put back in its place."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from wagtail_restore.imaging.rows import Pixels

Matrix = NDArray[np.float64]
"""An affine map of the plane, (2, 3): ``(x, y)`` of one picture to those of another, pixel centres at whole numbers."""
Point = tuple[float, float]

SIDE = 512
"""The side in pixels of the square that these networks were trained on."""
TEMPLATE: tuple[Point, ...] = (
    (192.98138, 239.94708),
    (318.90277, 240.1936),
    (256.63416, 314.01935),
    (201.26117, 371.41043),
    (313.08905, 371.15118),
)
"""Where the eyes, the tip of the nose and the corners of the mouth lie in it, from left to right in the picture.

The mean of FFHQ as facexlib has it (github.com/xinntao/facexlib, utils/face_restoration_helper.py), which GFPGAN and
RestoreFormer were trained and are run with.
"""
_CENTRE = (256.0, 290.0)
_AXES = (145.0, 175.0)
"""An oval in it from the hairline to below the chin: hair, ears and what is behind them stay as they are."""
_FULL, _NONE = 0.8, 1.15
"""Up to here, in axes of the oval, what a network made counts fully, and from there on not at all."""
_BROAD = 32.0
"""The sigma in pixels of the square of what counts as light and colour of a face: a quarter of the eyes' distance."""


@dataclass(frozen=True)
class Box:
    """A rectangle of whole pixels, from ``left`` and ``top`` up to ``right`` and ``bottom``."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def slices(self) -> tuple[slice, slice]:
        return slice(self.top, self.bottom), slice(self.left, self.right)


def similarity(landmarks: tuple[Point, ...]) -> Matrix:
    """The map that moves, turns and scales five ``landmarks`` of a picture onto ``TEMPLATE`` with the least squares.

    Umeyama (1991) without mirroring, which in the plane is one line of complex numbers.
    """
    here, there = _complex(landmarks), _complex(TEMPLATE)
    centred = here - here.mean()
    turn = np.vdot(centred, there - there.mean()) / max(float(np.vdot(centred, centred).real), 1e-12)
    shift = there.mean() - turn * here.mean()
    return np.array([[turn.real, -turn.imag, shift.real], [turn.imag, turn.real, shift.imag]])


def enlargement(matrix: Matrix) -> float:
    """By how much ``matrix`` makes things larger."""
    return math.sqrt(abs(float(np.linalg.det(matrix[:, :2]))))


def misfit(landmarks: tuple[Point, ...]) -> float:
    """How far ``landmarks`` stay from ``TEMPLATE`` at best, as a root mean square, in distances between the eyes.

    It grows as a face turns away, for then the nose leaves the middle and the eyes draw together.
    """
    moved = _mapped(similarity(landmarks), landmarks)
    off = np.linalg.norm(moved - np.array(TEMPLATE), axis=1)
    return float(np.sqrt(np.mean(off**2))) / (TEMPLATE[1][0] - TEMPLATE[0][0])


def outside(matrix: Matrix, width: int, height: int) -> float:
    """The share of the oval that lies beyond the borders of a picture of ``width`` × ``height``."""
    y, x = np.nonzero(oval()[8::16, 8::16])
    places = _mapped(cv2.invertAffineTransform(matrix), np.stack([x * 16.0 + 8, y * 16.0 + 8], axis=1))
    inside = (places >= -0.5).all(axis=1) & (places[:, 0] < width - 0.5) & (places[:, 1] < height - 0.5)
    return float(1.0 - inside.mean())


def surroundings(matrix: Matrix, width: int, height: int) -> Box:
    """The part of a picture of ``width`` × ``height`` that the square shows, and a little around it."""
    corners = [(0.0, 0.0), (SIDE, 0.0), (0.0, SIDE), (SIDE, SIDE)]
    places = _mapped(cv2.invertAffineTransform(matrix), corners)
    (left, top), (right, bottom) = places.min(axis=0) - 2, places.max(axis=0) + 3
    return Box(
        max(0, math.floor(left)), max(0, math.floor(top)), min(width, math.ceil(right)), min(height, math.ceil(bottom))
    )


def within(matrix: Matrix, box: Box) -> Matrix:
    """``matrix`` for the pixels of ``box`` alone."""
    moved = matrix.copy()
    moved[:, 2] += matrix[:, :2] @ (box.left, box.top)
    return moved


def aligned(pixels: Pixels, matrix: Matrix) -> Pixels:
    """The square, (SIDE, SIDE, C), out of ``pixels`` (H, W, C), which are mirrored over their borders."""
    return _warped(pixels, matrix, SIDE, SIDE, cv2.BORDER_REFLECT)


def change(before: Pixels, after: Pixels) -> Pixels:
    """What a network did to the square, without what it did to light and colour; (SIDE, SIDE, C).

    Only the difference goes back into a picture, so that what a network leaves alone stays to the last bit, and the
    grain that is too fine for the square stays too.
    """
    difference = np.asarray(after - before, dtype=np.float32)
    broad = cv2.GaussianBlur(difference, (0, 0), _BROAD, borderType=cv2.BORDER_REFLECT)
    return np.asarray(difference - broad.reshape(difference.shape), dtype=np.float32)


def back(square: Pixels, matrix: Matrix, width: int, height: int) -> Pixels:
    """``square`` (SIDE, SIDE, C) where ``matrix`` had taken it from, in (height, width, C), with 0 around it."""
    return _warped(square, cv2.invertAffineTransform(matrix), width, height, cv2.BORDER_CONSTANT)


@cache
def oval() -> Pixels:
    """How much of a change counts where in the square, (SIDE, SIDE): 1 on the face, falling smoothly to 0 around it."""
    y, x = np.mgrid[0:SIDE, 0:SIDE].astype(np.float32)
    radius = np.hypot((x - _CENTRE[0]) / _AXES[0], (y - _CENTRE[1]) / _AXES[1])
    t = np.clip((_NONE - radius) / (_NONE - _FULL), 0.0, 1.0)
    share = np.asarray(t * t * (3.0 - 2.0 * t), dtype=np.float32)
    share.flags.writeable = False
    return share


def _warped(pixels: Pixels, matrix: Matrix, width: int, height: int, beyond: int) -> Pixels:
    """Through ``matrix`` into (height, width, C); where that makes smaller, averaged over areas first."""
    factor = enlargement(matrix)
    part, moved = np.ascontiguousarray(pixels, dtype=np.float32), matrix
    if factor < 1.0:
        part, moved = _smaller(part, matrix, factor)
    result = cv2.warpAffine(part, moved, (width, height), flags=cv2.INTER_CUBIC, borderMode=beyond)
    return np.asarray(result, dtype=np.float32).reshape(height, width, pixels.shape[2])


def _smaller(pixels: Pixels, matrix: Matrix, factor: float) -> tuple[Pixels, Matrix]:
    height, width = pixels.shape[:2]
    size = max(1, round(width * factor)), max(1, round(height * factor))
    stretch = np.array([width / size[0], height / size[1]])
    moved = matrix.copy()
    moved[:, :2] = matrix[:, :2] * stretch
    # Pixel centres are at whole numbers in both, so that the borders, half a pixel before the first, must meet.
    moved[:, 2] += matrix[:, :2] @ (stretch / 2 - 0.5)
    return cv2.resize(pixels, size, interpolation=cv2.INTER_AREA).reshape(size[1], size[0], -1), moved


def _complex(points: tuple[Point, ...]) -> NDArray[np.complex128]:
    return np.array([complex(x, y) for x, y in points])


def _mapped(matrix: Matrix, points: tuple[Point, ...] | list[Point] | NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(np.asarray(points, dtype=np.float64) @ matrix[:, :2].T + matrix[:, 2])
