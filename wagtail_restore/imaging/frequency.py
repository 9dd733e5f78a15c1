"""Holes filled by going on with the waves that the surroundings are made of (frequency-selective reconstruction)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from wagtail_restore.imaging import masks
from wagtail_restore.imaging.waves import SIZE, models

Pixels = NDArray[np.float32]
Places = NDArray[np.intp]
Watch = Callable[[float], None]
"""Told the share that is done, 0..1, each few blocks; what it raises ends the filling."""

BLOCK, WIDE_BLOCK = 4, 8
"""Sides, in pixels, of the blocks that one set of waves is found for: in narrow holes, and in wide ones."""
NARROW = 12.0
"""Holes no deeper than so many pixels are narrow."""
MANY = 40_000
"""Holes of more pixels take the larger blocks even where they are narrow: a third of the time, for 0.4 dB."""
LAP = 4
"""Each block's waves are drawn so many pixels beyond it, and neighbours averaged: 0.3 dB more than side by side."""
DEEP = 24.0
"""Places further than this from anything known are filled at half the size first, and only enlarged."""
STEP = 4.0
"""How much further from the border the next round of blocks lies in wide holes; narrow ones take one round."""
DECAY = 0.7
"""What a sample counts for falls by this with each pixel from the middle of the block."""
FILLED = 0.5
"""What a sample counts for that was itself filled before, against one that is known."""
GUESSED = 0.1
"""The same for one that is enlarged from half the size."""
SMALLER = 0.3
"""The share of the time, roughly, that filling at half the size takes where a hole is deep."""
STRIP = 256
"""Rows brought to half the size at once, between two words of how far it is."""
AT_ONCE = 32
"""Blocks worked on together: their spectra fit into a processor's cache, and memory stays bounded."""


def fill(pixels: NDArray[Any], hole: NDArray[Any], watch: Watch = lambda done: None) -> Pixels:
    """``pixels`` (H, W, C; 0..1) with the places where ``hole`` (H, W) is true made up from those around, float32.

    Everything outside the hole stays to the last bit; a hole of everything is filled with 0.5. The method is
    frequency-selective reconstruction (J. Seiler, A. Kaup, "Complex-valued frequency selective extrapolation for fast
    image and video signal extrapolation", 2010; J. Seiler et al., "Resampling images to a regular grid from a
    non-regular subset of pixel positions using frequency selective reconstruction", 2015), with blocks by the shape of
    the hole (after N. Genser et al., "Signal and loss geometry aware frequency selective extrapolation for error
    concealment", 2018). The waves are shared by all channels, overlapping blocks are averaged, and what lies deep is
    filled at half the size first.
    """
    source = np.asarray(pixels, dtype=np.float32)
    missing = np.asarray(hole, dtype=bool)
    if not missing.any():
        return source.copy()
    if missing.all():
        return np.full_like(source, 0.5)
    found = _filled(np.where(missing[:, :, None], np.float32(0.0), source), missing, watch)
    return np.where(missing[:, :, None], np.clip(found, 0.0, 1.0), source)


def _filled(source: Pixels, missing: masks.Mask, watch: Watch) -> Pixels:
    """The same without the simple cases; where ``missing``, ``source`` is 0."""
    watch(0.0)
    depth = masks.distance(~missing)
    watch(0.0)
    canvas = source.copy()
    trust = (~missing).astype(np.float32)
    near = missing
    watch(0.0)
    if float(depth.max()) > DEEP:
        guess = _from_half(source, missing, lambda done: watch(SMALLER * done))
        watch(SMALLER)
        canvas[missing] = guess[missing]
        watch(SMALLER)
        trust[missing] = GUESSED
        near = missing & (depth <= DEEP)
    narrow = float(depth.max()) <= NARROW
    side = BLOCK if narrow and int(missing.sum()) <= MANY else WIDE_BLOCK
    before = 0.0 if near is missing else SMALLER
    turns = depth / np.float32(2 * NARROW if narrow else STEP)
    drawn = _drawn(canvas, trust, near, turns, side, lambda done: watch(before + (1.0 - before) * done))
    if near is missing:
        return drawn
    share = np.clip(2.0 * depth / np.float32(DEEP) - 1.0, 0.0, 1.0)[:, :, None]
    return np.where(near[:, :, None], drawn * (1.0 - share) + canvas * share, canvas)


