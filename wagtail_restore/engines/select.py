"""From a rough stroke over something, or an outline around it, to the mask of the thing itself."""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from wagtail_restore.engines.base import Capabilities, Engine
from wagtail_restore.imaging import masks

Bits = NDArray[np.bool_]
Grey = NDArray[np.uint8]

REACH = 4
"""Radius, in pixels of the reduced crop, in which the edge may move to follow the picture at full resolution."""
SMOOTH = 1e-4
"""The variance below which the guided filter takes the picture for flat, of values in 0..1."""
LITTLE, MUCH = 0.15, 0.9
"""Less than this share of what was drawn is no thing, and more than this share of all that was looked at neither."""
BEYOND = 0.006
"""How much larger than the thing its outline is, as a share of its longer side: edges are soft."""
FINE = 0.001
"""How far outlines may be simplified, as a share of that side."""
HOLE = 0.02
"""Holes smaller than this share of the thing belong to it: what shines through there would stay as a speck."""


@dataclass(frozen=True)
class Hint:
    """What somebody drew, in pixels of the picture.

    A ``stroke`` lies on the thing, ``size`` pixels wide; an ``outline`` (of a box or lasso) goes around it.
    """

    kind: Literal["stroke", "outline"]
    points: tuple[tuple[float, float], ...]
    size: float = 0.0


@dataclass(frozen=True)
class Selection:
    """The thing: ``mask`` is uint8 (height, width) of ``box`` (x, y, width, height), 255 where it covers a pixel."""

    box: masks.Box
    mask: Grey


class Selector(Engine):
    """What tells a thing from its surroundings, in a crop around the hint."""

    extra = "worker"

    longest: ClassVar[int]
    """Pixels of the longer side to which a crop is reduced; the edge is then found anew at full resolution."""
    margin: ClassVar[float] = 16.0
    """Pixels beyond the hint that are looked at in any case."""
    around_outline: ClassVar[float]
    """How far the look goes beyond an outline, as a share of its longer side."""
    around_stroke: ClassVar[tuple[float, ...]]
    """The same for a stroke, which may be short on something large: tried in turn until the thing is seen whole."""
    compares: ClassVar[bool] = True
    """Whether all looks are compared; else the first in which a thing stands free is taken."""

    @property
    def capabilities(self) -> Capabilities:
        return Capabilities(kind="select", channels=(1, 3))

    def run(self, pixels: NDArray[Any], mask: NDArray[Any] | None = None) -> NDArray[np.float32]:
        """The thing within the hull of ``mask``: float32 (H, W), 1 where it is; nothing without a mask."""
        thing = np.zeros(pixels.shape[:2], dtype=np.float32)
        points = cv2.findNonZero((mask > 0.5).astype(np.uint8)) if mask is not None else None
        if points is not None:
            hull = cv2.convexHull(points)[:, 0].astype(float)
            hint = Hint("outline", tuple((x, y) for x, y in hull.tolist()))
            found = cut_out(np.rint(np.clip(pixels, 0.0, 1.0) * 255).astype(np.uint8), hint, self)
            x, y, width, height = found.box
            thing[y : y + height, x : x + width] = found.mask.astype(np.float32) / 255.0
        return thing

    @abstractmethod
    def cut(self, small: Grey, hint: Hint, likely: Bits, sure: Bits) -> Bits:
        """Where in ``small``, uint8 (H, W, 3), the thing is; (H, W).

        ``hint`` is in pixels of ``small``; ``likely`` and ``sure`` (H, W) are where it says that the thing may be, and
        where it must be: along the middle of a stroke.
        """


