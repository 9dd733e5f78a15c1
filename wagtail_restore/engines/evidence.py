"""Is a line of writing a camera's stamp, a watermark, or part of the picture? Words, place, look and company say."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from wagtail_restore.engines.dates import LIKELY, date_strength
from wagtail_restore.engines.telltale import alike, mark_strength
from wagtail_restore.imaging import masks, strokes
from wagtail_restore.imaging.shining import shine

DOCUMENT = 8
"""From so many legible lines on, a picture is a page or a screen, where dates and copyright lines belong."""
DATE_FROM = 0.4
MARK_FROM = 0.4
"""Below these a line is just text."""
WHOLE_BOX = 0.55
"""No surer than that is what has no strokes to be told from its ground: all of its box would have to be filled."""
LAID, PARTLY = 0.12, 0.06
"""From these shares of a line on that hold a mark it surely, or possibly, lies over the picture."""
CLEAR, SOLID = 0.1, 0.75
"""Opacities between which marks lie that a picture shines through."""
OPAQUE = 0.9
"""From here on nothing shines through."""
PALE = 0.48
"""White lettering in a scene is mostly more opaque than that."""
LETTERS = 5
"""A mark whose words say nothing has so many letters at least: short ones and numbers stand on boats and shirts."""
LEVEL = 3.0
"""Degrees by which a lone mark is off level at most; signs in a scene are seen from where the camera stood."""


@dataclass(frozen=True)
class Line:
    """One line as it was read; ``polygon`` is four corners (x, y), in oriented pixels of the picture."""

    polygon: tuple[tuple[int, int], ...]
    text: str
    score: float
    plain: bool = True
    """Whether it was read in the picture as it is, not only in what lies over it or with its contrast raised."""
    over: float = 0.0
    """The share, 0..1, of its polygon that holds something the picture shines through."""

    @property
    def height(self) -> float:
        return strokes.line_height(self.polygon)

    @property
    def angle(self) -> float:
        """Degrees between the line and the horizontal, −45 to 135 (upright lines are near 90)."""
        corners = cv2.boxPoints(cv2.minAreaRect(np.array(self.polygon, dtype=np.float32)))
        first, second = corners[1] - corners[0], corners[2] - corners[1]
        along = first if np.hypot(*first) >= np.hypot(*second) else second
        return (math.degrees(math.atan2(along[1], along[0])) + 45.0) % 180.0 - 45.0

    @property
    def centre(self) -> tuple[float, float]:
        points = np.array(self.polygon, dtype=np.float64)
        return float(points[:, 0].mean()), float(points[:, 1].mean())


@dataclass(frozen=True)
class Verdict:
    """What a line is held for, and how surely, 0..1."""

    line: Line
    kind: str
    confidence: float


def judge(lines: Sequence[Line], pixels: NDArray[Any]) -> list[Verdict]:
    """A Verdict for each line; ``pixels`` is float32 (H, W, C) in 0..1, sRGB or grey."""
    page = _is_page(lines)
    verdicts = [_judge_one(line, lines, pixels, page) for line in lines]
    return _with_company(verdicts)


def _judge_one(line: Line, lines: Sequence[Line], pixels: NDArray[Any], page: bool) -> Verdict:
    words = mark_strength(line.text)
    tiled = _tiled(line, lines)
    date = date_strength(line.text)
    shining = 0.0 if page else _shining(line, pixels)
    if not (words or tiled or date or shining):
        return Verdict(line, "text", line.score)
    ink = strokes.find(pixels, line.polygon, coloured=date > 0.0)
    date = _date_score(line, ink, pixels, date) if date else 0.0
    mark = _mark_score(line, pixels, words, tiled, shining) if words or tiled or shining else 0.0
    certain = min(0.99, max(date, mark) - (0.45 if page and not tiled else 0.0)) * min(1.0, line.score + 0.05)
    if not (ink.reliable or tiled):
        certain = min(certain, WHOLE_BOX)
    if date >= mark and certain >= DATE_FROM:
        return Verdict(line, "date", round(certain, 3))
    if mark > date and certain >= MARK_FROM:
        return Verdict(line, "watermark", round(certain, 3))
    return Verdict(line, "text", line.score)


def _date_score(line: Line, ink: strokes.Ink, pixels: NDArray[Any], words: float) -> float:
    height, width = pixels.shape[:2]
    x, y = line.centre[0] / width, line.centre[1] / height
    glowing = _is_stamp_colour(ink)
    score: float = words + 0.25 * glowing
    edge = y > 0.75 or y < 0.2
    score += 0.15 * edge + 0.1 * (x < 0.4 or x > 0.6)
    # Halfway up a picture stand the numbers of houses and boats; stamps do only where the camera was held upright.
    score -= 0.1 * (words < LIKELY and not edge and abs(line.angle) < 45.0)
    score -= 0.3 * (off_level(line.angle) > 4.0)
    score -= 0.2 * (not 0.01 <= line.height / min(width, height) <= 0.18)
    # Bare digits stand on houses, cars and shirts as well; only the colour of a stamp makes them sure.
    return score if words > 0.5 or glowing else min(score, 0.55)


def _mark_score(line: Line, pixels: NDArray[Any], words: float, tiled: bool, shining: float) -> float:
    height, width = pixels.shape[:2]
    x, y = line.centre[0] / width, line.centre[1] / height
    edge = y > 0.85 or y < 0.12
    middle = 0.3 < x < 0.7 and 0.3 < y < 0.7 and line.height > 0.05 * height
    slanted = off_level(line.angle) > 8.0
    return float(words + (0.45 if slanted else 0.2) * tiled + shining + 0.1 * (edge or middle))


def _shining(line: Line, pixels: NDArray[Any]) -> float:
    """How much it speaks for a mark, 0..0.65, that the picture shines through the line.

    A network has seen that it may be so; pale print in a scene looks the same to it, so that only where the colours
    speak for it, too, it is sure.
    """
    if line.over < PARTLY or off_level(line.angle) > LEVEL or sum(c.isalpha() for c in line.text) < LETTERS:
        return 0.0
    inks = {bright: strokes.find(pixels, line.polygon, (bright,)) for bright in (True, False)}
    through = _see_through(inks)
    if line.over < LAID or _is_solid(inks):
        return through
    return max(through, 0.65 if through else 0.42)


def _is_page(lines: Sequence[Line]) -> bool:
    legible = {line.text for line in lines if line.score > 0.8 and sum(c.isalpha() for c in line.text) >= 3}
    repeated = max((sum(alike(one, other) for other in legible) for one in legible), default=0)
    return len(legible) >= DOCUMENT and repeated < len(legible) / 2


def _tiled(line: Line, lines: Sequence[Line]) -> bool:
    """Whether the same words stand at least three times, in the same size and slant; twice where they lie over it."""
    same = [other for other in lines if same_make(line, other) and alike(line.text, other.text)]
    return len(same) >= 3 or (len(same) == 2 and all(each.over >= LAID for each in same))


def same_make(one: Line, other: Line) -> bool:
    turn = abs(one.angle - other.angle) % 180.0
    return min(turn, 180.0 - turn) < 5.0 and 0.7 < one.height / other.height < 1.4


def _with_company(verdicts: list[Verdict]) -> list[Verdict]:
    """Lines of the make of three sure watermarks are marks too, and so is what one goes on with.

    A time beside a date belongs to the stamp.
    """
    marks = [v for v in verdicts if v.kind == "watermark" and v.confidence >= 0.6]
    dates = [v for v in verdicts if v.kind == "date"]
    result = []
    for verdict in verdicts:
        kin = [m for m in marks if m is not verdict and same_make(verdict.line, m.line)]
        ends = [m for m in verdicts if m.kind == "watermark" and _goes_on(verdict.line, m.line)]
        near = [d for d in dates if _beside(verdict.line, d.line)]
        if len(kin) >= 3 and off_level(verdict.line.angle) > 8.0:
            shared = round(0.9 * max(each.confidence for each in kin), 3)
            own = verdict.confidence if verdict.kind == "watermark" else 0.0
            verdict = replace(verdict, kind="watermark", confidence=max(own, shared))
        elif verdict.kind == "text" and ends:
            verdict = replace(verdict, kind="watermark", confidence=max(m.confidence for m in ends))
        elif verdict.kind == "text" and near and date_strength(verdict.line.text):
            verdict = replace(verdict, kind="date", confidence=max(d.confidence for d in near))
        result.append(verdict)
    return result


def _goes_on(one: Line, other: Line) -> bool:
    """Whether both stand level on one line, of one height and hardly further apart than words are."""
    if one is other or not same_make(one, other) or off_level(one.angle) > LEVEL:
        return False
    apart = abs(one.centre[1] - other.centre[1])
    return apart < 0.3 * max(one.height, other.height) and _beside(one, other)


def _beside(one: Line, other: Line) -> bool:
    reach = 2.0 * max(one.height, other.height)
    a = np.array(one.polygon, dtype=np.float64)
    b = np.array(other.polygon, dtype=np.float64)
    gap = np.maximum(a.min(axis=0) - b.max(axis=0), b.min(axis=0) - a.max(axis=0))
    return bool((gap < reach).all())


def off_level(angle: float) -> float:
    """Degrees to the nearest of level and upright."""
    return min(abs(angle - quarter) for quarter in (-90.0, 0.0, 90.0, 180.0))


def _is_stamp_colour(ink: strokes.Ink) -> bool:
    """Whether the ink is one bright colour between red and green, as the diodes of camera backs were."""
    if ink.quality < 0.4 or not ink.mask.any() or ink.frame.shape[2] != 3:
        return False
    inner = masks.shrink(ink.mask, 1)
    colours = ink.frame[inner if inner.sum() > 20 else ink.mask]
    red, green, blue = (float(value) for value in np.median(colours, axis=0))
    highest, lowest = max(red, green, blue), min(red, green, blue)
    saturated = highest > 0.55 and (highest - lowest) / highest > 0.45 and blue <= min(red, green) + 0.1
    return saturated and float(np.std(colours, axis=0).mean()) < 0.2


def _is_solid(inks: Mapping[bool, strokes.Ink]) -> bool:
    """Whether it is white or black that nothing shines through, as signs are painted and captions set."""
    ink = max(inks.values(), key=lambda each: each.quality)
    found = shine(ink)
    return found is not None and ink.quality >= 0.6 and found.opacity > OPAQUE


def _see_through(inks: Mapping[bool, strokes.Ink]) -> float:
    """How much it speaks for a mark, 0..0.65, that the picture shines through the line.

    A white mark is told from paint by its colours. Where the ground is even, pale ink on the level is merely
    possible, and so is black ink that lets the same share of every channel through: print in changing light does too.
    """
    best = 0.0
    for bright, ink in inks.items():
        found = shine(ink)
        if found is None or not CLEAR < found.opacity < SOLID:
            continue
        if bright and found.better >= 1.35 and found.follows >= 0.6:
            best = max(best, 0.65 if found.better >= 2.2 and found.follows >= 0.9 else 0.45)
        likelier = ink.quality > inks[not bright].quality
        if bright and likelier and ink.quality >= 0.6 and found.opacity < PALE and found.even < 0.07:
            best = max(best, 0.42 if found.better >= 0.7 else 0.0)
        if not bright and found.better >= 0.75 and found.flat >= 1.9 and found.follows >= 0.9:
            best = max(best, 0.42)
    return best
