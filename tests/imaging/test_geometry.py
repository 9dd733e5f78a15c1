"""Turned sides change places, and a focal point stays on what it marked."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wagtail_restore.imaging.geometry import (
    Focal,
    move_focal,
    oriented,
)

sides = st.integers(1, 20_000)
orientations = st.integers(1, 8)


@pytest.mark.parametrize(
    ("orientation", "expected"),
    [
        *((upright, (300, 100)) for upright in (0, 1, 2, 3, 4, 9)),
        *((turned, (100, 300)) for turned in (5, 6, 7, 8)),
    ],
)
def test_oriented_exchanges_the_sides_of_quarter_turns(orientation: int, expected: tuple[int, int]) -> None:
    assert oriented(300, 100, orientation) == expected


def test_focal_of_an_upright_picture_is_scaled() -> None:
    assert move_focal(Focal(100, 50, 40, 20), (200, 100), 1, (800, 400)) == Focal(400, 200, 160, 80)


@pytest.mark.parametrize("orientation", [5, 6, 7, 8])
def test_focal_of_a_turned_picture_is_read_in_upright_pixels_as_renditions_read_it(orientation: int) -> None:
    stored, new = (400, 200), (400, 800)
    assert move_focal(Focal(50, 300, 20, 40), stored, orientation, new) == Focal(100, 600, 40, 80)


@pytest.mark.parametrize("orientation", [1, 2, 3, 4])
def test_focal_of_a_mirrored_picture_is_not_mirrored_again(orientation: int) -> None:
    assert move_focal(Focal(10, 20, 6, 4), (100, 50), orientation, (200, 100)) == Focal(20, 40, 12, 8)


def test_no_focal_stays_none() -> None:
    assert move_focal(None, (1, 1), 1, (2, 2)) is None


def test_focal_of_an_unchanged_size_is_the_same() -> None:
    assert move_focal(Focal(3, 4, 5, 6), (10, 20), 6, (20, 10)) == Focal(3, 4, 5, 6)


def test_a_focal_point_without_extent_keeps_none_and_a_small_one_does_not_vanish() -> None:
    assert move_focal(Focal(5, 5, 0, 0), (10, 10), 1, (40, 40)) == Focal(20, 20, 0, 0)
    assert move_focal(Focal(500, 500, 3, 3), (1000, 1000), 1, (100, 100)) == Focal(50, 50, 1, 1)


def test_a_focal_point_outside_is_brought_inside() -> None:
    assert move_focal(Focal(900, 900, 10, 10), (100, 100), 1, (200, 200)) == Focal(200, 200, 20, 20)


@given(st.data(), st.integers(1, 3000), st.integers(1, 3000), orientations, st.integers(1, 4))
def test_moving_there_and_back_returns(data: st.DataObject, width: int, height: int, turn: int, factor: int) -> None:
    across, down = oriented(width, height, turn)
    focal = Focal(data.draw(st.integers(0, across)), data.draw(st.integers(0, down)), across // 3, down // 3)
    new = (across * factor, down * factor)
    assert move_focal(move_focal(focal, (width, height), turn, new), new, 1, (across, down)) == focal
