"""Drawing or photograph? The answer decides which network a picture goes through when nobody has chosen one."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Plane = NDArray[np.uint8]

SIDE = 1024
"""Pictures are judged at most this large on the longer side: what makes a drawing is seen there too."""
HARD = 24
"""A step between neighbouring pixels, of 255, that is an edge rather than shading or noise."""
QUIET = 2
"""The largest step, of 255, that an even area has; the noise of photographs mostly makes larger ones."""
RINGING = 0.1
"""JPEG leaves ripples beside an edge, this large against it: they do not make the ground there restless."""
WINDOW = 9
"""Pixels that count as beside an edge: a block of JPEG and one more."""
GROUND = 0.3
"""The most that plain white or black grounds say: product shots and night skies have them too."""
LINE = 1.5
"""The score from which a picture is a drawing; docs/explanation/photo-or-line.md has the measurements behind it."""


def is_drawing(pixels: NDArray[Any]) -> bool:
    """Whether ``pixels``, (H, W, 1 or 3) uint8, uint16 or float in 0..1, are a drawing rather than a photograph.

    Drawings are line art, cartoons, lettering, logos, diagrams and pictures of a screen. Photographs are all else,
    painted pictures among them: shown to a network for drawings a photograph loses its texture, the other way round
    hardly anything is lost, so the doubtful are photographs.
    """
    return score(pixels) >= LINE


def score(pixels: NDArray[Any]) -> float:
    """How much of a drawing ``pixels`` are: 0 to 3.5, photographs mostly below 1, drawings mostly above 2.

    The sum of three shares: of the picture painted in few even tones (counted one and a half times), of all change
    of brightness that happens in hard steps, and of the surroundings of hard steps that is quiet. A photograph may
    have one of them (a pure ground, hard shadows, a clear sky) and rarely two.
    """
    plane = _brightness(pixels)
    steps = _steps(plane)
    counts = np.bincount(steps.ravel(), minlength=256)
    hard = counts[HARD:].sum()
    if not hard:
        return 0.0
    change = counts * np.arange(256)
    sharpness = float(change[HARD:].sum() / change[2:].sum())
    return 1.5 * _tones(plane) + sharpness + _quiet_beside(steps)


def _brightness(pixels: NDArray[Any]) -> Plane:
    """Brightness (Rec. 601), (H, W), at most ``SIDE`` long."""
    skip = max(pixels.shape[:2]) // (2 * SIDE)
    # Averaging all of a very large picture would cost more time and memory than it tells.
    part = np.ascontiguousarray(pixels[::skip, ::skip] if skip > 1 else pixels)
    shrunk = SIDE / max(part.shape[:2])
    if shrunk < 1:
        height, width = (max(1, round(side * shrunk)) for side in part.shape[:2])
        part = cv2.resize(part, (width, height), interpolation=cv2.INTER_AREA)
    if part.dtype != np.uint8:
        top = np.iinfo(part.dtype).max if part.dtype.kind == "u" else 1.0
        part = np.rint(np.clip(part * np.float32(255.0 / top), 0.0, 255.0)).astype(np.uint8)
    part = part.reshape(*part.shape[:2], pixels.shape[2])
    return np.asarray(cv2.cvtColor(part, cv2.COLOR_RGB2GRAY) if part.shape[2] == 3 else part[:, :, 0], np.uint8)


def _steps(plane: Plane) -> Plane:
    """The larger of the steps to the right and down, (H − 1, W − 1)."""
    here = plane[:-1, :-1]
    if not here.size:
        return here
    return np.asarray(cv2.max(cv2.absdiff(plane[:-1, 1:], here), cv2.absdiff(plane[1:, :-1], here)), np.uint8)


def _tones(plane: Plane) -> float:
    """The share of pixels in few, even tones: in peaks of the histogram above the run of it around them.

    Compared are windows of 3 and of 31 levels, so that the combs which a change of contrast leaves are no peaks.
    """
    counts = np.bincount(plane.ravel(), minlength=256)
    between = counts.copy()
    between[:3] = between[-3:] = 0
    inner = _peaks(between)
    return inner + min(GROUND, max(0.0, _peaks(counts) - inner))


def _peaks(counts: NDArray[Any]) -> float:
    shares = np.pad(counts / max(1, counts.sum()), 16)
    narrow = np.convolve(shares, np.full(3, 1 / 3), "same")
    wide = np.convolve(shares, np.full(31, 1 / 31), "same")
    return float(np.maximum(0.0, narrow - 2.0 * wide).sum())


def _quiet_beside(steps: Plane) -> float:
    """The share of quiet pixels around hard steps, averaged over these."""
    ripples = cv2.convertScaleAbs(cv2.dilate(steps, np.ones((WINDOW, WINDOW), np.uint8)), alpha=RINGING)
    quiet = (steps <= np.maximum(ripples, QUIET)).astype(np.uint8) * np.uint8(255)
    hard = (steps >= HARD).astype(np.uint8)
    return float(cv2.mean(cv2.blur(quiet, (WINDOW, WINDOW)), mask=hard)[0] / 255.0)
