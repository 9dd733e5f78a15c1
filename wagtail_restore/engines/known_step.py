"""Known marks in the Step that erases: found as Regions, and taken off before anything is filled."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wagtail_restore.engines import cores
from wagtail_restore.engines.base import Region
from wagtail_restore.engines.step import to_float, to_integers
from wagtail_restore.imaging import known, masks
from wagtail_restore.imaging.logo import Mark
from wagtail_restore.imaging.registration import Fit

THREADS, AT_ONCE = 4, 24_000_000
"""More marks are not looked for at once, nor in more pixels all in all: each takes some 50 bytes a pixel."""
OVERLAP = 0.5
"""A Region of writing that lies so far within a known mark is that mark read once more."""


def regions(
    pixels: NDArray[Any], marks: Sequence[Mark], told: Callable[[float], None] = lambda share: None
) -> list[Region]:
    """A Region of kind ``watermark`` for each sighting of ``marks`` in ``pixels``, uint8 or uint16 (H, W, C).

    ``told`` learns which share of the marks has been looked for; what it raises ends the search.
    """
    if not marks:
        return []
    height, width = pixels.shape[:2]
    threads = max(1, min(THREADS, len(marks), cores.at_hand(), AT_ONCE // (width * height)))
    return [_region(each) for each in known.find(to_float(pixels), marks, threads=threads, told=told)]


def first(sighted: Sequence[Region], read: Sequence[Region]) -> list[Region]:
    """All ``sighted`` Regions, and those that were ``read`` elsewhere than in them."""
    return [*sighted, *(region for region in read if not any(_within(region, mark) for mark in sighted))]


def take_off(
    pixels: NDArray[Any], weight: masks.Weight, lifted: masks.Mask, region: Region, marks: Sequence[Mark]
) -> bool:
    """Take the mark of ``region`` off ``pixels``; False where it is not there, or no longer known.

    The arrays are changed in place: ``weight`` rises where there is still something to fill, ``lifted`` is True where
    the mark was.
    """
    named = [mark for mark in marks if mark.name == region.mark]
    found = [each for mark in named if (each := known.again(to_float(pixels), mark, region.box)) is not None]
    if not found:
        return False
    unblend(pixels, weight, lifted, max(found, key=lambda each: each.score).fit)
    return True


def unblend(pixels: NDArray[Any], weight: masks.Weight, lifted: masks.Mask, made: Fit) -> None:
    """Take the mark of ``made`` off where it lies; the arrays are changed in place, as by ``take_off``."""
    under, needed = known.unblend(to_float(pixels), made)
    values = to_integers(under, pixels.dtype)
    lifted |= (values != pixels).any(axis=2)
    pixels[:] = values
    np.maximum(weight, needed, out=weight)


def _region(sighting: known.Sighting) -> Region:
    x, y, width, height = sighting.box
    corners = ((x, y), (x + width, y), (x + width, y + height), (x, y + height))
    confidence = round(min(0.99, sighting.score), 3)
    return Region("watermark", sighting.box, corners, sighting.name, confidence, mark=sighting.name)


def _within(region: Region, mark: Region) -> bool:
    (x, y, width, height), (left, top, wide, tall) = region.box, mark.box
    across = min(x + width, left + wide) - max(x, left)
    down = min(y + height, top + tall) - max(y, top)
    return max(0, across) * max(0, down) > OVERLAP * width * height
