"""Known marks that are words: a line that was read as theirs is a watermark, whatever it looks like."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from numpy.typing import NDArray

from wagtail_restore.engines.base import Engine, Region
from wagtail_restore.engines.evidence import LEVEL, WHOLE_BOX, Line, off_level
from wagtail_restore.engines.step import to_float
from wagtail_restore.imaging import strokes
from wagtail_restore.imaging.hues import without_light
from wagtail_restore.imaging.words import Part, part_of, plain, same

SURELY = 0.95
"""As sure as that is a line with a mark's words."""
MOSTLY, LEAST = 0.66, 6
"""From this share of its letters on, and so many of them, a line is held for the mark whose rest was not read."""
ALIKE = 1.7
"""Pieces of one line are no more than so many times as high as one another."""
OFF = 0.4
"""How far apart the middles of two pieces of a line lie across it, by their height."""
SLACK = 2.0
"""How far a piece lies from where its letters stand in the words, by its height: letters differ in width."""
CUT = 2
"""One letter that was not read lies mostly within the line all the same."""
OTHER = 3
"""A word of so many letters that is none of the mark's makes it another line."""


@dataclass(frozen=True)
class _Piece:
    """A region that was read as a part of a mark's words."""

    region: Region
    part: Part

    @property
    def letter(self) -> float:
        """How wide a letter is, in pixels."""
        return self.region.box[2] / max(1, self.part.end - self.part.start)


def sought(reader: Engine, found: Sequence[Region], wordings: Sequence[str], pixels: NDArray[Any]) -> list[Region]:
    """``found``, which is what ``reader`` has just read, as ``told`` tells it; ``pixels`` is as there.

    Where no line bears any of ``wordings``, the picture is read once more without its light: coloured marks may be as
    bright as what they lie on.
    """
    after = told(found, wordings, pixels, reader.faint)
    if not wordings or pixels.shape[2] == 1 or len(_new(after, found)) > 0:
        return after
    seen = reader.run(without_light(to_float(pixels)))
    return [*after, *_new(told(seen, wordings, pixels, reader.faint), seen)]


def _new(after: Sequence[Region], before: Sequence[Region]) -> list[Region]:
    return [each for each in after if all(each is not other for other in before)]


def told(
    regions: Sequence[Region], wordings: Sequence[str], pixels: NDArray[Any], faint: Sequence[Region] = ()
) -> list[Region]:
    """``regions`` with those that bear one of ``wordings`` as watermarks; ``pixels`` is uint8 or uint16 (H, W, C).

    Lines that were read in pieces are put together, also with those of ``faint``, which are worth telling only where
    they bear such words. Left to a person, as no more than ``WHOLE_BOX`` sure, is a line whose strokes cannot be told
    from their ground, as all of its box would have to be filled; and one of which only one end was read.
    """
    left, found = list(regions), []
    hidden = list(faint)
    for words in wordings:
        for each in [*left, *hidden]:
            if same(each.text, words):
                found.append(_mark(_completed(each, words, pixels.shape[1]), pixels, surely=True))
                (left if each in left else hidden).remove(each)
        while row := _row(left, hidden, words):
            found.append(_mark(_whole(row, words, pixels.shape[1]), pixels, surely=_surely(row, words)))
            left, hidden = ([one for one in some if all(one is not p.region for p in row)] for some in (left, hidden))
    return sorted([*left, *found], key=lambda region: (region.box[1], region.box[0])) if found else left


def _completed(region: Region, words: str, width: int) -> Region:
    """A line with ``words``, with room for those letters at its ends that were not read."""
    part = part_of(region.text, words) if _level(region) else None
    if part is None or part.start + len(plain(words)) - part.end < CUT:
        return region
    return _whole([_Piece(region, part)], words, width)


def _mark(region: Region, pixels: NDArray[Any], *, surely: bool) -> Region:
    sure = SURELY if surely and strokes.find(to_float(pixels), region.polygon).reliable else WHOLE_BOX
    before = region.confidence if region.kind == "watermark" else 0.0
    return replace(region, kind="watermark", confidence=max(before, sure))


