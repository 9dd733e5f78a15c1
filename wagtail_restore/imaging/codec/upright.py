"""Pixels as they lie in a file, and as they are seen: what the EXIF orientation says, without a copy."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

_TURNS: Mapping[int, Callable[[NDArray[Any]], NDArray[Any]]] = {
    2: lambda a: a[:, ::-1],
    3: lambda a: a[::-1, ::-1],
    4: lambda a: a[::-1],
    5: lambda a: a.swapaxes(0, 1),
    6: lambda a: a.swapaxes(0, 1)[:, ::-1],
    7: lambda a: a.swapaxes(0, 1)[::-1, ::-1],
    8: lambda a: a.swapaxes(0, 1)[::-1],
}
"""How the stored pixels become upright, for each EXIF orientation (JEITA CP-3451, tag 0x0112)."""
_BACK = {6: 8, 8: 6}
"""The orientations whose way back is another one's way there; the others are their own."""


def upright(stored: NDArray[Any], orientation: int) -> NDArray[Any]:
    """The pixels (H, W, …) as they are seen, a view; those of an unknown orientation stay as they are."""
    turn = _TURNS.get(orientation)
    return turn(stored) if turn else stored


def as_stored(seen: NDArray[Any], orientation: int) -> NDArray[Any]:
    """The way back from ``upright``: the pixels as the file of this orientation has them, a view."""
    return upright(seen, _BACK.get(orientation, orientation))


def room(shape: tuple[int, ...], dtype: DTypeLike, orientation: int) -> NDArray[Any]:
    """An array of this shape for stored pixels, not yet filled, which lies in memory as it is seen."""
    sides = (shape[1], shape[0]) if orientation >= 5 and orientation in _TURNS else shape[:2]
    return as_stored(np.empty((*sides, *shape[2:]), dtype), orientation)
