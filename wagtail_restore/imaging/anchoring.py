"""Where a mask that was painted on one picture lies on another, of whatever size and shape."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import Any

from wagtail_restore.imaging.geometry import Size

Box = tuple[int, int, int, int]

SPANS = Fraction(3, 4)
"""What reaches over this share of a side belongs to the picture as a whole, and to no corner."""


class Anchor(StrEnum):
    """What a mask keeps its place to."""

    TOP_LEFT = "top-left"
    TOP_RIGHT = "top-right"
    BOTTOM_LEFT = "bottom-left"
    BOTTOM_RIGHT = "bottom-right"
    WHOLE = "whole"


@dataclass(frozen=True)
class Stencil:
    """A mask to use again: the ``box`` (x, y, width, height) that is painted, on a picture of ``size``, in pixels.

    ``file`` names the mask, trimmed to the box, in private storage; ``name`` is what people call it.
    """

    file: str
    name: str
    size: Size
    box: Box
    anchor: Anchor

    def to_json(self) -> dict[str, Any]:
        return {
            "file": self.file,
            "name": self.name,
            "size": list(self.size),
            "box": list(self.box),
            "anchor": str(self.anchor),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Stencil:
        width, height = data["size"]
        x, y, wide, high = data["box"]
        return cls(data["file"], data["name"], (width, height), (x, y, wide, high), Anchor(data["anchor"]))


def nearest(size: Size, box: Box) -> Anchor:
    """The anchor that suits what was painted: the whole picture where it spans a side, else the nearest corner."""
    (width, height), (x, y, wide, high) = size, box
    if wide >= SPANS * width or high >= SPANS * height:
        return Anchor.WHOLE
    across = "left" if 2 * x + wide <= width else "right"
    down = "top" if 2 * y + high <= height else "bottom"
    return Anchor(f"{down}-{across}")


def place(stencil: Stencil, width: int, height: int) -> Box | None:
    """The box of the mask on a picture of ``width`` × ``height`` oriented pixels, or None where it is not on it.

    On a picture of the same shape it lies where it was painted. On another shape a mask at a corner keeps its
    distance from that corner, and scales with the shorter side, for so do the marks that agencies put there; it is
    never stretched. One that spans the picture is stretched with it. The box takes in every pixel that is touched,
    and may reach beyond the border; a picture that would lie within the mark, or on which the mark has no room,
    is not one that bears it.
    """
    (was_wide, was_high), (x, y, wide, high) = stencil.size, stencil.box
    if stencil.anchor is Anchor.WHOLE:
        across, down = Fraction(width, was_wide), Fraction(height, was_high)
        return _around(x * across, y * down, wide * across, high * down)
    scale = Fraction(min(width, height), min(was_wide, was_high))
    within_the_mark = width <= wide and height <= high
    if within_the_mark or wide * scale > width or high * scale > height:
        return None
    left, top = x * scale, y * scale
    if stencil.anchor in (Anchor.TOP_RIGHT, Anchor.BOTTOM_RIGHT):
        left = width - (was_wide - x) * scale
    if stencil.anchor in (Anchor.BOTTOM_LEFT, Anchor.BOTTOM_RIGHT):
        top = height - (was_high - y) * scale
    box = _around(left, top, wide * scale, high * scale)
    outside = left >= width or top >= height or left + wide * scale <= 0 or top + high * scale <= 0
    return None if outside else box


def _around(left: Fraction, top: Fraction, wide: Fraction, high: Fraction) -> Box:
    x, y = math.floor(left), math.floor(top)
    return x, y, math.ceil(left + wide) - x, math.ceil(top + high) - y
