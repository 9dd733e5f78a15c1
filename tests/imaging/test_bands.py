"""Banded maps: the same whole, in rows as they come, and as OpenCV has them."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from wagtail_restore.imaging.bands import Bands, Stream, across, down, turned


def noise(height: int, width: int, channels: int = 3) -> np.ndarray:
    return np.random.default_rng(4).random((height, width, channels), dtype=np.float32)


def halves() -> Bands:
    """Means of two neighbours each."""
    return Bands.of(np.arange(0, 40, 2), np.full((20, 2), 0.5), 40)


def test_each_result_weighs_its_own_inputs() -> None:
    pixels = noise(40, 3)
    assert down(halves(), pixels) == pytest.approx((pixels[0::2] + pixels[1::2]) / 2, abs=1e-6)
    assert across(halves(), turned(pixels)) == pytest.approx(turned((pixels[0::2] + pixels[1::2]) / 2), abs=1e-6)


def test_weights_that_lie_past_the_last_input_count_for_nothing() -> None:
    bands = Bands.of(np.array([0, 2]), np.array([[1.0, 0.0, 0.0], [1.0, 0.0, 0.0]]), 3)
    assert down(bands, np.array([5, 6, 7], np.float32).reshape(3, 1, 1)).ravel().tolist() == [5, 7]


@pytest.mark.parametrize("step", [1, 3, 17, 100])
def test_rows_that_come_bit_by_bit_give_the_same(step: int) -> None:
    pixels = noise(100, 7)
    bands = Bands.gaussian(100, 3.0, 12)
    stream = Stream(bands)
    rows = pixels.reshape(100, -1)
    made = np.concatenate([stream.push(rows[at : at + step]) for at in range(0, 100, step)])
    assert made.reshape(pixels.shape) == pytest.approx(down(bands, pixels), abs=1e-6)


def test_a_row_comes_out_as_soon_as_its_block_is_complete() -> None:
    stream = Stream(halves())
    rows = noise(40, 2).reshape(40, -1)
    assert [len(stream.push(rows[at : at + 8])) for at in range(0, 40, 8)] == [0, 0, 0, 16, 4]


def test_no_rows_make_no_rows() -> None:
    assert Stream(halves()).push(np.empty((0, 6), np.float32)).shape == (0, 6)
    assert across(halves(), np.empty((0, 40, 3), np.float32)).shape == (0, 20, 3)


@pytest.mark.parametrize("size", [(1, 1), (3, 90), (40, 31), (200, 5)])
def test_the_blur_is_that_of_opencv(size: tuple[int, int]) -> None:
    pixels = noise(*size)
    expected = cv2.GaussianBlur(pixels, (65, 65), 8.0, borderType=cv2.BORDER_REFLECT).reshape(pixels.shape)
    made = across(Bands.gaussian(size[1], 8.0, 32), down(Bands.gaussian(size[0], 8.0, 32), pixels))
    assert made == pytest.approx(expected, abs=2e-6)


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_turning_swaps_the_sides(channels: int) -> None:
    pixels = noise(5, 9, channels)
    assert (turned(pixels) == pixels.swapaxes(0, 1)).all()
