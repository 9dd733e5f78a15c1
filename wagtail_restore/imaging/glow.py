"""The shine around a camera's date, taken off where the picture still shows through it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from wagtail_restore.imaging import masks

Pixels = NDArray[np.float32]

WIDTHS = (0.04, 0.08, 0.16, 0.3)
"""Blurs of the ink, as shares of the line's height, that a glow is put together from."""
FURTHEST = 0.7
"""How far from the ink, as a share of the line's height, there may be glow."""
FEWEST = 200
"""Pixels beside the ink that a measure needs."""
FAINTEST = 0.02
"""Where ink and ground are as alike as this (the square of their distance), nothing can be told about the glow."""
ALIKE = 0.3
"""Pixels as near to one another as this share of the line's height count as one witness: pictures are smooth."""
USUAL = 0.2
"""How strong, from 0 to 1, a part of a glow usually is: the less the picture tells, the more this counts."""
ROUNDS = 6
THROUGH = 0.4
"""A glow stronger than this hides the picture."""
VISIBLE = 0.015
"""A glow weaker than this cannot be seen."""
FLAT = 3 / 255.0
"""Ground with less detail than this is better filled: the eye would find the faintest rest of a glow on it."""


@dataclass(frozen=True)
class Cleared:
    """``pixels`` (H, W, C; 0..1) without the glow; ``hidden`` (H, W) is still to be filled, ``cleared`` was changed."""

    pixels: Pixels
    hidden: masks.Mask
    cleared: masks.Mask


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
    hidden = (away <= least) | ((strength > THROUGH) & (away <= FURTHEST * tall))
    shines = (strength > VISIBLE) & ~hidden
    share = np.where(shines, strength, 0.0).astype(np.float32)[:, :, None]
    cleared = np.clip((source - share * colour) / (1.0 - share), 0.0, 1.0).astype(np.float32)
    flat = shines & (_detail(cleared, hidden, tall) < FLAT)
    return Cleared(cleared, hidden | flat, shines & ~flat)


def _core(ink: masks.Mask) -> masks.Mask:
    """The ink without its soft edge, where it is wide enough to have an inside."""
    inside = masks.shrink(ink, 1)
    return inside if int(inside.sum()) >= 30 else ink


def _strength(
    source: Pixels, ink: masks.Mask, away: masks.Weight, colour: NDArray[Any], tall: float
) -> NDArray[np.float32]:
    """How far the glow goes from the ground towards ``colour`` at each pixel, 0..1, (H, W)."""
    most = max(6.0, FURTHEST * tall)
    ground = _carried(source, away > most, 0.5 * tall)
    apart = colour - ground
    length = np.square(apart).sum(axis=2)
    lean = ((source - ground) * apart).sum(axis=2) / np.maximum(length, 1e-3)
    seen = (away > 2.0) & (away <= 1.3 * most) & (length > FAINTEST)
    if int(seen.sum()) < FEWEST:
        return np.zeros(ink.shape, dtype=np.float32)
    blurs = [cv2.GaussianBlur(ink.astype(np.float32), (0, 0), max(0.7, width * tall)) for width in WIDTHS]
    rows = np.stack([*(blur[seen] for blur in blurs), np.ones(int(seen.sum()), np.float32)], axis=1).astype(np.float64)
    shares = _fitted(rows, lean[seen].astype(np.float64), np.sqrt(length[seen]), max(4.0, (ALIKE * tall) ** 2))
    total = sum((share * blur for share, blur in zip(shares, blurs, strict=True)), np.zeros(ink.shape))
    return np.clip(total, 0.0, 1.0).astype(np.float32)


def _fitted(
    rows: NDArray[np.float64], lean: NDArray[np.float64], trust: NDArray[Any], alike: float
) -> NDArray[np.float64]:
    """The weights, none below 0, of all columns of ``rows`` but the last, which stands for a ground that leans."""
    last = rows.shape[1] - 1
    shares, used = np.zeros(last), list(range(last))
    while used:
        found = _ridge(rows[:, [*used, last]], lean, trust, alike)
        if (found >= 0).all():
            shares[used] = found
            break
        used = [column for column, share in zip(used, found, strict=True) if share >= 0]
    return shares


def _ridge(
    rows: NDArray[np.float64], lean: NDArray[np.float64], trust: NDArray[Any], alike: float
) -> NDArray[np.float64]:
    """The weights of all columns but the last, the doubtful ones drawn towards 0."""
    prior = np.diag([USUAL**-2] * (rows.shape[1] - 1) + [1e-6])
    weight = np.asarray(trust, dtype=np.float64)
    found = np.linalg.lstsq(rows * weight[:, None], lean * weight, rcond=None)[0]
    for _ in range(ROUNDS):
        wrong = np.abs(rows @ found - lean)
        middle = float(np.median(wrong)) + 1e-4
        weight = trust * np.minimum(1.0, 1.5 * middle / np.maximum(wrong, 1e-6))
        noise = (1.4826 * middle * float(np.median(weight))) ** 2 * alike
        weighted = rows * weight[:, None]
        found = np.linalg.solve(weighted.T @ weighted / noise + prior, weighted.T @ (lean * weight) / noise)
    return np.asarray(found[:-1])


def _detail(pixels: Pixels, hidden: masks.Mask, tall: float) -> NDArray[np.float32]:
    """How much the brightness moves around each pixel, leaving out what is ``hidden``, (H, W)."""
    grey = pixels.mean(axis=2, keepdims=True)
    fine = grey - _carried(grey, ~hidden, 2.0)
    square = _carried(np.square(fine), ~hidden, max(2.0, 0.25 * tall))
    return np.asarray(np.sqrt(np.maximum(square[:, :, 0], 0.0)), dtype=np.float32)


def _carried(pixels: Pixels, known: masks.Mask, reach: float) -> Pixels:
    """A blur over known pixels only, which carries them to where nothing is known; (H, W, C)."""
    weight = known.astype(np.float32)
    around = cv2.GaussianBlur(weight, (0, 0), reach) + np.float32(1e-4)
    total = cv2.GaussianBlur(pixels * weight[:, :, None], (0, 0), reach).reshape(pixels.shape)
    return np.asarray(total / around[:, :, None], dtype=np.float32)
