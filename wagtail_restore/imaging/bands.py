"""Linear maps along one side of a picture whose every result looks at a narrow band of it, applied as rows come in."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.float32]

_BLOCK = 16
"""Results that are worked out together, as one small dense matrix: the processor's strongest suit."""


@dataclass(frozen=True, eq=False)
class Block:
    """Results ``start`` to ``stop``, which look at inputs ``first`` to ``last``; ``weights`` is (results, inputs)."""

    start: int
    stop: int
    first: int
    last: int
    weights: Pixels


@dataclass(frozen=True, eq=False)
class Bands:
    """A matrix of ``length`` results by inputs with zeros outside a narrow band, cut into dense blocks."""

    length: int
    blocks: tuple[Block, ...]

    @classmethod
    def of(cls, starts: NDArray[np.intp], weights: NDArray[np.float64], inputs: int) -> Bands:
        """Result ``i`` weighs the inputs from ``starts[i]`` on by ``weights[i]``; weights past the last are zero."""
        length, taps = weights.shape
        blocks = []
        for start in range(0, length, _BLOCK):
            stop = min(start + _BLOCK, length)
            first = int(starts[start:stop].min())
            dense = np.zeros((stop - start, int(starts[start:stop].max()) + taps - first), np.float32)
            places = starts[start:stop, None] - first + np.arange(taps)
            dense[np.arange(stop - start)[:, None], places] = weights[start:stop]
            last = min(first + dense.shape[1], inputs)
            blocks.append(Block(start, stop, first, last, np.ascontiguousarray(dense[:, : last - first])))
        return cls(length, tuple(blocks))

    @classmethod
    def gaussian(cls, length: int, sigma: float, radius: int) -> Bands:
        """A blur over ``length`` values that are mirrored, border value included, at both ends."""
        offsets = np.arange(-radius, radius + 1)
        kernel = np.exp(-(offsets**2) / (2.0 * sigma**2))
        taps = min(length, len(kernel))
        at = np.arange(length)
        starts = np.clip(at - radius, 0, length - taps)
        places = (at[:, None] + offsets) % (2 * length)
        places = np.where(places < length, places, 2 * length - 1 - places) - starts[:, None]
        weights = np.zeros((length, taps))
        np.add.at(weights, (at[:, None], places), np.broadcast_to(kernel / kernel.sum(), places.shape))
        return cls.of(starts, weights, length)


class Stream:
    """``bands`` down the columns of a picture that comes row by row, from top to bottom."""

    def __init__(self, bands: Bands) -> None:
        self._blocks = bands.blocks
        self._seen = 0
        self._next = 0
        self._begun: dict[int, Pixels] = {}

    def push(self, rows: Pixels) -> Pixels:
        """The rows, (any number, width), that these further ``rows``, (any number, width), have made complete."""
        begin, self._seen = self._seen, self._seen + rows.shape[0]
        done = self._next
        while done < len(self._blocks) and self._blocks[done].last <= self._seen:
            done += 1
        first = self._blocks[self._next].start if done > self._next else 0
        result = np.empty((self._blocks[done - 1].stop - first if done > self._next else 0, rows.shape[1]), np.float32)
        index = self._next
        while index < len(self._blocks) and self._blocks[index].first < self._seen:
            block = self._blocks[index]
            out = result[block.start - first : block.stop - first] if index < done else None
            self._add(index, block, rows, begin, out)
            index += 1
        self._next = done
        return result

    def _add(self, index: int, block: Block, rows: Pixels, begin: int, out: Pixels | None) -> None:
        """What ``rows`` bring to one block, into ``out`` where they complete it, else kept for later."""
        low, high = max(block.first, begin), min(block.last, begin + rows.shape[0])
        weights = block.weights[:, low - block.first : high - block.first]
        before = self._begun.pop(index, None)
        made = np.matmul(weights, rows[low - begin : high - begin], out=out)
        if before is not None:
            made += before
        if out is None:
            self._begun[index] = made


def down(bands: Bands, pixels: Pixels) -> Pixels:
    """``bands`` down the columns of (H, W, C)."""
    height, width, channels = pixels.shape
    made = Stream(bands).push(np.ascontiguousarray(pixels).reshape(height, -1))
    return made.reshape(bands.length, width, channels)


def across(bands: Bands, pixels: Pixels) -> Pixels:
    """``bands`` along the rows of (H, W, C)."""
    return turned(down(bands, turned(pixels)))


def turned(pixels: Pixels) -> Pixels:
    """(H, W, C) as (W, H, C), laid out anew in memory."""
    height, width, channels = pixels.shape
    if not pixels.size:
        return np.empty((width, height, channels), np.float32)
    made: Pixels = cv2.transpose(pixels)
    return made.reshape(width, height, channels)
