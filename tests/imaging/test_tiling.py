"""Where tiles lie: expected tiles written out, and what must hold for every picture."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wagtail_restore.imaging.tiling import Tile, plan, smaller


def test_a_small_picture_is_one_tile() -> None:
    assert plan(100, 50, 128, 16) == (Tile(0, 0, 100, 50),)


def test_a_picture_of_exactly_the_tile_is_one_tile() -> None:
    assert plan(128, 128, 128, 16) == (Tile(0, 0, 128, 128),)


def test_two_by_two_tiles_share_the_overlap() -> None:
    assert plan(180, 180, 100, 20) == (
        Tile(0, 0, 100, 100, left=0, top=0, right=20, bottom=20),
        Tile(80, 0, 100, 100, left=20, top=0, right=0, bottom=20),
        Tile(0, 80, 100, 100, left=0, top=20, right=20, bottom=0),
        Tile(80, 80, 100, 100, left=20, top=20, right=0, bottom=0),
    )


def test_tiles_are_spread_evenly_instead_of_leaving_a_sliver() -> None:
    assert plan(101, 40, 100, 20) == (
        Tile(0, 0, 61, 40, right=21),
        Tile(40, 0, 61, 40, left=21),
    )


def test_a_middle_tile_shares_with_both_neighbours() -> None:
    assert plan(260, 10, 100, 20)[1] == Tile(80, 0, 100, 10, left=20, right=20)


def test_a_tile_smaller_than_twice_the_overlap_is_refused() -> None:
    with pytest.raises(ValueError, match="a tile of 39 pixels is too small for an overlap of 20"):
        plan(100, 100, 39, 20)


def test_smaller_halves_until_it_would_not_help() -> None:
    assert smaller(512, 16) == 256
    assert smaller(128, 16) == 64
    assert smaller(64, 16) is None
    assert smaller(256, 70) is None


@given(
    st.integers(1, 700),
    st.integers(1, 700),
    st.integers(1, 40).flatmap(lambda o: st.tuples(st.just(o), st.integers(2 * o + 4, 300))),
)
def test_every_pixel_is_covered_and_neighbours_share_enough(width: int, height: int, sizes: tuple[int, int]) -> None:
    overlap, tile = sizes
    tiles = plan(width, height, tile, overlap)
    row = [t for t in tiles if t.y == 0]
    assert row[0].x == 0
    assert row[-1].x + row[-1].width == width
    for left, right in pairwise(row):
        shared = left.x + left.width - right.x
        assert overlap <= shared <= overlap + 2
        assert left.right == right.left == shared
    assert max(t.width for t in tiles) <= tile
    assert max(t.height for t in tiles) <= tile
    assert max(t.y + t.height for t in tiles) == height
