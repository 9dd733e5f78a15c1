"""Which pixels of a line of writing are ink, with its soft edge and glow, and which are picture between letters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import pairwise
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from wagtail_restore.imaging import filters, masks
from wagtail_restore.imaging.care import MARGIN

Point = tuple[int, int]
Plane = NDArray[np.float32]

WIDEST = 0.3
"""The widest stroke to be expected, as a share of the height of the line's box."""
EDGE = 0.1
"""The share of the box's height, on every side, in which detectors leave no ink."""
WIDEST_GLOW = 0.35
"""The furthest a glow reaches, as a share of the height of the line's box."""
FADING = 0.015
"""A glow fades by at least this share of the ink's own contrast with every pixel."""
SEEN = 4 / 255.0
"""What leans by less than this cannot be seen."""
WIDER = 1.3
"""The gap between two numbers is at least so many times as wide as any between two digits."""
FEWEST, DOT = 2, 0.6
"""Pixels of the smallest speck that may be a dot, and how opaque it is at least, against the letters."""
NO_TINT = 0.25
"""The value of grey in a plane of tints."""
TINTED = 0.12
"""Tints that differ by less are what compression leaves of white or grey letters."""
AROUND = 0.5
"""How far, as a share of the line's height, the surroundings of a line are asked about its ground."""
FORGIVEN = 0.5
"""By this share of the ink's contrast the ground of a line may differ from its surroundings."""
RELIABLE = 0.25
"""The quality from which a mask of strokes may stand for the line."""


@dataclass(frozen=True)
class Ink:
    """One line of writing laid level: every array is (h, w) in the line's own frame.

    ``matrix`` leads from the picture to the frame. ``opacity`` is how far each pixel has gone from the ground to the
    ink, 0..1; ``mask`` is the ink without any growth; ``bright`` says whether ink is brighter than the ground.
    """

    matrix: NDArray[np.float64]
    frame: NDArray[np.float32]
    opacity: Plane
    mask: masks.Mask
    bright: bool
    quality: float
    height: float

    @property
    def reliable(self) -> bool:
        """Whether the mask may stand for the line."""
        return self.quality >= RELIABLE and bool(self.mask.any())


def line_height(polygon: Sequence[Point]) -> float:
    """The shorter side of the smallest upright or slanted rectangle around ``polygon``, in pixels."""
    _, (width, height), _ = cv2.minAreaRect(np.array(polygon, dtype=np.float32))
    return max(1.0, float(min(width, height)))


def find(
    pixels: NDArray[Any],
    polygon: Sequence[Point],
    polarities: Sequence[bool] = (True, False),
    *,
    coloured: bool = False,
) -> Ink:
    """The ink of the line inside ``polygon``; ``pixels`` is float (H, W, C) in 0..1.

    Of ``polarities``, whether ink is brighter than its ground, the one that parts best is taken. ``coloured`` ink, such
    as that of dates, is looked for by its colour too: red digits on green leaves are neither brighter nor darker.

    Strokes are what a morphological opening (for bright ink) or closing (for dark ink) with a disc wider than any
    stroke takes away. Set against what was left to go to white or black, that is the opacity of the ink, the same all
    along the line however the ground changes; channel and polarity are those in which Otsu's threshold parts two
    classes best while leaving the edge of the box free of ink, and in which the ground is that of the surroundings:
    between bold letters gaps are narrower than strokes, and would do for ink themselves.
    """
    matrix, width, height, margin = _level(polygon)
    frame = _warp(pixels, matrix, width, height)
    box = np.zeros((height, width), dtype=bool)
    box[margin : height - margin, margin : width - margin] = True
    tall = height - 2 * margin
    core = masks.shrink(box, round(EDGE * tall))
    best: Ink | None = None
    for plane, least in [*_planes(frame), *(_tints(frame) if coloured else ())]:
        around = filters.carried(plane[:, :, None], ~box, AROUND * tall)[:, :, 0]
        for bright in polarities:
            ground = _ground(plane, bright, tall)
            opacity, there = _opacity(plane, ground, bright)
            cut, quality = _parted(opacity[core & there]) if (core & there).any() else (1.0, 0.0)
            mask = core & there & (opacity > cut)
            edge = box & ~core
            quality *= 1.0 - min(1.0, 2.0 * float((opacity[edge] > cut).mean())) if edge.any() else 1.0
            quality *= _going_on(plane, ground, around, mask, least)
            if best is None or quality > best.quality:
                best = Ink(
                    matrix,
                    frame,
                    opacity,
                    _tidy(mask, opacity if coloured else None, tall),
                    bright,
                    quality,
                    float(tall),
                )
    assert best is not None  # noqa: S101 — there is always a plane to look at
    return best


