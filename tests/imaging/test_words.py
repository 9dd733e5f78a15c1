"""Words of known marks: told from misreadings of them, and from longer lines that only contain them."""

from __future__ import annotations

import time

import pytest

from wagtail_restore.imaging.words import Part, part_of, same, too_short, unreadable


@pytest.mark.parametrize(
    ("read", "mark"),
    [
        ("© Example Agency", "© Example Agency"),
        ("EXAMPLE AGENCY", "© Example Agency"),
        ("O Example Agency", "© Example Agency"),
        ("©Examp1e Agencv", "© Example Agency"),
        ("Cafe Muller", "Café Müller"),
        ("Lodz Orsted", "Łódź Ørsted"),
        ("www.example.org", "www.example.org"),
        ("AGENCE · 12", "Agence 12"),
        ("C Doe", "© Doe"),
        ("D0E 1", "Doe 1"),
        ("新華社", "新華社"),
        ("Foto (a|b).*", "Foto (a|b).*"),
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
        ("Foto Nachbar", "Foto .*"),
        ("anything at all", "[a-z ]+"),
        ("新聞社", "新華社"),
    ],
)
def test_other_words(read: str, mark: str) -> None:
    assert not same(read, mark)


@pytest.mark.parametrize(
    ("read", "part"),
    [
        ("Nordw", Part(0, 5, 5)),
        ("ind Archiv", Part(5, 14, 9)),
        ("Archiv", Part(8, 14, 6)),
        ("0rdwind Arc", Part(1, 11, 10)),
        ("Nordwind Archiv", Part(0, 14, 14)),
        ("Nordwind Museum", None),
        ("Nordwind Archiv Bremen", None),
        ("N", None),
        ("", None),
    ],
)
def test_which_part_of_the_words_a_piece_is(read: str, part: Part | None) -> None:
    assert part_of(read, "© Nordwind Archiv") == part


@pytest.mark.parametrize("words", ["© AB", "", "A.B.C", "---", "‮abc", "社"])
def test_words_that_are_too_short(words: str) -> None:
    assert too_short(words)


@pytest.mark.parametrize("words", ["© Lumo", "12/34", "新華", "アサヒ", "Ｌｕｍｏ", "(.*) abcd"])
def test_words_that_are_long_enough(words: str) -> None:
    assert not too_short(words)


@pytest.mark.parametrize(
    ("words", "letters"),
    [
        ("© Médiathèque Łódź ½ ①", ""),
        ("ΕΛΛΑΔΑ 新華社 アサヒ ー", ""),
        ("Okina ʻ Agency’s", ""),
        ("سلام Agency", "سلام"),
        ("שלום", "שלום"),
        ("Новости", "Новсти"[:5]),
        ("٣٤٥٦", "٣٤٥٦"),
        ("한국어", "한국어"),
    ],
)
def test_scripts_that_the_reader_does_not_know(words: str, letters: str) -> None:
    assert unreadable(words) == letters


def test_many_marks_against_a_page_of_lines_take_no_second() -> None:
    lines = [f"Line {number} of a long report on harbours" for number in range(300)]
    marks = [f"© Agency of the Harbour {number}" for number in range(200)]
    started = time.process_time()
    assert not any(same(line, mark) or part_of(line, mark) for line in lines for mark in marks)
    assert time.process_time() - started < 3.0
