"""The shine around a date: taken off where the picture is lively, left to be filled where it is flat."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from wagtail_restore.imaging import glow, masks

ORANGE = np.array([1.0, 0.55, 0.1], dtype=np.float32)
TALL = 40


def digits() -> masks.Mask:
    ink = np.zeros((120, 300), dtype=np.uint8)
    cv2.putText(ink, "'98 7 14", (40, 80), cv2.FONT_HERSHEY_SIMPLEX, 1.8, 1, 6)
    return ink > 0


def lively(seed: int = 3) -> np.ndarray:
    noise = np.random.default_rng(seed).standard_normal((120, 300, 3)).astype(np.float32)
    ground = np.full(noise.shape, (0.35, 0.4, 0.3), dtype=np.float32) + 0.25 * cv2.GaussianBlur(noise, (0, 0), 1.2)
    return np.clip(ground, 0.0, 1.0)


def shining(picture: np.ndarray, strength: float) -> np.ndarray:
    ink = digits().astype(np.float32)
    shine = np.maximum(ink, strength * cv2.GaussianBlur(ink, (0, 0), 0.2 * TALL))[:, :, None]
    return picture * (1 - shine) + ORANGE * shine


def error(made: np.ndarray, true: np.ndarray, where: masks.Mask) -> float:
    return float(np.abs(made - true)[where].mean() * 255)


def test_a_glow_over_a_lively_picture_is_taken_off() -> None:
    true = lively()
    seen = shining(true, 0.9)
    cleared = glow.clear(seen, digits(), TALL, least=3)
    around = (masks.distance(digits()) > 3) & (masks.distance(digits()) < 12)
    taken = cleared.cleared & around
    assert error(seen, true, taken) > 8
    assert error(cleared.pixels, true, taken) < 3
    # where it is strongest nothing to speak of shows through, and that is left to be filled
    assert taken.sum() > 0.8 * around.sum() and (taken | cleared.hidden)[around].all()


def test_the_ink_and_its_edge_stay_hidden() -> None:
    cleared = glow.clear(shining(lively(), 0.9), digits(), TALL, least=3)
    assert cleared.hidden[masks.grow(digits(), 3)].all()
    assert not (cleared.hidden & cleared.cleared).any()


def test_a_glow_over_a_flat_ground_is_left_to_be_filled() -> None:
    flat = np.full((120, 300, 3), 0.4, dtype=np.float32)
    cleared = glow.clear(shining(flat, 0.9), digits(), TALL, least=3)
    around = (masks.distance(digits()) > 3) & (masks.distance(digits()) < 8)
    assert cleared.hidden[around].all()
    # what shines too faintly to leave a rest is taken off all the same
    assert error(cleared.pixels, flat, cleared.cleared) < 1


def test_a_shine_redder_than_the_ink_leaves_no_tint() -> None:
    true = lively(5)
    ink = digits().astype(np.float32)
    shine = np.maximum(ink, 0.9 * cv2.GaussianBlur(ink, (0, 0), 0.2 * TALL))[:, :, None]
    seen = true * (1 - shine) + np.array([1.0, 0.2, 0.0], dtype=np.float32) * shine
    seen[digits()] = ORANGE
    cleared = glow.clear(seen, digits(), TALL, least=3)
    around = cleared.cleared & (masks.distance(digits()) < 10)
    tint, left = (
        (each - each.mean(axis=2, keepdims=True) - true + true.mean(axis=2, keepdims=True))[around].mean(axis=0)
        for each in (seen, cleared.pixels)
    )
    assert np.abs(tint).max() * 255 > 10
    assert np.abs(left).max() * 255 < 3


def test_ink_that_does_not_shine_leaves_the_picture_as_it_is() -> None:
    true = lively(7)
    cleared = glow.clear(shining(true, 0.0), digits(), TALL, least=3)
    far = masks.distance(digits()) > 6
    assert error(cleared.pixels, true, far) < 1
    assert cleared.hidden.mean() < 0.25


def test_pixels_that_are_not_cleared_are_the_same_to_the_last_bit() -> None:
    seen = shining(lively(), 0.9)
    cleared = glow.clear(seen, digits(), TALL, least=3)
    np.testing.assert_array_equal(
        cleared.pixels[~cleared.cleared & ~cleared.hidden], seen[~cleared.cleared & ~cleared.hidden]
    )


@pytest.mark.parametrize("channels", [1, 3])
def test_ink_of_the_colour_of_its_ground_and_tiny_pictures_end_well(channels: int) -> None:
    picture = np.full((12, 16, channels), 0.5, dtype=np.float32)
    ink = np.zeros((12, 16), dtype=bool)
    ink[4:8, 4:12] = True
    cleared = glow.clear(picture, ink, 4, least=1)
    assert not cleared.cleared.any()
    assert cleared.hidden[ink].all()
