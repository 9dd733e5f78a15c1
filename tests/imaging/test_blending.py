"""Tiles back into one picture: nobody sees where they met."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from wagtail_restore.imaging.blending import blend, weights
from wagtail_restore.imaging.tiling import Tile, plan

Work = Callable[[NDArray[Any]], NDArray[Any]]


def gradient(width: int, height: int) -> NDArray[np.float32]:
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    return np.stack([x / width, y / height, (x + y) / (width + height)], axis=2)


def noise(width: int, height: int) -> NDArray[np.float32]:
    return np.random.default_rng(7).random((height, width, 3), dtype=np.float32)


def in_tiles(pixels: NDArray[Any], tile: int, overlap: int, work: Work, scale: int = 1) -> NDArray[np.float32]:
    height, width = pixels.shape[:2]

    def pieces() -> Iterator[tuple[Tile, NDArray[Any]]]:
        for t in plan(width, height, tile, overlap):
            yield t, work(pixels[t.y : t.y + t.height, t.x : t.x + t.width])

    return blend(pieces(), width, height, scale)


def test_weights_of_two_neighbours_written_out() -> None:
    assert weights(8, 0, 4).tolist() == [1, 1, 1, 1, 1, 1, 0, 0]
    assert weights(8, 4, 0).tolist() == [0, 0, 1, 1, 1, 1, 1, 1]


@given(st.integers(1, 60), st.integers(1, 4))
def test_weights_of_two_neighbours_add_up_to_one(shared: int, scale: int) -> None:
    size = 2 * shared + 4
    left, right = weights(size, 0, shared, scale), weights(size, shared, 0, scale)
    both = left[-shared * scale :] + right[: shared * scale]
    assert np.allclose(both, 1.0, atol=1e-6)


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


def test_one_channel_stays_one_channel() -> None:
    pixels = gradient(90, 70)[:, :, :1]
    assert in_tiles(pixels, 40, 8, lambda part: part).shape == (70, 90, 1)


def test_nothing_to_blend_is_refused() -> None:
    with pytest.raises(ValueError, match="nothing to blend"):
        blend([], 10, 10)
