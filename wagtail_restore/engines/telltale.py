"""What a line of text gives away about itself by its words alone: somebody's mark, or just text."""

from __future__ import annotations

import re
from difflib import SequenceMatcher

_words = re.compile(
    r"©|℗|\(c\)|\bcopyright|\bsamples?\b|samplephoto|\bpreview\b|\bwatermark|\bspecimen\b|\bproof\b|\bunlicensed"
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


def mark_strength(text: str) -> float:
    """How much the words of ``text`` alone speak for a watermark, 0..1."""
    known = 0.55 * bool(_words.search(text)) + 0.3 * bool(_address.search(text))
    return min(1.0, known or 0.3 * bool(_owner.match(text)))


def alike(one: str, other: str) -> bool:
    """Whether two readings may be of the same words, one of them cut off or misread at an end."""
    shorter, longer = sorted((_letters(one), _letters(other)), key=len)
    if len(shorter) < max(3, len(longer) / 4):
        return shorter == longer != ""
    block = SequenceMatcher(None, shorter, longer, autojunk=False).find_longest_match()
    return block.size >= max(3, 0.6 * len(shorter))


def _letters(text: str) -> str:
    return re.sub(r"[^a-z0-9]", "", text.lower())
