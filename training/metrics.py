"""The figures by which super-resolution is compared, all of the brightness and without the border."""

from __future__ import annotations

import math

import numpy as np
import piq
import torch
from numpy.typing import NDArray
from skimage.metrics import structural_similarity

Brightness = NDArray[np.float64]


def brightness(picture: NDArray[np.uint8]) -> Brightness:
    """H × W × 3 → H × W: Y of ITU-R BT.601 in its range of 16 to 235, as the literature measures."""
    weights = np.array([65.481, 128.553, 24.966])
    return np.asarray(picture.astype(np.float64) @ weights / 255 + 16)


def psnr(first: Brightness, second: Brightness, border: int) -> float:
    """Peak signal-to-noise ratio in dB (peak 255) of what is left after ``border`` pixels are cut from each side."""
    error = float(np.mean((_inside(first, border) - _inside(second, border)) ** 2))
    return math.inf if error == 0 else 10 * math.log10(255**2 / error)


def ssim(first: Brightness, second: Brightness, border: int) -> float:
    """Structural similarity (Wang et al., 2004: Gaussian window, sigma 1.5, range 255) inside the border."""
    return float(
        structural_similarity(
            _inside(first, border),
            _inside(second, border),
            data_range=255,
            gaussian_weights=True,
            sigma=1.5,
            use_sample_covariance=False,
        )
    )


def gmsd(first: Brightness, second: Brightness, border: int) -> float:
    """Gradient magnitude similarity deviation (Xue et al., 2014; range 255); 0 for equals, smaller is better."""
    return float(piq.gmsd(_tensor(first, border), _tensor(second, border), data_range=255))


def haarpsi(first: Brightness, second: Brightness, border: int) -> float:
    """Haar wavelet perceptual similarity index (Reisenhofer et al., 2018; range 255); 1 for equals."""
    return float(piq.haarpsi(_tensor(first, border), _tensor(second, border), data_range=255))


def _tensor(picture: Brightness, border: int) -> torch.Tensor:
    return torch.from_numpy(np.ascontiguousarray(_inside(picture, border))).clamp(0, 255)[None, None]


def _inside(picture: Brightness, border: int) -> Brightness:
    return picture[border : picture.shape[0] - border, border : picture.shape[1] - border]
