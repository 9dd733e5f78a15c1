"""Places of a picture where a known mark may lie: matched filters over sizes, in one plane of its colours."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from wagtail_restore.imaging.logo import Floats, Mark, Place, render
from wagtail_restore.imaging.registration import frame_of

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
STEP = 3
"""Every so many pixels of a picture tell enough of its colours."""
GRAIN = 0.03
"""So much what is fine differs in every direction of colour, at least: compression leaves less there than marks do."""
RIM = 3
"""So many pixels around a mark belong to its template: what is fine in it goes beyond its edge."""
FLOOR = 0.01
FAINT_STEP = 0.1
"""A ground that differs by less from the mark's colour does not count for more the less it does."""
PEAK = 4.5
"""Standard deviations from which on a place is looked at closely."""
CLOSE = 6.0
"""The same after a closer look."""
PLACES, MANY = 10, 40
"""So many of them, and so many where marks are tiled: all that show as clearly as the clearest, but for this factor."""
ALIKE = 0.6
EACH = 12
"""So many of each size."""


@dataclass(frozen=True)
class Guess:
    place: Place
    peak: float
    sign: int


def shared(one: Place, other: Place) -> float:
    """The common area as a share of the smaller one."""
    wide = min(one[0] + one[2], other[0] + other[2]) - max(one[0], other[0])
    tall = min(one[1] + one[3], other[1] + other[3]) - max(one[1], other[1])
    return max(0.0, wide) * max(0.0, tall) / min(one[2] * one[3], other[2] * other[3])


@dataclass(frozen=True, eq=False)
class Colours:
    """Those of a picture, (n, 3), and how what is fine in it differs in them, (3, 3), as Cholesky's factor."""

    sample: Floats
    noise: NDArray[np.float64]


def colours_of(pixels: Floats) -> Colours | None:
    """What ``guesses`` needs to know of a picture for every mark; None for a grey one."""
    if pixels.shape[2] == 1:
        return None
    fine = (pixels - cv2.GaussianBlur(pixels, (0, 0), SHARPEN))[::STEP, ::STEP].reshape(-1, 3)
    noise = np.linalg.cholesky(fine.T @ fine / len(fine) + np.eye(3) * GRAIN**2)
    return Colours(pixels[::STEP, ::STEP].reshape(-1, 3), noise)


def guesses(pixels: Floats, mark: Mark, colours: Colours | None = None) -> list[Guess]:
    """Places where the mark may lie, the likeliest first; ``colours`` are those of the picture, where known already."""
    plane, direction = _projected(pixels, mark, colours or colours_of(pixels))
    raw: list[Guess] = []
    for share, scales in _levels(mark, pixels.shape[1], pixels.shape[0]):
        small = _smaller(plane, share)
        ground = _evened(small)
        for scale in scales:
            raw += _peaks(ground, mark, direction, scale, share)
    best = max((guess.peak for guess in raw), default=0.0)
    kept: list[Guess] = []
    for guess in sorted(raw, key=lambda one: -one.peak):
        if len(kept) >= PLACES and (guess.peak < max(ALIKE * best, 2 * PEAK) or len(kept) >= MANY):
            break
        if all(shared(guess.place, other.place) < 0.6 for other in kept):
            kept.append(guess)
    fine = [_closer(plane, mark, direction, guess) for guess in kept]
    return sorted((guess for guess in fine if guess.peak > CLOSE), key=lambda one: -one.peak)


def _projected(pixels: Floats, mark: Mark, colours: Colours | None) -> tuple[Floats, Floats]:
    """The one plane (H, W) of the picture in which the mark shows best, and the weight of each channel in it.

    That is where the mark is furthest from what it may lie on, against what is fine there (Fisher 1936).
    """
    if colours is None or mark.colour is None:
        return np.asarray(pixels.mean(axis=2)), np.full(3, 1.0 / 3.0, np.float32)
    inked = mark.planes[:, :, 1:].sum(axis=(0, 1)) / mark.alpha.sum()
    away, noise = inked - colours.sample, colours.noise
    _, axes = np.linalg.eigh(np.linalg.solve(noise, np.linalg.solve(noise, away.T @ away / len(away)).T))
    axis = np.linalg.solve(noise.T, axes[:, -1])
    direction = np.asarray(axis / np.abs(axis).sum(), np.float32)
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


