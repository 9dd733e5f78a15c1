"""What looks like the date of a camera, and how much, by the words alone."""

from __future__ import annotations

import pytest

from wagtail_restore.engines.dates import bare_digits, date_strength, grouped


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
        "JUL 14 12:31",
        "*98 1 4",
        "5/23/904:06",
        "3/24/0713:37",
        "1998-07-1412:31",
        "3/6/98:13:45",
        "4/11/93 1525",
        "DEC221989",
        "14JUL98",
        "JUL14'98",
        "1 MAY 02",
    ],
)
def test_a_whole_date_is_strong(text: str) -> None:
    assert date_strength(text) == 0.6


@pytest.mark.parametrize(
    "text",
    [
        "MAY S1998",
        "24 0CT '12",
        "24 00T 12",
        "0CT: 25 1930",
        "2O.O5.2OO4",
        "I4.O7.I998",
        "24/88 8:41",
        "'9433",
        '"9433',
        "'98714",
        "1/28/142150",
        "6/3/99 22 56",
        "1/28/14/2150",
        "1/28/14/21:50",
        "10/21/05 -1125",
        "20.05.041806",
    ],
)
def test_misread_signs_and_gaps_that_a_time_or_a_quote_bears_out_leave_a_doubt(text: str) -> None:
    assert date_strength(text) == 0.5


@pytest.mark.parametrize(
    "text",
    ["98714", "980714", "19980714", "98-12 24", "98-1224", "9712-25", "98:7 14", "1812.2002", "20042"],
)
def test_digits_whose_gaps_were_lost_or_misread_are_weak(text: str) -> None:
    assert date_strength(text) == 0.35


@pytest.mark.parametrize("text", ["2/12/873992", "2/22/977", "6/3/99 22 66", "3/9212:18", "13/9212:18", "1381日"])
def test_a_date_of_which_an_end_was_lost_or_misread_is_weak(text: str) -> None:
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
        "06 12 45 12 30",
        "SAMPLE PHOTO",
        "The meeting of 14.07.1998 was long",
        "Version 7.0",
        "100 200 300",
        "may 5",
        "1,234,567",
        "192.168.1.1",
        "9433",
        "9:00-17:00",
        "MON 9-17",
        "EST 1987",
        "Nov 2019",
        "AUG 2024",
        "MAY98",
        "Route 66",
        "B-AB 1234",
        "12,50 EUR",
        "HOME 3 AWAY 2",
        "8 AND 1998",
        "1/28/14 hours",
        "13/40/872150",
        "10.0.14.2150",
        "3/92 open",
        "HALF 1/2",
    ],
)
def test_anything_else_is_no_date(text: str) -> None:
    assert date_strength(text) == 0.0


@pytest.mark.parametrize(
    ("digits", "sizes", "spaced"),
    [
        ("9772", (2, 1, 1), "97 7 2"),
        ("1566", (2, 1, 1), "15 6 6"),
        ("9433", (1, 1, 2), "9 4 33"),
        ("140798", (2, 2, 2), "14 07 98"),
        ("9772", (1, 2, 1), ""),
        ("9772", (2, 2), ""),
        ("9772", (), ""),
        ("97139", (2, 2, 1), ""),
    ],
)
def test_digits_in_their_groups(digits: str, sizes: tuple[int, ...], spaced: str) -> None:
    assert grouped(digits, sizes) == spaced


@pytest.mark.parametrize(
    ("text", "digits"),
    [
        ("9772", "9772"),
        ("'97 72", "9772"),
        ("98714", "98714"),
        ("161", ""),
        ("123456789", ""),
        ("B 1234", ""),
        ("12,50", ""),
    ],
)
def test_bare_digits(text: str, digits: str) -> None:
    assert bare_digits(text) == digits
