"""A see-through mark that recurs: what it looks like, told from its ground because it alone is the same everywhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from wagtail_restore.imaging import filters, masks
from wagtail_restore.imaging.cutting import cut
from wagtail_restore.imaging.logo import Mark
from wagtail_restore.imaging.masks import Point
from wagtail_restore.imaging.registration import Fit, balanced, remains

Plane = NDArray[np.float32]

FEWEST, MOST = 3, 24
"""In fewer places the ground does not average out; of more so many are looked at."""
RIM = 0.5
"""How far around the line its edge is looked at, as a share of its height."""
OWN = 0.1
"""How far beyond the line its mark may reach, as a share of its height."""
SOFTNESS = (0.05, 0.05, 0.05, 0.02, 0.02, 0.0)
"""Blurs, as shares of the line's height, with which places are brought to lie on each other, one after the other."""
ASTRAY = 0.12
"""How far, as a share of the line's height, a place may lie off from where it was seen."""
COMPARED = 64.0
"""The height of a line, in pixels, at which places are compared with one another."""
ROUNDS = 4
"""How often the weights of the places and the mark are found in turn."""
NOISE = 0.01
"""What steps, of the logarithm, are at least uncertain by."""
QUIET = 0.3
"""How far around, as a share of the line's height, one looks how lively a place is."""
WIDEST = 0.3
"""The widest stroke, as a share of the line's height: what is wider in the sum is what the picture left."""
STEEP = 0.15
"""Steeper steps, of the logarithm, are edges of the picture: they count as this."""
VISIBLE = 0.3
"""The share of a place that must lie inside the picture for it to be learnt from."""
DIM = 4 / 255.0
"""Where less than this is left between the picture and the mark's colour, nothing is learnt."""
HIDDEN, NIGHT = 0.02, 0.5
"""Where of the line so much shows nothing but the mark's colour, it is painted; from the second share on it is the
picture that is black or white."""
FAINT = 0.025
"""What is less opaque than this does not belong to the mark."""
FAINTEST, STRONGEST = 0.08, 0.85
"""Opacities between which a mark is worth taking off; a stronger one leaves nothing to bring back."""
USUAL = 0.8
LEVEL = 0.25
"""The opacity of letters is that which all but so many of their pixels stay below, for edges are thinner; inside of
letters, what differs from it by less than this share is noise."""
ASKED = 8
"""So many places are asked about the opacity."""
QUIETEST = 0.25
"""So many of the places tell whether the mark is gone; in livelier ones its edges are lost among the picture's."""
GHOST, WORSE = 0.95, 1.25
"""The share of edges left, in those places and in one place, from which on nothing is taken off."""


@dataclass(frozen=True, eq=False)
class Recurring:
    """The mark as it lies at each place, in the order of the polygons; None where taking it off would leave a ghost.

    ``remains`` is the share of the mark's edges that is left where it is taken off.
    """

    fits: tuple[Fit | None, ...]
    opacity: float
    remains: float


class _Painted(Exception):
    """The letters let nothing through."""


def learn(pixels: NDArray[Any], polygons: Sequence[Sequence[Point]], tall: float) -> Recurring | None:
    """The white or black mark within ``polygons``, all of one shape, in ``pixels``, float (H, W, C) in 0..1.

    A mark mixes I = (1 − a) B + a c. The logarithm of what is left to go to c, log |c − I|, is the sum of log (1 − a),
    the same everywhere, and of log |c − B|, whose differences from pixel to pixel are mostly small and as often up as
    down: what the differences at all places have in common is the mark alone (Y. Weiss, "Deriving intrinsic
    images from image sequences", 2001; for watermarks T. Dekel et al., "On the effectiveness of visible watermarks",
    2017), and is summed up again (R. Frankot, R. Chellappa, 1988). None where the places are too few, or no mark of
    that kind comes out. ``tall`` is the height of a line, in pixels.
    """
    if len(polygons) < FEWEST:
        return None
    source = np.asarray(pixels, dtype=np.float32)
    try:
        found = [_learn(source, polygons, tall, colour) for colour in (1.0, 0.0)]
    except _Painted:
        return None
    return min((each for each in found if each is not None), key=lambda each: each.remains, default=None)


