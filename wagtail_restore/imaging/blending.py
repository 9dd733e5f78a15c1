"""Tiles back into one picture, so that nobody sees where they met."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.float32]


def lay(picture: Pixels, tile: NDArray[Any], at: int, shared: int) -> None:
    """Put ``tile``, (h, w, C), into ``picture``, (h, W, C), from column ``at`` on; what would lie outside is left out.

    Of its first ``shared`` columns the picture holds another tile's already: the outer three eighths of each tile are
    dropped, being spoilt by its border, and the middle quarter goes smoothly from one to the other. Rows are laid in
    the same way, after ``swapaxes``.
    """
    weights = ramp(shared)
    begin = max(0, -at, int(np.searchsorted(weights, 0.0, side="right")))
    whole = max(begin, int(np.searchsorted(weights, 1.0)))
    stop = min(tile.shape[1], picture.shape[1] - at)
    between = slice(begin, min(whole, stop))
    under = picture[:, at + begin : at + between.stop]
    under += (tile[:, between] - under) * weights[between, None]
    if stop > whole:
        picture[:, at + whole : at + stop] = tile[:, whole:stop]


def ramp(shared: int) -> Pixels:
    """How much each of ``shared`` pixels counts, from 0 to 1: a smooth step (3t² − 2t³) in the middle quarter.

    Read backwards it is what is missing to 1.
    """
    width = max(1.0, shared / 4)
    t = np.clip((np.arange(shared) + 0.5 - shared / 2 + width / 2) / width, 0.0, 1.0)
    return np.asarray(t * t * (3.0 - 2.0 * t), dtype=np.float32)
