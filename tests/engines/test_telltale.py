"""What a line of text gives away by its words alone."""

from __future__ import annotations

import pytest

from wagtail_restore.engines.telltale import alike, date_strength, mark_strength


@pytest.mark.parametrize(
    "text",
    [
        "'98 7 14",
        "’98 7 14",
        "98 12 31",
        "14.07.1998",
        "14. 7. 98",
        "7/14/98 12:31",
        "7/14/98 12:31 PM",
        "1998-07-14",
        "1998:07:14 12:31:05",
        "1998/07/14",
        "14 JUL 1998",
        "JUL 14 1998",
        "Jul.14.98",
        "14 juillet 1998",
        "3 März 2004".replace("ä", "ae"),
        "Tue 14.07.1998",
    ],
)
def test_a_whole_date_is_strong(text: str) -> None:
    assert date_strength(text) == 0.6


@pytest.mark.parametrize(
    "text",
    ["98714", "980714", "19980714", "'98714", "98-12 24", "98-1224", "9712-25", "98:7 14", "*98 1 4"],
)
def test_digits_whose_gaps_were_lost_or_misread_are_weak(text: str) -> None:
    assert date_strength(text) == 0.35


@pytest.mark.parametrize("text", ["12:31", "5:56 PM", "23:59:59"])
def test_a_time_of_day_is_weaker(text: str) -> None:
    assert date_strength(text) == 0.2


@pytest.mark.parametrize(
    "text",
    [
        "",
        "195902",
        "161",
        "99999",
        "32.13.1998",
        "31.12.1789",
        "Room 14",
        "SAMPLE PHOTO",
        "The meeting of 14.07.1998 was long",
        "Version 7.0",
        "100 200 300",
        "may 5",
        "1,234,567",
        "192.168.1.1",
    ],
)
def test_anything_else_is_no_date(text: str) -> None:
    assert date_strength(text) == 0.0


@pytest.mark.parametrize(
    "text", ["© Jane Doe", "(c) Jane", "SAMPLE PHOTO", "Copyright 2019 Jane", "iStock", "gettyimages"]
)
def test_words_of_marks(text: str) -> None:
    assert mark_strength(text) == 0.55


@pytest.mark.parametrize("text", ["www.example.com", "example.de", "@jane.photo"])
def test_addresses_are_weaker(text: str) -> None:
    assert mark_strength(text) == pytest.approx(0.3)


def test_both_together_are_stronger() -> None:
    assert mark_strength("(c) example.com") == pytest.approx(0.85)


@pytest.mark.parametrize("text", ["", "Nextcloud", "saleor", "Waterproof", "resampled", "5.com", "STAY"])
def test_other_words_are_no_mark(text: str) -> None:
    assert mark_strength(text) == 0.0


@pytest.mark.parametrize(
    ("one", "other"),
    [("SAMPLE PHOTO", "SAMPLE PHO"), ("SAMPLE PHOTO", "LEPHOTO"), ("SAMPLE PHOTO", "PHOTO"), ("AB", "ab")],
)
def test_parts_of_the_same_words_are_alike(one: str, other: str) -> None:
    assert alike(one, other)
    assert alike(other, one)


@pytest.mark.parametrize(("one", "other"), [("SAMPLE PHOTO", "To"), ("", ""), ("STAY", "WEEKEND"), ("!!", "??")])
def test_other_words_are_not(one: str, other: str) -> None:
    assert not alike(one, other)
