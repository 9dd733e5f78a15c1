"""A see-through mark taken off by arithmetic, so that what shines through it comes back instead of a guess."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from wagtail_restore.imaging import filters, masks

FAINTEST, STRONGEST = 0.1, 0.85
"""Opacities between which lifting is worth it: fainter is hardly a mark, stronger leaves too little to bring back."""
ONE_COLOUR = 0.06
"""How far the opacities found in the channels may differ before the mark cannot be plain white or black."""
FITS = 0.3
"""How far the middle of a small patch may lie off its surroundings, and still have been under the mark."""
COLOURFUL = 0.25
"""The same for how far the channels may lie apart in that."""
STRAY = 0.12
"""The same for a part that hangs together, a letter or a spot."""
ROUNDS = 2
"""How often opacity and ink are found in turn; what is no ink falls out in the first."""
EVEN = 3 / 255.0
"""Ground that strays by less is no better a witness: there is the noise, and what compression leaves."""
UNEVEN = 0.08
"""How far, in 0..1, the middle of what was lifted may stray from its surroundings, window by window."""


@dataclass(frozen=True)
class Lifted:
    """``pixels`` float32 (H, W, C) with the mark taken off where ``where`` (H, W) says; ``opacity`` is the mark's."""

    pixels: NDArray[np.float32]
    where: masks.Mask
    opacity: float


def lift(pixels: NDArray[Any], ink: masks.Mask, cover: masks.Mask, *, bright: bool, width: float) -> Lifted | None:
    """Take a white (``bright``) or black mark of even opacity off; None where it is no such mark.

    ``ink`` is the mark without its soft edge, ``cover`` with it, both (H, W); ``width`` is about that of a stroke, in
    pixels. A mark mixes I = (1 − a) B + a W; the opacity a follows from the ink and the ground around it, both
    averaged over all strokes. What comes out is checked against the surroundings, window by window; a mark that
    leaves a ghost is better filled. Only the inside of strokes is lifted, for the soft edge has an opacity of its own.
    """
    source = np.asarray(pixels, dtype=np.float32)
    core = masks.shrink(ink, 1)
    if core.sum() < 50 or cover.all():
        return None
    colour = np.float32(1.0 if bright else 0.0)
    ground = filters.carried(source, ~cover, width)
    trust = _trust(source, ground, ~cover, width)
    where, opacity, under = core, 0.0, source
    for _ in range(ROUNDS):
        found = _opacity(source, ground, where, float(colour), trust)
        if found is None:
            return None
        opacity = found
        under = (source - opacity * colour) / np.float32(1.0 - opacity)
        where = _is_ink(source, under, ground, core, opacity, float(colour), width)
        if where.sum() < 0.4 * core.sum():
            return None
    if _uneven(under - ground, where, width) > UNEVEN:
        return None
    result = np.where(where[:, :, None], np.clip(under, 0.0, 1.0), source).astype(np.float32)
    return Lifted(result, where, opacity)


def _trust(source: NDArray[Any], ground: NDArray[Any], known: masks.Mask, width: float) -> NDArray[np.float32]:
    """How much each place tells about the opacity, (H, W): the more, the less the ground strays there by itself."""
    stray = np.square(source - ground).mean(axis=2, keepdims=True)
    usual = filters.carried(stray, known, 2.0 * width)[:, :, 0]
    return np.asarray(1.0 / (usual + np.float32(EVEN**2)), dtype=np.float32)


def _opacity(
    source: NDArray[Any], ground: NDArray[Any], core: masks.Mask, colour: float, trust: NDArray[np.float32]
) -> float | None:
    """The opacity that all channels agree upon, or None."""
    weights = trust[core]
    room, left = (np.average(np.abs(colour - seen[core]), axis=0, weights=weights) for seen in (ground, source))
    clear = room > 0.08
    if not clear.any():
        return None
    found = 1.0 - left[clear] / room[clear]
    if float(np.ptp(found)) > 2 * ONE_COLOUR or not FAINTEST < float(found.mean()) < STRONGEST:
        return None
    return float(1.0 - left[clear].sum() / room[clear].sum())


def _is_ink(
    source: NDArray[Any],
    under: NDArray[Any],
    ground: NDArray[Any],
    core: masks.Mask,
    opacity: float,
    colour: float,
    width: float,
) -> masks.Mask:
    """Where in ``core`` is ink of this opacity: far enough gone, and what comes out from under it fits in."""
    room = np.abs(colour - ground).mean(axis=2) + 0.02
    gone = 1.0 - np.abs(colour - source).mean(axis=2) / room
    # Compression errs, and dividing by what shines through makes the error larger: a little below black is still ink.
    possible = ((under > -0.1) & (under < 1.1)).all(axis=2)
    like = core & possible & (np.abs(gone - opacity) < 0.4 * (1.0 - opacity) + 0.05)
    drift = filters.carried(under - ground, like, width / 2)
    # A bright spot taken for ink comes out far too colourful; ground changing under a letter mostly changes in light.
    fits = (np.abs(drift).max(axis=2) < FITS) & (np.ptp(drift, axis=2) < COLOURFUL)
    return _without_strays(like & fits, under - ground)


def _without_strays(where: masks.Mask, drift: NDArray[Any]) -> masks.Mask:
    """Without small parts that as a whole lie off their surroundings: bright spots of the picture, not letters."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(where.astype(np.uint8), connectivity=4)
    if count <= 1:
        return where
    sizes = stats[:, cv2.CC_STAT_AREA]
    letter = float(np.quantile(np.repeat(sizes[1:], sizes[1:]), 0.5))
    keep = sizes >= 0.4 * letter
    keep[0] = False
    for part in np.flatnonzero(~keep[1:]) + 1:
        keep[part] = bool(np.abs(np.median(drift[labels == part], axis=0)).max() < STRAY)
    return np.asarray(keep[labels])


def _uneven(drift: NDArray[Any], where: masks.Mask, width: float) -> float:
    """The middle, over windows of a few strokes, of how far what was lifted lies off its surroundings."""
    size = max(8, round(3 * width))
    off = []
    for top in range(0, where.shape[0], size):
        for left in range(0, where.shape[1], size):
            here = (slice(top, top + size), slice(left, left + size))
            if where[here].sum() >= size:
                off.append(float(np.abs(np.median(drift[here][where[here]], axis=0)).mean()))
    return float(np.median(off)) if off else 1.0
