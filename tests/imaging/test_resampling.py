"""Lanczos in full precision, for any number of channels."""

from __future__ import annotations

import numpy as np
import pytest

from wagtail_restore.imaging.resampling import resize


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
