"""Filling with waves: what goes on beside the hole goes on in it, whatever its shape and wherever it lies."""

from __future__ import annotations

import time
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from wagtail_restore.imaging import frequency

Pixels = NDArray[np.float32]
Hole = NDArray[np.bool_]


def stripes(height: int = 64, width: int = 96, channels: int = 3) -> Pixels:
    """Slanted waves, another strength in each channel."""
    y, x = np.mgrid[:height, :width]
    wave = np.sin(0.5 * x + 0.3 * y)
    return np.stack([0.5 + (0.3 - 0.08 * (c % 3)) * wave for c in range(channels)], axis=2).astype(np.float32)


def slot(height: int = 64, width: int = 96) -> Hole:
    hole = np.zeros((height, width), bool)
    hole[28:36, 20:76] = True
    return hole


def damaged(truth: Pixels, hole: Hole) -> Pixels:
    return np.where(hole[:, :, None], np.float32(1.0), truth)


def decibels(one: Pixels, other: Pixels, where: Hole) -> float:
    return float(-10 * np.log10(np.mean((one[where] - other[where]) ** 2)))


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_stripes_go_on_through_a_slot(channels: int) -> None:
    truth = stripes(channels=channels)
    assert decibels(frequency.fill(damaged(truth, slot()), slot()), truth, slot()) > 30


def test_what_stood_in_the_hole_does_not_matter() -> None:
    truth, hole = stripes(), slot()
    dark = np.where(hole[:, :, None], np.float32(0.0), truth)
    assert (frequency.fill(damaged(truth, hole), hole) == frequency.fill(dark, hole)).all()


def test_outside_the_hole_every_value_stays() -> None:
    truth, hole = stripes(), slot()
    truth[0, 0] = 1.25
    filled = frequency.fill(truth, hole)
    assert (filled[~hole] == truth[~hole]).all()
    assert filled.dtype == np.float32


def test_a_hole_at_the_border_of_the_picture() -> None:
    truth = stripes()
    for part in (np.s_[:6, :], np.s_[:, -5:], np.s_[-7:, -20:]):
        hole = np.zeros(truth.shape[:2], bool)
        hole[part] = True
        assert decibels(frequency.fill(damaged(truth, hole), hole), truth, hole) > 20


def test_a_deep_hole_ends_with_values_of_its_surroundings() -> None:
    ramp = np.repeat(np.linspace(0.2, 0.8, 241, dtype=np.float32)[None, :, None], 243, axis=0)
    y, x = np.mgrid[:243, :241]
    hole = (y - 121) ** 2 + (x - 120) ** 2 < 90**2
    filled = frequency.fill(damaged(ramp, hole), hole)
    assert np.abs(filled - ramp).max() < 0.1


def test_one_known_pixel_is_enough() -> None:
    for height, width in ((1, 2), (2, 1), (3, 3), (9, 70), (200, 1)):
        picture = np.full((height, width, 3), 0.25, np.float32)
        hole = np.ones((height, width), bool)
        hole[0, 0] = False
        assert np.abs(frequency.fill(damaged(picture, hole), hole) - 0.25).max() < 1e-3


def test_everything_missing_is_grey_and_nothing_missing_stays() -> None:
    for height, width in ((1, 1), (5, 7), (40, 33)):
        picture = stripes(height, width)
        assert (frequency.fill(picture, np.ones((height, width), bool)) == 0.5).all()
        assert (frequency.fill(picture, np.zeros((height, width), bool)) == picture).all()


def test_the_same_picture_is_filled_the_same_way_again() -> None:
    noisy = np.random.default_rng(1).random((70, 80, 3), dtype=np.float32)
    assert (frequency.fill(noisy, slot(70, 80)) == frequency.fill(noisy, slot(70, 80))).all()


def test_a_large_area_takes_seconds() -> None:
    y, x = np.mgrid[:500, :500]
    hole = (y - 250) ** 2 + (x - 250) ** 2 < 220**2
    began = time.process_time()
    frequency.fill(stripes(500, 500), hole)
    assert time.process_time() - began < 15


def stamped() -> Hole:
    """Two lines of digits, as a camera prints them, 160 × 160."""
    canvas = Image.new("L", (160, 160))
    pen = ImageDraw.Draw(canvas)
    pen.text((8, 30), "'98  7 14", font=ImageFont.load_default(30), fill=255)
    pen.text((8, 100), "31.12.86", font=ImageFont.load_default(30), fill=255)
    return np.asarray(cv2.dilate((np.asarray(canvas) > 60).astype(np.uint8), np.ones((3, 3), np.uint8)) > 0)


@pytest.mark.parametrize(
    ("name", "left", "top", "least"),
    [("01", 200, 100, 20.5), ("08", 300, 150, 19.7), ("13", 200, 50, 24.2), ("19", 300, 200, 26.0)],
)
def test_digits_on_photographs(data: Path, name: str, left: int, top: int, least: float) -> None:
    """Thresholds lie 0.3 dB below what was measured; Telea's method comes to 19.7, 16.8, 24.2 and 24.7 dB."""
    path = data / "eval" / "Kodak24" / "HR" / f"{name}.png"
    truth = np.asarray(Image.open(path).convert("RGB"))[top : top + 160, left : left + 160]
    hole = stamped()
    exact = (truth / 255.0).astype(np.float32)
    marked = np.where(hole[:, :, None], np.uint8(255), truth)
    telea = cv2.inpaint(marked, hole.astype(np.uint8), 5, cv2.INPAINT_TELEA).astype(np.float32) / 255
    ours = decibels(frequency.fill((marked / 255.0).astype(np.float32), hole), exact, hole)
    assert ours > decibels(telea, exact, hole)
    assert ours > least


def test_many_narrow_holes_take_larger_blocks_and_are_filled_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    y, x = np.mgrid[0:96, 0:96].astype(np.float32)
    picture = np.stack([0.5 + 0.3 * np.sin(x / 4), 0.5 + 0.3 * np.cos(y / 5), 0.4 + 0.2 * np.sin((x + y) / 6)], axis=2)
    hole = np.zeros((96, 96), bool)
    hole[8::16] = True
    monkeypatch.setattr(frequency, "MANY", 100)
    error = np.abs(frequency.fill(picture, hole) - picture)[hole]
    assert error.mean() < 0.02
