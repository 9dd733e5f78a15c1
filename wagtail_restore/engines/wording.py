"""Known marks that are words: a line that was read as theirs is a watermark, whatever it looks like."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import replace
from difflib import SequenceMatcher
from typing import Any

from numpy.typing import NDArray

from wagtail_restore.engines.base import Region
from wagtail_restore.engines.evidence import WHOLE_BOX
from wagtail_restore.engines.step import to_float
from wagtail_restore.imaging import strokes

SURELY = 0.95
"""As sure as that is a line with a mark's words."""
ALIKE = 0.84
"""The share of letters that must agree (Ratcliff and Metzener 1988): one in six may be misread."""
SHORT = 5
"""Words with fewer letters must agree in all of them."""
READ_AS = str.maketrans("oilsbz|!", "01158211")
"""Letters that readers take for digits and digits for letters."""


def told(regions: Sequence[Region], wordings: Sequence[str], pixels: NDArray[Any]) -> list[Region]:
    """``regions`` with those that bear one of ``wordings`` as watermarks; ``pixels`` is uint8 or uint16 (H, W, C).

    A line whose strokes cannot be told from their ground is left to a person: all of its box would have to be filled.
    """
    if not wordings:
        return list(regions)
    return [_told(each, pixels) if any(same(each.text, mark) for mark in wordings) else each for each in regions]


def _told(region: Region, pixels: NDArray[Any]) -> Region:
    reliable = strokes.find(to_float(pixels), region.polygon).reliable
    return replace(region, kind="watermark", confidence=SURELY if reliable else WHOLE_BOX)


def same(read: str, mark: str) -> bool:
    """Whether ``read`` is ``mark`` as a reader may have it: case, accents, signs and what looks alike do not count."""
    one, other = _plain(read), _plain(mark)
    if not one or not other:
        return False
    # The © before a name is mostly read as some round letter, or lost.
    readings = {one, one[1:]} if "©" in mark and one[0] in "c0g" else {one}
    if len(other) < SHORT:
        return other in readings
    return any(SequenceMatcher(None, each, other, autojunk=False).ratio() >= ALIKE for each in readings)


def _plain(text: str) -> str:
    parts = unicodedata.normalize("NFKD", text).casefold().translate(READ_AS)
    return "".join(letter for letter in parts if letter.isalnum())