def _learn(source: Plane, polygons: Sequence[Sequence[Point]], tall: float, colour: float) -> Recurring | None:
    shape = np.array(polygons[0]) - np.floor(np.mean(polygons[0], axis=0)).astype(int)
    rim = round(RIM * tall) + 2
    low, high = shape.min(axis=0) - rim, shape.max(axis=0) + rim + 1
    size = int(high[0] - low[0]), int(high[1] - low[1])
    corners = np.array([np.mean(polygon, axis=0) - np.mean(polygons[0], axis=0) for polygon in polygons])
    corners += np.floor(np.mean(polygons[0], axis=0)) + low
    own = masks.grow(masks.draw([[(int(x), int(y)) for x, y in shape - low]], *size), round(OWN * tall))
    left = np.abs(np.float32(colour) - source).mean(axis=2)
    gone = (left < DIM).astype(np.float32)
    plane = np.log(np.maximum(left, np.float32(DIM / 2)))
    shown = np.array([_visible((x, y), size, plane.shape) for x, y in corners])
    seen = [int(index) for index in np.argsort(-shown, kind="stable")[:MOST] if shown[index] > VISIBLE]
    if len(seen) < FEWEST:
        return None
    corners = _aligned(plane, corners, size, own, seen, tall)
    stack = np.stack([_cut(plane, gone, corners[index], size) for index in seen])
    lost = float((own & ~np.isfinite(stack).any(axis=0)).sum()) / max(1.0, float(own.sum()))
    if lost > HIDDEN:
        if lost < NIGHT:
            raise _Painted
        return None
    steps = [_common(np.diff(stack, axis=axis), QUIET * tall) for axis in (2, 1)]
    total = _summed(np.pad(steps[0], ((0, 0), (0, 1))), np.pad(steps[1], ((0, 1), (0, 0))))
    total -= filters.closed(total, round(WIDEST * tall) | 1)
    alpha = np.where(own, np.clip(1.0 - np.exp(total), 0.0, 0.99), 0.0).astype(np.float32)
    return _recurring(alpha, corners, size, colour, source, tall)


def _recurring(
    alpha: Plane, corners: NDArray[Any], size: tuple[int, int], colour: float, source: Plane, tall: float
) -> Recurring | None:
    """The mark of this ``alpha`` laid at all ``corners``."""
    bound, _ = cv2.threshold(np.rint(alpha * 255).astype(np.uint8), 0, 255, cv2.THRESH_OTSU)
    ink = alpha > bound / 255.0
    usual = float(np.quantile(alpha[ink], USUAL)) if ink.any() else 0.0
    if not FAINTEST < usual < STRONGEST:
        return None
    # Letters have one opacity; what differs a little inside of them is what the picture left.
    covered = np.clip(alpha / usual, 0.0, 1.0)
    level = masks.shrink(ink, 1) & (np.abs(alpha - usual) < LEVEL * usual)
    near = masks.grow(ink, 2) & (covered > FAINT / usual)
    cover = np.where(level, 1.0, np.where(near, covered, 0.0)).astype(np.float32)
    mark = Mark("", cover, np.full(3, colour, np.float32))
    places = [(float(x), float(y), float(size[0]), float(size[1])) for x, y in corners]
    seen = [_visible(place[:2], size, source.shape) for place in places]
    share = min(1.0, COMPARED / tall)
    small = _smaller(source, share) if share < 1.0 else source
    there = [(x * share, y * share, wide * share, high * share) for x, y, wide, high in places]
    asked = [there[index] for index in np.argsort(seen)[::-1][:ASKED] if seen[index] > VISIBLE]
    opacity = float(np.median([balanced(small, mark, place) for place in asked]))
    both = zip(there, seen, strict=True)
    left = [remains(small, mark, place, opacity) if shown > VISIBLE else 0.0 for place, shown in both]
    total = float(np.quantile([each for each in left if each > 0.0], QUIETEST))
    if total > GHOST:
        return None
    fits = (
        Fit(mark, place, opacity, "cubic", each, 0.0, 0.0) if each < WORSE else None
        for place, each in zip(places, left, strict=True)
    )
    return Recurring(tuple(fits), opacity, total)


