"""Known marks found in a picture at any place, size and opacity, and taken off by arithmetic."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from wagtail_restore.imaging import masks
from wagtail_restore.imaging.logo import Floats, Mark, Place, render
from wagtail_restore.imaging.registration import Fit, fit, frame_of

SCALES = (0.3, 3.0)
"""Between these, times its own size, a mark is looked for."""
RATIO = 1.08
"""From one size that is looked for to the next."""
LOOK = 30.0
"""The root of a mark's area, in pixels, at which it is looked for: larger ones are looked for in a smaller picture."""
SHARPEN = 1.5
"""The Gaussian, in pixels, whose difference is kept: of a photograph little else is alike from place to place."""
AROUND = 8.0
"""The Gaussian within which contrast is evened out."""
FLOOR = 0.01
PEAK = 4.5
"""Standard deviations from which on a place is looked at closely."""
CLOSE = 6.0
"""The same after a closer look."""
PLACES, MANY = 10, 40
"""So many of them, and so many where marks are tiled: all that show as clearly as the clearest, but for this factor."""
ALIKE = 0.6
EACH = 12
"""So many of each size."""
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


@dataclass(frozen=True)
class _Guess:
    place: Place
    peak: float
    sign: int


def find(pixels: NDArray[Any], marks: Sequence[Mark], sure: float = 0.4) -> list[Sighting]:
    """Where ``marks`` lie in ``pixels``, float32 (H, W, C) in 0..1, the surest first; none below ``sure``."""
    source = np.asarray(pixels, dtype=np.float32)
    found: list[Sighting] = []
    for mark in marks:
        for guess in _guesses(source, mark):
            known = mark if mark.colour is not None else mark.coloured(np.full(3, guess.sign > 0, np.float32))
            made = fit(source, known, guess.place)
            score = 0.0 if made is None else _score(made)
            if made is not None and score >= sure:
                found.append(Sighting(made, score))
    return _apart(found)


def again(pixels: NDArray[Any], mark: Mark, box: tuple[int, int, int, int]) -> Sighting | None:
    """The sighting of ``mark`` that had this ``box``, found once more in the same ``pixels``; None where it is gone."""
    source = np.asarray(pixels, dtype=np.float32)
    left, top, width, height = box
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
        if all(_shared(each.fit.place, other.fit.place) < 0.3 for other in kept):
            kept.append(each)
    return kept


def _shared(one: Place, other: Place) -> float:
    """The common area as a share of the smaller one."""
    wide = min(one[0] + one[2], other[0] + other[2]) - max(one[0], other[0])
    tall = min(one[1] + one[3], other[1] + other[3]) - max(one[1], other[1])
    return max(0.0, wide) * max(0.0, tall) / min(one[2] * one[3], other[2] * other[3])


def _guesses(pixels: Floats, mark: Mark) -> list[_Guess]:
    """Places where the mark may lie, the likeliest first."""
    plane, direction = _projected(pixels, mark)
    raw: list[_Guess] = []
    for share, scales in _levels(mark, pixels.shape[1], pixels.shape[0]):
        small = _smaller(plane, share)
        ground = _evened(small)
        for scale in scales:
            raw += _peaks(ground, mark, direction, scale, share)
    best = max((guess.peak for guess in raw), default=0.0)
    kept: list[_Guess] = []
    for guess in sorted(raw, key=lambda one: -one.peak):
        if len(kept) >= PLACES and (guess.peak < max(ALIKE * best, 2 * PEAK) or len(kept) >= MANY):
            break
        if all(_shared(guess.place, other.place) < 0.6 for other in kept):
            kept.append(guess)
    fine = [_closer(plane, mark, direction, guess) for guess in kept]
    least = max([CLOSE, *(0.4 * guess.peak for guess in fine)])
    return sorted((guess for guess in fine if guess.peak > least), key=lambda one: -one.peak)


