"""What an erase leaves of a picture: marks and glows taken off where it shows through them, the rest to be filled."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
from numpy.typing import NDArray

from wagtail_restore.engines import known_step, recurring_step
from wagtail_restore.engines.base import Overlay, Region
from wagtail_restore.engines.step import Work, to_float, to_integers
from wagtail_restore.imaging import filters, glow, masks, strokes
from wagtail_restore.imaging.lifting import lift

if TYPE_CHECKING:
    from wagtail_restore.imaging.codec import Picture

WRITING = ("date", "watermark", "text")
"""Regions of these kinds are erased along their strokes; of any other, the whole polygon goes."""

SEEN = 0.06
"""The strokes that are seen over a picture stand for a line if they fill so much of its polygon."""
BROAD = 4.0
"""Strokes so many pixels deep have an inside."""
FULL = 0.99
"""A share from which on a place counts as painted over wholly."""

Polygon = tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Bared:
    """``pixels`` (H, W, C) with what could be taken off gone from them.

    ``weight`` (H, W) is how much of each pixel is still to be replaced, 0..1; ``where``, bool (H, W), are those that
    something was taken off from; ``known`` are the names of known marks among it.
    """

    pixels: NDArray[Any]
    weight: masks.Weight
    where: masks.Mask
    known: list[str]


def bare(
    picture: Picture,
    painted: NDArray[Any] | None,
    regions: Iterable[Region],
    work: Work,
    overlay: Overlay | None = None,
) -> Bared:
    """Take off what can be, and mark the rest; nothing is feathered: a fill goes on from the very edge of its hole.

    ``painted`` is (H, W), non-zero where to erase, or in float the share of what is to be replaced; ``overlay`` tells
    where the strokes of watermarks are.
    """
    shape = picture.pixels.shape[:2]
    bared = Bared(picture.pixels.copy(), np.zeros(shape, np.float32), np.zeros(shape, bool), [])
    if painted is not None:
        _add_painted(bared.weight, painted, work.care.painted_margin)
    for region in recurring_step.take_off(bared.pixels, bared.weight, bared.where, list(regions), work.context):
        work.context.check()
        if region.mark and known_step.take_off(bared.pixels, bared.weight, bared.where, region, work.marks):
            bared.known.append(region.mark)
        else:
            _add_region(bared, region, work.care.margin, overlay)
    return bared


def _add_painted(weight: masks.Weight, painted: NDArray[Any], margin: int) -> None:
    """What somebody painted, worked on no further than it reaches: pictures are large, and marks mostly small."""
    x, y, width, height = cv2.boundingRect((painted > 0).astype(np.uint8))
    rim = margin + 1
    here = (slice(max(0, y - rim), y + height + rim), slice(max(0, x - rim), x + width + rim))
    marked, part = painted[here], weight[here]
    shares = painted.dtype.kind == "f"
    full = marked >= FULL if shares else marked > 0
    np.maximum(part, masks.grow(full, margin), out=part)
    if shares:
        round_ = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * margin + 1, 2 * margin + 1))
        np.maximum(part, cv2.dilate(marked.astype(np.float32), round_), out=part)


def _add_region(bared: Bared, region: Region, margin: float, overlay: Overlay | None) -> None:
    """Writing goes along its strokes with their glow, anything else as a whole; what lies outside is left out."""
    tall = round(strokes.line_height(region.polygon))
    x, y, width, height = region.box
    left, top = max(0, x - tall), max(0, y - tall)
    here = (slice(top, max(0, y + height + tall)), slice(left, max(0, x + width + tall)))
    polygon = tuple((px - left, py - top) for px, py in region.polygon)
    part = Bared(bared.pixels[here], bared.weight[here], bared.where[here], bared.known)
    rows, columns = part.weight.shape
    if min(rows, columns) == 0 or min(width, height) < 0:
        return
    drawn = masks.draw([polygon], columns, rows)
    if not drawn.any():
        return
    if region.kind not in WRITING:
        np.maximum(part.weight, masks.grow(drawn, 2), out=part.weight)
    elif region.kind == "watermark":
        seen = overlay.ink(region.polygon, (left, top, columns, rows)) if overlay else np.zeros((rows, columns), bool)
        _add_watermark(part, polygon, tall, margin, seen)
    else:
        _add_writing(part, polygon, tall, margin)


def _add_watermark(part: Bared, polygon: Polygon, tall: int, margin: float, seen: masks.Mask) -> None:
    """What can be lifted is, in place; the rest of its strokes is to be filled.

    Strokes that are ``seen`` go before those that colours tell, which only add what can be lifted with them.
    """
    source = to_float(part.pixels)
    height, width = seen.shape
    least = max(2, round(margin * tall))
    ink = strokes.find(source, polygon)
    area = strokes.cover_of(ink, source, polygon, margin)
    mask, bright = strokes.in_picture(ink, ink.mask, width, height) & ink.reliable, ink.bright
    if seen.sum() >= SEEN * masks.draw([polygon], width, height).sum():
        ground = filters.carried(source, ~masks.grow(seen, least), 0.5 * tall)
        bright = float((source - ground)[seen].mean()) > 0.0
        # Strokes are seen a little wider than they are.
        inside = masks.shrink(seen, 1) if float(masks.distance(~seen).max()) >= BROAD else seen
        mask = inside | (mask & ~masks.grow(seen, 1) & (ink.bright == bright))
        area = masks.grow(seen, least)
    lifted = lift(source, mask, masks.grow(mask, least) | area, bright=bright, width=max(2.0, 0.1 * tall))
    needed = area.astype(np.float32)
    if lifted is not None:
        _take_off(part, lifted.pixels, lifted.where)
        needed[masks.grow(lifted.where, least)] = 1.0
        needed[lifted.where] = 0.0
    np.maximum(part.weight, needed, out=part.weight)


def _add_writing(part: Bared, polygon: Polygon, tall: int, margin: float) -> None:
    """Opaque strokes are to be filled; their glow is taken off where the picture under it is worth keeping."""
    source = to_float(part.pixels)
    ink = strokes.find(source, polygon, coloured=True)
    if not ink.reliable:
        np.maximum(part.weight, strokes.cover_of(ink, source, polygon, margin), out=part.weight)
        return
    mask = strokes.in_picture(ink, ink.mask, source.shape[1], source.shape[0])
    least = max(2, round(margin * ink.height))
    cleared = glow.clear(source, mask, ink.height, least)
    # Real glows are no sum of blurs: as far as a rest of it leans towards the ink, the hole is made larger where that
    # would show; a lively picture is worth more than a fill, and hides the rest.
    rest = strokes.glow_beyond(cleared.pixels, mask, ink.height, least)
    hidden = cleared.hidden | (masks.grow(mask, least + rest) & cleared.flat) if rest else cleared.hidden
    _take_off(part, cleared.pixels, cleared.cleared & ~hidden)
    np.maximum(part.weight, hidden, out=part.weight)


def _take_off(part: Bared, pixels: NDArray[np.float32], where: masks.Mask) -> None:
    """Put ``pixels`` in place where nothing else is marked yet."""
    free = where & (part.weight == 0)
    part.pixels[free] = to_integers(pixels[free], part.pixels.dtype)
    part.where[free] = True
