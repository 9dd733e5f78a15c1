"""Is the result true to its source?"""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from wagtail_restore.imaging.fidelity import PERFECT, consistency, is_bad, lock_colour
from wagtail_restore.imaging.resampling import resize


def photo(width: int = 64, height: int = 48, channels: int = 3) -> NDArray[np.float32]:
    small = np.random.default_rng(3).random((height // 8, width // 8, channels), dtype=np.float32)
    return np.clip(resize(small, width, height), 0.05, 0.95)


def test_a_picture_is_consistent_with_itself() -> None:
    assert consistency(photo(), photo()) == PERFECT


def test_a_known_error_gives_its_decibels() -> None:
    source = np.full((8, 8, 3), 0.5, np.float32)
    assert consistency(source, source + 0.1) == pytest.approx(20.0, abs=0.01)
    assert consistency(source, source + 0.01) == pytest.approx(40.0, abs=0.05)


def test_an_honest_enlargement_is_consistent_and_a_shifted_one_is_not() -> None:
    source = photo()
    large = np.clip(resize(source, 256, 192), 0, 1)
    assert consistency(source, large) > 40
    assert consistency(source, np.roll(large, 8, axis=1)) < 28


def test_something_invented_costs_decibels() -> None:
    source = photo()
    large = np.clip(resize(source, 256, 192), 0, 1)
    large[40:80, 40:80] = 1.0
    assert consistency(source, large) < 28


def test_lock_colour_takes_a_cast_away() -> None:
    source = photo()
    large = resize(source, 256, 192)
    tinted = large * np.array([1.1, 0.95, 0.9], np.float32)
    locked = lock_colour(source, tinted)
    assert np.abs(locked.mean(axis=(0, 1)) - source.mean(axis=(0, 1))).max() < 0.005
    assert np.abs(tinted.mean(axis=(0, 1)) - source.mean(axis=(0, 1))).max() > 0.02


def test_lock_colour_keeps_detail() -> None:
    source = np.full((32, 32, 3), 0.5, np.float32)
    detail = np.zeros((128, 128, 3), np.float32)
    detail[::2, ::2] = 0.1
    detail[1::2, 1::2] = 0.1
    locked = lock_colour(source, 0.4 + detail)
    assert locked.std() == pytest.approx(detail.std(), rel=0.05)
    assert locked.mean() == pytest.approx(0.5, abs=0.01)


def test_lock_colour_keeps_grey_grey() -> None:
    source = photo(channels=1).repeat(3, axis=2)
    locked = lock_colour(source, resize(source, 128, 96) * 0.9)
    assert np.abs(locked - locked[:, :, :1]).max() < 1e-6
    assert lock_colour(source[:, :, :1], resize(source[:, :, :1], 128, 96)).shape == (96, 128, 1)


def test_a_result_that_is_not_finite_is_bad() -> None:
    broken = photo()
    broken[3, 4, 1] = np.nan
    assert is_bad(photo(), broken)
    assert is_bad(photo(), np.full_like(photo(), np.inf))


def test_a_flat_result_of_a_lively_source_is_bad() -> None:
    assert is_bad(photo(), np.zeros((96, 128, 3), np.float32))


def test_a_flat_result_of_a_flat_source_is_good() -> None:
    black = np.zeros((16, 16, 3), np.float32)
    assert not is_bad(black, np.zeros((32, 32, 3), np.float32))
    assert not is_bad(photo(), photo())
