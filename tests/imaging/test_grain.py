"""Noise in what was filled: as strong, as coarse and as coloured as around it, and none where there is none."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from wagtail_restore.imaging import grain

Pixels = NDArray[np.float32]
Hole = NDArray[np.bool_]


def hole() -> Hole:
    missing = np.zeros((160, 240), bool)
    missing[50:110, 60:180] = True
    return missing


def film(strength: float, *, coarse: float = 0.0, coloured: bool = True) -> tuple[Pixels, Pixels]:
    """A quiet ramp with noise all over, and the same with a hole filled smoothly; to eight bits."""
    ramp = np.repeat(np.linspace(0.3, 0.6, 240, dtype=np.float32)[None, :, None], 160, axis=0).repeat(3, axis=2)
    noise = np.random.default_rng(3).standard_normal((160, 240, 3 if coloured else 1)).astype(np.float32)
    if coarse:
        noise = cv2.GaussianBlur(noise, (0, 0), coarse).reshape(noise.shape)
        noise /= noise.std()
    noisy = (np.rint((ramp + strength * noise) * 255) / 255).astype(np.float32)
    return noisy, np.where(hole()[:, :, None], ramp, noisy)


def detail(pixels: Pixels) -> Pixels:
    return (pixels - cv2.GaussianBlur(pixels, (0, 0), 2.0))[56:104, 66:174]


def neighbours(pixels: Pixels) -> float:
    """How alike neighbouring pixels' noise is, -1 to 1."""
    rest = detail(pixels)
    return float((rest[:, 1:] * rest[:, :-1]).mean() / (rest * rest).mean())


@pytest.mark.parametrize("strength", [0.01, 0.03])
@pytest.mark.parametrize("coarse", [0.0, 0.8])
def test_the_noise_is_as_strong_and_as_coarse_as_around(strength: float, coarse: float) -> None:
    truth, smooth = film(strength, coarse=coarse)
    grained = grain.add(smooth, hole())
    assert detail(grained).std() == pytest.approx(detail(truth).std(), rel=0.25)
    assert neighbours(grained) == pytest.approx(neighbours(truth), abs=0.2)


def test_grey_noise_stays_grey() -> None:
    _, smooth = film(0.02, coloured=False)
    grained = grain.add(smooth, hole())
    assert np.abs(grained - grained.mean(axis=2, keepdims=True))[hole()].mean() < 0.001


def test_outside_the_hole_nothing_changes() -> None:
    _, smooth = film(0.02)
    assert (grain.add(smooth, hole())[~hole()] == smooth[~hole()]).all()


def test_a_clean_picture_stays_clean() -> None:
    _, smooth = film(0.0)
    assert (grain.add(smooth, hole()) == smooth).all()


def test_texture_is_not_taken_for_noise() -> None:
    y, x = np.mgrid[:160, :240]
    woven = np.repeat((0.5 + 0.2 * np.sin(x / 4) * np.sin(y / 4))[:, :, None], 3, axis=2).astype(np.float32)
    smooth = np.where(hole()[:, :, None], np.float32(0.5), woven)
    assert (grain.add(smooth, hole()) == smooth).all()


def test_a_fill_that_has_the_noise_already_is_left_nearly_as_it_is() -> None:
    truth, _ = film(0.02)
    again = grain.add(truth, hole())
    assert detail(again).std() < 1.15 * detail(truth).std()


def test_the_same_picture_gets_the_same_noise_and_another_one_another() -> None:
    _, smooth = film(0.02)
    other = smooth.copy()
    other[0, 0] += 1 / 255
    assert (grain.add(smooth, hole()) == grain.add(smooth, hole())).all()
    assert (grain.add(smooth, hole()) != grain.add(other, hole()))[hole()].any()


def test_white_and_black_stay_without_noise() -> None:
    _, smooth = film(0.02)
    smooth[60:80, 80:120] = 1.0
    smooth[85:100, 80:120] = 0.0
    grained = grain.add(smooth, hole())
    assert (grained[60:80, 80:120] == 1.0).all()
    assert (grained[85:100, 80:120] == 0.0).all()


@pytest.mark.parametrize(("height", "width"), [(1, 1), (1, 9), (7, 1), (6, 6)])
def test_tiny_pictures_come_back(height: int, width: int) -> None:
    tiny = np.full((height, width, 1), 0.4, np.float32)
    missing = np.zeros((height, width), bool)
    missing[0, 0] = True
    assert (grain.add(tiny, missing) == tiny).all()
