"""Parts of a picture, as boxes: moved, grown, cut off at its border, and cut out of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wagtail_restore.imaging.codec import Picture

Box = tuple[int, int, int, int]
"""x, y, width, height."""


def grown(box: Box, margin: int) -> Box:
    x, y, width, height = box
    return x - margin, y - margin, width + 2 * margin, height + 2 * margin


def within(box: Box, picture: Picture) -> Box:
    """The part of the box that lies in the picture, one pixel at least."""
    x, y, width, height = box
    left, top = min(max(0, x), picture.width - 1), min(max(0, y), picture.height - 1)
    right, bottom = max(left + 1, min(x + width, picture.width)), max(top + 1, min(y + height, picture.height))
    return left, top, right - left, bottom - top


def relative(box: Box, other: Box) -> Box:
    """The box as it lies in the other one."""
    return box[0] - other[0], box[1] - other[1], box[2], box[3]


def scaled(box: Box, across: float, down: float) -> Box:
    x, y, width, height = box
    left, top = round(x * across), round(y * down)
    return left, top, round((x + width) * across) - left, round((y + height) * down) - top


def meet(box: Box, other: Box) -> bool:
    (x, y, width, height), (left, top, wide, high) = box, other
    return x < left + wide and left < x + width and y < top + high and top < y + height


def cut(picture: Picture, box: Box) -> Picture:
    x, y, width, height = box
    here = slice(y, y + height), slice(x, x + width)
    return picture.with_pixels(picture.pixels[here], None if picture.alpha is None else picture.alpha[here])