def _from_half(source: Pixels, missing: masks.Mask, watch: Watch) -> Pixels:
    """The whole filled at half the size, and enlarged again."""
    height, width = missing.shape
    even = ((0, height % 2), (0, width % 2))
    known = np.pad((~missing).astype(np.float32), even)
    watch(0.0)
    summed = np.pad(source, (*even, (0, 0)))
    shape = (known.shape[0] // 2, 2, known.shape[1] // 2, 2)
    count = known.reshape(shape).sum(axis=(1, 3))
    watch(0.0)
    quarters = summed.reshape(*shape, -1)
    half = np.empty((*count.shape, source.shape[2]), np.float32)
    for top in range(0, len(half), STRIP):
        rows = slice(top, top + STRIP)
        half[rows] = quarters[rows].sum(axis=(1, 3)) / np.maximum(count[rows], 1.0)[:, :, None]
        watch(0.0)
    del summed, quarters
    small = _filled(half, count == 0, watch)
    large = cv2.resize(small, (known.shape[1], known.shape[0]), interpolation=cv2.INTER_CUBIC)
    return np.asarray(large, dtype=np.float32).reshape(*known.shape, -1)[:height, :width]


def _drawn(
    canvas: Pixels, trust: masks.Weight, near: masks.Mask, turns: masks.Weight, side: int, watch: Watch
) -> Pixels:
    """``canvas`` with ``near`` drawn from waves, block by block, in the rounds that ``turns`` says, place by place."""
    height, width = near.shape
    rows, columns = -(-height // side), -(-width // side)
    room = ((SIZE, SIZE + rows * side - height), (SIZE, SIZE + columns * side - width))
    image, weight = np.pad(canvas, (*room, (0, 0))), np.pad(trust, room)
    watch(0.0)
    open_, deep = np.pad(near, room), np.pad(turns, room)
    inside = (slice(SIZE, SIZE + rows * side), slice(SIZE, SIZE + columns * side))
    cells = open_[inside].reshape(rows, side, columns, side)
    count = cells.sum(axis=(1, 3))
    mean = (deep[inside].reshape(cells.shape) * cells).sum(axis=(1, 3)) / np.maximum(count, 1)
    rounds = np.where(count > 0, np.floor(mean).astype(int), -1)
    total, share = np.zeros_like(image), np.zeros_like(weight)
    drawn, all_blocks = 0, int((rounds >= 0).sum())
    for turn in range(int(rounds.max()) + 1):
        watch(drawn / all_blocks)
        ys, xs = np.nonzero(rounds == turn)
        ys, xs = ys * side + SIZE, xs * side + SIZE
        for start in range(0, len(ys), AT_ONCE):
            watch(drawn / all_blocks)
            _add(image, weight, ys[start : start + AT_ONCE], xs[start : start + AT_ONCE], side, total, share)
            drawn += len(ys[start : start + AT_ONCE])
        done = np.zeros_like(open_)
        done[inside] = np.repeat(np.repeat(rounds == turn, side, axis=0), side, axis=1)
        done &= open_
        image[done] = total[done] / share[done][:, None]
        weight[done] = FILLED
    return image[SIZE : SIZE + height, SIZE : SIZE + width]


def _add(
    image: Pixels, weight: masks.Weight, ys: Places, xs: Places, side: int, total: Pixels, share: masks.Weight
) -> None:
    """Find the waves of the blocks at ``ys``, ``xs`` and add what they draw to ``total``, its weight to ``share``."""
    border = (SIZE - side) // 2
    across = np.arange(SIZE)
    down = (ys - border)[:, None, None] + across[:, None]
    right = (xs - border)[:, None, None] + across
    drawn_side = side + 2 * LAP
    drawn = models(
        np.ascontiguousarray(image[down, right].transpose(0, 3, 1, 2)),
        weight[down, right] * _decay(),
        border - LAP,
        drawn_side,
    )
    window = _window(side)
    for index, (y, x) in enumerate(zip(ys - LAP, xs - LAP, strict=True)):
        here = (slice(y, y + drawn_side), slice(x, x + drawn_side))
        total[here] += drawn[index].transpose(1, 2, 0) * window[:, :, None]
        share[here] += window


def _decay() -> NDArray[np.float32]:
    """What each sample of a block's surroundings counts for by its distance from the middle, (SIZE, SIZE)."""
    away = np.arange(SIZE) - (SIZE - 1) / 2
    return np.asarray(DECAY ** np.hypot(away[:, None], away), dtype=np.float32)


def _window(side: int) -> NDArray[np.float32]:
    """What a block's waves count for where blocks overlap: a bell, two thirds of half the overlapping side wide."""
    away = np.arange(side + 2 * LAP) - (side + 2 * LAP - 1) / 2
    bell = np.exp(-((away / (side / 2 + LAP) * 1.5) ** 2) / 2)
    return np.asarray(bell[:, None] * bell, dtype=np.float32)
