"""Filters that look far around each pixel, made so that how far they look hardly costs time."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from wagtail_restore.imaging.masks import Mask

Plane = NDArray[np.float32]

NARROW = 8.0
"""The narrowest blur, in pixels, that a wide one may be made as on a smaller picture."""
SMALL = 13
"""From this diameter on an octagon is as good as a disc."""
NOTHING = 1e-5
"""Added to how much is known, so that it is never nothing."""


def blur(plane: NDArray[Any], reach: float) -> Plane:
    """A Gaussian of ``reach`` pixels over float32 (H, W) or (H, W, C).

    Where it is wide it is made on a smaller picture, which shows no difference (Burt & Adelson, 1983).
    """
    times = int(reach // NARROW)
    if times < 2:
        return np.asarray(cv2.GaussianBlur(plane, (0, 0), reach).reshape(plane.shape), dtype=np.float32)
    height, width = plane.shape[:2]
    small = cv2.resize(plane, (-(-width // times), -(-height // times)), interpolation=cv2.INTER_AREA)
    blurred = cv2.resize(cv2.GaussianBlur(small, (0, 0), reach / times), (width, height))
    return np.asarray(blurred.reshape(plane.shape), dtype=np.float32)


def carried(pixels: NDArray[Any], known: Mask, reach: float) -> Plane:
    """A blur over ``known`` (H, W) pixels only, which carries them to where nothing is known; (H, W, C).

    Normalised convolution (Knutsson & Westin, 1993).
    """
    weight = known.astype(np.float32)
    total = blur(np.asarray(pixels, dtype=np.float32) * weight[:, :, None], reach)
    return np.asarray(total / (blur(weight, reach)[:, :, None] + np.float32(NOTHING)))


def opened(plane: Plane, diameter: int) -> Plane:
    """``plane`` (H, W) without whatever is bright and narrower than a disc of ``diameter`` pixels (an odd number)."""
    return _eroded_then_dilated(plane, diameter, cv2.MORPH_ERODE, cv2.MORPH_DILATE)


def closed(plane: Plane, diameter: int) -> Plane:
    """``plane`` (H, W) without whatever is dark and narrower than a disc of ``diameter`` pixels (an odd number)."""
    return _eroded_then_dilated(plane, diameter, cv2.MORPH_DILATE, cv2.MORPH_ERODE)


def _eroded_then_dilated(plane: Plane, diameter: int, first: int, second: int) -> Plane:
    parts = _parts(diameter)
    for operation in (first, second):
        for part in parts:
            plane = np.asarray(cv2.morphologyEx(plane, operation, part), dtype=np.float32)
    return plane


def _parts(diameter: int) -> list[NDArray[np.uint8]]:
    """What one after the other work like a disc: where it is large the four lines that make an octagon.

    Adams, Radial decomposition of discs and spheres, 1993.
    """
    if diameter < SMALL:
        return [np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (diameter, diameter)), dtype=np.uint8)]
    slanted = np.eye(2 * round(0.293 * (diameter - 1) / 2) + 1, dtype=np.uint8)
    straight = np.ones((1, diameter - 2 * (len(slanted) - 1)), dtype=np.uint8)
    return [straight, straight.T.copy(), slanted, np.ascontiguousarray(slanted[::-1])]
