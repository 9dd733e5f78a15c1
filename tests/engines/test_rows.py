"""Two readings become one, pieces of a date come together, and what a second look saw finds its place."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from wagtail_restore.engines.evidence import Line
from wagtail_restore.engines.rows import joined, merge, spaced, trimmed, with_dates


def line(left: int, text: str, score: float = 0.9, *, plain: bool = True, width: int = 80, top: int = 10) -> Line:
    right, bottom = left + width, top + 20
    return Line(((left, top), (right, top), (right, bottom), (left, bottom)), text, score, plain)


def test_of_two_readings_in_one_place_the_fuller_counts() -> None:
    merged = merge([line(10, "SAMP")], [line(10, "SAMPLE", plain=False)])
    assert [(each.text, each.plain) for each in merged] == [("SAMPLE", True)]


def test_the_sign_of_a_copyright_counts_as_a_letter() -> None:
    merged = merge([line(10, "Jane Doe 2019")], [line(10, "© Jane Doe 2019", plain=False)])
    assert [each.text for each in merged] == ["© Jane Doe 2019"]


def test_readings_in_different_places_both_count() -> None:
    assert [each.text for each in merge([line(10, "ONE")], [line(200, "TWO", plain=False)])] == ["ONE", "TWO"]


def test_pieces_that_together_are_a_date_become_one_line() -> None:
    (date,) = joined([line(10, "1 MAY"), line(110, "02", 0.8, width=40)])
    assert date == Line(((10, 10), (150, 10), (150, 30), (10, 30)), "1 MAY 02", 0.8, plain=True)


@pytest.mark.parametrize("texts", [("24", "0CT", "'12"), ("86", "1", "20")])
def test_three_pieces_do_too(texts: tuple[str, str, str]) -> None:
    pieces = [line(left, text, width=50) for left, text in zip((10, 80, 150), texts, strict=True)]
    assert [each.text for each in joined(pieces)] == [" ".join(texts)]


def test_a_single_sign_that_is_no_part_of_a_date_is_noise() -> None:
    assert joined([line(10, "ONE"), line(200, "1", width=20)]) == [line(10, "ONE")]


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(line(200, "02"), id="too far away"),
        pytest.param(line(110, "02", top=40), id="on the next line"),
        pytest.param(line(110, "rooms"), id="no date together"),
    ],
)
def test_other_lines_stay_as_they_are(other: Line) -> None:
    lines = [line(10, "1 MAY"), other]
    assert joined(lines) == lines


def test_a_date_that_was_seen_later_takes_the_place_of_what_says_less() -> None:
    date = line(8, "20.05.2004", plain=False)
    assert with_dates([line(10, "2The04"), line(300, "Book")], [date]) == [line(300, "Book"), date]


@pytest.mark.parametrize(
    ("first", "seen"),
    [
        pytest.param(line(10, "20.05.2004"), line(10, "20.05.2001", plain=False), id="a date read as well"),
        pytest.param(line(10, "From 20.05.2004 on", width=240), line(90, "20.05.2004", plain=False), id="a sentence"),
        pytest.param(line(10, "Book"), line(300, "Story", plain=False), id="no date"),
    ],
)
def test_nothing_is_taken_over_from(first: Line, seen: Line) -> None:
    assert with_dates([first], [seen]) == [first]


@pytest.mark.parametrize(
    ("drawn", "text"),
    [("97   7   2", "97 7 2"), ("14   7   98", "14 7 98"), ("9 7 7 2", "9772")],
)
def test_gaps_that_a_reader_lost_are_seen_in_the_ink(drawn: str, text: str) -> None:
    picture = Image.new("RGB", (240, 60), "#404850")
    ImageDraw.Draw(picture).text((120, 30), drawn, "#ffa030", ImageFont.load_default(30), anchor="mm")
    box = ((10, 12), (230, 12), (230, 48), (10, 48))
    pixels = np.asarray(picture, dtype=np.float32) / 255.0
    assert spaced(Line(box, drawn.replace(" ", ""), 0.98), pixels).text == text


def test_the_fuller_of_two_digits_that_may_be_dates_counts() -> None:
    fuller = line(8, "911223", plain=False)
    assert with_dates([line(10, "91223")], [fuller]) == [fuller]
    assert with_dates([line(10, "911223")], [line(8, "91223", plain=False)]) == [line(10, "911223")]


def lettered(text: str) -> NDArray[np.float32]:
    """Bright letters, 24 pixels high from row 48 on, on a dark ground."""
    canvas = Image.new("L", (400, 120), 60)
    ImageDraw.Draw(canvas).text((40, 72), text, 230, ImageFont.load_default(34), anchor="ls")
    return np.repeat((np.asarray(canvas, dtype=np.float32) / 255.0)[:, :, None], 3, axis=2)


def test_the_room_above_and_below_ink_is_taken_from_a_line() -> None:
    loose = Line(((20, 20), (260, 20), (260, 100), (20, 100)), "91 12 23", 0.9)
    tight = trimmed(loose, lettered("91 12 23"))
    tops, bottoms = {y for _, y in tight.polygon[:2]}, {y for _, y in tight.polygon[2:]}
    assert all(38 <= top <= 48 for top in tops)
    assert all(72 <= bottom <= 80 for bottom in bottoms)
    assert [x for x, _ in tight.polygon] == [20, 260, 260, 20]


def test_a_line_without_ink_stays_as_it_is() -> None:
    loose = Line(((20, 20), (260, 20), (260, 100), (20, 100)), "91 12 23", 0.9)
    assert trimmed(loose, np.full((120, 400, 3), 0.4, np.float32)) == loose
