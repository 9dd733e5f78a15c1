"""The shine around a camera's date, taken off where the picture still shows through it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wagtail_restore.imaging import filters, masks

Pixels = NDArray[np.float32]

WIDTHS = (0.04, 0.08, 0.16, 0.25)
"""Blurs of the ink, as shares of the line's height, that a glow is put together from."""
FURTHEST = 0.7
"""How far from the ink, as a share of the line's height, there may be glow."""
FEWEST = 200
"""Pixels beside the ink that a measure needs."""
NEAR = 0.5
"""How far from the ink, as a share of the line's height, pixels are asked about the glow."""
FAINTEST = 0.1
"""Where a channel of ink and ground differs by less than this, it tells nothing about the glow."""
ALIKE = 25.0
"""So many neighbouring pixels count as one witness: pictures are smooth."""
USUAL = 0.2
"""How strong, from 0 to 1, a part of a glow usually is: the less the picture tells, the more this counts."""
ROUNDS, SWEEPS = 6, 300
SETTLED = 1e-5
"""What no sweep moves any further is found."""
OUTLYING = 4.0
"""What is wrong by so many times the median is an edge of the picture, and counts for less."""
THROUGH = 0.2
"""A glow stronger than this hides the picture."""
DOUBT = 0.4
"""The measure of a glow may be wrong by this share of it."""
VISIBLE = 0.015
"""A glow weaker than this cannot be seen."""
PLAIN = 0.04
"""On flat ground a glow weaker than this leaves no rest that could be seen."""
FLAT = 3 / 255.0
"""Ground with less detail than this is better filled: the eye would find the faintest rest of a glow on it."""


@dataclass(frozen=True)
class Cleared:
    """``pixels`` (H, W, C; 0..1) without the glow; ``hidden`` (H, W) is still to be filled, ``cleared`` was changed.

    ``flat`` (H, W) is ground on which the eye would find the faintest rest.
    """

    pixels: Pixels
    hidden: masks.Mask
    cleared: masks.Mask
    flat: masks.Mask


def clear(pixels: NDArray[Any], ink: masks.Mask, tall: float, least: int) -> Cleared:
    """Take off the glow of ``ink``, a line ``tall`` pixels high; what is nearer than ``least`` pixels stays hidden.

    ``pixels`` is float (H, W, C) in 0..1, ``ink`` bool (H, W). A glow is taken for the ink's colour laid over the
    picture, its strength a sum of blurs of the ink with weights found by least squares over the pixels around: robust
    (Huber's weights), and drawn towards nothing where a lively picture leaves them in doubt (ridge regression).
    """
    source = np.asarray(pixels, dtype=np.float32)
    away = masks.distance(ink)
    colour = np.median(source[_core(ink)], axis=0)
    strength = _strength(source, ink, away, colour, tall)
    most = strength.max(axis=2)
    hidden = (away <= least) | ((most > THROUGH) & (away <= FURTHEST * tall))
    shines = (most > VISIBLE) & ~hidden
    share = np.where(shines[:, :, None], strength, np.float32(0.0))
    cleared = np.clip((source - share * colour) / (1.0 - share), 0.0, 1.0).astype(np.float32)
    cleared = np.where(shines[:, :, None], _uncoloured(cleared, away, most, hidden, colour, tall), cleared)
    flat = _detail(cleared, hidden, tall) < FLAT
    refilled = shines & (most > PLAIN) & flat
    return Cleared(cleared, hidden | refilled, shines & ~refilled, flat)


def _core(ink: masks.Mask) -> masks.Mask:
    """The ink without its soft edge, where it is wide enough to have an inside."""
    inside = masks.shrink(ink, 1)
    return inside if int(inside.sum()) >= 30 else ink


