"""The few waves that many small blocks are made of, found for all blocks together from the samples that are known."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

SIZE = 48
"""Side, in pixels, of a block with its surroundings, and of its spectrum: 0.2 dB more than 32, in twice the time."""
TOP = SIZE // 2 - 1
"""The highest frequency tried, in waves per block; the half spectrum has 2 TOP + 1 rows and TOP + 1 columns."""
ROUNDS = 100
"""How many waves are added to a block at most."""
STRIDE = 0.5
"""The share of a wave's amplitude taken at once: under the weights waves overlap, and would be counted twice."""
SMOOTH = 3.0
"""How strongly low frequencies are preferred: the power of what falls from 1 at none to 0 at the highest diagonal."""
FAINT = 0.002
"""A block is done when the next wave's share is below this, in 0..1 (half a level of 255)."""
LOOK = 8
"""After how many waves blocks that are done are put aside."""

Spectra = NDArray[np.complex64]
Real = NDArray[np.float32]


def models(samples: Real, weights: Real, start: int, side: int) -> Real:
    """What the waves draw on the square of ``side`` from ``start`` of each block, float32 (B, C, side, side).

    ``samples`` (B, C, SIZE, SIZE) count as ``weights`` (B, SIZE, SIZE) say. In each round every block gets the wave,
    one for all its channels, that takes most of the weighted error away, low ones preferred; all of it happens in
    the spectrum, where a wave taken off is the spectrum of the weights, moved (J. Seiler, A. Kaup, 2010).
    """
    blocks, channels = samples.shape[:2]
    sums = np.maximum(weights.sum(axis=(1, 2)), np.float32(1e-9))
    mean = np.einsum("bcyx,byx->bc", samples, weights) / sums[:, None]
    rest = (samples - mean[:, :, None, None]) * (weights / sums[:, None, None])[:, None]
    half = np.fft.rfft2(rest)[:, :, :, : TOP + 1]
    error = np.concatenate([half[:, :, -TOP:], half[:, :, : TOP + 1]], axis=2).astype(np.complex64)
    order = np.arange(-2 * TOP, 2 * TOP + 1) % SIZE
    moved = np.fft.fft2(weights / sums[:, None, None])[:, order][:, :, order].astype(np.complex64)
    found = _chosen(error.reshape(blocks, channels, -1), np.ascontiguousarray(moved))
    return np.asarray(_draw(found.reshape(error.shape), start, side) + mean[:, :, None, None], dtype=np.float32)


def _chosen(error: Spectra, moved: Spectra) -> Spectra:
    """The amplitudes found, (B, C, half spectrum); ``error`` is used up."""
    rows, columns = 2 * TOP + 1, TOP + 1
    found = np.zeros_like(error)
    liked = _prior()
    middle = TOP * columns
    active = np.arange(len(error))
    for turn in range(ROUNDS):
        windows = np.lib.stride_tricks.sliding_window_view(moved, (rows, columns), axis=(1, 2))
        best = (_energy(error) * liked).argmax(axis=1)
        block = np.arange(len(active))
        part = np.float32(STRIDE) * error[block, :, best]
        part[best == middle] *= np.float32(0.5)
        down, right = best // columns - TOP, best % columns
        shifted = np.empty((len(active), 2, rows, columns), np.complex64)
        shifted[:, 0] = windows[block, TOP - down, 2 * TOP - right]
        shifted[:, 1] = windows[block, TOP + down, 2 * TOP + right]
        error -= np.stack([part, part.conj()], axis=2) @ shifted.reshape(len(active), 2, -1)
        found[active, :, best] += part
        if turn % LOOK == LOOK - 1:
            loud = (np.abs(part) ** 2).sum(axis=1) > FAINT**2
            if not loud.any():
                break
            if loud.mean() < 0.8:
                active, error, moved = active[loud], error[loud], moved[loud]
    return found


def _energy(error: Spectra) -> Real:
    """The squared amplitude of each wave, summed over the channels, (B, half spectrum)."""
    parts = error.view(np.float32)
    squares = parts[:, 0] * parts[:, 0]
    for channel in range(1, parts.shape[1]):
        squares += parts[:, channel] * parts[:, channel]
    return np.asarray(squares[:, 0::2] + squares[:, 1::2])


def _prior() -> Real:
    """How much each wave is preferred, flat over the half spectrum: low frequencies are likelier in pictures."""
    down = np.arange(-TOP, TOP + 1)[:, None] / SIZE
    right = np.arange(TOP + 1)[None, :] / SIZE
    falling = np.maximum(0.0, 1.0 - np.sqrt(2.0) * np.hypot(down, right))
    return np.asarray(falling**SMOOTH, dtype=np.float32).reshape(1, -1)


def _draw(found: Spectra, start: int, side: int) -> Real:
    """The waves as pixels: each amplitude stands for itself and its mirror image."""
    place = np.arange(start, start + side)
    down = np.exp(2j * np.pi * np.outer(place, np.arange(-TOP, TOP + 1)) / SIZE).astype(np.complex64)
    right = np.exp(2j * np.pi * np.outer(np.arange(TOP + 1), place) / SIZE).astype(np.complex64)
    return np.asarray(2.0 * (down @ found @ right).real, dtype=np.float32)
