"""Where tiles lie: expected tiles written out, and what must hold for every picture."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wagtail_restore.imaging.tiling import Span, sides, smaller, spans


def test_a_short_side_is_one_span() -> None:
    assert spans(0, 100, 128, 16) == (Span(0, 100),)


def test_a_side_of_exactly_the_tile_is_one_span() -> None:
    assert spans(0, 128, 128, 16) == (Span(0, 128),)


def test_two_spans_share_the_overlap() -> None:
    assert spans(0, 180, 100, 20) == (Span(0, 100), Span(80, 100, shared=20))


def test_spans_are_spread_evenly_instead_of_leaving_a_sliver() -> None:
    assert spans(0, 101, 100, 20) == (Span(0, 61), Span(40, 61, shared=21))


def test_three_spans_share_with_their_neighbours() -> None:
    assert spans(0, 260, 100, 20) == (Span(0, 100), Span(80, 100, shared=20), Span(160, 100, shared=20))


def test_what_is_left_of_a_side_is_cut_up_by_itself() -> None:
    assert spans(70, 180, 60, 10) == (Span(70, 60), Span(120, 60, shared=10))


def test_a_tile_smaller_than_twice_the_overlap_is_refused() -> None:
    with pytest.raises(ValueError, match="a tile of 39 pixels is too small for an overlap of 20"):
        spans(0, 100, 39, 20)


def test_a_picture_smaller_than_the_overlap_needs_no_room_for_it() -> None:
    assert spans(0, 5, 5, 20) == (Span(0, 5),)


@pytest.mark.parametrize(
    ("across", "down", "expected"),
    [
        (1000, 1000, (256, 256)),
        (100, 80, (100, 80)),
        (10_000, 21, (3120, 21)),
        (23, 4000, (23, 2849)),
        (300, 5000, (256, 256)),
    ],
)
def test_a_tile_has_the_area_of_a_square_whatever_the_picture(
    across: int, down: int, expected: tuple[int, int]
) -> None:
    assert sides(256, across, down, tallest=10_000, overlap=20) == expected


def test_a_low_tile_is_wider_for_it() -> None:
    assert sides(256, 10_000, 10_000, tallest=64, overlap=20) == (1024, 64)


def test_a_tile_is_never_less_than_twice_the_overlap() -> None:
    assert sides(32, 1000, 1000, tallest=16, overlap=20) == (40, 40)
    assert sides(32, 10, 1000, tallest=16, overlap=20) == (10, 40)


def test_smaller_halves_until_it_would_not_help() -> None:
    assert smaller(512, 16) == 256
    assert smaller(128, 16) == 64
    assert smaller(64, 16) is None
    assert smaller(256, 70) is None


@given(
    st.integers(0, 50),
    st.integers(1, 700),
    st.integers(1, 40).flatmap(lambda o: st.tuples(st.just(o), st.integers(2 * o + 4, 300))),
)
def test_every_pixel_is_covered_and_neighbours_share_enough(start: int, length: int, sizes: tuple[int, int]) -> None:
    overlap, longest = sizes
    found = spans(start, start + length, longest, overlap)
    assert found[0].start == start
    assert found[0].shared == 0
    assert found[-1].stop == start + length
    assert len({span.size for span in found}) == 1
    assert found[0].size <= longest
    for before, after in pairwise(found):
        assert overlap <= after.shared <= overlap + 2
        assert before.stop - after.start == after.shared
