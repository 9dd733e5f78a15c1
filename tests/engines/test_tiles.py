"""Of a mark all over a picture every place is offered, read or not."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from wagtail_restore.engines.evidence import Line, Verdict
from wagtail_restore.engines.tiles import complete
from wagtail_restore.imaging.repeats import Shapes

CENTRES = [(110, 90), (310, 90), (510, 90), (110, 250), (310, 250), (510, 250)]


def tiled(centres: list[tuple[int, int]]) -> NDArray[np.float32]:
    rough = np.random.default_rng(7).normal(0.4, 0.12, (340, 620)).astype(np.float32)
    pixels = cv2.GaussianBlur(rough, (0, 0), 1.5)
    layer = Image.new("L", (620, 340))
    for x, y in centres:
        word = Image.new("L", (160, 160))
        ImageDraw.Draw(word).text((80, 80), "SAMPLE", 255, ImageFont.load_default(28), anchor="mm", stroke_width=1)
        layer.paste(word.rotate(30), (x - 80, y - 80))
    share = 0.4 * np.asarray(layer, np.float32) / 255.0
    return np.repeat((pixels + share * (1.0 - pixels))[:, :, None], 3, axis=2)


def read(x: int, y: int) -> Verdict:
    corners = cv2.boxPoints(((x, y), (124, 34), -30.0))
    line = Line(tuple((round(float(a)), round(float(b))) for a, b in corners), "SAMPLE", 0.95)
    return Verdict(line, "watermark", 0.7)


def completed(verdicts: list[Verdict], pixels: NDArray[np.float32]) -> list[Verdict]:
    return complete(verdicts, Shapes(pixels), pixels.shape[1], pixels.shape[0])


def test_every_tile_is_offered_where_one_was_read() -> None:
    found = completed([read(110, 90)], tiled(CENTRES))
    assert [each.kind for each in found] == ["watermark"] * 6
    for x, y in CENTRES:
        assert any(np.hypot(v.line.centre[0] - x, v.line.centre[1] - y) < 4 for v in found), (x, y)
    assert min(each.confidence for each in found) >= 0.7


def test_a_mark_that_stands_once_stays_as_it_was_read() -> None:
    assert completed([read(110, 90)], tiled(CENTRES[:1])) == [read(110, 90)]


@pytest.mark.parametrize("level", [0.0, 1.0])
def test_an_even_grey_picture_stays_as_it_was_read(level: float) -> None:
    assert completed([read(110, 90)], np.full((340, 620, 1), level, np.float32)) == [read(110, 90)]


def test_nothing_read_is_nothing_offered() -> None:
    assert completed([], tiled(CENTRES)) == []