def cover(pixels: NDArray[Any], polygon: Sequence[Point]) -> masks.Mask:
    """Everything that must go so that no ghost of the line stays: the ink, its soft edge and its glow; bool (H, W).

    The growth follows the height of the line and goes on as far as the glow does. Where ink and ground cannot be
    told apart, the whole polygon is given.
    """
    return cover_of(find(pixels, polygon), pixels, polygon)


def cover_of(ink: Ink, pixels: NDArray[Any], polygon: Sequence[Point], margin: float = MARGIN) -> masks.Mask:
    """The same for ink that has been found already; ``margin`` is what is added for sure, by the line's height."""
    height, width = pixels.shape[:2]
    least = max(2, round(margin * ink.height))
    if not ink.reliable:
        return masks.grow(masks.draw([polygon], width, height), least)
    return in_picture(
        ink, masks.grow(ink.mask, least + glow_beyond(ink.frame, ink.mask, ink.height, least)), width, height, 0.25
    )


def in_picture(ink: Ink, mask: masks.Mask, width: int, height: int, share: float = 0.5) -> masks.Mask:
    """A mask of the line's own frame laid back into the picture: where at least ``share`` of a pixel is covered."""
    inverse = np.linalg.inv(ink.matrix)
    back = cv2.warpPerspective(mask.astype(np.uint8) * 255, inverse, (width, height), flags=cv2.INTER_LINEAR)
    return np.asarray(back > 255 * share)


def in_three(ink: Ink, start: Point) -> tuple[int, ...]:
    """How many letters stand before, between and behind the two widest gaps of a line; empty where none are wider.

    Letters are the runs of columns with ink that are at least half as high as the line: a quote is none. ``start``
    is the corner of the line's polygon at which reading begins: the line's own frame may be upside down.
    """
    edges = np.flatnonzero(np.diff(np.r_[False, ink.mask.any(axis=0), False].astype(np.int8)))
    heights = [float(np.ptp(np.flatnonzero(ink.mask[:, a:b].any(axis=1)))) for a, b in edges.reshape(-1, 2)]
    tall = max(heights, default=0.0)
    letters = [run for run, height in zip(edges.reshape(-1, 2).tolist(), heights, strict=True) if height >= 0.5 * tall]
    gaps = [after[0] - before[1] for before, after in pairwise(letters)]
    widest = sorted(gaps, reverse=True)
    if len(gaps) < 2 or widest[1] < max(0.3 * tall, WIDER * max(widest[2:], default=0)):
        return ()
    first, second = sorted(sorted(range(len(gaps)), key=lambda place: -gaps[place])[:2])
    sizes = (first + 1, second - first, len(letters) - second - 1)
    at = cv2.perspectiveTransform(np.array([[start]], dtype=np.float64), ink.matrix)[0, 0, 0]
    return sizes if at < ink.mask.shape[1] / 2 else sizes[::-1]


def _level(polygon: Sequence[Point]) -> tuple[NDArray[np.float64], int, int, int]:
    """The matrix that lays the line level, the frame's width and height, and the margin around the box in it."""
    corners = cv2.boxPoints(cv2.minAreaRect(np.array(polygon, dtype=np.float32)))
    sides = np.linalg.norm(corners - np.roll(corners, -1, axis=0), axis=1)
    if sides[0] < sides[1]:
        corners, sides = np.roll(corners, -1, axis=0), np.roll(sides, -1)
    long, short = max(2, round(float(sides[0]))), max(2, round(float(sides[1])))
    margin = max(2, round(0.4 * short))
    target = np.array([[0, 0], [long, 0], [long, short], [0, short]], dtype=np.float32) + margin
    return cv2.getPerspectiveTransform(corners, target), long + 2 * margin, short + 2 * margin, margin


