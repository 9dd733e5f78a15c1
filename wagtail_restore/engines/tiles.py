"""A mark all over a picture: where it was read tells what it looks like, and its shape where else it stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np

from wagtail_restore.engines.evidence import Line, Verdict, off_level, same_make
from wagtail_restore.imaging.repeats import Repeat, Shapes

ANCHORS = 2
"""So many readings are tried as what repeats."""
MANY = 5
"""From so many repetitions on writing on the slant is surely a mark: no scene repeats itself so exactly."""


def complete(verdicts: Sequence[Verdict], shapes: Shapes, width: int, height: int) -> list[Verdict]:
    """``verdicts`` with every repetition of a mark, read or not, in a picture of ``width`` × ``height`` pixels.

    Tried are the fullest readings that are marks or on the slant. Readings within a repetition give way to it.
    """
    anchors = sorted(
        (v for v in verdicts if _may_repeat(v)),
        key=lambda v: (v.kind == "watermark") + v.line.score * sum(letter.isalnum() for letter in v.line.text),
        reverse=True,
    )
    if not anchors:
        return list(verdicts)
    best: tuple[Verdict, list[Repeat]] | None = None
    for anchor in anchors[:ANCHORS]:
        repeats = shapes.repeats(anchor.line.polygon, anchor.line.height)
        if best is None or _worth(anchor, repeats) > _worth(*best):
            best = (anchor, repeats)
    if best is None or len(best[1]) < 3:
        return list(verdicts)
    return _laid(*best, verdicts, width, height)


def _may_repeat(verdict: Verdict) -> bool:
    letters = sum(letter.isalnum() for letter in verdict.line.text)
    return letters >= 3 and (verdict.kind == "watermark" or (verdict.kind == "text" and _slanted(verdict.line)))


def _slanted(line: Line) -> bool:
    return off_level(line.angle) > 8.0


def _worth(anchor: Verdict, repeats: Sequence[Repeat]) -> float:
    """The area that the repetitions cover."""
    _, (long, short), _ = cv2.minAreaRect(np.array(anchor.line.polygon, np.float32))
    return len(repeats) * float(long * short) if len(repeats) >= 3 else 0.0


def _laid(
    anchor: Verdict, repeats: Sequence[Repeat], verdicts: Sequence[Verdict], width: int, height: int
) -> list[Verdict]:
    firm = sum(repeat.alike >= 0.42 for repeat in repeats)
    slanted = _slanted(anchor.line)
    sure = 0.9 if slanted and firm >= MANY else 0.55
    marks = [v.confidence for v in verdicts if v.kind == "watermark" and same_make(v.line, anchor.line)]
    confidence = max([sure, *marks]) if slanted or anchor.kind == "watermark" else 0.0
    if not confidence:
        return list(verdicts)
    whole = _whole(anchor.line, repeats, verdicts)
    tiles = []
    for repeat in repeats:
        polygon = tuple((x + repeat.x, y + repeat.y) for x, y in whole)
        if any(0 <= x < width and 0 <= y < height for x, y in [*polygon, _middle(polygon)]):
            line = replace(anchor.line, polygon=polygon, plain=True)
            tiles.append(Verdict(line, "watermark", round(min(0.99, confidence), 3)))
    return [v for v in verdicts if not any(_within(v.line, tile.line) for tile in tiles)] + tiles


def _whole(anchor: Line, repeats: Sequence[Repeat], verdicts: Sequence[Verdict]) -> tuple[tuple[int, int], ...]:
    """The polygon of ``anchor``, made longer by what was read beyond its ends elsewhere."""
    corners = cv2.boxPoints(cv2.minAreaRect(np.array(anchor.polygon, np.float32))).astype(np.float64)
    if np.hypot(*(corners[1] - corners[0])) < np.hypot(*(corners[2] - corners[1])):
        corners = np.roll(corners, -1, axis=0)
    middle = corners.mean(axis=0)
    along = (corners[1] - corners[0]) / np.hypot(*(corners[1] - corners[0]))
    across = np.array([-along[1], along[0]])
    tall = anchor.height
    spans = [(corners - middle) @ along]
    for verdict in verdicts:
        if not same_make(verdict.line, anchor):
            continue
        points = np.array(verdict.line.polygon, np.float64)
        for repeat in repeats:
            moved = points - (repeat.x, repeat.y) - middle
            if abs(float((moved @ across).mean())) < 0.25 * tall:
                reach = moved @ along
                if reach.min() < spans[0].max() + tall and reach.max() > spans[0].min() - tall:
                    spans.append(reach)
    start, end = min(span.min() for span in spans), max(span.max() for span in spans)
    side = np.abs((corners - middle) @ across).max()
    box = [(start, -side), (end, -side), (end, side), (start, side)]
    return tuple((round(float(p[0])), round(float(p[1]))) for a, b in box for p in [middle + a * along + b * across])


def _middle(polygon: Sequence[tuple[int, int]]) -> tuple[int, int]:
    return sum(x for x, _ in polygon) // len(polygon), sum(y for _, y in polygon) // len(polygon)


def _within(line: Line, tile: Line) -> bool:
    one, other = (cv2.minAreaRect(np.array(each.polygon, np.float32)) for each in (line, tile))
    _, shared = cv2.rotatedRectangleIntersection(one, other)
    area = one[1][0] * one[1][1]
    return shared is not None and float(cv2.contourArea(cv2.convexHull(shared))) > 0.5 * area
