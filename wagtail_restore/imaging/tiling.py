"""Where tiles lie on a picture too large for one go, how much they share, and the next smaller size; stdlib only."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

SMALLEST = 64
"""Below this side a tile is mostly border, and memory is not what is short."""


@dataclass(frozen=True)
class Tile:
    """A rectangle of the picture, in pixels, and how many of its pixels it shares with the neighbour on each side."""

    x: int
    y: int
    width: int
    height: int
    left: int = 0
    top: int = 0
    right: int = 0
    bottom: int = 0


def plan(width: int, height: int, tile: int, overlap: int) -> tuple[Tile, ...]:
    """Tiles, row by row, that cover ``width`` × ``height``.

    No side is longer than ``tile``; neighbours share at least ``overlap`` pixels and at most two more, since the tiles
    are spread evenly instead of leaving a sliver at the end. Raises ``ValueError`` when ``tile`` is less than twice
    the overlap, for then three tiles would meet in one place.
    """
    if tile < 2 * overlap or tile < 1:
        raise ValueError(f"a tile of {tile} pixels is too small for an overlap of {overlap}")
    columns = _spans(width, tile, overlap)
    rows = _spans(height, tile, overlap)
    return tuple(
        Tile(x, y, w, h, left, top, right, bottom) for y, h, top, bottom in rows for x, w, left, right in columns
    )


def smaller(tile: int, overlap: int) -> int | None:
    """The next smaller tile side to try when memory ran out, or None when smaller would not help."""
    half = tile // 2
    return half if half >= max(SMALLEST, 2 * overlap) else None


def _spans(length: int, tile: int, overlap: int) -> list[tuple[int, int, int, int]]:
    """Start, size, and pixels shared before and after, of the tiles along one side."""
    if length <= tile:
        return [(0, length, 0, 0)]
    count = math.ceil((length - overlap) / (tile - overlap))
    size = math.ceil((length + (count - 1) * overlap) / count)
    starts = [index * (length - size) // (count - 1) for index in range(count)]
    shared = [start + size - following for start, following in pairwise(starts)]
    return list(zip(starts, [size] * count, [0, *shared], [*shared, 0], strict=True))
