"""The figures, against values worked out by hand."""

from __future__ import annotations

import math

import pytest

np = pytest.importorskip("numpy")
pytest.importorskip("skimage")
pytest.importorskip("piq")

from training.metrics import brightness, gmsd, haarpsi, psnr, ssim  # noqa: E402


def test_brightness_of_white_black_and_red() -> None:
    picture = np.array([[[255, 255, 255], [0, 0, 0], [255, 0, 0]]], dtype=np.uint8)
    assert brightness(picture)[0] == pytest.approx([235.0, 16.0, 81.481])


def test_psnr_of_an_error_of_five_everywhere() -> None:
    truth = np.full((20, 20), 100.0)
    assert psnr(truth + 5, truth, border=4) == pytest.approx(34.1514, abs=1e-4)


def test_psnr_does_not_look_at_the_border() -> None:
    truth = np.full((20, 20), 100.0)
    damaged = truth.copy()
    damaged[:4], damaged[-4:], damaged[:, :4], damaged[:, -4:] = 0, 0, 0, 0
    assert psnr(damaged, truth, border=4) == math.inf
    assert psnr(damaged, truth, border=3) < 30


def test_ssim_is_one_for_equals_and_less_for_others() -> None:
    truth = np.random.default_rng(1).uniform(16, 235, (40, 40))
    assert ssim(truth, truth, border=4) == pytest.approx(1)
    assert ssim(truth[::-1], truth, border=4) < 0.3


def test_gradients_and_wavelets_tell_a_soft_picture_from_a_sharp_one() -> None:
    truth = np.kron(np.random.default_rng(1).uniform(16, 235, (24, 24)), np.ones((4, 4)))
    soft = (truth + np.roll(truth, 2, 0) + np.roll(truth, 2, 1)) / 3
    assert (gmsd(truth, truth, border=4), haarpsi(truth, truth, border=4)) == pytest.approx((0, 1), abs=1e-3)
    assert gmsd(soft, truth, border=4) > 0.05
    assert haarpsi(soft, truth, border=4) < 0.8