def _strength(source: Pixels, ink: masks.Mask, away: masks.Weight, colour: NDArray[Any], tall: float) -> Pixels:
    """How far the glow goes from the ground towards ``colour`` at each pixel and in each channel, 0..1, (H, W, C).

    Its shape is found in the channel that shows it best; in the others it may be weaker, for the shine is often redder
    than the ink, which is too bright for its own colour.
    """
    near = (away > 2.0) & (away <= max(8.0, NEAR * tall))
    strength = np.zeros(source.shape, dtype=np.float32)
    if int(near.sum()) < FEWEST:
        return strength
    apart = colour - filters.carried(source, away > max(6.0, FURTHEST * tall), 0.5 * tall)
    lean = (source - colour + apart)[near] / np.where(np.abs(apart[near]) > FAINTEST, apart[near], np.inf)
    trust = np.abs(apart[near])
    blurs = np.stack([filters.blur(ink.astype(np.float32), max(0.7, wide * tall)) for wide in WIDTHS], axis=2)
    plane = np.argwhere(near) / max(ink.shape)
    best = int(np.argmax(np.median(trust, axis=0)))
    shape = blurs @ _fitted(blurs[near], plane, lean[:, best], trust[:, best], USUAL).astype(np.float32)
    for channel in range(source.shape[2]):
        share = 1.0
        if channel != best:
            share = float(_fitted(shape[near][:, None], plane, lean[:, channel], trust[:, channel], 1.0)[0])
        strength[:, :, channel] = np.clip(min(share, 1.0) * shape, 0.0, 1.0)
    return strength


def _uncoloured(
    cleared: Pixels,
    away: masks.Weight,
    most: NDArray[np.float32],
    hidden: masks.Mask,
    colour: NDArray[Any],
    tall: float,
) -> Pixels:
    """``cleared`` without the rest of colour that the glow left: the eye finds a tint where it forgives brightness.

    What a channel differs from the mean of all is moved, in the large, to what it is further away, but by no more than
    the measure of the glow may be wrong.
    """
    ground = filters.carried(cleared, away > max(6.0, FURTHEST * tall), 0.5 * tall)
    wide = filters.carried(cleared, ~hidden, max(2.0, 0.1 * tall))
    tint = (ground - ground.mean(axis=2, keepdims=True)) - (wide - wide.mean(axis=2, keepdims=True))
    doubt = DOUBT * most[:, :, None] * np.abs(colour - ground).max(axis=2, keepdims=True)
    return np.asarray(np.clip(cleared + np.clip(tint, -doubt, doubt), 0.0, 1.0), dtype=np.float32)


def _fitted(
    rows: NDArray[Any], plane: NDArray[Any], lean: NDArray[Any], trust: NDArray[Any], usual: float
) -> NDArray[np.float64]:
    """How often each column of ``rows`` goes into ``lean``, none below 0, over a ground that leans by itself."""
    columns = np.concatenate([rows, np.ones((len(rows), 1)), plane], axis=1).astype(np.float64)
    prior = np.diag([usual**-2] * rows.shape[1] + [1e-6] * (columns.shape[1] - rows.shape[1]))
    weight = np.asarray(trust, dtype=np.float64)
    found = np.linalg.lstsq(columns * weight[:, None], lean * weight, rcond=None)[0]
    for _ in range(ROUNDS):
        wrong = np.abs(columns @ found - lean)
        middle = float(np.median(wrong)) + 1e-4
        weight = trust * np.minimum(1.0, OUTLYING * middle / np.maximum(wrong, 1e-6))
        noise = (1.4826 * middle * float(np.median(weight))) ** 2 * ALIKE + 1e-12
        weighted = columns * weight[:, None]
        square = weighted.T @ weighted / noise + prior
        found = _least(square, weighted.T @ (lean * weight) / noise, rows.shape[1])
    return np.asarray(found[: rows.shape[1]])


def _least(square: NDArray[np.float64], right: NDArray[np.float64], bounded: int) -> NDArray[np.float64]:
    """The solution of normal equations, the first ``bounded`` not below 0, by coordinate descent."""
    found = np.zeros(len(right))
    for _ in range(SWEEPS):
        before = found.copy()
        for index in range(len(right)):
            rest = right[index] - square[index] @ found + square[index, index] * found[index]
            found[index] = rest / square[index, index]
            if index < bounded:
                found[index] = max(0.0, found[index])
        if float(np.abs(found - before).max()) < SETTLED:
            break
    return found


def _detail(pixels: Pixels, hidden: masks.Mask, tall: float) -> NDArray[np.float32]:
    """How much the brightness moves around each pixel, leaving out what is ``hidden``, (H, W)."""
    grey = pixels.mean(axis=2, keepdims=True)
    fine = grey - filters.carried(grey, ~hidden, 2.0)
    square = filters.carried(np.square(fine), ~hidden, max(2.0, 0.25 * tall))
    return np.asarray(np.sqrt(np.maximum(square[:, :, 0], 0.0)), dtype=np.float32)
