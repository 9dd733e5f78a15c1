"""Pictures as rows that come from top to bottom, for those too large to be held whole in full precision."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from wagtail_restore.exceptions import OutOfMemory

Pixels = NDArray[np.float32]
Read = Callable[[int, int], Pixels]
"""Gives the rows from the first number up to the second, float32 (rows, W, C)."""

STRIP_BYTES = 8_000_000
"""About what a strip takes on its way through several maps, so that it stays near the processor."""


class Buffer:
    """Rows that wait, in one place of memory that is used over and over; what is appended is copied."""

    def __init__(self) -> None:
        self._room: Pixels | None = None
        self._first = self._last = 0

    def __len__(self) -> int:
        return self._last - self._first

    def append(self, rows: Pixels) -> None:
        room = self._room
        if room is None or self._last + len(rows) > len(room):
            room = self._moved(len(rows), rows.shape[1:])
        room[self._last : self._last + len(rows)] = rows
        self._last += len(rows)

    def rows(self, count: int) -> Pixels:
        """The first ``count`` rows, as they lie: they may be changed there, and last until the next ``append``."""
        if count > len(self):
            raise ValueError(f"{count} rows are asked for, {len(self)} are there")
        if self._room is None:
            return np.empty((0, 0, 0), np.float32)
        return self._room[self._first : self._first + count]

    def take(self, count: int) -> Pixels:
        """The first ``count`` rows as ``rows`` gives them; the others move up."""
        taken = self.rows(count)
        self._first += len(taken)
        return taken

    def _moved(self, more: int, shape: tuple[int, ...]) -> Pixels:
        """Everything at the front of a place that has room for ``more``, a new one where the old is too small."""
        held, needed = self.rows(len(self)), len(self) + more
        room = self._room
        if room is None or 2 * needed > len(room):
            room = np.empty((2 * needed, *shape), np.float32)
        if len(held):
            room[: len(held)] = held
        self._room, self._first, self._last = room, 0, len(held)
        return room


class Reader:
    """Rows of a stream by their numbers, as a ``Read``: from top to bottom, each request at or below the last.

    ``top`` is the number of the first row of the stream. A stream that ran out of memory has ended: who asks again is
    told the same again.
    """

    def __init__(self, strips: Iterator[Pixels], *, top: int = 0) -> None:
        self._strips = strips
        self._buffer = Buffer()
        self._top = top
        self._failure: OutOfMemory | None = None

    def __call__(self, first: int, last: int) -> Pixels:
        if first < self._top:
            raise ValueError(f"row {first} was let go of, {self._top} is the first that is left")
        while self._top + len(self._buffer) < last:
            self._buffer.append(self._next())
            self._let_go(first)
        self._let_go(first)
        return self._buffer.rows(last - first)

    def _next(self) -> Pixels:
        if self._failure is not None:
            raise self._failure
        try:
            return next(self._strips)
        except OutOfMemory as error:
            self._failure = error
            raise

    def _let_go(self, first: int) -> None:
        self._top += len(self._buffer.take(min(first - self._top, len(self._buffer))))


def pieces(read: Read, height: int, step: int) -> Iterator[Pixels]:
    """All rows of a picture of this ``height``, ``step`` at a time."""
    return (read(first, min(first + step, height)) for first in range(0, height, step))


def strips(rows: Pixels) -> Iterator[Pixels]:
    """``rows`` a few at a time, as they lie."""
    step = rows_of(rows.shape[1], rows.shape[2])
    for first in range(0, len(rows), step):
        yield rows[first : first + step]


def rows_of(width: int, channels: int) -> int:
    """How many rows make a strip."""
    return max(1, STRIP_BYTES // (4 * width * channels))
