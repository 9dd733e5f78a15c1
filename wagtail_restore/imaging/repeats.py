"""Where else in a picture the same writing stands, found by its shape and not by reading it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from wagtail_restore.imaging import masks
from wagtail_restore.imaging.masks import Point

SIDE = 1100
"""The longer side, in pixels, to which a picture is reduced: shapes of letters stay, and time is bounded."""
VISIBLE = 0.45
"""The share of the writing that must lie inside the picture."""
MOST = 150
"""Of more repetitions only so many are looked for."""
STEADY = 0.2
"""The least correlation of a repetition that lies where others say one should be."""

FEWEST = 3
"""Fewer places are no repetition."""
CONFIRMED = 0.5
"""The share of a grid's points, of those inside the picture, at which the writing must be seen."""
EVERYWHERE = 0.7
"""The share from which on it is taken to stand at all of them."""

Plane = NDArray[np.float32]
Place = tuple[int, int, float]
"""Left, top and correlation."""


@dataclass(frozen=True)
class Repeat:
    """A place where the writing stands again, (x, y) pixels from the first, and the correlation there, 0..1."""

    x: int
    y: int
    alike: float


class Shapes:
    """A picture made ready for looking for the same shape again and again."""

    def __init__(self, pixels: NDArray[Any], reduced: float = 1.0) -> None:
        """``pixels`` is float32 (H, W, C) in 0..1, and was ``reduced`` so many times before."""
        height, width = pixels.shape[:2]
        further = min(1.0, SIDE / max(height, width))
        self.scale = further / reduced
        size = (max(1, round(width * further)), max(1, round(height * further)))
        grey = cv2.resize(np.asarray(pixels, np.float32).mean(axis=2), size, interpolation=cv2.INTER_AREA)
        self.grey: Plane = np.asarray(grey, np.float32)

    def repeats(self, polygon: Sequence[Point], tall: float) -> list[Repeat]:
        """Where the writing inside ``polygon`` stands too, itself first; ``tall`` is the height of the line, in pixels.

        What is looked for is first the writing itself, then the mean of all places where it was found, in which
        the picture below has averaged out. All places lie on one grid; fewer than three are none.
        """
        corners = np.rint(np.array(polygon, np.float64) * self.scale).astype(int)
        left, top = corners.min(axis=0)
        right, bottom = corners.max(axis=0) + 1
        if right - left < 8 or bottom - top < 6:
            return []
        shape = masks.draw([[(int(x - left), int(y - top)) for x, y in corners]], int(right - left), int(bottom - top))
        margin = max(shape.shape)
        plane, known = self._evened(tall * self.scale, margin)
        start = (int(left) + margin, int(top) + margin)
        if min(start) < 0 or start[1] + shape.shape[0] > plane.shape[0] or start[0] + shape.shape[1] > plane.shape[1]:
            return []
        slack = max(2, round(0.12 * tall * self.scale))
        found = [(*start, 1.0)]
        for least in (0.5, 0.42):
            alike = _correlation(plane, known, _mean(plane, found, shape), shape)
            firm = _peaks(alike, max(least, 5.0 * float(alike.std())), shape)
            found = _on_grid(alike, firm, slack, shape)
            if len(found) < FEWEST:
                return []
        back = 1.0 / self.scale
        return [Repeat(round((x - start[0]) * back), round((y - start[1]) * back), score) for x, y, score in found]

    def _evened(self, tall: float, margin: int) -> tuple[Plane, Plane]:
        """Fine shapes with the same strength everywhere, and where there is a picture; with a margin of nothing."""
        reach = max(2.0, 0.4 * tall)
        away = self.grey - cv2.GaussianBlur(self.grey, (0, 0), reach)
        spread = np.sqrt(cv2.GaussianBlur(away * away, (0, 0), 2 * reach)) + 0.01
        plane = np.clip(away / spread, -2.0, 2.0).astype(np.float32)
        rim = (margin, margin, margin, margin, cv2.BORDER_CONSTANT)
        known = cv2.copyMakeBorder(np.ones_like(plane), *rim, value=(0.0,))
        return np.asarray(cv2.copyMakeBorder(plane, *rim, value=(0.0,)), np.float32), np.asarray(known, np.float32)


def _mean(plane: Plane, found: Sequence[Place], shape: masks.Mask) -> Plane:
    """What stands at all places on average, with a mean of 0, and nothing outside of ``shape``."""
    tall, wide = shape.shape
    total = np.zeros(shape.shape, np.float32)
    for x, y, score in found:
        total += plane[y : y + tall, x : x + wide] * np.float32(score)
    total -= total[shape].mean()
    return np.where(shape, total, 0.0).astype(np.float32)


def _correlation(plane: Plane, known: Plane, template: Plane, shape: masks.Mask) -> Plane:
    """The correlation of what can be seen of the template at each place, −1..1; 0 where too little can be seen."""
    inside = shape.astype(np.float32)
    product = cv2.matchTemplate(plane, template, cv2.TM_CCORR)
    here = cv2.matchTemplate(plane * plane, inside, cv2.TM_CCORR)
    seen = cv2.matchTemplate(known, template * template, cv2.TM_CCORR)
    share = cv2.matchTemplate(known, inside, cv2.TM_CCORR) / max(1.0, float(inside.sum()))
    alike = product / np.sqrt(np.maximum(here, 1e-3) * np.maximum(seen, 1e-3))
    return np.where(share >= VISIBLE, alike, 0.0).astype(np.float32)


