"""A coloured mark stands out from a ground of its own brightness, once the light is left out."""

from __future__ import annotations

import numpy as np
import pytest

from wagtail_restore.imaging.hues import without_light


@pytest.mark.parametrize("colour", [(0.8, 0.2, 0.2), (0.75, 0.65, 0.1), (0.3, 0.45, 0.95)])
def test_a_mark_as_bright_as_its_ground_is_seen(colour: tuple[float, float, float]) -> None:
    ground = np.full((60, 90, 3), 0.1, np.float32)
    ground += np.linspace(0.0, 0.6, 90, dtype=np.float32)[None, :, None]
    seen = ground.copy()
    light = ground[20:40, 30:50].mean()
    seen[20:40, 30:50] += 0.2 * (np.array(colour, np.float32) / np.mean(colour) * light - ground[20:40, 30:50])
    plane = without_light(seen)
    assert plane.shape == (60, 90, 1) and plane.dtype == np.float32
    inside, outside = plane[24:36, 34:46].mean(), plane[:, :20].mean()
    assert abs(inside - outside) > 0.1


def test_light_alone_leaves_nothing() -> None:
    grey = np.random.default_rng(1).random((40, 50, 1)).astype(np.float32).repeat(3, axis=2)
    assert np.abs(without_light(grey) - 0.5).max() < 0.001


def test_one_pixel_is_enough() -> None:
    assert without_light(np.ones((1, 1, 3), np.float32)).tolist() == [[[0.5]]]
