"""A cut between pixels is what it would be out of the whole plane, and planes may be wider than OpenCV counts."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from wagtail_restore.imaging.cutting import cut


def plane(width: int, height: int, channels: int = 1) -> NDArray[np.float32]:
    made = np.random.default_rng(4).random((height, width, channels)).astype(np.float32)
    return made[:, :, 0] if channels == 1 else made


def warped(source: Any, corner: tuple[float, float], size: tuple[int, int], way: int, beyond: int) -> Any:
    back = np.array([[1.0, 0.0, corner[0]], [0.0, 1.0, corner[1]]])
    return cv2.warpAffine(source, back, size, flags=way | cv2.WARP_INVERSE_MAP, borderMode=beyond)


@pytest.mark.parametrize("channels", [1, 2, 3])
@pytest.mark.parametrize("beyond", [cv2.BORDER_CONSTANT, cv2.BORDER_REPLICATE])
@pytest.mark.parametrize("way", [cv2.INTER_LINEAR, cv2.INTER_CUBIC])
@pytest.mark.parametrize(
    "corner", [(40.0, 30.0), (41.3, 30.75), (-7.4, -9.6), (75.2, 50.8), (-60.0, 5.0), (130.5, 90.5), (12.9, 77.0)]
)
def test_the_same_as_out_of_the_whole(corner: tuple[float, float], way: int, beyond: int, channels: int) -> None:
    source = plane(100, 80, channels)
    made = cut(source, np.array(corner), (33, 21), way, beyond)
    assert made.shape == warped(source, corner, (33, 21), way, beyond).shape
    assert np.abs(made - warped(source, corner, (33, 21), way, beyond)).max() < 1e-4


def test_outside_lies_the_value_that_is_given() -> None:
    made = cut(plane(20, 10), np.array((25.0, 0.0)), (4, 3), cv2.INTER_LINEAR, value=1.0)
    assert (made == 1.0).all()


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("turned", [False, True])
def test_a_plane_wider_or_taller_than_16_bits_count(turned: bool, channels: int) -> None:
    source = plane(33_000, 12, channels)
    expected = source[2:8, 32_900:32_910]
    if turned:
        source, expected = (np.ascontiguousarray(each.swapaxes(0, 1)) for each in (source, expected))
    corner = np.array((32_900.0, 2.0)[:: -1 if turned else 1])
    size = (6, 10) if turned else (10, 6)
    assert (cut(source, corner, size, cv2.INTER_LINEAR) == expected).all()
