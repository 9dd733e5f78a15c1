"""Pixels are turned upright without being copied."""

from __future__ import annotations

import numpy as np
import pytest

from wagtail_restore.imaging.codec.upright import as_stored, room, upright

STORED = np.arange(6).reshape(2, 3)
SEEN = {
    1: [[0, 1, 2], [3, 4, 5]],
    2: [[2, 1, 0], [5, 4, 3]],
    3: [[5, 4, 3], [2, 1, 0]],
    4: [[3, 4, 5], [0, 1, 2]],
    5: [[0, 3], [1, 4], [2, 5]],
    6: [[3, 0], [4, 1], [5, 2]],
    7: [[5, 2], [4, 1], [3, 0]],
    8: [[2, 5], [1, 4], [0, 3]],
    9: [[0, 1, 2], [3, 4, 5]],
}


@pytest.mark.parametrize("orientation", SEEN)
def test_each_orientation(orientation: int) -> None:
    seen = upright(STORED, orientation)
    assert seen.tolist() == SEEN[orientation]
    assert np.shares_memory(seen, STORED)


@pytest.mark.parametrize("orientation", SEEN)
@pytest.mark.parametrize("shape", [(2, 3), (2, 3, 1), (2, 3, 3)])
def test_room_is_filled_as_stored_and_lies_as_seen(orientation: int, shape: tuple[int, ...]) -> None:
    stored = room(shape, np.uint16, orientation)
    assert (stored.shape, stored.dtype) == (shape, np.uint16)
    seen = upright(stored, orientation)
    assert seen.flags.c_contiguous
    assert np.shares_memory(np.ascontiguousarray(seen), stored)


@pytest.mark.parametrize("orientation", SEEN)
def test_there_and_back(orientation: int) -> None:
    assert as_stored(upright(STORED, orientation), orientation).tolist() == STORED.tolist()
