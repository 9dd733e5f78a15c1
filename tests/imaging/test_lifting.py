"""A see-through mark is taken off by arithmetic, and only where that leaves no ghost."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from wagtail_restore.imaging import masks
from wagtail_restore.imaging.lifting import Lifted, lift
from wagtail_restore.imaging.resampling import resize

Pixels = NDArray[np.float32]


def scene(channels: int = 3) -> Pixels:
    """Soft shapes with some texture, away from black and white."""
    rng = np.random.default_rng(9)
    soft = resize(rng.random((7, 12, channels), dtype=np.float32), 240, 140)
    return np.clip(0.15 + 0.5 * soft + rng.normal(0, 0.02, (140, 240, channels)), 0.02, 0.9).astype(np.float32)


def letters() -> Pixels:
    layer = Image.new("L", (240, 140))
    ImageDraw.Draw(layer).text((120, 70), "SAMPLE", 255, ImageFont.load_default(56), anchor="mm", stroke_width=2)
    return np.asarray(layer, dtype=np.float32) / 255.0


def marked(clean: Pixels, opacity: float, colour: float | tuple[float, ...] = 1.0) -> Pixels:
    share = letters()[:, :, None] * np.float32(opacity)
    return (clean * (1 - share) + np.asarray(colour, np.float32) * share).astype(np.float32)


def lifted(pixels: Pixels, *, bright: bool = True) -> Lifted | None:
    ink = letters() > 0.99
    return lift(pixels, ink, masks.grow(letters() > 0, 2), bright=bright, width=8)


@pytest.mark.parametrize("opacity", [0.25, 0.45, 0.7])
@pytest.mark.parametrize("bright", [True, False])
def test_what_shines_through_comes_back(opacity: float, bright: bool) -> None:
    clean = scene()
    found = lifted(marked(clean, opacity, 1.0 if bright else 0.0), bright=bright)
    assert found is not None
    assert found.opacity == pytest.approx(opacity, abs=0.04)
    assert found.where.sum() > 0.5 * (letters() > 0.99).sum()
    error = np.abs(found.pixels - clean)[found.where]
    assert error.mean() < 0.05
    assert error.mean() < 0.3 * np.abs(marked(clean, opacity, float(bright)) - clean)[found.where].mean()


@pytest.mark.parametrize("lighter", [0.1, 0.2])
def test_the_opacity_is_measured_where_the_ground_is_even(lighter: float) -> None:
    # The right half is lively, and by chance lighter under the letters than around them.
    clean = np.full((140, 240, 3), 0.3, dtype=np.float32)
    grain = np.random.default_rng(5).normal(0, 0.15, (140, 120, 1))
    clean[:, 120:] = np.clip(np.where(letters()[:, 120:, None] > 0, 0.3 + lighter, 0.3) + grain, 0.05, 0.9)
    found = lifted(marked(clean, 0.4))
    assert found is not None
    assert found.opacity == pytest.approx(0.4, abs=0.005)
    even = found.where.copy()
    even[:, 120:] = False
    assert even.sum() > 1000
    assert found.pixels[even] == pytest.approx(0.3, abs=0.005)


def test_the_texture_below_is_kept() -> None:
    clean = scene()
    found = lifted(marked(clean, 0.5))
    assert found is not None
    assert np.corrcoef(found.pixels[found.where].ravel(), clean[found.where].ravel())[0, 1] > 0.98


def test_outside_the_strokes_nothing_changes() -> None:
    pixels = marked(scene(), 0.5)
    found = lifted(pixels)
    assert found is not None
    assert (found.pixels[~found.where] == pixels[~found.where]).all()
    assert not found.where[letters() < 0.99].any()


def test_grey_pictures_work_as_well() -> None:
    assert lifted(marked(scene(1), 0.5)) is not None


@pytest.mark.parametrize(("opacity", "colour"), [(1.0, 1.0), (0.95, 1.0), (0.02, 1.0), (0.6, (1.0, 0.5, 0.1))], ids=str)
def test_what_is_no_even_white_mark_is_left_to_filling(opacity: float, colour: float | tuple[float, ...]) -> None:
    assert lifted(marked(scene(), opacity, colour)) is None


def test_nothing_to_lift_is_nothing() -> None:
    nothing = np.zeros((140, 240), dtype=bool)
    assert lift(scene(), nothing, nothing, bright=True, width=8) is None
