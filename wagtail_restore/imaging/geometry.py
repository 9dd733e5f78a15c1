"""Sizes and places in a picture: what turning and enlarging do to them; standard library only."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

Size = tuple[int, int]
"""Width and height in pixels."""

TURNED = frozenset({5, 6, 7, 8})
"""The EXIF orientations that exchange width and height."""


@dataclass(frozen=True)
class Focal:
    """A focal point as Wagtail keeps it: the centre (x, y) and the extent of the part that matters, in pixels."""

    x: int
    y: int
    width: int
    height: int


def oriented(width: int, height: int, orientation: int) -> Size:
    """The size in which a stored picture is shown; an orientation outside 1 to 8 counts as 1."""
    return (height, width) if orientation in TURNED else (width, height)


def move_focal(focal: Focal | None, stored: Size, orientation: int, new: Size) -> Focal | None:
    """Where a stored focal point lies after the picture was turned upright and brought to the size ``new``.

    Wagtail 8.0 keeps the size of the *stored* pixels in ``width`` and ``height``, but ``Filter.run`` turns the
    picture upright before it crops, and ``fill`` (``FillOperation.run``) applies the focal point to the upright
    size without turning it. What decides the framing of every rendition is therefore the focal point read in
    *upright* pixels, whatever the editor meant, and that reading is kept here: the point is scaled from the upright
    size to the new one, and never turned. (For orientations 5 to 8 the chooser on the edit page draws the point over
    the upright picture scaled by the stored size, so it shows a place that the renditions do not use, and face
    detection writes unturned coordinates. Once the pixels are upright on disk the three readings agree.)
    """
    return _scaled(focal, oriented(*stored, orientation), new)


def _scaled(focal: Focal | None, old: Size, new: Size) -> Focal | None:
    if focal is None or old == new:
        return focal
    across, down = Fraction(new[0], old[0]), Fraction(new[1], old[1])
    return Focal(
        x=min(_nearest(focal.x * across), new[0]),
        y=min(_nearest(focal.y * down), new[1]),
        width=_extent(focal.width, across),
        height=_extent(focal.height, down),
    )


def _extent(length: int, factor: Fraction) -> int:
    return max(1, _nearest(length * factor)) if length else 0


def _nearest(value: Fraction) -> int:
    return math.floor(value + Fraction(1, 2))
