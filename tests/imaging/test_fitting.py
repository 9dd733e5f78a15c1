"""A picture at the size of a network: nothing of what goes is shown to it, and what it drew comes back in its place."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from wagtail_restore.imaging.fitting import at_size

Pixels = NDArray[np.float32]


def ramp(height: int, width: int) -> Pixels:
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    return np.stack([x / width, y / height, 0 * x + 0.5], axis=2).astype(np.float32)


def middle(height: int, width: int) -> NDArray[np.bool_]:
    mask = np.zeros((height, width), bool)
    mask[height // 4 : 3 * height // 4, width // 4 : 3 * width // 4] = True
    return mask


def truth(square: Pixels, gap: NDArray[np.bool_]) -> Pixels:
    """What the ramp is in the gap, as a network that knows it would say: the plane through what is known."""
    y, x = np.mgrid[0 : gap.shape[0], 0 : gap.shape[1]]
    known = ~gap
    plane = np.stack([np.ones(known.sum()), x[known], y[known]], axis=1)
    found = np.linalg.lstsq(plane, square[known].astype(np.float64), rcond=None)[0]
    drawn = np.stack([np.ones(gap.size), x.ravel(), y.ravel()], axis=1) @ found
    return drawn.reshape(square.shape).astype(np.float32)


@pytest.mark.parametrize("size", [(64, 64), (128, 128), (256, 256)])
def test_what_is_drawn_lies_where_it_was_wanted(size: tuple[int, int]) -> None:
    filled = at_size(ramp(*size), middle(*size), 64, truth)
    assert np.abs(filled - ramp(*size)).max() < 0.01


def test_outside_the_hole_every_value_stays() -> None:
    source, hole = ramp(90, 130), middle(90, 130)
    filled = at_size(source, hole, 64, lambda square, gap: np.zeros_like(square))
    assert np.array_equal(filled[~hole], source[~hole])
    assert (filled[hole].mean(), filled[60, 80].max()) < (0.05, 0.01)


def test_the_network_sees_nothing_of_what_is_to_go() -> None:
    source, hole = np.full((200, 200, 3), 0.5, np.float32), middle(200, 200)
    source[hole] = 1.0
    seen: list[Pixels] = []

    def draw(square: Pixels, gap: NDArray[np.bool_]) -> Pixels:
        seen.append(square[~gap])
        return square

    at_size(source, hole, 64, draw)
    assert seen[0].size and np.allclose(seen[0], 0.5, atol=1e-5)


def test_a_short_side_is_continued_by_its_mirror_image() -> None:
    source, hole = ramp(10, 64), np.zeros((10, 64), bool)
    hole[3, 5] = True
    given: list[tuple[Pixels, NDArray[np.bool_]]] = []

    def draw(square: Pixels, gap: NDArray[np.bool_]) -> Pixels:
        given.append((square, gap))
        return square

    at_size(source, hole, 64, draw)
    square, gap = given[0]
    assert square.shape == (64, 64, 3)
    assert np.array_equal(square[10:20], source[::-1])
    assert [(int(y), int(x)) for y, x in zip(*np.nonzero(gap[:20]), strict=True)] == [(3, 5), (16, 5)]


def test_a_scratch_thinner_than_a_pixel_of_the_network_is_filled_too() -> None:
    source, hole = np.full((256, 256, 1), 0.25, np.float32), np.zeros((256, 256), bool)
    hole[100] = True
    source[100] = 1.0
    filled = at_size(source, hole, 32, lambda square, gap: np.where(gap[:, :, None], np.float32(0.3), square))
    assert filled[100].max() < 0.35


def test_without_a_hole_nobody_is_asked() -> None:
    source = ramp(20, 20)
    assert np.array_equal(at_size(source, np.zeros((20, 20), bool), 64, lambda square, gap: 1 / 0), source)
