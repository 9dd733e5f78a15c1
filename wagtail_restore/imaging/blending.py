"""Tiles back into one picture, so that nobody sees where they met."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wagtail_restore.imaging.tiling import Tile

Pixels = NDArray[np.float32]


def blend(pieces: Iterable[tuple[Tile, NDArray[Any]]], width: int, height: int, scale: int = 1) -> Pixels:
    """One picture of ``width`` × ``height`` times ``scale``, float32 (H, W, C), from tiles worked on one by one.

    ``pieces`` gives each Tile of ``tiling.plan`` with its result, (height × scale, width × scale, C); it may be a
    generator, so that only one result is held at a time. Of the pixels that two tiles share, the outer three eighths
    of each tile are dropped, being spoilt by its border, and the middle quarter goes smoothly from one to the other.
    """
    canvas: Pixels | None = None
    for tile, values in pieces:
        if (tile.width, tile.height) == (width, height):
            return np.asarray(values, dtype=np.float32)
        if canvas is None:
            canvas = np.zeros((height * scale, width * scale, values.shape[2]), dtype=np.float32)
        across = weights(tile.width, tile.left, tile.right, scale)
        down = weights(tile.height, tile.top, tile.bottom, scale)
        part = canvas[tile.y * scale : (tile.y + tile.height) * scale, tile.x * scale : (tile.x + tile.width) * scale]
        part += values * (down[:, None, None] * across[None, :, None])
    if canvas is None:
        raise ValueError("there is nothing to blend")
    return canvas


def weights(size: int, before: int, after: int, scale: int = 1) -> Pixels:
    """How much each pixel along one side of a tile counts, float32 (size × scale,) in 0..1.

    ``before`` and ``after`` are the pixels shared with the neighbours; the weights of two neighbours add up to 1.
    """
    rising = _ramp(size * scale, before * scale)
    return rising * _ramp(size * scale, after * scale)[::-1]


def _ramp(size: int, shared: int) -> Pixels:
    """0 at the start, 1 from past the middle of the shared pixels on, with a smooth step (3t² − 2t³) between."""
    if shared == 0:
        return np.ones(size, dtype=np.float32)
    width = max(1.0, shared / 4)
    t = np.clip((np.arange(size) + 0.5 - shared / 2 + width / 2) / width, 0.0, 1.0)
    return np.asarray(t * t * (3.0 - 2.0 * t), dtype=np.float32)
