"""Writing that stands again and again is found at every place, and nothing is found where it does not."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from wagtail_restore.imaging.repeats import Shapes

BOX = [(60, 58), (170, 58), (170, 92), (60, 92)]
PLACES = {(60 + 160 * a + 40 * b, 85 + 20 * a + 110 * b) for a in range(3) for b in range(3)}
"""Where the words begin: 160 to the right and 20 down, 40 to the right and 110 down."""


def drawn(places: set[tuple[int, int]]) -> NDArray[np.float32]:
    rough = np.random.default_rng(5).normal(0.4, 0.12, (380, 640)).astype(np.float32)
    pixels = cv2.GaussianBlur(rough, (0, 0), 1.5)
    layer = np.zeros(pixels.shape, np.uint8)
    for place in places:
        cv2.putText(layer, "SAMPLE", place, cv2.FONT_HERSHEY_SIMPLEX, 0.9, 255, 2, cv2.LINE_AA)
    mixed = pixels + 0.4 / 255 * layer.astype(np.float32) * (1.0 - pixels)
    return np.repeat(mixed[:, :, None], 3, axis=2)


def test_all_places_of_a_slanted_grid_are_found() -> None:
    found = Shapes(drawn(PLACES)).repeats(BOX, 34)
    assert len(found) == 9
    for x, y in [(0, 0), (160, 20), (320, 40), (40, 110), (200, 130), (360, 150), (80, 220), (240, 240), (400, 260)]:
        assert any(abs(each.x - x) <= 2 and abs(each.y - y) <= 2 for each in found), (x, y)


def test_a_place_where_the_ground_is_as_white_as_the_writing_is_found_by_the_others() -> None:
    everywhere = {(60 + 160 * a + 40 * b, 85 + 20 * a + 110 * b) for a in range(-3, 5) for b in range(-2, 4)}
    pixels = drawn(everywhere)
    pixels[150:240, 220:410] = np.random.default_rng(6).normal(0.97, 0.01, (90, 190, 1))
    found = Shapes(pixels).repeats(BOX, 34)
    assert any(abs(each.x - 200) <= 3 and abs(each.y - 130) <= 3 for each in found)


def test_a_word_that_stands_once_repeats_nowhere() -> None:
    assert Shapes(drawn({(60, 85)})).repeats(BOX, 34) == []


@pytest.mark.parametrize("level", [0.0, 1.0])
def test_an_even_picture_has_no_repetition(level: float) -> None:
    assert Shapes(np.full((380, 640, 1), level, np.float32)).repeats(BOX, 34) == []


def test_a_tiny_picture_has_no_repetition() -> None:
    assert Shapes(np.zeros((3, 5, 3), np.float32)).repeats([(0, 0), (4, 0), (4, 2), (0, 2)], 2) == []
