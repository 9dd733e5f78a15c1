"""Filters that look far: what they let through, and that they agree with the plain way of doing the same."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from wagtail_restore.imaging import filters


def noise(*shape: int) -> NDArray[np.float32]:
    return np.random.default_rng(3).random(shape, dtype=np.float32)


@pytest.mark.parametrize("shape", [(301, 403), (300, 401, 3), (260, 140, 1)])
@pytest.mark.parametrize("reach", [2.0, 15.0, 40.0])
def test_a_wide_blur_is_that_of_opencv(shape: tuple[int, ...], reach: float) -> None:
    plane = noise(*shape)
    plane[:, 200:] += 1.0
    wanted = cv2.GaussianBlur(plane, (0, 0), reach).reshape(shape)
    made = filters.blur(plane, reach)
    assert made.shape == shape and made.dtype == np.float32
    assert float(np.abs(made - wanted).max()) < 0.02


def test_what_is_known_is_carried_into_what_is_not() -> None:
    pixels = np.full((80, 120, 3), (0.2, 0.4, 0.6), dtype=np.float32)
    known = np.ones((80, 120), dtype=bool)
    known[20:60, 40:80] = False
    pixels[~known] = 1.0
    made = filters.carried(pixels, known, 12.0)
    assert made[40, 60].tolist() == pytest.approx([0.2, 0.4, 0.6], abs=0.002)


def test_where_nothing_is_known_far_and_wide_it_is_black() -> None:
    assert filters.carried(noise(40, 50, 1), np.zeros((40, 50), bool), 4.0).max() == 0.0


@pytest.mark.parametrize("diameter", [5, 13, 21, 37])
def test_bright_lines_narrower_than_the_disc_go_and_wider_spots_stay(diameter: int) -> None:
    plane = np.full((300, 300), 0.3, dtype=np.float32)
    cv2.line(plane, (20, 30), (280, 60), 1.0, max(1, diameter // 2))
    cv2.circle(plane, (150, 190), 2 * diameter, 1.0, -1)
    opened = filters.opened(plane, diameter)
    assert opened[:90].max() == pytest.approx(0.3)
    assert float((opened > 0.5).sum()) > 0.95 * float((plane[90:] > 0.5).sum())


def test_dark_lines_are_closed_as_bright_ones_are_opened() -> None:
    plane = noise(120, 160)
    assert np.array_equal(filters.closed(1.0 - plane, 21), 1.0 - filters.opened(plane, 21))


@pytest.mark.parametrize("diameter", range(3, 80, 2))
def test_the_octagon_is_as_wide_and_high_as_the_disc(diameter: int) -> None:
    spot = np.zeros((201, 201), dtype=np.float32)
    cv2.rectangle(spot, (60, 60), (60 + diameter - 2, 140), 1.0, -1)
    assert filters.opened(spot, diameter).max() == 0.0
    cv2.rectangle(spot, (60, 60), (60 + diameter - 1, 140), 1.0, -1)
    assert filters.opened(spot, diameter).max() == 1.0