@dataclass(frozen=True, eq=False)
class _Ground:
    """A picture to look for marks in: ``fine`` has the same contrast everywhere, ``low`` is what lies around."""

    fine: Floats
    low: Floats


def _evened(plane: Floats) -> _Ground:
    """What is fine in ``plane``, about 1 in the middle, and what it lies on; with room for a template's rim."""
    fine = plane - cv2.GaussianBlur(plane, (0, 0), SHARPEN)
    spread = np.sqrt(cv2.GaussianBlur(fine * fine, (0, 0), AROUND)) + FLOOR
    even = np.clip(fine / spread, -2.5, 2.5)
    low = cv2.GaussianBlur(plane, (0, 0), AROUND)
    return _Ground(
        cv2.copyMakeBorder(even, RIM, RIM, RIM, RIM, cv2.BORDER_CONSTANT, value=0.0),
        cv2.copyMakeBorder(low, RIM, RIM, RIM, RIM, cv2.BORDER_REPLICATE),
    )


def _templates(mark: Mark, direction: Floats, width: float, height: float) -> tuple[Floats, Floats]:
    """What is fine at this size in the mark's colour times its opacity, and in its opacity; a little larger than it."""
    columns, rows = max(2, round(width)), max(2, round(height))
    frame = -RIM, -RIM, columns + 2 * RIM, rows + 2 * RIM
    planes = render(mark, (0.0, 0.0, width, height), frame, "triangle")
    both = planes[:, :, 1:] @ direction, planes[:, :, 0]
    inked, alpha = (np.asarray(each - cv2.GaussianBlur(each, (0, 0), SHARPEN), np.float32) for each in both)
    length = max(1e-9, float(np.sqrt((alpha * alpha).sum())))
    return inked / length, alpha / length


def _response(ground: _Ground, mark: Mark, direction: Floats, size: tuple[float, float]) -> Floats | None:
    """How the picture goes along with the mark at each place, in standard deviations.

    A matched filter for a (C − B): a mark of middling brightness darkens a bright ground and lightens a dark one.
    """
    inked, alpha = _templates(mark, direction, *size)
    fine, low = ground.fine, ground.low
    if alpha.shape[0] > fine.shape[0] or alpha.shape[1] > fine.shape[1]:
        return None
    if mark.colour is None:
        return _correlated(fine, alpha)
    along = _correlated(fine, inked) - _correlated(fine * low, alpha)
    power = float((inked * inked).sum()) - 2.0 * _correlated(low, inked * alpha) + _correlated(low * low, alpha * alpha)
    return np.asarray(along / np.sqrt(np.maximum(power, FAINT_STEP**2)))


def _correlated(plane: Floats, template: Floats) -> Floats:
    return np.asarray(cv2.matchTemplate(plane, template, cv2.TM_CCORR))


def _peaks(ground: _Ground, mark: Mark, direction: Floats, scale: float, share: float) -> list[Guess]:
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
        Guess(
            (columns[i] / share, rows[i] / share, *whole),
            float(strength[rows[i], columns[i]]),
            1 if response[rows[i], columns[i]] > 0 else -1,
        )
        for i in best
    ]


def _closer(plane: Floats, mark: Mark, direction: Floats, guess: Guess) -> Guess:
    """The same guess at a finer scale and place, and how surely it shows there."""
    width, height = guess.place[2:]
    share = min(1.0, 2.0 * LOOK / math.sqrt(width * height))
    rim = max(6, math.ceil(4.0 / share)) + 8
    x, y, columns, rows = frame_of(guess.place, plane.shape[1], plane.shape[0], rim + round(0.1 * max(width, height)))
    ground = _evened(_smaller(np.ascontiguousarray(plane[y : y + rows, x : x + columns]), share))
    best = Guess(guess.place, 0.0, guess.sign)
    for factor in np.geomspace(RATIO**-0.75, RATIO**0.75, 7):
        size = width * factor * share, height * factor * share
        response = _response(ground, mark, direction, size)
        if response is None:
            continue
        strength = response * guess.sign if mark.colour is None else response
        _, peak, _, where = cv2.minMaxLoc(strength)
        if peak > best.peak:
            place = (x + where[0] / share, y + where[1] / share, width * factor, height * factor)
            best = Guess(place, float(peak), guess.sign)
    return best