def _visible(corner: tuple[float, float], size: tuple[int, int], shape: tuple[int, ...]) -> float:
    """The share of a cut of this ``size`` that lies inside the picture."""
    (x, y), (width, height) = corner, size
    across = min(x + width, shape[1]) - max(x, 0.0)
    down = min(y + height, shape[0]) - max(y, 0.0)
    return max(0.0, across) * max(0.0, down) / (width * height)


def _cut(plane: Plane, gone: Plane, corner: NDArray[Any], size: tuple[int, int]) -> Plane:
    """What lies at ``corner``, to parts of a pixel; not a number where nothing is known."""
    moved = cut(plane, corner, size, cv2.INTER_CUBIC, cv2.BORDER_REPLICATE)
    hidden = cut(gone, corner, size, cv2.INTER_LINEAR, value=1.0)
    return np.where(hidden > 0.01, np.float32(np.nan), moved).astype(np.float32)


def _aligned(
    plane: Plane, corners: NDArray[Any], size: tuple[int, int], own: masks.Mask, seen: Sequence[int], tall: float
) -> NDArray[np.float64]:
    """``corners`` moved so that the mark lies in all of them at the same place, to parts of a pixel.

    What is large is brought together in a smaller picture first.
    """
    share = min(1.0, COMPARED / tall)
    if share == 1.0:
        return _drawn_together(plane, corners, own, seen, tall, SOFTNESS, max(2, round(ASTRAY * tall)))
    small = _smaller(plane, share)
    within = cv2.resize(own.astype(np.uint8), _reduced(size, share), interpolation=cv2.INTER_AREA) > 0
    slack = max(2, round(ASTRAY * COMPARED))
    moved = _drawn_together(small, (corners + 0.5) * share - 0.5, within, seen, COMPARED, SOFTNESS, slack)
    moved = (moved + 0.5) / share - 0.5
    return _drawn_together(plane, moved, own, seen, tall, SOFTNESS[-1:], 1 + round(1.0 / share))


def _drawn_together(
    plane: Plane,
    corners: NDArray[Any],
    own: masks.Mask,
    seen: Sequence[int],
    tall: float,
    softness: Sequence[float],
    slack: int,
) -> NDArray[np.float64]:
    """The same at one size, no further than ``slack`` pixels from where the ``corners`` are."""
    size = own.shape[1], own.shape[0]
    begun = corners = corners.astype(np.float64)
    near = slack
    for soft in softness:
        edges = _edges(plane, soft * tall)
        cuts = np.stack([_window(edges, corners[index], size, 0) for index in seen])
        pattern = np.where(own[:, :, None], cuts.mean(axis=0), 0.0).astype(np.float32)
        corners = np.array([corner + _shift(edges, corner, size, pattern, near) for corner in corners])
        # What hardly shows would wander off.
        corners = begun + np.clip(corners - begun, -slack, slack)
        near = 2
    return np.asarray(corners)


def _smaller(plane: Plane, share: float) -> Plane:
    size = _reduced((plane.shape[1], plane.shape[0]), share)
    made: Plane = cv2.resize(plane, size, interpolation=cv2.INTER_AREA).reshape(*size[::-1], *plane.shape[2:])
    return made


