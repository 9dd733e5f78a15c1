"""Tiles back into one picture: nobody sees where they met."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from wagtail_restore.imaging.blending import lay, ramp
from wagtail_restore.imaging.tiling import spans

Work = Callable[[NDArray[Any]], NDArray[Any]]


def gradient(width: int, height: int) -> NDArray[np.float32]:
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    return np.stack([x / width, y / height, (x + y) / (width + height)], axis=2)


def noise(width: int, height: int) -> NDArray[np.float32]:
    return np.random.default_rng(7).random((height, width, 3), dtype=np.float32)


def in_tiles(pixels: NDArray[Any], tile: int, overlap: int, work: Work, scale: int = 1) -> NDArray[np.float32]:
    """Columns laid into rows, and rows into the picture."""
    height, width, channels = pixels.shape
    picture = np.full((height * scale, width * scale, channels), np.nan, np.float32)
    for down in spans(0, height, tile, overlap):
        row = np.full((down.size * scale, width * scale, channels), np.nan, np.float32)
        for along in spans(0, width, tile, overlap):
            part = work(pixels[down.start : down.stop, along.start : along.stop])
            lay(row, part, along.start * scale, along.shared * scale)
        lay(picture.swapaxes(0, 1), row.swapaxes(0, 1), down.start * scale, down.shared * scale)
    return picture


def test_weights_of_two_neighbours_written_out() -> None:
    assert ramp(4).tolist() == [0, 0, 1, 1]
    assert ramp(8).tolist() == [0, 0, 0, 0.15625, 0.84375, 1, 1, 1]
    assert ramp(0).tolist() == []


@given(st.integers(1, 200))
def test_weights_of_two_neighbours_add_up_to_one(shared: int) -> None:
    assert np.allclose(ramp(shared) + ramp(shared)[::-1], 1.0, atol=1e-6)


def test_a_tile_is_laid_over_its_neighbour() -> None:
    row = np.zeros((1, 8, 1), np.float32)
    lay(row, np.full((1, 6, 1), 1, np.float32), 0, 0)
    lay(row, np.full((1, 6, 1), 2, np.float32), 2, 4)
    assert row.ravel().tolist() == [1, 1, 1, 1, 2, 2, 2, 2]


def test_what_would_lie_outside_is_left_out() -> None:
    row = np.zeros((1, 3, 1), np.float32)
    lay(row, np.arange(5, dtype=np.float32).reshape(1, 5, 1), -1, 0)
    assert row.ravel().tolist() == [1, 2, 3]


def test_a_tile_is_not_changed() -> None:
    row, tile = np.zeros((2, 12, 3), np.float32), noise(12, 2)
    before = tile.copy()
    lay(row, tile, 0, 8)
    assert (tile == before).all()


@pytest.mark.parametrize("make", [gradient, noise])
def test_tiles_left_as_they_are_give_the_picture_back(make: Callable[[int, int], NDArray[np.float32]]) -> None:
    pixels = make(233, 171)
    assert np.abs(in_tiles(pixels, 64, 16, lambda part: part) - pixels).max() < 1e-6


def test_no_seam_where_the_overlap_is_the_receptive_field() -> None:
    pixels = noise(200, 150)

    def blur(part: NDArray[Any]) -> NDArray[Any]:
        return np.asarray(cv2.blur(part, (9, 9), borderType=cv2.BORDER_CONSTANT))

    whole = blur(pixels)
    assert np.abs(in_tiles(pixels, 64, 17, blur) - whole).max() < 1 / 255
    assert np.abs(in_tiles(pixels, 64, 2, blur) - whole).max() > 1 / 255, "the test must be able to fail"


def test_scaled_tiles_lie_at_scaled_places() -> None:
    pixels = noise(90, 70)

    def twice(part: NDArray[Any]) -> NDArray[Any]:
        return part.repeat(2, axis=0).repeat(2, axis=1)

    assert np.abs(in_tiles(pixels, 40, 8, twice, scale=2) - twice(pixels)).max() < 1e-6
