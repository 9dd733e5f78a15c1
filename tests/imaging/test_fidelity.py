"""Is the result true to its source?"""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from wagtail_restore.imaging.fidelity import PERFECT, REACH, Lock, Measure, consistency, is_bad, lock_colour
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
    for value in (np.nan, np.inf, -np.inf):
        broken = photo()
        broken[3, 4, 1] = value
        assert is_bad(photo(), broken)
        assert is_bad(photo(channels=1), broken[:, :, 1:2])
    assert is_bad(photo(), np.full_like(photo(), np.inf))


def test_a_flat_result_of_a_lively_source_is_bad() -> None:
    assert is_bad(photo(), np.zeros((96, 128, 3), np.float32))


def test_a_flat_result_of_a_flat_source_is_good() -> None:
    black = np.zeros((16, 16, 3), np.float32)
    assert not is_bad(black, np.zeros((32, 32, 3), np.float32))
    assert not is_bad(photo(), photo())


# — in strips —


SIZES = pytest.mark.parametrize(
    ("size", "target"),
    [((48, 64), (192, 256)), ((100, 70), (231, 161)), ((1, 1), (4, 4)), ((3, 400), (12, 1600)), ((90, 5), (90, 5))],
)


def pair(size: tuple[int, int], target: tuple[int, int]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """A source, and a result that has drifted from it differently everywhere."""
    random = np.random.default_rng(8)
    source = cv2.blur(random.random((*size, 3), dtype=np.float32), (5, 5)).reshape(*size, 3)
    drift = resize(random.random((2, 2, 3), dtype=np.float32), target[1], target[0]) * np.float32(0.2)
    return source, resize(source, target[1], target[0]) - drift


def strips_of(pixels: NDArray[np.float32]) -> Iterator[NDArray[np.float32]]:
    """Of all sizes, in no order."""
    first = 0
    for count in itertools.cycle([7, 1, 40, 0, 16]):
        yield pixels[first : first + count]
        first += count
        if first >= len(pixels):
            return


@SIZES
def test_a_lock_in_strips_is_the_lock_of_the_whole(size: tuple[int, int], target: tuple[int, int]) -> None:
    source, result = pair(size, target)
    lock = Lock(lambda first, last: source[first:last], size, target)
    made = np.clip(np.concatenate([lock.push(strip).copy() for strip in strips_of(result)]), 0, 1)
    assert made == pytest.approx(lock_colour(source, result), abs=0.01 / 255)


@SIZES
def test_the_lock_is_what_its_description_says(size: tuple[int, int], target: tuple[int, int]) -> None:
    source, result = pair(size, target)
    drift = source - resize(result, size[1], size[0], Image.Resampling.BICUBIC)
    low = cv2.GaussianBlur(drift, (0, 0), REACH, borderType=cv2.BORDER_REFLECT)
    grown = cv2.resize(low, target[::-1], interpolation=cv2.INTER_LINEAR)
    assert lock_colour(source, result) == pytest.approx(np.clip(result + grown, 0, 1), abs=0.1 / 255)
    assert np.abs(grown).max() > 5 / 255, "the test must be able to fail"


@SIZES
def test_consistency_in_strips_is_that_of_the_whole(size: tuple[int, int], target: tuple[int, int]) -> None:
    source, result = pair(size, target)
    measure = Measure(lambda first, last: source[first:last], size, target)
    for strip in strips_of(result):
        measure.push(strip)
    assert measure.decibels == pytest.approx(consistency(source, result), abs=0.01)
    assert measure.decibels < 30


def test_a_lock_lags_behind_by_no_more_than_it_must() -> None:
    lock = Lock(lambda first, last: np.zeros((last - first, 8, 3), np.float32), (1000, 8), (4000, 32))
    came = went = 0
    for _ in range(100):
        went += len(lock.push(np.zeros((40, 32, 3), np.float32)))
        came += 40
        assert came - went <= 4 * 70 + 40
    assert went == 4000