def _projected(pixels: Floats, mark: Mark) -> tuple[Floats, Floats]:
    """The one plane (H, W) of the picture in which the mark shows best, and the weight of each channel in it."""
    channels = pixels.shape[2]
    if channels == 1 or mark.colour is None:
        return np.asarray(pixels.mean(axis=2)), np.full(3, 1.0 / 3.0, np.float32)
    middle = pixels[::7, ::7].reshape(-1, 3).mean(axis=0)
    away = mark.planes[:, :, 1:] - mark.alpha[:, :, None] * middle
    _, _, axes = np.linalg.svd(away.reshape(-1, 3)[:: max(1, away.size // 30000)], full_matrices=False)
    direction = np.asarray(axes[0] / np.abs(axes[0]).sum(), np.float32)
    return np.asarray(pixels @ direction), direction


def _levels(mark: Mark, width: int, height: int) -> Iterator[tuple[float, list[float]]]:
    """Sizes of the picture, each with the scales of the mark that are looked for in it."""
    root = math.sqrt(mark.size[0] * mark.size[1])
    top = min(SCALES[1], width / mark.size[0], height / mark.size[1])
    scale = SCALES[0]
    levels: dict[float, list[float]] = {}
    while scale <= top:
        share = min(1.0, 2.0 ** (math.floor(2.0 * math.log2(LOOK * math.sqrt(2.0) / (root * scale))) / 2.0))
        levels.setdefault(share, []).append(scale)
        scale *= RATIO
    yield from levels.items()


def _smaller(plane: Floats, share: float) -> Floats:
    if share >= 1.0:
        return plane
    size = max(1, round(plane.shape[1] * share)), max(1, round(plane.shape[0] * share))
    return np.asarray(cv2.resize(plane, size, interpolation=cv2.INTER_AREA))


def _evened(plane: Floats) -> Floats:
    """What is fine in ``plane``, with the same contrast everywhere; about 1 in the middle."""
    fine = plane - cv2.GaussianBlur(plane, (0, 0), SHARPEN)
    spread = np.sqrt(cv2.GaussianBlur(fine * fine, (0, 0), AROUND)) + FLOOR
    return np.asarray(np.clip(fine / spread, -2.5, 2.5))


def _template(mark: Mark, direction: Floats, width: float, height: float) -> Floats:
    """What is fine in the mark at this size, of length 1; a little larger than the mark."""
    pad = 3
    columns, rows = max(2, round(width)), max(2, round(height))
    frame = -pad, -pad, columns + 2 * pad, rows + 2 * pad
    planes = render(mark, (0.0, 0.0, width, height), frame, "triangle")
    shown = (
        planes[:, :, 0]
        if mark.colour is None
        else planes[:, :, 1:] @ direction - planes[:, :, 0] * (direction.sum() / 2)
    )
    fine = shown - cv2.GaussianBlur(shown, (0, 0), SHARPEN)
    return np.asarray(fine / max(1e-9, float(np.sqrt((fine * fine).sum()))), np.float32)


def _response(ground: Floats, mark: Mark, direction: Floats, size: tuple[float, float]) -> Floats | None:
    template = _template(mark, direction, *size)
    pad = 3
    padded = cv2.copyMakeBorder(ground, pad, pad, pad, pad, cv2.BORDER_CONSTANT, value=0.0)
    if template.shape[0] > padded.shape[0] or template.shape[1] > padded.shape[1]:
        return None
    return np.asarray(cv2.matchTemplate(padded, template, cv2.TM_CCORR))


def _peaks(ground: Floats, mark: Mark, direction: Floats, scale: float, share: float) -> list[_Guess]:
    size = mark.size[0] * scale * share, mark.size[1] * scale * share
    response = _response(ground, mark, direction, size)
    if response is None:
        return []
    strength = np.abs(response) if mark.colour is None else response
    side = np.ones((2 * max(2, int(size[1] / 4)) + 1, 2 * max(2, int(size[0] / 4)) + 1), np.uint8)
    tops = (strength >= cv2.dilate(strength, side)) & (strength > PEAK)
    rows, columns = np.nonzero(tops)
    best = np.argsort(-strength[rows, columns])[:EACH]
    whole = mark.size[0] * scale, mark.size[1] * scale
    return [
        _Guess(
            (columns[i] / share, rows[i] / share, *whole),
            float(strength[rows[i], columns[i]]),
            1 if response[rows[i], columns[i]] > 0 else -1,
        )
        for i in best
    ]


def _closer(plane: Floats, mark: Mark, direction: Floats, guess: _Guess) -> _Guess:
    """The same guess at a finer scale and place, and how surely it shows there."""
    width, height = guess.place[2:]
    share = min(1.0, 2.0 * LOOK / math.sqrt(width * height))
    rim = max(6, math.ceil(4.0 / share)) + 8
    x, y, columns, rows = frame_of(guess.place, plane.shape[1], plane.shape[0], rim + round(0.1 * max(width, height)))
    ground = _evened(_smaller(np.ascontiguousarray(plane[y : y + rows, x : x + columns]), share))
    best = _Guess(guess.place, 0.0, guess.sign)
    for factor in np.geomspace(RATIO**-0.75, RATIO**0.75, 7):
        size = width * factor * share, height * factor * share
        response = _response(ground, mark, direction, size)
        if response is None:
            continue
        strength = response * guess.sign if mark.colour is None else response
        _, peak, _, where = cv2.minMaxLoc(strength)
        if peak > best.peak:
            place = (x + where[0] / share, y + where[1] / share, width * factor, height * factor)
            best = _Guess(place, float(peak), guess.sign)
    return best
