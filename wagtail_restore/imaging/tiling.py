"""Where tiles lie on a picture too large for one go, how much they share, and the next smaller size; stdlib only."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

SMALLEST = 64
"""Below this side a tile is mostly border, and memory is not what is short."""


@dataclass(frozen=True)
class Span:
    """What a column, or a row, of tiles takes along one side of the picture, in pixels."""

    start: int
    size: int
    shared: int = 0
    """How many of its first pixels the one before it has too."""

    @property
    def stop(self) -> int:
        return self.start + self.size


def spans(start: int, stop: int, longest: int, overlap: int) -> tuple[Span, ...]:
    """Spans from ``start`` to ``stop``, all of one size, none longer than ``longest``.

    Neighbours share at least ``overlap`` pixels and at most two more, since the spans are spread evenly instead of
    leaving a sliver at the end. Raises ``ValueError`` when ``longest`` is less than twice the overlap, for then three
    tiles would meet in one place.
    """
    length = stop - start
    if length <= longest:
        return (Span(start, length),)
    if longest < 2 * overlap or longest < 1:
        raise ValueError(f"a tile of {longest} pixels is too small for an overlap of {overlap}")
    count = math.ceil((length - overlap) / (longest - overlap))
    size = math.ceil((length + (count - 1) * overlap) / count)
    starts = [start + index * (length - size) // (count - 1) for index in range(count)]
    shared = [before + size - after for before, after in pairwise(starts)]
    return tuple(Span(*span) for span in zip(starts, [size] * count, [0, *shared], strict=True))


def sides(tile: int, across: int, down: int, *, tallest: int, overlap: int) -> tuple[int, int]:
    """The longest width and height of a tile on a picture of ``across`` × ``down``, of the area of a square ``tile``.

    A tile is made lower, and wider for it, where the picture or ``tallest`` wants it so; it is never less than twice
    the overlap, or the picture, to either side.
    """
    tall = min(down, max(min(tile, tallest), 2 * overlap, 1))
    wide = max(tile * tile // tall, 2 * overlap, 1)
    if across < wide:
        tall = min(down, max(tall, min(tallest, tile * tile // across)))
    return min(across, wide), tall


def smaller(tile: int, overlap: int) -> int | None:
    """The next smaller tile side to try when memory ran out, or None when smaller would not help."""
    half = tile // 2
    return half if half >= max(SMALLEST, 2 * overlap) else None