def _row(left: Sequence[Region], hidden: Sequence[Region], words: str) -> list[_Piece]:
    """Pieces of a line that together are ``words``, or most of them, from left to right; empty where there are none."""
    pieces = [
        _Piece(region, part)
        for region in [*left, *hidden]
        if (part := part_of(region.text, words)) is not None and _level(region)
    ]
    for first in sorted(pieces, key=lambda piece: -piece.part.agreed):
        row = [first]
        for other in sorted(pieces, key=lambda piece: -piece.part.agreed):
            if all(_in_line(other, piece) for piece in row):
                row.append(other)
        row.sort(key=lambda piece: piece.region.box[0])
        if _all_read(row, words) or (_mostly_read(row, words) and not _other_word(row, left, words)):
            return row
    return []


def _level(region: Region) -> bool:
    return off_level(Line(region.polygon, region.text, 1.0).angle) <= LEVEL and region.box[2] > region.box[3]


def _in_line(one: _Piece, other: _Piece) -> bool:
    """Whether two pieces stand on one line, as far apart as their letters do in the words."""
    if one.region is other.region:
        return False
    first, second = sorted((one, other), key=lambda piece: piece.part.start)
    (x, y, width, height), (after, below, _, tall) = first.region.box, second.region.box
    heights = [strokes.line_height(piece.region.polygon) for piece in (first, second)]
    higher = max(heights)
    if higher > ALIKE * min(heights) or abs(y + height / 2 - below - tall / 2) > OFF * higher:
        return False
    expected = (second.part.start - first.part.end) * (first.letter + second.letter) / 2
    return second.part.start >= first.part.end - 1 and abs(after - x - width - expected) < SLACK * higher


def _all_read(row: Sequence[_Piece], words: str) -> bool:
    return same(" ".join(piece.region.text for piece in row), words)


def _surely(row: Sequence[_Piece], words: str) -> bool:
    """Whether all of it was read, or, with a gap between, pieces of it that begin and end as it does."""
    ends = row[0].part.start <= 1 and row[-1].part.end >= len(plain(words)) - 1
    return _all_read(row, words) or (len(row) > 1 and ends)


def _mostly_read(row: Sequence[_Piece], words: str) -> bool:
    agreed = sum(piece.part.agreed for piece in row)
    return agreed >= max(LEAST, MOSTLY * len(plain(words)))


def _other_word(row: Sequence[_Piece], regions: Sequence[Region], words: str) -> bool:
    """Whether something else is written where the rest of ``words`` would stand."""
    left, top, right, bottom = _reach(row, words)
    mine = [piece.region for piece in row]
    for x, y, width, height in (each.box for each in regions if each not in mine and len(plain(each.text)) >= OTHER):
        across, down = min(x + width, right) - max(x, left), min(y + height, bottom) - max(y, top)
        if across > 0 and down > 0.5 * min(height, bottom - top):
            return True
    return False


def _reach(row: Sequence[_Piece], words: str) -> tuple[float, float, float, float]:
    """Left, top, right and bottom of the whole line, as far as its pieces tell."""
    first, last = row[0], row[-1]
    left = first.region.box[0] - first.part.start * first.letter
    right = last.region.box[0] + last.region.box[2] + (len(plain(words)) - last.part.end) * last.letter
    top = min(piece.region.box[1] for piece in row)
    return left, top, right, max(piece.region.box[1] + piece.region.box[3] for piece in row)


def _whole(row: Sequence[_Piece], words: str, width: int) -> Region:
    """The line that the pieces are of, within a picture so many pixels wide."""
    left, top, right, bottom = (round(edge) for edge in _reach(row, words))
    left, right = max(0, left), min(width, right)
    corners = ((left, top), (right, top), (right, bottom), (left, bottom))
    text = " ".join(piece.region.text for piece in row)
    best = max((piece.region for piece in row), key=lambda region: (region.kind == "watermark", region.confidence))
    return replace(best, box=(left, top, right - left, bottom - top), polygon=corners, text=text)
