"""The Step that erases: what to erase is found or given, and only that is filled."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
from numpy.typing import NDArray

from wagtail_restore.catalogue import Model
from wagtail_restore.engines import filling, known_step
from wagtail_restore.engines.base import Region
from wagtail_restore.engines.face_step import find
from wagtail_restore.engines.step import Done, Work, model_for, to_float, to_integers, with_memory
from wagtail_restore.exceptions import UnknownModel
from wagtail_restore.imaging import masks, strokes
from wagtail_restore.imaging.codec.metadata import without_pictures
from wagtail_restore.imaging.lifting import lift
from wagtail_restore.imaging.planning import Step

if TYPE_CHECKING:
    from wagtail_restore.imaging.codec import Picture

WRITING = ("date", "watermark", "text")
"""Regions of these kinds are erased along their strokes; of any other, the whole polygon goes."""

SMALLEST_FACE = 32
"""Faces narrower than so many pixels are not protected: in them nobody is told from anybody."""

SURELY_A_FACE = 0.7
"""Below it windows and badges are taken for faces, and much would be shown to people for nothing."""

PAINTED_EDGE = 3
"""The soft edge, in pixels, around a mask that somebody painted."""

FULL = 0.99
"""A share from which on a place counts as painted over wholly."""


def erase(step: Step, picture: Picture, work: Work) -> Done:
    """The picture without what the Step names; every pixel outside the feathered mask is the source's, bit for bit.

    The Step's params name kinds to look for (``detect``), regions that a person has confirmed (``regions``), or the
    name of a mask handed to the run (``mask``). One region that the detector is not sure of, or that lies over a face,
    and nothing is erased: all that was found comes back for a person to decide. Faces are looked for where the weights
    of a Model that finds them are at hand.
    """
    work.context.check()
    regions = _regions(step, picture, work)
    doubtful = "regions" not in step.params and any(
        region.confidence < work.care.least(region.kind, work.sure) or region.on_face for region in regions
    )
    if doubtful:
        proposed = {"outcome": "unsure", "regions": [region.to_json() for region in regions]}
        return Done(picture, proposed, changed=False, unsure=tuple(regions))
    lifted, weight, within, unblended = _prepared(step, picture, regions, work)
    if not (weight.any() or within.any()):
        return Done(picture, {"outcome": "nothing_found", "regions": []}, changed=False)
    within |= weight > 0
    # What was taken off wholly leaves nothing to fill, and then no Model has a part in it.
    made = filling.fill(lifted, weight, step.model, work) if weight.any() else None
    entry: dict[str, Any] = {
        "outcome": "done",
        **(made.to_json() if made else {"device": "cpu"}),
        **({"unblended": unblended} if unblended else {}),
        "regions": [region.to_json() for region in regions],
        "area": round(float(np.mean(within)), 5),
    }
    pixels = made.pixels if made else lifted
    cleaned = replace(picture.with_pixels(pixels, alpha=picture.alpha), source=without_pictures(picture.source))
    return Done(cleaned, entry, within=within)


def _regions(step: Step, picture: Picture, work: Work) -> list[Region]:
    if "regions" in step.params:
        return [Region.from_json(region) for region in step.params["regions"]]
    wanted = tuple(step.params.get("detect", ()))
    if not wanted:
        return []
    model: Model = model_for(work, "detect", "auto")
    pixels = to_float(picture.pixels)
    found, _ = with_memory(work, model, lambda engine: engine.run(pixels))
    sighted = known_step.regions(picture.pixels, work.marks) if "watermark" in wanted else []
    work.context.progress(0.3, "erase")
    read = [region for region in found if region.kind in wanted]
    return _beside_faces(known_step.first(sighted, read), picture, work)


def _beside_faces(regions: list[Region], picture: Picture, work: Work) -> list[Region]:
    """The regions, each knowing whether it covers some of a face: what is filled in there would be another person."""
    if not regions or not _finds_faces(work):
        return regions
    size = picture.width, picture.height
    found = (face for face in find(picture, work, SMALLEST_FACE) if face.confidence >= SURELY_A_FACE)
    faces = masks.draw([_corners(face) for face in found], *size)
    return [replace(region, on_face=_covers(region, faces)) for region in regions]


def _covers(region: Region, faces: masks.Mask) -> bool:
    """Whether some of ``faces``, (H, W), lies within the region."""
    x, y, width, height = region.box
    here = faces[max(0, y) : y + height + 1, max(0, x) : x + width + 1]
    polygon = [(px - max(0, x), py - max(0, y)) for px, py in region.polygon]
    return bool((masks.draw([polygon], here.shape[1], here.shape[0]) & here).any())


def _finds_faces(work: Work) -> bool:
    try:
        return work.pool.at_hand(model_for(work, "detect", "faces"))
    except UnknownModel:
        return False


def _corners(region: Region) -> tuple[masks.Point, ...]:
    x, y, width, height = region.box
    return (x, y), (x + width, y), (x + width, y + height), (x, y + height)


def _prepared(
    step: Step, picture: Picture, regions: list[Region], work: Work
) -> tuple[NDArray[Any], masks.Weight, masks.Mask, list[str]]:
    """The pixels with see-through marks taken off, how much of each is still to be replaced, and where marks were.

    The first is (H, W, C), the second float32 (H, W), the third bool (H, W); the last names the known marks among them.
    """
    pixels = picture.pixels.copy()
    weight = np.zeros(pixels.shape[:2], dtype=np.float32)
    lifted = np.zeros(pixels.shape[:2], dtype=bool)
    unblended: list[str] = []
    if "mask" in step.params:
        _add_painted(weight, np.asarray(work.masks[step.params["mask"]]), work.care.painted_margin)
    for region in regions:
        work.context.check()
        if region.mark and known_step.take_off(pixels, weight, lifted, region, work.marks):
            unblended.append(region.mark)
        else:
            _add_region(pixels, weight, lifted, region, work.care.margin)
    return pixels, weight, lifted, unblended


def _add_painted(weight: masks.Weight, painted: NDArray[Any], margin: int) -> None:
    """What somebody painted, worked on no further than it reaches: pictures are large, and marks mostly small."""
    x, y, width, height = cv2.boundingRect((painted > 0).astype(np.uint8))
    rim = PAINTED_EDGE + margin + 1
    here = (slice(max(0, y - rim), y + height + rim), slice(max(0, x - rim), x + width + rim))
    marked, part = painted[here], weight[here]
    shares = painted.dtype.kind == "f"
    full = marked >= FULL if shares else marked > 0
    np.maximum(part, masks.feather(masks.grow(full, margin), PAINTED_EDGE), out=part)
    if shares:
        round_ = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * margin + 1, 2 * margin + 1))
        np.maximum(part, cv2.dilate(marked.astype(np.float32), round_), out=part)


def _add_region(pixels: NDArray[Any], weight: masks.Weight, lifted: masks.Mask, region: Region, margin: float) -> None:
    """Writing goes along its strokes with their glow, anything else as a whole; the edge is softened outwards."""
    tall = round(strokes.line_height(region.polygon))
    x, y, width, height = region.box
    left, top = max(0, x - tall), max(0, y - tall)
    here = (slice(top, y + height + tall), slice(left, x + width + tall))
    polygon = tuple((px - left, py - top) for px, py in region.polygon)
    if region.kind in WRITING:
        may_lift = region.kind == "watermark"
        lifted[here] |= _add_writing(pixels[here], weight[here], polygon, tall, may_lift=may_lift, margin=margin)
    else:
        area = masks.grow(masks.draw([polygon], weight[here].shape[1], weight[here].shape[0]), 2)
        np.maximum(weight[here], masks.feather(area, PAINTED_EDGE), out=weight[here])


def _add_writing(
    pixels: NDArray[Any],
    weight: masks.Weight,
    polygon: tuple[tuple[int, int], ...],
    tall: int,
    *,
    may_lift: bool,
    margin: float,
) -> masks.Mask:
    """Both arrays are changed in place: what can be lifted is, the rest of the strokes is to be filled.

    Where something was lifted, bool (H, W), comes back.
    """
    source = to_float(pixels)
    ink = strokes.find(source, polygon)
    area = strokes.cover_of(ink, source, polygon, margin)
    needed = masks.feather(area, max(2, round(0.02 * tall)))
    where = np.zeros(weight.shape, dtype=bool)
    lifted = None
    if may_lift and ink.reliable:
        mask = strokes.in_picture(ink, ink.mask, pixels.shape[1], pixels.shape[0])
        lifted = lift(source, mask, area, bright=ink.bright, width=max(2.0, 0.1 * tall))
    if lifted is not None:
        where = lifted.where & (weight == 0)
        pixels[where] = to_integers(lifted.pixels[where], pixels.dtype)
        needed[where] = 0.0
    np.maximum(weight, needed, out=weight)
    return where
