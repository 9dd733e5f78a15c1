"""Rows that come and go: none lost, none twice, none copied without need."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wagtail_restore.exceptions import OutOfMemory
from wagtail_restore.imaging.rows import STRIP_BYTES, Buffer, Pixels, Reader, pieces, strips


def numbered(first: int, last: int) -> Pixels:
    """Rows of two pixels that hold their own number."""
    return np.repeat(np.arange(first, last, dtype=np.float32), 2).reshape(-1, 2, 1)


def coming(*counts: int) -> Iterator[Pixels]:
    """Strips of so many rows each."""
    first = 0
    for count in counts:
        yield numbered(first, first + count)
        first += count


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=1, max_size=40))
def test_rows_leave_a_buffer_in_the_order_they_came(moves: list[tuple[int, int]]) -> None:
    buffer, came, went = Buffer(), 0, 0
    for more, wanted in moves:
        buffer.append(numbered(came, came + more))
        came += more
        count = min(wanted, len(buffer))
        assert buffer.take(count).reshape(-1, 2)[:, 0].tolist() == list(range(went, went + count))
        went += count
        assert len(buffer) == came - went


def test_what_is_appended_is_copied() -> None:
    buffer, rows = Buffer(), numbered(0, 3)
    buffer.append(rows)
    rows[:] = 9
    assert buffer.take(3)[:, 0, 0].tolist() == [0, 1, 2]


def test_a_buffer_does_not_grow_with_what_has_passed_through() -> None:
    buffer = Buffer()
    for first in range(0, 1000, 10):
        buffer.append(numbered(first, first + 10))
        room = buffer.take(10).base
    assert room is not None
    assert len(room) <= 40


def test_more_rows_than_are_there_cannot_be_had() -> None:
    with pytest.raises(ValueError, match="2 rows are asked for, 0 are there"):
        Buffer().take(2)


def test_a_reader_gives_rows_by_number() -> None:
    read = Reader(coming(2, 5, 1, 4))
    assert read(0, 3)[:, 0, 0].tolist() == [0, 1, 2]
    assert read(1, 6)[:, 0, 0].tolist() == [1, 2, 3, 4, 5]
    assert read(1, 6)[:, 0, 0].tolist() == [1, 2, 3, 4, 5], "the same may be read again"
    assert read(9, 12)[:, 0, 0].tolist() == [9, 10, 11]


def test_a_reader_takes_no_more_than_it_needs() -> None:
    left = coming(4, 4, 4)
    Reader(left)(0, 5)
    assert [len(strip) for strip in left] == [4]


def test_a_reader_does_not_go_back() -> None:
    read = Reader(coming(5, 5))
    read(4, 6)
    with pytest.raises(ValueError, match="row 3 was let go of, 4 is the first that is left"):
        read(3, 6)


def test_a_stream_that_ran_out_of_memory_says_so_again() -> None:
    def broken() -> Any:
        yield from coming(2)
        raise OutOfMemory(device="cpu")

    read = Reader(broken())
    for _ in range(2):
        with pytest.raises(OutOfMemory):
            read(0, 3)


def test_pieces_are_all_rows_in_turn() -> None:
    assert [piece[:, 0, 0].tolist() for piece in pieces(numbered, 7, 3)] == [[0, 1, 2], [3, 4, 5], [6]]


def test_strips_are_views_of_a_few_megabytes() -> None:
    rows = np.zeros((100, 100_000, 3), np.float32)
    parts = list(strips(rows))
    assert sum(len(part) for part in parts) == 100
    assert max(part.nbytes for part in parts) <= STRIP_BYTES
    assert all(np.shares_memory(part, rows) for part in parts)


def test_a_row_wider_than_a_strip_is_one() -> None:
    assert len(list(strips(np.zeros((3, 4_000_000, 1), np.float32)))) == 3