def _warp(pixels: NDArray[Any], matrix: NDArray[np.float64], width: int, height: int) -> NDArray[np.float32]:
    turned = cv2.warpPerspective(
        np.asarray(pixels, dtype=np.float32), matrix, (width, height), borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(turned, dtype=np.float32).reshape(height, width, pixels.shape[2])


def _ground(plane: Plane, bright: bool, tall: int) -> Plane:
    """``plane`` without what is as narrow as strokes, for ink of this polarity."""
    side = max(3, round(tall * WIDEST)) | 1
    return filters.opened(plane, side) if bright else filters.closed(plane, side)


def _opacity(plane: Plane, ground: Plane, bright: bool) -> tuple[Plane, masks.Mask]:
    """How opaque ink of this polarity would be at each pixel, and where it stands out from noise at all."""
    away = plane - ground if bright else ground - plane
    room = (1.0 - ground if bright else ground) + 0.03
    opacity = np.clip(away / room, 0.0, 1.0).astype(np.float32)
    return opacity, np.asarray(away >= 0.0)


def _going_on(plane: Plane, ground: Plane, around: Plane, mask: masks.Mask, least: float) -> float:
    """How far the ground below ``mask`` is what lies ``around`` the line, 0..1, against the contrast of the ink.

    Ink of less contrast than ``least`` is none.
    """
    if not mask.any():
        return 1.0
    off = abs(float(np.median((ground - around)[mask])))
    contrast = float(np.abs(plane - ground)[mask].mean()) + 0.02
    return float(np.clip(1.0 + FORGIVEN - off / contrast, 0.0, 1.0)) if contrast >= least else 0.0


def _planes(frame: NDArray[np.float32]) -> list[tuple[Plane, float]]:
    """What to look at: the darkest channel shows white marks, the brightest shows black and coloured ones.

    With each comes the least contrast that ink has in it.
    """
    if frame.shape[2] == 1:
        return [(np.ascontiguousarray(frame[:, :, 0]), 0.0)]
    channels = cv2.split(frame)
    return [(reduce(np.minimum, channels), 0.0), (reduce(np.maximum, channels), 0.0)]


def _tints(frame: NDArray[np.float32]) -> list[tuple[Plane, float]]:
    """The same: how red each pixel is, and how far from blue; stamps have more of both than most grounds."""
    if frame.shape[2] == 1:
        return []
    red, green, blue = cv2.split(frame)
    tints = (red - (green + blue) / 2, np.maximum(red, green) - blue)
    return [(np.clip(tint + np.float32(NO_TINT), 0.0, 1.0), TINTED) for tint in tints]


def _parted(values: NDArray[Any]) -> tuple[float, float]:
    """Otsu's threshold, and the share of the variance that lies between the two classes."""
    if values.size < 16 or float(np.ptp(values)) < 0.04:
        return 1.0, 0.0
    levels = np.clip(values * 255.0, 0, 255).astype(np.uint8).reshape(1, -1)
    cut, _ = cv2.threshold(levels, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    above = values > cut / 255.0
    share = float(above.mean())
    if share in (0.0, 1.0):
        return 1.0, 0.0
    apart = float(values[above].mean() - values[~above].mean())
    return cut / 255.0, share * (1.0 - share) * apart * apart / max(float(values.var()), 1e-9)


def _tidy(mask: masks.Mask, opacity: Plane | None, tall: int) -> masks.Mask:
    """Without specks that are smaller than the dot of an i and, where the ``opacity`` is told, fainter than letters."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=8)
    if count <= 1:
        return mask
    sizes = stats[:, cv2.CC_STAT_AREA]
    kept = sizes >= (0.06 * tall) ** 2
    kept[0] = False
    if opacity is not None and kept.any():
        most = np.zeros(count, dtype=np.float32)
        np.maximum.at(most, labels[mask], opacity[mask])
        kept |= (sizes >= FEWEST) & (most >= DOT * float(np.median(opacity[kept[labels]])))
    return np.asarray(kept[labels])


def glow_beyond(frame: NDArray[np.float32], mask: masks.Mask, tall: float, start: int) -> int:
    """How many pixels beyond ``start`` the ground of ``frame`` (H, W, C) next to ink still leans towards its colour.

    A glow falls from ring to ring until it cannot be seen; where it no longer falls, what leans is the picture's own.
    """
    away = masks.distance(mask)
    most = max(start + 1, round(WIDEST_GLOW * tall))
    drift = frame - filters.carried(frame, away > most, 0.5 * tall)
    tint = np.median(drift[mask], axis=0)
    length = float(tint @ tint)
    if length < 1e-3:
        return 0
    lean = (drift @ tint) / length
    rings = [_middle(lean[(away > step - 1) & (away <= step)]) for step in range(start, most + 1)]
    visible = SEEN / float(np.abs(tint).max())
    level = rings[0]
    for steps, ring in enumerate(rings[1:]):
        if min(level, ring) < visible or level - ring < FADING:
            return steps + 1 if steps else 0
        level = ring
    return most - start


def _middle(values: NDArray[Any]) -> float:
    """The mean of the middle half: what lies under a ring is as often lighter as darker."""
    if values.size < 8:
        return 0.0
    low, high = np.percentile(values, (25, 75))
    return float(values[(values >= low) & (values <= high)].mean())
