"""What a line of text gives away by its words alone."""

from __future__ import annotations

import pytest

from wagtail_restore.engines.telltale import alike, mark_strength


@pytest.mark.parametrize(
    "text", ["© Jane Doe", "(c) Jane", "SAMPLE PHOTO", "SAMPLES", "Copyright 2019 Jane", "iStock", "gettyimages"]
)
def test_words_of_marks(text: str) -> None:
    assert mark_strength(text) == 0.55


@pytest.mark.parametrize("text", ["www.example.com", "example.de", "@jane.photo"])
def test_addresses_are_weaker(text: str) -> None:
    assert mark_strength(text) == pytest.approx(0.3)


@pytest.mark.parametrize("text", ["Jane Doe 2019", "o Jane Doe, 2019", "Jane van Doe", "Room 2019", "JANE DOE 1819"])
def test_a_name_and_a_year_speak_a_little_for_a_mark(text: str) -> None:
    expected = {"Jane Doe 2019": 0.3, "o Jane Doe, 2019": 0.3}
    assert mark_strength(text) == expected.get(text, 0.0)


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
