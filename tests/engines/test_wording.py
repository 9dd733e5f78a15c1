"""A line that bears the words of a known mark is a watermark, as sure as its strokes can be told from their ground."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from wagtail_restore.catalogue import Model
from wagtail_restore.engines.base import Capabilities, Engine, Region
from wagtail_restore.engines.wording import sought, told


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


def test_a_mark_that_is_sure_already_stays_so() -> None:
    _, found = line("Nordwind Archiv")
    tiled = replace(found, kind="watermark", confidence=0.8)
    assert told([tiled], ["nordwind archiv"], np.full((80, 320, 3), 90, np.uint8)) == [tiled]


def piece(text: str, left: int, right: int, top: int = 18) -> Region:
    corners = ((left, top), (right, top), (right, top + 36), (left, top + 36))
    return Region("text", (left, top, right - left, 36), corners, text, 0.9)


def test_a_line_that_was_read_in_pieces_is_put_together() -> None:
    pixels, _ = line("Nordwind Archiv")
    first, second = piece("Nordw", 18, 106), piece("ind Archiv", 106, 240)
    other = piece("Harbour", 10, 100, 60)
    mark, left = told([second, other, first], ["© Nordwind Archiv"], pixels)
    assert left is other
    assert (mark.kind, mark.text, mark.confidence) == ("watermark", "Nordw ind Archiv", 0.95)
    assert mark.box == (18, 18, 222, 36)


def test_letters_at_an_end_that_were_not_read_go_too() -> None:
    pixels, _ = line("Nordwind Archiv")
    (mark,) = told([piece("Nordwind Arc", 18, 186)], ["Nordwind Archiv"], pixels)
    assert mark.confidence == 0.95
    assert mark.box[0] == 18 and 220 < mark.box[0] + mark.box[2] < 245


def test_a_gap_between_both_ends_of_a_line_is_filled() -> None:
    pixels, _ = line("Nordwind Archiv")
    (mark,) = told([piece("Nordw", 18, 106), piece("rchiv", 174, 240)], ["Nordwind Archiv"], pixels)
    assert (mark.box, mark.confidence) == ((18, 18, 222, 36), 0.95)


def test_a_line_of_which_one_end_was_read_is_shown_to_a_person_as_a_whole() -> None:
    pixels, _ = line("Nordwind Archiv")
    (mark,) = told([piece("Nordwind Ar", 18, 176)], ["Nordwind Archiv"], pixels)
    assert (mark.kind, mark.confidence) == ("watermark", 0.55)
    assert mark.box[0] == 18 and 220 < mark.box[0] + mark.box[2] < 245


@pytest.mark.parametrize(
    "regions",
    [
        [piece("Nordwind", 18, 150)],
        [piece("Nordwind", 18, 150), piece("Museum", 158, 280)],
        [piece("Nordwind A", 18, 170), piece("Bremen", 180, 280)],
        [piece("Nordwind", 18, 150), piece("Archiv", 158, 240, top=60)],
        [piece("Archiv", 18, 100), piece("Nordwind", 110, 240)],
        [piece("Nordwind", 18, 100), piece("Archiv", 258, 318)],
    ],
    ids=["half", "another word", "another end", "another line", "another order", "far apart"],
)
def test_pieces_of_other_lines_are_left(regions: list[Region]) -> None:
    pixels, _ = line("Nordwind Archiv")
    assert told(regions, ["Nordwind Archiv"], pixels) == regions


def test_faint_lines_are_told_only_where_they_bear_the_words() -> None:
    pixels, found = line("Nordwind Archiv")
    scribble = piece("nw lli", 20, 100, 60)
    (mark,) = told([], ["Nordwind Archiv"], pixels, [scribble, found])
    assert (mark.text, mark.kind) == ("Nordwind Archiv", "watermark")
    assert told([], ["Nordwind Archiv"], pixels, [scribble]) == []
    (mark,) = told([piece("Nordwind", 18, 150)], ["Nordwind Archiv"], pixels, [piece("Archiv", 154, 240)])
    assert mark.confidence == 0.95


def test_two_lines_with_the_words_are_two_marks() -> None:
    pixels, found = line("Nordwind Archiv")
    marks = told([found, piece("Nordwind", 18, 150, 60), piece("Archiv", 154, 240, 60)], ["Nordwind Archiv"], pixels)
    assert [mark.kind for mark in marks] == ["watermark", "watermark"]


class Reader(Engine):
    """Reads in colours alone what it is told, and in the picture itself nothing."""

    def __init__(self, *regions: Region) -> None:
        super().__init__(Model("reader", "detect", "tests"))
        self.regions = list(regions)
        self.planes: list[Any] = []

    @property
    def capabilities(self) -> Capabilities:
        return Capabilities(kind="detect")

    def load(self) -> None:
        """Nothing is needed."""

    def run(self, pixels: Any, mask: Any = None) -> list[Region]:
        self.planes.append(pixels)
        return self.regions


def test_a_line_that_shows_in_its_colours_alone_is_found_in_a_second_reading() -> None:
    pixels, found = line("Nordwind Archiv")
    reader = Reader(found, piece("Harbour", 10, 100, 60))
    (mark,) = sought(reader, [], ["Nordwind Archiv"], pixels)
    assert (mark.kind, mark.text, mark.confidence) == ("watermark", "Nordwind Archiv", 0.95)
    (plane,) = reader.planes
    assert plane.shape == (80, 320, 1)


def test_a_second_reading_is_spared_where_the_first_has_the_words_or_none_are_known() -> None:
    pixels, found = line("Nordwind Archiv")
    reader = Reader()
    assert [each.kind for each in sought(reader, [found], ["Nordwind Archiv"], pixels)] == ["watermark"]
    assert sought(reader, [found], [], pixels) == [found]
    assert sought(reader, [], ["Nordwind Archiv"], pixels[:, :, :1]) == []
    assert reader.planes == []