def rings(pixels: NDArray[Any], hint: Hint, selector: Selector) -> list[list[int]]:
    """The outlines (x, y, x, y, …) of the thing, a little larger than it is; those of holes are among them.

    ``pixels`` is uint8 or uint16 (H, W, C). None where nothing stands out: where what was cut out is hardly anything of
    what was drawn, or spreads over everything that was looked at.
    """
    if pixels.dtype != np.uint8:
        pixels = (pixels >> 8).astype(np.uint8)
    found = _found(pixels[:, :, :3] if pixels.shape[2] > 1 else pixels, hint, selector)
    if found is None:
        return []
    x, y, width, height = found.box
    grow = max(2, round(BEYOND * max(width, height)))
    mask = np.pad((found.mask > 127).astype(np.uint8), grow + 1)
    larger = cv2.dilate(mask, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * grow + 1, 2 * grow + 1)))
    outlines, _ = cv2.findContours(larger, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    away = max(0.7, FINE * max(width, height))
    offset = np.array([x - grow - 1, y - grow - 1])
    simple = (cv2.approxPolyDP(outline, away, True)[:, 0] + offset for outline in outlines)
    return [ring.ravel().tolist() for ring in simple if len(ring) > 2]


def _found(pixels: NDArray[Any], hint: Hint, selector: Selector) -> Selection | None:
    """The thing that stands free of the rim of what is looked at; for a stroke on something large one looks further.

    Of several the one with the clearest edge: within something plain a stroke alone would do for a thing.
    """
    size = pixels.shape[1], pixels.shape[0]
    best: tuple[float, Selection | None] = (0.0, None)
    for context in selector.around_stroke if hint.kind == "stroke" else (selector.around_outline,):
        around = _around(hint, *size, context, selector.margin)
        found = cut_out(pixels, hint, selector, context)
        area, seen = float((found.mask > 127).sum()), around[2] * around[3]
        whole = around[2:] == size
        free = whole or hint.kind == "outline" or _clear_of(found.box, around, size)
        if free and LITTLE * _drawn_area(hint) <= area <= MUCH * seen:
            clear = _clearness(pixels, found)
            best = (clear, found) if clear > best[0] else best
        if whole or (best[1] is not None and not selector.compares):
            break
    return best[1]


def _clearness(pixels: NDArray[Any], found: Selection) -> float:
    """By how much, on average, the colour changes across the outline."""
    x, y, width, height = found.box
    here = slice(max(0, y - 3), y + height + 3), slice(max(0, x - 3), x + width + 3)
    mask = np.zeros(pixels.shape[:2], dtype=np.uint8)
    mask[y : y + height, x : x + width] = found.mask > 127
    inside = mask[here]
    soft = cv2.GaussianBlur(pixels[here].astype(np.float32), (0, 0), 1.5).reshape(*inside.shape, -1)
    steps = sum(np.hypot(cv2.Sobel(plane, -1, 1, 0), cv2.Sobel(plane, -1, 0, 1)) for plane in cv2.split(soft))
    outline = cv2.morphologyEx(inside, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8)) > 0
    return float(np.asarray(steps)[outline].mean()) + 1e-6 if outline.any() else 0.0


def _clear_of(box: masks.Box, around: masks.Box, size: tuple[int, int]) -> bool:
    """Whether ``box`` touches the rim of ``around`` only where that is the edge of the picture."""
    rim = max(2, round(0.03 * min(around[2:])))
    ends = [(box[at], box[at] + box[at + 2], around[at], around[at] + around[at + 2], size[at]) for at in (0, 1)]
    return all(
        (start > low + rim or low == 0) and (stop < high - rim or high == most) for start, stop, low, high, most in ends
    )


def _drawn_area(hint: Hint) -> float:
    """Of a stroke the area below it, of an outline that within it."""
    points = np.array(hint.points, dtype=np.float32).reshape(-1, 1, 2)
    if hint.kind == "outline":
        return float(cv2.contourArea(points))
    return float(cv2.arcLength(points, False) * hint.size + hint.size**2)


def cut_out(pixels: NDArray[Any], hint: Hint, selector: Selector, context: float | None = None) -> Selection:
    """The thing under a stroke or within an outline of ``pixels``, uint8 (H, W, C) with C of 1 or 3.

    The ``selector`` cuts it out of a reduced crop around the hint, which goes ``context`` beyond it (``around_outline``
    where that is left out); the fast guided filter (He, Sun 2015) then lays the edge where the picture has it at full
    resolution. The mask is empty where the hint lies beside the picture or nothing stands out from its surroundings.
    Raises ``ValueError`` for a hint without points, and what the ``selector`` raises.
    """
    if not hint.points:
        raise ValueError("a hint needs at least one point")
    context = selector.around_outline if context is None else context
    box = _around(hint, pixels.shape[1], pixels.shape[0], context, selector.margin)
    x, y, width, height = box
    if width < 2 or height < 2:
        return Selection((0, 0, 1, 1), np.zeros((1, 1), dtype=np.uint8))
    crop = pixels[y : y + height, x : x + width]
    colour: Grey = np.ascontiguousarray(np.repeat(crop, 3, axis=2) if crop.shape[2] == 1 else crop)
    scale = min(1.0, selector.longest / max(width, height))
    small = cv2.resize(colour, _reduced(width, height, scale), interpolation=cv2.INTER_AREA) if scale < 1 else colour
    here = _moved(hint, (x, y), scale)
    likely, sure = _drawn(here, small.shape[:2])
    thing = _whole(selector.cut(np.asarray(small), here, likely, sure), sure if sure.any() else likely)
    return _trimmed(box, _follow(thing, np.asarray(small), colour))


