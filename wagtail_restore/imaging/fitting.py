"""A picture with a hole brought to the one size that a network draws, and what it drew brought back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from wagtail_restore.imaging import masks

Pixels = NDArray[np.float32]
Draw = Callable[[Pixels, masks.Mask], Pixels]
"""From a square picture, float32 (side, side, C) in 0..1, and its hole, bool (side, side), to it filled."""

KNOWN = 0.5
"""What is made smaller counts as known where at least this share of it was; its colour is that of the known alone."""


def at_size(pixels: NDArray[Any], hole: NDArray[Any], side: int, draw: Draw) -> Pixels:
    """``pixels`` (H, W, C; 0..1) with the places where ``hole`` (H, W) is true drawn by ``draw`` at its own size.

    What is longer than ``side`` is made smaller and its fill enlarged again, which leaves it as soft as that makes it;
    what is shorter is continued by its mirror image, hole and all. Outside the hole every value stays, to the last
    bit; a hole of everything is drawn all the same. Raises what ``draw`` raises.
    """
    source = np.asarray(pixels, dtype=np.float32)
    missing = np.asarray(hole, dtype=bool)
    if not missing.any():
        return source.copy()
    height, width = missing.shape
    small, gap = _shrunk(source, missing, side) if max(height, width) > side else (source, missing)
    room = ((0, side - gap.shape[0]), (0, side - gap.shape[1]))
    drawn = draw(np.pad(small, (*room, (0, 0)), mode="symmetric"), np.pad(gap, room, mode="symmetric"))
    drawn = np.asarray(drawn, dtype=np.float32)[: gap.shape[0], : gap.shape[1]]
    if gap.shape != missing.shape:
        # Only what was drawn is enlarged with the known around it: at the seam it meets the true colours.
        drawn = np.where(gap[:, :, None], drawn, small)
        drawn = cv2.resize(drawn, (width, height), interpolation=cv2.INTER_CUBIC).reshape(source.shape)
    return np.where(missing[:, :, None], np.clip(drawn, 0.0, 1.0), source).astype(np.float32)


def _shrunk(source: Pixels, missing: masks.Mask, side: int) -> tuple[Pixels, masks.Mask]:
    """Both with ``side`` as their longer side; nothing of what is to go gets into the colours beside it."""
    height, width = missing.shape
    scale = side / max(height, width)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    known = (~missing).astype(np.float32)
    share = cv2.resize(known, size, interpolation=cv2.INTER_AREA)
    total = cv2.resize(source * known[:, :, None], size, interpolation=cv2.INTER_AREA).reshape(*share.shape, -1)
    small = total / np.maximum(share, 1e-6)[:, :, None]
    gap = share < KNOWN
    return np.where(share[:, :, None] > 0, small, np.float32(0.5)), gap if gap.any() else share < 1.0
