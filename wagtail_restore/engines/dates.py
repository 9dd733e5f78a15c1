"""How much a line of text looks like the date that a camera stamps on a picture, even with gaps and signs misread."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

MONTHS = frozenset(
    name
    for names in (
        "jan january januar janvier enero gennaio feb february februar fevrier febrero febbraio",
        "mar march mars marzo mrz maerz apr april avril abril aprile may mai mayo maggio",
        "jun june juni juin junio giugno jul july juli juillet julio luglio aug august aout agosto",
        "sep sept september septembre septiembre settembre oct october okt oktober octobre octubre ottobre",
        "nov november novembre noviembre dec december dez dezember decembre diciembre dicembre",
    )
    for name in names.split()
)
WEEKDAYS = r"(?:(?:mon|tue|wed|thu|fri|sat|sun|mo|di|mi|do|fr|sa|so)[a-z]*\.?,?\s*)?"
TIME = r"(?:[01]?\d|2[0-3])[:.;h]\s?[0-5]\d(?:[:.]\s?[0-5]\d)?\s*(?:[ap]\.?m\.?)?"
AFTER = rf"(?:[\s,.:T]*{TIME}|\s+(?:[01]?\d|2[0-3])[0-5]\d)?"
"""A time of day behind a date: the gap before it is the first thing that readers lose, its colon the second."""
DAY = r"(?:3[01]|[12]\d|0?[1-9])"
YEAR = r"(?:(?:19|20)\d\d|\d\d)"
QUOTE = r"['’‘`´\"”“*]"
GAP = r"(\s*[-./:,' ]\s*)"

WHOLE, LIKELY, POSSIBLE, TIMED = 0.6, 0.5, 0.35, 0.2
"""What the words say for a whole date, for one a little misread, for digits that might be one, for a time of day."""

LIKE_DIGITS = str.maketrans("OoDQIl|!ZzSsBG口日曰目", "00001111225586" + "0888")
"""Letters and Chinese signs that readers take digits for, and the digits."""
LOOKALIKES = ("0odqcg", "1iltj", "5s", "8b", "2z", "uvy", "mnhw", "prf")
"""Signs that are taken for each other on a bad ground; no two short months become the same by that."""


def _named(months: Iterable[str]) -> re.Pattern[str]:
    """Dates with the name of a month, of those that are given as patterns."""
    month, gap = rf"(?:{'|'.join(sorted(months, key=len, reverse=True))})", r"[\s.,:-]*"
    short = rf"(?:{DAY}{gap}{month}|{month}{gap}{DAY})(?=[\s,]+{TIME})"
    ways = (
        rf"{DAY}{gap}{month}{gap}{QUOTE}?\s*{YEAR}",
        rf"{month}{gap}(?!(?:19|20)\d\d(?!\d)){DAY}{gap}{QUOTE}?\s*{YEAR}",
        rf"{YEAR}{gap}{month}{gap}{DAY}",
        short,
    )
    return re.compile(rf"^{WEEKDAYS}{QUOTE}?(?:{'|'.join(ways)}){AFTER}$", re.IGNORECASE)


def _blurred(month: str) -> str:
    """A pattern for ``month`` with each letter read as any that looks like it."""
    return "".join(next((f"[{signs}]" for signs in LOOKALIKES if letter in signs), letter) for letter in month)


_time = re.compile(rf"^\s*{TIME}\s*$", re.IGNORECASE)
_digits = re.compile(rf"^(?:[\s.]|{QUOTE})*\d(?:[\d\s./:,-]|{QUOTE})*$")
_numbers = re.compile(
    rf"^{WEEKDAYS}{QUOTE}?\s*(\d{{1,4}}){GAP}{QUOTE}?(\d{{1,2}}){GAP}{QUOTE}?(\d{{4}}|\d{{1,2}}){AFTER}$", re.IGNORECASE
)
_with_month = _named(MONTHS)
_with_blurred_month = _named(_blurred(month) for month in MONTHS if len(month) <= 4)
_dated_time = re.compile(rf"^(?P<date>[\d\s./-]{{3,10}}?)[\s,]+{TIME}$", re.IGNORECASE)
_clock = re.compile(r"^(?:[01]?\d|2[0-3])[:.;/\s]?[0-5]\d$")
_run_on = re.compile(
    r"^(?P<date>\d{1,2}([/.-])\d{1,2}\2\d\d)(?P<gap>[-\s:./]{,3})(?P<rest>\d[\d:.]{1,5}|\d\d?\s\d\d|\S{1,5})$"
)
"""A date, a gap, and what may be a time: its colon and the gap may be lost, or taken for other signs."""
_beheaded = re.compile(rf"^[\s/.-]*(?P<rest>\d{{1,2}}[/.-]\d\d\s*{TIME})$", re.IGNORECASE)
_quoted = re.compile(rf"^{QUOTE}\s?(\d\d)[\s.]?(\d{{2,4}})$")


def date_strength(text: str) -> float:
    """How much ``text`` alone looks like the stamp of a camera, 0..1.

    A whole date says 0.6, one in which letters stand for digits or for each other, or that a time or a quote bears
    out, 0.5, digits that could be one when a reader has lost or misread the gaps 0.35, a time of day 0.2. A sentence
    in which a date stands is no stamp.
    """
    text = text.strip(" \t·•_~^,;")
    if _whole(text):
        return WHOLE
    mended = _mended(text)
    if _with_blurred_month.match(text) or (mended != text and _whole(mended)) or _borne_out(mended):
        return LIKELY
    if (_digits.match(mended) and _maybe_date(mended)) or _half_read(text):
        return POSSIBLE
    return TIMED if _time.match(text) else 0.0


def bare_digits(text: str) -> str:
    """The digits of ``text`` where it is nothing else but gaps, and as many as a date has; else nothing."""
    digits = re.sub(rf"(?:[\s.]|{QUOTE})", "", text)
    return digits if digits.isdecimal() and 4 <= len(digits) <= 8 else ""


def grouped(digits: str, sizes: tuple[int, ...]) -> str:
    """``digits`` with gaps that make numbers of these ``sizes``, where those are a date; else nothing."""
    if len(sizes) != 3 or sum(sizes) != len(digits):
        return ""
    first, second = sizes[0], sizes[0] + sizes[1]
    numbers = digits[:first], digits[first:second], digits[second:]
    return " ".join(numbers) if _valid(*numbers) else ""


def _whole(text: str) -> bool:
    found = _numbers.match(text)
    if found:
        first, gap, second, other_gap, third = found.groups()
        return gap.strip() == other_gap.strip() and gap.strip() != "," and _valid(first, second, third)
    return bool(_with_month.match(text))


def _mended(text: str) -> str:
    """``text`` with the digits that letters were read for, where at least half of its signs are digits anyway."""
    signs = [sign for sign in text if sign.isalnum()]
    if 2 * sum(sign.isdigit() for sign in signs) < len(signs):
        return text
    return text.translate(LIKE_DIGITS)


def _borne_out(text: str) -> bool:
    """Whether digits without all their gaps stand before a time of day, or behind the quote of a short year."""
    quoted = _quoted.match(text)
    if quoted:
        year, rest = quoted.groups()
        return any(_valid(year, rest[:cut], rest[cut:]) for cut in range(1, len(rest)))
    run_on = _run_on.match(text)
    if run_on and _whole(run_on["date"]) and _clock.match(run_on["rest"]):
        return True
    timed = _dated_time.match(text)
    return timed is not None and _maybe_date(timed["date"], fewest=4)


def _half_read(text: str) -> bool:
    """Whether a date between signs goes on with what may be a misread time, or a time ends what may be one's rest."""
    run_on, beheaded = _run_on.match(text), _beheaded.match(text)
    if run_on and run_on[2] == "/" and not run_on["rest"].isalpha():
        return _whole(run_on["date"])
    return beheaded is not None and any(_whole(f"{month}/{beheaded['rest']}") for month in ("1", "12"))