def _around(hint: Hint, width: int, height: int, context: float, least: float) -> masks.Box:
    """The hint with its surroundings, inside the picture; of no width or height where it lies beside it."""
    xs, ys = [x for x, _ in hint.points], [y for _, y in hint.points]
    half = hint.size / 2
    longest = max(max(xs) - min(xs), max(ys) - min(ys)) + hint.size
    margin = half + max(least, context * longest)
    left, top = max(0, math.floor(min(xs) - margin)), max(0, math.floor(min(ys) - margin))
    right, bottom = min(width, math.ceil(max(xs) + margin)), min(height, math.ceil(max(ys) + margin))
    return left, top, max(0, right - left), max(0, bottom - top)


def _reduced(width: int, height: int, scale: float) -> tuple[int, int]:
    return max(2, round(width * scale)), max(2, round(height * scale))


def _moved(hint: Hint, origin: tuple[int, int], scale: float) -> Hint:
    """In pixels of a reduced crop that begins at ``origin``."""
    points = tuple(((x - origin[0]) * scale, (y - origin[1]) * scale) for x, y in hint.points)
    return Hint(hint.kind, points, hint.size * scale)


def _drawn(hint: Hint, shape: Sequence[int]) -> tuple[Bits, Bits]:
    """Where the thing is likely, and where it surely is: along the middle of a stroke. Both of ``shape``."""
    places = [(round(x), round(y)) for x, y in hint.points]
    line = np.array(places, dtype=np.int32).reshape(-1, 1, 2)
    likely, sure = np.zeros(shape, dtype=np.uint8), np.zeros(shape, dtype=np.uint8)
    if hint.kind == "outline":
        cv2.fillPoly(likely, [line], 1)
        return likely.astype(bool), sure.astype(bool)
    wide = max(1, round(hint.size))
    for canvas, thick in ((likely, wide), (sure, max(1, wide // 4))):
        cv2.polylines(canvas, [line], False, 1, thick)
        cv2.circle(canvas, places[0], thick // 2, 1, -1)
    return likely.astype(bool), sure.astype(bool)


def _whole(cut: Bits, core: Bits) -> Bits:
    """Of what was cut out the parts that meet the ``core``, none of them a speck, with their small holes filled."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(cut.astype(np.uint8), connectivity=8)
    areas = stats[:, cv2.CC_STAT_AREA]
    met = np.zeros(count, dtype=bool)
    met[np.unique(labels[core & cut])] = True
    met[0] = False
    if not met.any():
        return np.zeros_like(cut)
    met &= areas >= HOLE * areas[met].max()
    thing = met[labels]
    count, holes, stats, _ = cv2.connectedComponentsWithStats((~thing).astype(np.uint8), connectivity=4)
    small = stats[:, cv2.CC_STAT_AREA] < HOLE * thing.sum()
    small[0] = False
    return np.asarray(thing | small[holes])


def _follow(thing: Bits, small: Grey, colour: Grey) -> Grey:
    """The mask at the size of ``colour`` with its edge where the picture's is, soft where that is soft."""
    height, width = colour.shape[:2]
    guide = cv2.cvtColor(small, cv2.COLOR_RGB2GRAY).astype(np.float32) / 255.0
    target = thing.astype(np.float32)
    side = (2 * REACH + 1, 2 * REACH + 1)
    mean_guide, mean_target = cv2.blur(guide, side), cv2.blur(target, side)
    shared = cv2.blur(guide * target, side) - mean_guide * mean_target
    slope = shared / (cv2.blur(guide * guide, side) - mean_guide * mean_guide + SMOOTH)
    offset = cv2.blur(mean_target - slope * mean_guide, side)
    slope = cv2.blur(slope, side)
    share = cv2.resize(slope, (width, height)) * (cv2.cvtColor(colour, cv2.COLOR_RGB2GRAY).astype(np.float32) / 255.0)
    share += cv2.resize(offset, (width, height))
    # A filter on brightness alone blurs where two colours are equally bright: its say ends near the edge of the cut.
    step = cv2.resize(cv2.GaussianBlur(target, (0, 0), 1.0), (width, height))
    near = 4.0 * step * (1.0 - step)
    soft = np.clip((share - 0.5) * 2.0 + 0.5, 0.0, 1.0) * near + step * (1.0 - near)
    return np.asarray(np.rint(np.clip(soft, 0.0, 1.0) * 255.0), dtype=np.uint8)


def _trimmed(box: masks.Box, mask: Grey) -> Selection:
    """Without the empty rows and columns around the thing."""
    x, y, width, height = cv2.boundingRect((mask > 0).astype(np.uint8))
    if not width or not height:
        return Selection((box[0], box[1], 1, 1), np.zeros((1, 1), dtype=np.uint8))
    return Selection((box[0] + x, box[1] + y, width, height), np.ascontiguousarray(mask[y : y + height, x : x + width]))
