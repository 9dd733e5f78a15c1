"""Readings brought together: two of one line, the pieces of one line, and dates that only a second look showed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from wagtail_restore.engines.dates import LIKELY, POSSIBLE, bare_digits, date_strength, grouped
from wagtail_restore.engines.evidence import Line, same_make
from wagtail_restore.imaging import strokes

PIECES = 3
APART = 2.0
"""How far apart, in heights, pieces of one line stand at most."""
ROOM, LEAST = 0.3, 0.3
"""What is left around ink, by its height, and how high it must be, as a share of its line's box."""
THIN = 0.25
"""Rows with less than this share of the ink of full rows are specks of the ground."""
LONGER = 1.4
"""A reading that goes on so much further than a date in it is a sentence."""


def merge(plain: Sequence[Line], raised: Sequence[Line]) -> list[Line]:
    """Both readings as one: of two lines in the same place the one with more legible letters counts."""
    kept: list[Line] = []
    for line in sorted([*plain, *raised], key=_legible_letters, reverse=True):
        rival = next((other for other in kept if _overlap(line, other) > 0.5), None)
        if rival is None:
            kept.append(line)
        elif line.plain and not rival.plain:
            kept[kept.index(rival)] = Line(rival.polygon, rival.text, rival.score, plain=True)
    return sorted(kept, key=lambda line: (line.centre[1], line.centre[0]))


def spaced(line: Line, pixels: NDArray[Any]) -> Line:
    """``line`` with the gaps of a date that its ink has and a reader lost; ``pixels`` is float32 (H, W, C) in 0..1.

    Where strokes stand far apart the ground between them may look more like ink than they do, so both are asked.
    """
    digits = bare_digits(line.text)
    if not digits or date_strength(line.text) >= LIKELY:
        return line
    inks = (strokes.find(pixels, line.polygon, (bright,)) for bright in (True, False))
    text = next(filter(None, (grouped(digits, strokes.in_three(ink, line.polygon[0])) for ink in inks)), line.text)
    return replace(line, text=text)


def trimmed(line: Line, pixels: NDArray[Any]) -> Line:
    """``line`` without the room that a detector leaves around bright ink; ``pixels`` is float32 (H, W, C) in 0..1.

    What is too loose hides how high a line is, and lets in ground of other colours than the ink's.
    """
    ink = strokes.find(pixels, line.polygon, (True,))
    if not ink.reliable:
        return line
    rows = ink.mask.sum(axis=1)
    full = np.flatnonzero(rows >= THIN * np.quantile(rows[rows > 0], 0.9))
    top, bottom = int(full[0]), int(full[-1]) + 1
    if bottom - top < LEAST * ink.height:
        return line
    room = ROOM * (bottom - top)
    level = cv2.perspectiveTransform(np.array([line.polygon], dtype=np.float64), ink.matrix)
    level[:, :, 1] = np.clip(level[:, :, 1], top - room, bottom + room)
    corners = cv2.perspectiveTransform(level, np.linalg.inv(ink.matrix))[0]
    return replace(line, polygon=tuple((round(float(x)), round(float(y))) for x, y in corners))


def joined(lines: Sequence[Line]) -> list[Line]:
    """``lines`` with those made one that stand in a row and only together are a date, and without single signs."""
    left = list(lines)
    for line in lines:
        row = [line]
        while line in left and len(row) < PIECES:
            after = next((other for other in left if other not in row and _follows(row[-1], other)), None)
            if after is None:
                break
            row.append(after)
            text = " ".join(piece.text for piece in row)
            if date_strength(text) > max(POSSIBLE, *(date_strength(piece.text) for piece in row)):
                left = [other for other in left if other not in row]
                left.append(Line(_around(row), text, min(p.score for p in row), any(p.plain for p in row)))
    return [line for line in left if sum(letter.isalnum() for letter in line.text) >= 2]


def with_dates(lines: Sequence[Line], seen: Sequence[Line]) -> list[Line]:
    """``lines`` and, in the place of what says less, those of ``seen`` that may be dates; the likeliest first."""
    result = list(lines)
    for date in sorted(seen, key=lambda line: (date_strength(line.text), _legible_letters(line)), reverse=True):
        rivals = [line for line in result if _overlap(line, date) > 0.5]
        more = any(_says_more(line, date) or _goes_on(line, date) for line in rivals)
        if date_strength(date.text) >= POSSIBLE and not more:
            result = [*(line for line in result if line not in rivals), date]
    return result


def _follows(one: Line, other: Line) -> bool:
    """Whether ``other`` begins on the same level behind ``one``, at the distance of a word."""
    tall = max(one.height, other.height)
    if abs(one.angle) > 5.0 or not same_make(one, other) or abs(one.centre[1] - other.centre[1]) > 0.3 * tall:
        return False
    gap = min(x for x, _ in other.polygon) - max(x for x, _ in one.polygon)
    return -0.5 * tall < gap < APART * tall


def _says_more(line: Line, date: Line) -> bool:
    """Whether ``line`` is as likely a date as ``date``, and read as fully."""
    one, other = ((date_strength(each.text), sum(c.isalnum() for c in each.text)) for each in (line, date))
    return one >= other


def _goes_on(line: Line, date: Line) -> bool:
    return line.plain and _length(line) > LONGER * _length(date)


def _length(line: Line) -> float:
    _, (width, height), _ = cv2.minAreaRect(np.array(line.polygon, dtype=np.float32))
    return max(float(width), float(height))


def _around(lines: Sequence[Line]) -> tuple[tuple[int, int], ...]:
    points = np.concatenate([np.array(line.polygon) for line in lines])
    (left, top), (right, bottom) = points.min(axis=0).tolist(), points.max(axis=0).tolist()
    return (left, top), (right, top), (right, bottom), (left, bottom)


def _legible_letters(line: Line) -> float:
    return line.score * sum(letter.isalnum() or letter == "©" for letter in line.text)


def _overlap(one: Line, other: Line) -> float:
    """The shared area as a share of the smaller line's."""
    a, b = (cv2.minAreaRect(np.array(line.polygon, dtype=np.float32)) for line in (one, other))
    smaller = min(a[1][0] * a[1][1], b[1][0] * b[1][1])
    _, shared = cv2.rotatedRectangleIntersection(a, b)
    if shared is None or smaller <= 0:
        return 0.0
    return float(cv2.contourArea(cv2.convexHull(shared)) / smaller)