def _maybe_date(text: str, fewest: int = 5) -> bool:
    groups = re.findall(r"\d+", text)
    if len(groups) == 3:
        return _valid(*groups)
    return fewest <= sum(map(len, groups)) <= 8 and any(_valid(*parts) for parts in _partitions(text))


def _partitions(text: str) -> Iterator[tuple[str, str, str]]:
    """Ways to cut a row of digits into three numbers of which the first or the last may be a year."""
    digits = re.sub(r"\D", "", text)
    for first in (1, 2, 4):
        for second in (1, 2):
            last = len(digits) - first - second
            if last in (1, 2, 4):
                yield digits[:first], digits[first : first + second], digits[first + second :]


def _valid(first: str, second: str, third: str) -> bool:
    """Whether three numbers are year, month, day, or day and month in either order and year."""
    leading_year = len(first) == 4 or (len(first) == 2 and len(third) <= 2)
    if leading_year and _year(first) and _month(second) and _day(third):
        return True
    if len(third) not in (2, 4) or not _year(third):
        return False
    return (_day(first) and _month(second)) or (_month(first) and _day(second))


def _year(text: str) -> bool:
    return len(text) == 2 or (len(text) == 4 and 1900 <= int(text) <= 2099)


def _month(text: str) -> bool:
    return len(text) <= 2 and 1 <= int(text) <= 12


def _day(text: str) -> bool:
    return len(text) <= 2 and 1 <= int(text) <= 31