def _reduced(size: tuple[int, int], share: float) -> tuple[int, int]:
    return max(1, round(size[0] * share)), max(1, round(size[1] * share))


def _common(steps: Plane, reach: float) -> Plane:
    """What the steps (n, h, w) have in common: their mean, in which a place counts the more the quieter it is there.

    Reweighted least squares, from the median on; how lively a place is follows from what the mean leaves within
    ``reach`` pixels.
    """
    steps[:, ~np.isfinite(steps).any(axis=0)] = 0.0
    known = np.isfinite(steps)
    seen = np.where(known, steps, 0.0).astype(np.float32)
    mean = np.nan_to_num(np.nanmedian(steps, axis=0)).astype(np.float32)
    for _ in range(ROUNDS):
        weights = []
        for each, here in zip(seen, known, strict=True):
            share = filters.blur(here.astype(np.float32), reach) + 1e-4
            wrong = np.where(here, (each - mean) ** 2, 0.0).astype(np.float32)
            power = filters.blur(np.minimum(wrong, STEEP**2), reach) / share + NOISE**2
            weights.append(np.where(here, 1.0 / (power + wrong), 0.0))
        weight = np.stack(weights).astype(np.float32)
        mean = np.asarray((seen * weight).sum(axis=0) / (weight.sum(axis=0) + 1e-6), dtype=np.float32)
    return mean


def _edges(plane: Plane, blur: float) -> Plane:
    """The steps to the right and down, bounded, (H, W, 2)."""
    soft = cv2.GaussianBlur(plane, (0, 0), blur) if blur > 0.5 else plane
    steps = [np.diff(soft, axis=1, append=soft[:, -1:]), np.diff(soft, axis=0, append=soft[-1:])]
    return np.asarray(np.clip(np.dstack(steps), -STEEP, STEEP), dtype=np.float32)


def _window(edges: Plane, corner: NDArray[Any], size: tuple[int, int], slack: int) -> Plane:
    """What lies around ``corner``, nothing outside of the picture, (height + 2 slack, width + 2 slack, 2)."""
    wider = size[0] + 2 * slack, size[1] + 2 * slack
    return cut(edges, corner - slack, wider, cv2.INTER_LINEAR)


def _shift(
    edges: Plane, corner: NDArray[Any], size: tuple[int, int], pattern: Plane, slack: int
) -> NDArray[np.float64]:
    """How far from ``corner`` the pattern is seen best, at most ``slack``."""
    window = _window(edges, corner, size, slack)
    alike = sum(
        cv2.matchTemplate(
            np.ascontiguousarray(window[:, :, axis]), np.ascontiguousarray(pattern[:, :, axis]), cv2.TM_CCORR
        )
        for axis in (0, 1)
    )
    _, _, _, (x, y) = cv2.minMaxLoc(alike)
    return np.array([x + _top(alike[y], x) - slack, y + _top(alike[:, x], y) - slack])


def _top(row: NDArray[Any], at: int) -> float:
    """Where between its neighbours a peak is, by a parabola."""
    if not 0 < at < len(row) - 1:
        return 0.0
    before, here, after = (float(value) for value in row[at - 1 : at + 2])
    bend = before - 2 * here + after
    return 0.5 * (before - after) / bend if bend < 0 else 0.0


def _summed(right: Plane, down: Plane) -> Plane:
    """The plane whose steps are nearest to these."""
    height, width = right.shape
    across = np.exp(2j * np.pi * np.fft.rfftfreq(width))[None] - 1.0
    along = np.exp(2j * np.pi * np.fft.fftfreq(height))[:, None] - 1.0
    power = np.abs(across) ** 2 + np.abs(along) ** 2
    power[0, 0] = 1.0
    spectrum = (np.conj(across) * np.fft.rfft2(right) + np.conj(along) * np.fft.rfft2(down)) / power
    return np.asarray(np.fft.irfft2(spectrum, s=(height, width)), dtype=np.float32)
