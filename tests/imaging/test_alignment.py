"""A face upright in a square of its own, and back."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from wagtail_restore.imaging import alignment
from wagtail_restore.imaging.alignment import SIDE, TEMPLATE, Box, Point


def placed(scale: float, degrees: float, left: float, top: float) -> tuple[Point, ...]:
    """The template, made larger, turned about its corner and moved."""
    turn = scale * np.exp(1j * np.radians(degrees))
    points = [complex(x, y) * turn + complex(left, top) for x, y in TEMPLATE]
    return tuple((point.real, point.imag) for point in points)


def soft(width: int, height: int, channels: int = 3) -> NDArray[np.float32]:
    """A picture with detail of some six pixels, 0..1."""
    noise = np.random.default_rng(5).random((height, width, channels), dtype=np.float32)
    blurred = cv2.GaussianBlur(noise, (0, 0), 2.0).reshape(height, width, channels)
    return np.clip((blurred - 0.5) * 4 + 0.5, 0, 1)


def test_landmarks_where_the_template_has_them_stay_where_they_are() -> None:
    assert alignment.similarity(TEMPLATE) == pytest.approx(np.array([[1.0, 0, 0], [0, 1, 0]]), abs=1e-9)
    assert alignment.misfit(TEMPLATE) == pytest.approx(0.0, abs=1e-9)


@pytest.mark.parametrize("degrees", [0.0, 30.0, -90.0, 180.0])
@pytest.mark.parametrize("scale", [0.1, 1.0, 3.0])
def test_a_face_of_any_size_and_turn_is_brought_upright(scale: float, degrees: float) -> None:
    landmarks = placed(scale, degrees, 70.0, 900.0)
    matrix = alignment.similarity(landmarks)
    moved = np.array(landmarks) @ matrix[:, :2].T + matrix[:, 2]
    assert np.abs(moved - np.array(TEMPLATE)).max() < 1e-6
    assert alignment.enlargement(matrix) == pytest.approx(1 / scale)
    assert alignment.misfit(landmarks) == pytest.approx(0.0, abs=1e-6)


def test_five_landmarks_in_one_place_are_a_misfit_and_no_error() -> None:
    assert np.isfinite(alignment.similarity(((5.0, 5.0),) * 5)).all()
    assert alignment.misfit(((5.0, 5.0),) * 5) > 0.5


def test_a_face_seen_from_the_side_is_a_misfit() -> None:
    """The eyes drawn together and the nose beyond them, as in a profile."""
    turned = ((200.0, 240.0), (250.0, 240.0), (290.0, 314.0), (205.0, 371.0), (245.0, 371.0))
    assert alignment.misfit(turned) > 0.2
    mirrored = tuple((SIDE - x, y) for x, y in (TEMPLATE[1], TEMPLATE[0], TEMPLATE[2], TEMPLATE[4], TEMPLATE[3]))
    assert alignment.misfit(mirrored) < 0.01


def test_a_mirrored_face_is_not_mirrored_back() -> None:
    matrix = alignment.similarity(tuple((SIDE - x, y) for x, y in TEMPLATE))
    assert np.linalg.det(matrix[:, :2]) >= 0


def test_how_much_of_a_face_lies_beyond_the_border() -> None:
    assert alignment.outside(alignment.similarity(TEMPLATE), SIDE, SIDE) == 0.0
    half = alignment.similarity(placed(1.0, 0.0, -256.0, 0.0))
    assert alignment.outside(half, SIDE, SIDE) == pytest.approx(0.5, abs=0.05)
    assert alignment.outside(alignment.similarity(placed(1.0, 0.0, 5000.0, 0.0)), SIDE, SIDE) == 1.0


def test_the_surroundings_hold_the_square_and_end_at_the_border() -> None:
    assert alignment.surroundings(alignment.similarity(placed(0.5, 0.0, 100.5, 50.5)), 1000, 1000) == Box(
        98, 48, 360, 310
    )
    assert alignment.surroundings(alignment.similarity(placed(0.5, 0.0, -20, -30)), 200, 100) == Box(0, 0, 200, 100)


def test_what_was_taken_from_a_part_lies_where_it_lay_in_the_whole() -> None:
    picture = soft(400, 300)
    matrix = alignment.similarity(placed(0.3, 20.0, 150, 60))
    box = alignment.surroundings(matrix, 400, 300)
    part = alignment.aligned(picture[box.slices], alignment.within(matrix, box))
    assert np.abs(part - alignment.aligned(picture, matrix))[64:-64, 64:-64].max() < 0.02


@pytest.mark.parametrize("scale", [0.15, 0.6, 1.0])
@pytest.mark.parametrize("degrees", [0.0, 33.0])
def test_there_and_back_is_where_it_was(scale: float, degrees: float) -> None:
    picture = soft(640, 640)
    matrix = alignment.similarity(placed(scale, degrees, 200.0, 40.0))
    returned = alignment.back(alignment.aligned(picture, matrix), matrix, 640, 640)
    covered = alignment.back(alignment.oval()[:, :, None], matrix, 640, 640)[:, :, 0] > 0.5
    assert covered.sum() > 1000
    assert np.abs(returned - picture)[covered].mean() < 1 / 255


def test_a_face_larger_than_the_square_is_averaged_not_sampled() -> None:
    """A chequer of single pixels becomes grey; sampled, it would be stripes or a chequer again."""
    y, x = np.mgrid[0:1600, 0:1600]
    chequer = ((x + y) % 2).astype(np.float32)[:, :, None]
    square = alignment.aligned(chequer, alignment.similarity(placed(3.0, 0.0, 20.0, 20.0)))
    assert square.std() < 0.1
    assert square.mean() == pytest.approx(0.5, abs=0.01)


def test_a_large_face_keeps_its_place_when_it_is_made_smaller() -> None:
    picture = np.zeros((1500, 1500, 1), np.float32)
    landmarks = placed(2.5, 0.0, 50.0, 30.0)
    for x, y in landmarks:
        cv2.circle(picture, (round(x), round(y)), 25, 1.0, -1)
    square = alignment.aligned(picture, alignment.similarity(landmarks))[:, :, 0]
    for x, y in TEMPLATE:
        rows, columns = np.nonzero(square[int(y) - 20 : int(y) + 20, int(x) - 20 : int(x) + 20] > 0.5)
        assert (rows.mean() + int(y) - 20, columns.mean() + int(x) - 20) == pytest.approx((y, x), abs=0.7)


def test_beyond_the_border_the_picture_is_mirrored() -> None:
    picture = np.tile(np.linspace(0, 1, 200, dtype=np.float32)[None, :, None], (512, 1, 1))
    square = alignment.aligned(picture, alignment.similarity(TEMPLATE))[:, :, 0]
    assert square[0, 199] == pytest.approx(1.0, abs=0.02)
    assert square[0, 299] == pytest.approx(0.5, abs=0.02)


def test_nothing_comes_back_from_beyond_the_square() -> None:
    matrix = alignment.similarity(placed(0.3, 45.0, 300.0, 100.0))
    came = alignment.back(np.ones((SIDE, SIDE, 1), np.float32), matrix, 640, 640)[:, :, 0]
    assert came.sum() == pytest.approx((0.3 * SIDE) ** 2, rel=0.02)


def test_a_network_that_changes_nothing_changes_nothing() -> None:
    square = soft(SIDE, SIDE)
    assert not alignment.change(square, square.copy()).any()


def test_another_colour_is_no_change_and_detail_is() -> None:
    square = soft(SIDE, SIDE)
    shifted = alignment.change(square, square + np.array([0.1, -0.05, 0.02], np.float32))
    assert np.abs(shifted).max() < 1e-5
    detail = np.zeros_like(square)
    detail[::8] = 0.3
    change = alignment.change(square, square + detail)
    assert change.std() == pytest.approx(detail.std(), rel=0.05)
    assert change.mean() == pytest.approx(0.0, abs=0.005)


def test_the_change_of_a_grey_square_has_one_channel() -> None:
    assert alignment.change(soft(SIDE, SIDE, 1), soft(SIDE, SIDE, 1) * 0.5).shape == (SIDE, SIDE, 1)


def test_the_oval_covers_the_face_and_ends_before_the_square() -> None:
    oval = alignment.oval()
    assert oval.min() == 0.0 and oval.max() == 1.0
    assert all(oval[round(y), round(x)] == 1.0 for x, y in TEMPLATE)
    assert not oval[:80].any() and not oval[:, :80].any() and not oval[:, -80:].any() and not oval[-16:].any()
    assert np.abs(np.diff(oval, axis=1)).max() < 0.05
