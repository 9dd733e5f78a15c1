"""Does the picture shine through a line of writing? Told from colours alone, whatever the words say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wagtail_restore.imaging import filters, masks
from wagtail_restore.imaging.strokes import Ink

FEWEST = 5
"""Places along the line that are compared at least; fewer say nothing."""
NOISE = 0.004
"""What the roundings of 8 bits and of a JPEG leave of the best fit."""
OUTLIER = 0.25
"""How far one place may count against a fit."""


@dataclass(frozen=True)
class Shine:
    """``opacity`` of a plain white or black mark that fits best, 0 where it is none.

    ``better`` is how many times as large what a painted sign leaves unexplained is, against the mark: 1 and below
    speaks for paint. ``flat`` is the same against ink of one colour alone, whatever the light on it. ``follows`` is
    the correlation of the ink with the ground below it, −1..1, and ``even`` how far the opacities lie apart that fit
    each channel alone.
    """

    opacity: float
    better: float
    flat: float
    follows: float
    even: float


def shine(ink: Ink) -> Shine | None:
    """Compare three ways in which the ink may have come about, place by place along the line, in every channel.

    A mark laid over a picture mixes I = B + a (W − B), with the one number a for all places and channels. An opaque
    sign has one colour, I = c; paint in the light of the scene takes its share of that light, I = k B, with c and k
    of their own in each channel. B is the ground carried over from beside the stroke. None where too little of the
    line is to be seen.
    """
    places = _places(ink)
    if places is None:
        return None
    ground, top, weight = places
    room = (1.0 if ink.bright else 0.0) - ground
    opacity = float((room * (top - ground) * weight).sum() / ((room * room * weight).sum() + 1e-9))
    tint = (ground * top * weight).sum(axis=0) / ((ground * ground * weight).sum(axis=0) + 1e-9)
    mixed = _left(top - ground - opacity * room, weight) + NOISE
    flat = _left(top - np.median(top, axis=0), weight)
    painted = _left(top - tint * ground, weight)
    channels = (room * (top - ground) * weight).sum(axis=0) / ((room * room * weight).sum(axis=0) + 1e-9)
    even = float(np.ptp(channels))
    return Shine(opacity, min(flat, painted) / mixed, flat / mixed, _correlation(ground, top), even)


def _places(ink: Ink) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]] | None:
    """The middle of the ground and of the ink, each (n, C), and the weight, (n, 1), of each place along the line."""
    core = masks.shrink(ink.mask, 1)
    if core.sum() < 0.3 * ink.mask.sum():
        core = ink.mask
    known = ~masks.grow(ink.mask, max(2, round(0.04 * ink.height)))
    around = filters.carried(ink.frame, known, max(1.5, 0.12 * ink.height))
    step, half = max(4, round(ink.height / 4)), core.shape[0] // 2
    ground, top, count = [], [], []
    for left in range(0, core.shape[1] - step + 1, step):
        for rows in (slice(0, half), slice(half, None)):
            here = core[rows, left : left + step]
            if here.sum() >= 12:
                ground.append(np.median(around[rows, left : left + step][here], axis=0))
                top.append(np.median(ink.frame[rows, left : left + step][here], axis=0))
                count.append(float(here.sum()))
    if len(count) < FEWEST:
        return None
    return np.array(ground, np.float64), np.array(top, np.float64), np.sqrt(np.array(count))[:, None]


def _left(away: NDArray[Any], weight: NDArray[Any]) -> float:
    """The weighted root mean square of what a fit leaves."""
    bounded = np.minimum(np.abs(away), OUTLIER) ** 2
    return float(np.sqrt((bounded * weight).sum() / (weight.sum() * away.shape[1])))


def _correlation(ground: NDArray[Any], top: NDArray[Any]) -> float:
    a, b = ground - ground.mean(axis=0), top - top.mean(axis=0)
    spread = float(np.sqrt((a * a).sum() * (b * b).sum()))
    return float((a * b).sum() / spread) if spread > 1e-6 else 0.0
