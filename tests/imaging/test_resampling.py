"""Lanczos in full precision, for any number of channels."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from wagtail_restore.imaging.resampling import Resizer, resize, resized

METHODS = [Image.Resampling.BILINEAR, Image.Resampling.BICUBIC, Image.Resampling.LANCZOS]
SHAPES = [
    ((30, 40), (120, 160)),
    ((120, 160), (30, 40)),
    ((37, 53), (80, 41)),
    ((1, 1), (4, 3)),
    ((1, 100), (3, 9)),
    ((3, 700), (12, 300)),
    ((50, 50), (45, 47)),
]


def noise(height: int, width: int, channels: int = 3) -> np.ndarray:
    return np.random.default_rng(1).random((height, width, channels), dtype=np.float32)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(("size", "target"), SHAPES)
def test_the_result_is_pillows(size: tuple[int, int], target: tuple[int, int], method: Image.Resampling) -> None:
    pixels = noise(*size)
    planes = [Image.fromarray(np.ascontiguousarray(pixels[:, :, c])).resize(target[::-1], method) for c in range(3)]
    made = resize(pixels, target[1], target[0], method)
    assert made.dtype == np.float32
    assert made == pytest.approx(np.stack([np.asarray(plane) for plane in planes], axis=2), abs=5e-6)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(("size", "target"), SHAPES)
def test_row_by_row_is_the_same(size: tuple[int, int], target: tuple[int, int], method: Image.Resampling) -> None:
    pixels = noise(*size)
    resizer = Resizer(size, target, method)
    rows = [resizer.push(pixels[first : first + 3]) for first in range(0, size[0], 3)]
    assert np.concatenate(rows) == pytest.approx(resize(pixels, target[1], target[0], method), abs=1e-5)


def test_strips_in_are_strips_out() -> None:
    pixels = noise(90, 20)
    made = list(resized((pixels[first : first + 30] for first in (0, 30, 60)), (90, 20), (45, 40)))
    assert len(made) == 3
    assert np.concatenate(made) == pytest.approx(resize(pixels, 40, 45), abs=1e-5)


def test_the_same_size_comes_back_untouched() -> None:
    pixels = np.random.default_rng(1).random((5, 7, 3), dtype=np.float32)
    assert (resize(pixels, 7, 5) == pixels).all()


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_every_channel_is_kept(channels: int) -> None:
    assert resize(np.zeros((4, 6, channels), np.float32), 9, 5).shape == (5, 9, channels)


def test_a_flat_picture_stays_flat_to_sixteen_bits() -> None:
    flat = np.full((9, 9, 1), 12345 / 65535, np.float32)
    assert np.abs(resize(flat, 31, 17) - 12345 / 65535).max() < 1 / 65535


def test_making_smaller_does_not_alias() -> None:
    stripes = np.tile(np.array([0.0, 1.0], np.float32), 64)[None, :, None].repeat(16, axis=0)
    assert np.abs(resize(stripes, 16, 2) - 0.5).max() < 0.05


def test_one_pixel_can_be_enlarged() -> None:
    assert resize(np.full((1, 1, 3), 0.25, np.float32), 4, 3) == pytest.approx(np.full((3, 4, 3), 0.25))
