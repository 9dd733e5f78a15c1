"""What a line of text gives away about itself by its words alone: a date, somebody's mark, or just text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import SequenceMatcher

MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "jan january januar janvier enero gennaio",
            "feb february februar fevrier febrero febbraio",
            "mar march mars marzo mrz maerz",
            "apr april avril abril aprile",
            "may mai mayo maggio",
            "jun june juni juin junio giugno",
            "jul july juli juillet julio luglio",
            "aug august aout agosto",
            "sep sept september septembre septiembre settembre",
            "oct october okt oktober octobre octubre ottobre",
            "nov november novembre noviembre",
            "dec december dez dezember decembre diciembre dicembre",
        ),
        start=1,
    )
    for name in names.split()
}
WEEKDAYS = r"(?:mon|tue|wed|thu|fri|sat|sun|mo|di|mi|do|fr|sa|so)[a-z]*\.?,?\s*"
TIME = r"(?:[01]?\d|2[0-3])[:.h]\s?[0-5]\d(?:[:.]\s?[0-5]\d)?\s*(?:[ap]\.?m\.?)?"

_time = re.compile(rf"^\s*{TIME}\s*$", re.IGNORECASE)
_digits = re.compile(r"^[\s*.'’‘`]*\d[\d\s*.'’‘`/:,-]*$")
_numbers = re.compile(
    rf"^\s*(?:{WEEKDAYS})?['’‘`]?\s*(\d{{1,4}})(\s*[-./:,' ]\s*)['’‘`]?(\d{{1,2}})(\s*[-./:,' ]\s*)['’‘`]?(\d{{1,4}})"
    rf"(?:[\s,T]+{TIME})?\s*$",
    re.IGNORECASE,
)
_named = re.compile(
    rf"^\s*(?:{WEEKDAYS})?(?P<a>\d{{0,4}})[\s.,-]*(?P<month>[a-z]{{3,10}})[\s.,'’-]*(?P<b>\d{{1,4}})(?:[\s.,'’-]+(?P<c>\d{{2,4}}))?"
    rf"(?P<time>[\s,]+{TIME})?\s*$",
    re.IGNORECASE,
)
_words = re.compile(
    r"©|℗|\(c\)|\bcopyright|\bsample\b|samplephoto|\bpreview\b|\bwatermark|\bspecimen\b|\bproof\b|\bunlicensed"
    r"|\bdo not copy\b|all rights reserved"
    r"|shutterstock|getty\s?images|i\s?stock(?:photo)?\b|\balamy\b|depositphotos|dreamstime|123rf|adobe\s?stock|fotolia|bigstock"
    r"|vecteezy|freepik|pixta\b|\bcanva\b|picture[- ]alliance|\bphoto(?:graphy)?\s+by\b|\bfotograf(?:ie)?\s+von\b",
    re.IGNORECASE,
)
_address = re.compile(
    r"(?:www\.|https?:)|\b[a-z0-9-]{2,}\.(?:com|net|org|de|at|ch|uk|fr|it|es|nl|pl|eu|info|io|photo|photos|photography)\b"
    r"|^@[\w.]{3,}$",
    re.IGNORECASE,
)
_owner = re.compile(r"^\W*(?:[©@®oOcCeG0]\s+)?[A-ZÀ-Ý]\w+(?:\s?[A-ZÀ-Ý]\w+){1,2},?\s?(?:19|20)\d\d$")
"""A name and a year, before which readers mostly lose or misread the ©."""


def date_strength(text: str) -> float:
    """How much ``text`` alone looks like the stamp of a camera, 0..1.

    A whole date says 0.6, digits that could be one when a reader has lost or misread the gaps 0.35, a time of day
    0.2. A sentence in which a date stands is no stamp.
    """
    if _whole_date(text):
        return 0.6
    if _digits.match(text) and _maybe_date(text):
        return 0.35
    return 0.2 if _time.match(text) else 0.0


def mark_strength(text: str) -> float:
    """How much the words of ``text`` alone speak for a watermark, 0..1."""
    known = 0.55 * bool(_words.search(text)) + 0.3 * bool(_address.search(text))
    return min(1.0, known or 0.25 * bool(_owner.match(text)))


def alike(one: str, other: str) -> bool:
    """Whether two readings may be of the same words, one of them cut off or misread at an end."""
    shorter, longer = sorted((_letters(one), _letters(other)), key=len)
    if len(shorter) < max(3, len(longer) / 4):
        return shorter == longer != ""
    block = SequenceMatcher(None, shorter, longer, autojunk=False).find_longest_match()
    return block.size >= max(3, 0.6 * len(shorter))


def _letters(text: str) -> str:
    return re.sub(r"[^a-z0-9]", "", text.lower())


def _whole_date(text: str) -> bool:
    found = _numbers.match(text)
    if found:
        first, gap, second, other_gap, third = found.groups()
        separated = gap.strip() == other_gap.strip() and gap.strip() != ","
        return separated and _valid(first, second, third)
    named = _named.match(text)
    if not named or named["month"].lower() not in MONTHS:
        return False
    numbers = [int(part) for part in (named["a"], named["b"], named["c"]) if part]
    days = sum(1 for number in numbers if 1 <= number <= 31)
    years = sum(1 for number in numbers if 1900 <= number <= 2099 or number < 100)
    return days >= 1 and ((len(numbers) == 2 and years >= 1) or (len(numbers) == 1 and bool(named["time"])))


def _maybe_date(text: str) -> bool:
    groups = re.findall(r"\d+", text)
    if len(groups) == 3:
        return _valid(*groups)
    return 5 <= sum(map(len, groups)) <= 8 and any(_valid(*parts) for parts in _partitions(text))


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