def _peaks(alike: Plane, least: float, shape: masks.Mask) -> list[Place]:
    """Places (x, y) with their correlation, the best first, none of which lies on another."""
    rest = alike.copy()
    tall, wide = shape.shape
    found: list[Place] = []
    while len(found) < MOST:
        _, best, _, (x, y) = cv2.minMaxLoc(rest)
        if best < least:
            break
        found.append((x, y, float(best)))
        rest[max(0, y - tall // 3) : y + tall // 3 + 1, max(0, x - wide // 3) : x + wide // 3 + 1] = -1.0
    return found


def _on_grid(alike: Plane, firm: list[Place], slack: int, shape: masks.Mask) -> list[Place]:
    """The places of the grid that most of the ``firm`` ones lie on, where something of the writing is seen."""
    if len(firm) < FEWEST:
        return []
    places = np.array([(x, y) for x, y, _ in firm[:24]], np.float64)
    basis = _basis(places, slack, shape)
    if basis is None:
        return []
    origin = places[0]
    fits = _off_grid(places - origin, basis, slack) <= 1.0
    # The mean step of all that fit is finer than a single one.
    counts = np.rint((places[fits] - origin) @ np.linalg.inv(basis))
    if np.linalg.matrix_rank(counts - counts.mean(axis=0)) == 2:
        sides = np.column_stack([counts, np.ones(len(counts))])
        fitted = np.linalg.lstsq(sides, places[fits], rcond=None)[0]
        basis, origin = fitted[:2], fitted[2]
    goals = _goals(origin, basis, alike.shape)
    found = [(goal, _best(alike, *goal, slack)) for goal in goals]
    visible = [(goal, place) for goal, place in found if place[2] != 0.0]
    least = max(STEADY, 2.5 * float(alike.std()))
    kept = [place for _, place in visible if place[2] >= least]
    if len(kept) < max(FEWEST, CONFIRMED * len(visible)):
        return []
    if len(kept) < EVERYWHERE * len(visible):
        return kept
    # A grid that is seen nearly everywhere has no holes: the writing is there and merely too pale on its ground.
    return [place if place[2] >= least else (*goal, place[2]) for goal, place in visible]


def _basis(places: NDArray[np.float64], slack: int, shape: masks.Mask) -> NDArray[np.float64] | None:
    """The two steps, rows of (2, 2), that explain the most places beyond chance; None where none explain three."""
    steps = (places[:, None] - places[None]).reshape(-1, 2)
    steps = steps[(steps[:, 1] > 0) | ((steps[:, 1] == 0) & (steps[:, 0] > 0))]
    steps = steps[np.hypot(*steps.T) > 0.5 * min(shape.shape)]
    steps = steps[np.argsort(np.hypot(*steps.T))][:40]
    best, chosen = 0.0, None
    for index, one in enumerate(steps):
        for other in steps[index + 1 :]:
            area = abs(one[0] * other[1] - one[1] * other[0])
            if area < 0.7 * shape.sum():
                continue
            basis = np.array([one, other])
            fits = (_off_grid(places - places[0], basis, slack) <= 1.0).sum()
            score = float(fits) - 3.0 * len(places) * (2.0 * slack) ** 2 / area - 0.001 * float(np.hypot(*one))
            if fits >= FEWEST and score > best:
                best, chosen = score, basis
    return chosen


def _off_grid(away: NDArray[np.float64], basis: NDArray[np.float64], slack: int) -> NDArray[np.float64]:
    """How many ``slack`` each place lies off the nearest point of the grid."""
    counts = away @ np.linalg.inv(basis)
    return np.asarray(np.abs((counts - np.rint(counts)) @ basis).max(axis=1) / slack)


def _goals(origin: NDArray[np.float64], basis: NDArray[np.float64], size: tuple[int, ...]) -> list[tuple[int, int]]:
    """The points of the grid within ``size``, (height, width)."""
    height, width = size
    corners = (np.array([(0, 0), (width, 0), (0, height), (width, height)]) - origin) @ np.linalg.inv(basis)
    low, high = np.floor(corners.min(axis=0)).astype(int), np.ceil(corners.max(axis=0)).astype(int)
    if int(np.prod(high - low + 1)) > 40 * MOST:
        return []
    points = [origin + np.array([a, b]) @ basis for a in range(low[0], high[0] + 1) for b in range(low[1], high[1] + 1)]
    inside = [(round(float(x)), round(float(y))) for x, y in points]
    return [(x, y) for x, y in inside if 0 <= x < width and 0 <= y < height][:MOST]


def _best(alike: Plane, x: int, y: int, slack: int) -> Place:
    """The best place near (x, y)."""
    left, top = max(0, x - slack), max(0, y - slack)
    here = np.ascontiguousarray(alike[top : y + slack + 1, left : x + slack + 1])
    _, best, _, (right, down) = cv2.minMaxLoc(here)
    return left + right, top + down, float(best)
