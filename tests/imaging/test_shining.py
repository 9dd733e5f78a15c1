"""A word that the picture shines through is told from a sign and from painted letters."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from wagtail_restore.imaging.shining import Shine, shine
from wagtail_restore.imaging.strokes import find

BOX = [(48, 24), (352, 24), (352, 78), (48, 78)]


def lively() -> NDArray[np.float64]:
    across = np.arange(400)[None, :] / 400.0
    waves = [0.35 + 0.2 * np.sin(2 * np.pi * (2 * across + shift)) for shift in (0.0, 0.2, 0.5)]
    noise = np.random.default_rng(3).normal(0.0, 0.01, (100, 400, 3))
    return np.asarray(np.repeat(np.stack(waves, axis=2), 100, axis=0) + noise)


def seen(kind: str) -> Shine:
    ground = lively()
    layer = Image.new("L", (400, 100))
    ImageDraw.Draw(layer).text((200, 50), "NORTHWIND", 255, ImageFont.load_default(48), anchor="mm", stroke_width=2)
    share = np.asarray(layer, np.float64)[:, :, None] / 255.0
    top = {"mark": ground + 0.5 * (1.0 - ground), "sign": np.full(3, 0.9), "paint": 1.6 * ground}[kind]
    pixels = np.clip(ground * (1.0 - share) + top * share, 0.0, 1.0).astype(np.float32)
    found = shine(find(pixels, BOX, (True,)))
    assert found is not None
    return found


def test_a_see_through_word_is_told_with_its_opacity() -> None:
    found = seen("mark")
    assert found.opacity == pytest.approx(0.5, abs=0.06)
    assert found.better > 2.2
    assert found.follows > 0.9


@pytest.mark.parametrize("kind", ["sign", "paint"])
def test_signs_and_painted_letters_are_no_marks(kind: str) -> None:
    assert seen(kind).better < 1.0


@pytest.mark.parametrize("level", [0.0, 1.0])
def test_an_even_picture_says_nothing(level: float) -> None:
    assert shine(find(np.full((100, 400, 1), level, np.float32), BOX)) is None
