"""Words of known marks: told from misreadings of them, and from longer lines that only contain them."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from wagtail_restore.engines.base import Region
from wagtail_restore.engines.wording import same, told


@pytest.mark.parametrize(
    ("read", "mark"),
    [
        ("© Example Agency", "© Example Agency"),
        ("EXAMPLE AGENCY", "© Example Agency"),
        ("O Example Agency", "© Example Agency"),
        ("©Examp1e Agencv", "© Example Agency"),
        ("Cafe Muller", "Café Müller"),
        ("www.example.org", "www.example.org"),
        ("AGENCE · 12", "Agence 12"),
        ("C Doe", "© Doe"),
        ("D0E 1", "Doe 1"),
    ],
)
def test_readings_of_the_mark(read: str, mark: str) -> None:
    assert same(read, mark)


@pytest.mark.parametrize(
    ("read", "mark"),
    [
        ("SAMPLE SALE", "SAMPLE"),
        ("Examples of agencies", "Example Agency"),
        ("Example", "Example Agency"),
        ("Dot 1", "Doe 1"),
        ("", "Example"),
        ("!!", "…"),
    ],
)
def test_other_words(read: str, mark: str) -> None:
    assert not same(read, mark)


def line(text: str) -> tuple[np.ndarray, Region]:
    """Plain white writing on something plain and grey, and the line as it was read."""
    picture = Image.new("RGB", (320, 80), (90, 100, 110))
    ImageDraw.Draw(picture).text((20, 20), text, fill="white", font=ImageFont.load_default(28))
    box = (16, 18, 280, 36)
    corners = ((16, 18), (296, 18), (296, 54), (16, 54))
    return np.asarray(picture), Region("text", box, corners, text, 0.9)


def test_a_line_with_the_words_is_surely_a_watermark_and_others_are_what_they_were() -> None:
    pixels, found = line("Nordwind Archiv")
    (mark,) = told([found], ["nordwind archiv"], pixels)
    assert (mark.kind, mark.confidence, mark.polygon) == ("watermark", 0.95, found.polygon)
    assert told([found], ["Suedwind Foto"], pixels) == [found]
    assert told([found], [], pixels) == [found]


def test_a_line_without_strokes_is_left_to_a_person() -> None:
    _, found = line("Nordwind Archiv")
    (mark,) = told([found], ["nordwind archiv"], np.full((80, 320, 3), 90, np.uint8))
    assert (mark.kind, mark.confidence) == ("watermark", 0.55)
