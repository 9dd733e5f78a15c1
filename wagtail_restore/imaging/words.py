"""The words of a known mark: whether they can be looked for, and whether what was read on a line is they."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache

FEWEST = 4
"""So many letters and digits the words of a mark have at least: shorter ones stand in many a picture."""
WHOLE_WORDS = ("CJK", "HIRAGANA", "KATAKANA")
"""A sign of these scripts tells as much as two letters."""
READABLE = ("LATIN", "GREEK", "DIGIT", "IDEOGRAPHIC", *WHOLE_WORDS)
"""The scripts, as Unicode calls them, that the reader of the worker knows."""
ALIKE = 0.84
"""The share of letters that must agree (Ratcliff and Metzener 1988): one in six may be misread."""
SHORT = 5
"""Words with fewer letters must agree in all of them."""
DRIFT = 2
"""By so many letters a reader loses or adds, pieces of a line stand elsewhere in it than they should."""
WITHOUT_ACCENT = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ħ": "h", "ı": "i", "æ": "ae", "œ": "oe", "ð": "d"})
"""Letters whose strokes and ligatures Unicode does not take apart, and readers do not see."""
READ_AS = str.maketrans("oilsbz|!", "01158211")
"""Letters that readers take for digits and digits for letters."""


@dataclass(frozen=True)
class Part:
    """Where in the letters of a mark, from ``start`` to ``end``, a piece of it stands; ``agreed`` of its letters do."""

    start: int
    end: int
    agreed: int


def too_short(words: str) -> bool:
    """Whether ``words`` say too little to know a mark by."""
    return sum(2 if _script(letter) in WHOLE_WORDS else 1 for letter in _letters(words)) < FEWEST


def unreadable(words: str) -> str:
    """The first letters of ``words`` of which the reader of the worker knows nothing; empty where it knows all."""
    letters = (each for each in unicodedata.normalize("NFC", words) if _letters(each))
    strange = (each for each in letters if any(_script(part) not in READABLE for part in _letters(each)))
    return "".join(dict.fromkeys(strange))[:5]


def same(read: str, mark: str) -> bool:
    """Whether ``read`` is ``mark`` as a reader may have it: case, accents, signs and what looks alike do not count."""
    one, other = plain(read), plain(mark)
    if not one or not other:
        return False
    # The © before a name is mostly read as some round letter, or lost.
    readings = {one, one[1:]} if "©" in mark and one[0] in "c0g" else {one}
    if len(other) < SHORT:
        return other in readings
    return any(_alike(each, other) for each in readings)


def part_of(read: str, mark: str) -> Part | None:
    """Of which part of ``mark`` what was ``read`` may be a reading; None where it is of none."""
    one, other = plain(read), plain(mark)
    if not 2 <= len(one) <= len(other) + DRIFT or sum(letter in other for letter in one) < ALIKE * len(one):
        return None
    every = SequenceMatcher(None, one, other, autojunk=False).get_matching_blocks()
    longest = max(every, key=lambda block: block.size)
    # What agrees elsewhere than beside the longest run of letters does so by chance.
    blocks = [each for each in every if each.size and abs(each.b - each.a - longest.b + longest.a) <= DRIFT]
    agreed = sum(block.size for block in blocks)
    if agreed < ALIKE * len(one):
        return None
    first, last = blocks[0], blocks[-1]
    return Part(max(0, first.b - first.a), min(len(other), last.b + len(one) - last.a), agreed)


@lru_cache(maxsize=4096)
def plain(text: str) -> str:
    """The letters and digits of ``text`` without what readers overlook or confuse."""
    return "".join(_letters(text, "|!")).translate(WITHOUT_ACCENT).translate(READ_AS)


def _alike(one: str, other: str) -> bool:
    # Of many marks and many lines nearly all end at the lengths.
    if 2 * min(len(one), len(other)) < ALIKE * (len(one) + len(other)):
        return False
    matcher = SequenceMatcher(None, one, other, autojunk=False)
    return matcher.quick_ratio() >= ALIKE and matcher.ratio() >= ALIKE


def _letters(text: str, signs: str = "") -> list[str]:
    """Its letters, digits and ``signs`` in small, accents taken off; what merely looks like an apostrophe is none."""
    parts = unicodedata.normalize("NFKD", text).casefold()
    return [each for each in parts if each in signs or (each.isalnum() and _script(each) != "MODIFIER")]


def _script(letter: str) -> str:
    return unicodedata.name(letter, "").replace("-", " ").partition(" ")[0]
