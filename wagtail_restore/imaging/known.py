"""Known marks found in a picture at any place, size and opacity, and taken off by arithmetic."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from wagtail_restore.imaging import masks, matching
from wagtail_restore.imaging.logo import Floats, Mark, render
from wagtail_restore.imaging.registration import Fit, fit, frame_of

CHANCE = 5.0
"""Standard deviations, times how alike the parts of a mark vote, that photographs reach without a mark."""
FAINTEST = 0.12
"""An opacity below this is what photographs look like by chance; those of marks come out a little too low."""
SOLID = 0.85
"""From this opacity on nothing of the source is left: it is filled."""
OFF = 0.12
"""What comes out from under a mark further than this outside of 0..1 was something else: it is filled."""


@dataclass(frozen=True, eq=False)
class Sighting:
    """A mark found at ``place``; ``scale`` is against its own size, ``score`` 0..1."""

    fit: Fit
    score: float

    @property
    def name(self) -> str:
        return self.fit.mark.name

    @property
    def opacity(self) -> float:
        """Of its most opaque place."""
        return self.fit.opacity * float(self.fit.mark.alpha.max())

    @property
    def scale(self) -> float:
        return self.fit.place[2] / self.fit.mark.size[0]

    @property
    def box(self) -> tuple[int, int, int, int]:
        """The whole pixels it touches: x, y, width, height."""
        left, top, width, height = self.fit.place
        x, y = math.floor(left), math.floor(top)
        return x, y, math.ceil(left + width) - x, math.ceil(top + height) - y


def find(
    pixels: NDArray[Any],
    marks: Sequence[Mark],
    sure: float = 0.4,
    *,
    threads: int = 1,
    told: Callable[[float], None] = lambda share: None,
) -> list[Sighting]:
    """Where ``marks`` lie in ``pixels``, float32 (H, W, C) in 0..1, the surest first; none below ``sure``.

    Takes about half a second of a processor for each mark and megapixel, on so many ``threads``. ``told`` learns after
    each mark which share has been looked for; what it raises ends the search.
    """
    source = np.asarray(pixels, dtype=np.float32)
    colours = matching.colours_of(source)
    found: list[Sighting] = []
    with ThreadPoolExecutor(threads) as pool:
        searches = [pool.submit(_sightings, source, colours, mark, sure) for mark in marks]
        try:
            for number, search in enumerate(searches):
                found += search.result()
                told((number + 1) / len(marks))
        finally:
            pool.shutdown(cancel_futures=True)
    return _apart(found)


def _sightings(source: Floats, colours: matching.Colours | None, mark: Mark, sure: float) -> list[Sighting]:
    found = []
    for guess in matching.guesses(source, mark, colours):
        known = mark if mark.colour is not None else mark.coloured(np.full(3, guess.sign > 0, np.float32))
        made = fit(source, known, guess.place)
        score = 0.0 if made is None else _score(made)
        if made is not None and score >= sure:
            found.append(Sighting(made, score))
    return found


def again(pixels: NDArray[Any], mark: Mark, box: tuple[int, int, int, int]) -> Sighting | None:
    """The sighting of ``mark`` that had this ``box``, found once more in the same ``pixels``; None where it is gone."""
    source = np.asarray(pixels, dtype=np.float32)
    left, top, width, height = box
    if min(width, height, left + width, top + height, source.shape[1] - left, source.shape[0] - top) <= 0:
        return None
    place = float(left), float(top), float(width), float(height)
    colours = [mark] if mark.colour is not None else [mark.coloured(np.full(3, c, np.float32)) for c in (0.0, 1.0)]
    fits = [made for each in colours if (made := fit(source, each, place)) is not None]
    if not fits:
        return None
    best = max(fits, key=lambda one: one.surely)
    return Sighting(best, _score(best))


def unblend(pixels: NDArray[Any], made: Fit) -> tuple[Floats, masks.Weight]:
    """``pixels``, float32 (H, W, C) in 0..1, with the mark taken off, and how much of each must still be filled.

    I = (1 − a) B + a C is solved for B; where ``a`` leaves nothing of B, or what comes out cannot have been there,
    the weight, float32 (H, W), is above 0.
    """
    source = np.array(pixels, dtype=np.float32)
    height, width, channels = source.shape
    weight = np.zeros((height, width), np.float32)
    frame = frame_of(made.place, width, height)
    x, y, columns, rows = frame
    here = slice(y, y + rows), slice(x, x + columns)
    planes = render(made.mark, made.place, frame, made.kernel) * made.opacity
    colour = planes[:, :, 1:] if channels == 3 else planes[:, :, 1:].mean(axis=2, keepdims=True)
    share = planes[:, :, :1]
    under = (source[here] - colour) / np.maximum(1.0 - share, 1.0 - SOLID)
    gone = (share[:, :, 0] >= SOLID) | ((np.abs(under - 0.5) > 0.5 + OFF).any(axis=2) & (share[:, :, 0] > 0.05))
    gone = cv2.morphologyEx(gone.astype(np.uint8), cv2.MORPH_OPEN, np.ones((2, 2), np.uint8)) > 0
    source[here] = np.where(share > 1.0 / 512.0, np.clip(under, 0.0, 1.0), source[here])
    weight[here] = masks.feather(masks.grow(gone, 1), 1)
    return source, weight


def _score(made: Fit) -> float:
    if made.opacity * float(made.mark.alpha.max()) < FAINTEST:
        return 0.0
    return float(np.clip((made.surely * made.evenly - CHANCE) / CHANCE, 0.0, 1.0))


def _apart(found: list[Sighting]) -> list[Sighting]:
    """Of sightings that lie on one another the surest."""
    kept: list[Sighting] = []
    for each in sorted(found, key=lambda one: -one.fit.surely):
        if all(matching.shared(each.fit.place, other.fit.place) < 0.3 for other in kept):
            kept.append(each)
    return kept
