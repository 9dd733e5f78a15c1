"""Is a line of writing a camera's stamp, a watermark, or part of the picture? Words, place, look and company say."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from wagtail_restore.engines.telltale import alike, date_strength, mark_strength
from wagtail_restore.imaging import masks, strokes

DOCUMENT = 8
"""From so many legible lines on, a picture is a page or a screen, where dates and copyright lines belong."""
DATE_FROM = 0.4
MARK_FROM = 0.4
"""Below these a line is just text."""


@dataclass(frozen=True)
class Line:
    """One line as it was read; ``polygon`` is four corners (x, y), in oriented pixels of the picture."""

    polygon: tuple[tuple[int, int], ...]
    text: str
    score: float
    plain: bool = True
    """Whether it was read in the picture as it is, not only in one with its contrast raised."""

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
    if not (words or tiled or date):
        return Verdict(line, "text", line.score)
    ink = strokes.find(pixels, line.polygon)
    date = _date_score(line, ink, pixels, date) if date else 0.0
    mark = _mark_score(line, ink, pixels, words, tiled) if words or tiled else 0.0
    certain = min(0.99, max(date, mark) - (0.45 if page and not tiled else 0.0)) * min(1.0, line.score + 0.05)
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
    score += 0.15 * (y > 0.75 or y < 0.2) + 0.1 * (x < 0.4 or x > 0.6)
    score -= 0.3 * (_off_level(line.angle) > 4.0)
    score -= 0.2 * (not 0.01 <= line.height / min(width, height) <= 0.15)
    # Bare digits stand on houses, cars and shirts as well; only the colour of a stamp makes them sure.
    return score if words > 0.5 or glowing else min(score, 0.55)


def _mark_score(line: Line, ink: strokes.Ink, pixels: NDArray[Any], words: float, tiled: bool) -> float:
    height, width = pixels.shape[:2]
    x, y = line.centre[0] / width, line.centre[1] / height
    edge = y > 0.85 or y < 0.12
    middle = 0.3 < x < 0.7 and 0.3 < y < 0.7 and line.height > 0.05 * height
    slanted = _off_level(line.angle) > 8.0
    return float(words + (0.45 if slanted else 0.2) * tiled + 0.3 * _is_see_through(ink) + 0.1 * (edge or middle))


def _is_page(lines: Sequence[Line]) -> bool:
    legible = {line.text for line in lines if line.score > 0.8 and sum(c.isalpha() for c in line.text) >= 3}
    repeated = max((sum(alike(one, other) for other in legible) for one in legible), default=0)
    return len(legible) >= DOCUMENT and repeated < len(legible) / 2


def _tiled(line: Line, lines: Sequence[Line]) -> bool:
    """Whether the same words stand at least three times, in the same size and slant."""
    return sum(_same_make(line, other) and alike(line.text, other.text) for other in lines) >= 3


def _same_make(one: Line, other: Line) -> bool:
    turn = abs(one.angle - other.angle) % 180.0
    return min(turn, 180.0 - turn) < 5.0 and 0.7 < one.height / other.height < 1.4


def _with_company(verdicts: list[Verdict]) -> list[Verdict]:
    """Lines of the make of three sure watermarks are marks too, and a time beside a date belongs to the stamp."""
    marks = [v for v in verdicts if v.kind == "watermark" and v.confidence >= 0.6]
    dates = [v for v in verdicts if v.kind == "date"]
    result = []
    for verdict in verdicts:
        kin = [m for m in marks if m is not verdict and _same_make(verdict.line, m.line)]
        near = [d for d in dates if _beside(verdict.line, d.line)]
        if len(kin) >= 3 and _off_level(verdict.line.angle) > 8.0:
            shared = round(0.9 * max(each.confidence for each in kin), 3)
            own = verdict.confidence if verdict.kind == "watermark" else 0.0
            verdict = replace(verdict, kind="watermark", confidence=max(own, shared))
        elif verdict.kind == "text" and near and date_strength(verdict.line.text):
            verdict = replace(verdict, kind="date", confidence=max(d.confidence for d in near))
        result.append(verdict)
    return result


def _beside(one: Line, other: Line) -> bool:
    reach = 2.0 * max(one.height, other.height)
    a = np.array(one.polygon, dtype=np.float64)
    b = np.array(other.polygon, dtype=np.float64)
    gap = np.maximum(a.min(axis=0) - b.max(axis=0), b.min(axis=0) - a.max(axis=0))
    return bool((gap < reach).all())


def _off_level(angle: float) -> float:
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


def _is_see_through(ink: strokes.Ink) -> bool:
    """Whether bright ink follows the ground below it, but less than the ground itself changes.

    Paint in the light of a scene changes more than the darker ground around it does; a mark laid over a picture
    changes less, by the share that shines through.
    """
    if not ink.bright or ink.quality < 0.4 or ink.mask.sum() < 50:
        return False
    step = max(4, round(ink.height / 3))
    pairs = []
    for start in range(0, ink.mask.shape[1] - step, step):
        here = slice(start, start + step)
        on, off = ink.mask[:, here], ~masks.grow(ink.mask[:, here], 3)
        if on.sum() > 20 and off.sum() > 20:
            plane = ink.frame[:, here].min(axis=2)
            pairs.append((float(np.median(plane[off])), float(np.median(plane[on]))))
    if len(pairs) < 4:
        return False
    ground, top = np.array(pairs).T
    if float(ground.std()) < 0.03:
        return False
    slope = float(np.cov(ground, top)[0, 1] / ground.var(ddof=1))
    return 0.1 < slope < 0.9 and float(np.corrcoef(ground, top)[0, 1]) > 0.5
