"""Filling a mask from what surrounds it, by classical methods."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from wagtail_restore.engines.base import Capabilities, Engine

RADIUS = 5
"""How far, in pixels, Telea's method looks for known neighbours."""


class ClassicEraser(Engine):
    """Telea's fast marching (A. Telea, 2004) as OpenCV has it, channel by channel in full depth; nothing to load.

    Good for thin marks on quiet ground; large areas come out blurred.
    """

    extra = "worker"

    @property
    def capabilities(self) -> Capabilities:
        return Capabilities(kind="erase", channels=(1, 3))

    def load(self) -> None:
        self.device = "cpu"

    def run(self, pixels: NDArray[Any], mask: NDArray[Any] | None = None) -> NDArray[np.float32]:
        """``pixels`` with the places where ``mask`` is above 0 filled; a mask of everything comes back grey."""
        source = np.asarray(pixels, dtype=np.float32)
        hole = np.zeros(source.shape[:2], np.uint8) if mask is None else (np.asarray(mask) > 0).astype(np.uint8)
        if not hole.any():
            return source.copy()
        if hole.all():
            return np.full_like(source, 0.5)
        # In float OpenCV adds gradients as if values went to 255, and three channels at once it fills only in eight
        # bits: one 16-bit channel at a time is what keeps the depth and is right.
        deep = np.rint(np.clip(source, 0.0, 1.0) * 65535.0).astype(np.uint16)
        planes = [
            cv2.inpaint(np.ascontiguousarray(deep[:, :, channel]), hole, RADIUS, cv2.INPAINT_TELEA)
            for channel in range(deep.shape[2])
        ]
        filled = np.stack(planes, axis=2).astype(np.float32) / np.float32(65535.0)
        return np.where(hole[:, :, None] > 0, filled, source)
