"""The Step that erases: what to erase is found or given, and only that is filled."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
from numpy.typing import NDArray

from wagtail_restore.catalogue import Model
from wagtail_restore.engines import filling, known_step, wording
from wagtail_restore.engines.base import Context, Overlay, Region
from wagtail_restore.engines.face_step import find
from wagtail_restore.engines.hiding import Bared, bare
from wagtail_restore.engines.step import Done, Work, model_for, to_float, with_memory
from wagtail_restore.exceptions import NothingLeft, UnknownModel
from wagtail_restore.imaging import masks
from wagtail_restore.imaging.care import TEXT_SHARE_UNSEEN, TEXTS_UNSEEN
from wagtail_restore.imaging.codec.metadata import without_pictures
from wagtail_restore.imaging.planning import Step

if TYPE_CHECKING:
    from wagtail_restore.imaging.codec import Picture

SMALLEST_FACE = 32
"""Faces narrower than so many pixels are not protected: in them nobody is told from anybody."""

SURELY_A_FACE = 0.7
"""Below it windows and badges are taken for faces, and much would be shown to people for nothing."""


def erase(step: Step, picture: Picture, work: Work) -> Done:
    """The picture without what the Step names; every pixel outside what was marked is the source's, bit for bit.

    The Step's params name kinds to look for (``detect``), regions that a person has confirmed (``regions``), or the
    name of a mask handed to the run (``mask``; of a ``template`` its ``file``). One region that the detector is not
    sure of, or that lies over a face, and nothing is erased: all that was found comes back for a person to decide.
    Where much text was erased that no person has looked at, the entry says so as ``much_text``: it may be the picture
    itself. Faces are looked for where the weights of a Model that finds them are at hand.
    """
    work.context.check()
    regions = sought(step, picture, work)
    if "regions" not in step.params and any(is_doubtful(region, work) for region in regions):
        proposed = {"outcome": "unsure", "regions": [region.to_json() for region in regions]}
        return Done(picture, proposed, changed=False, unsure=tuple(regions))
    given = step.params.get("mask") or step.params.get("template", {}).get("file")
    painted = np.asarray(work.masks[given]) if given else None
    bared = bare(picture, painted, regions, work, _overlay(regions, picture, work))
    return _replaced(step, picture, work, regions, bared)


def _replaced(step: Step, picture: Picture, work: Work, regions: list[Region], bared: Bared) -> Done:
    """The picture with what could be taken off gone, and the rest filled; ``NothingLeft`` where the rest is all."""
    hole = bared.weight > 0
    within = bared.where | hole
    if not within.any():
        return Done(picture, {"outcome": "nothing_found", "regions": [], **_named(step)}, changed=False)
    if hole.all():
        raise NothingLeft
    # What was taken off wholly leaves nothing to fill, and then no Model has a part in it.
    made = filling.fill(bared.pixels, bared.weight, step.model, work) if hole.any() else None
    entry: dict[str, Any] = {
        "outcome": "done",
        **(made.to_json() if made else {"device": "cpu"}),
        **({"unblended": bared.known} if bared.known else {}),
        "regions": [region.to_json() for region in regions],
        "area": round(float(np.mean(within)), 5),
        "box": _bounds(within),
        **_named(step),
        **({} if "regions" in step.params else _much_text(regions, picture)),
    }
    pixels = made.pixels if made else bared.pixels
    cleaned = replace(picture.with_pixels(pixels, alpha=picture.alpha), source=without_pictures(picture.source))
    return Done(cleaned, entry, within=within)


def _named(step: Step) -> dict[str, Any]:
    """The template that it went by, for the report."""
    return {"template": step.params["template"]["name"]} if "template" in step.params else {}


def _bounds(within: NDArray[np.bool_]) -> list[int]:
    """The box, x, y, width, height, around all that was touched, (H, W)."""
    x, y, width, height = cv2.boundingRect(within.astype(np.uint8))
    return [x, y, width, height]


def _much_text(regions: list[Region], picture: Picture) -> dict[str, Any]:
    """How many pieces of text there were and the percent of the picture that they cover, where that is much."""
    texts = [region for region in regions if region.kind == "text" and not region.mark]
    share = sum(region.box[2] * region.box[3] for region in texts) / (picture.width * picture.height)
    if len(texts) <= TEXTS_UNSEEN and share <= TEXT_SHARE_UNSEEN:
        return {}
    return {"much_text": {"count": len(texts), "percent": max(1, round(100 * min(1.0, share)))}}


def is_doubtful(region: Region, work: Work) -> bool:
    """Whether a person is asked before this region, which was looked for, is erased."""
    return region.confidence < work.care.least(region.kind, work.sure) or region.on_face


def sought(step: Step, picture: Picture, work: Work) -> list[Region]:
    """What the Step erases: the regions that a person has confirmed, or those of its kinds that are found."""
    if "regions" in step.params:
        return [Region.from_json(region) for region in step.params["regions"]]
    wanted = tuple(step.params.get("detect", ()))
    if not wanted:
        return []
    model: Model = model_for(work, "detect", "auto")
    pixels = to_float(picture.pixels)
    found, reader = with_memory(work, model, lambda engine: engine.run(pixels))
    told = partial(_tell, work.context)
    sighted = known_step.regions(picture.pixels, work.marks, told) if "watermark" in wanted else []
    work.context.progress(0.3, "erase")
    if "watermark" in wanted:
        found = wording.sought(reader, found, work.wordings, picture.pixels)
    read = [region for region in found if region.kind in wanted]
    return _beside_faces(known_step.first(sighted, read), picture, work)


def _overlay(regions: list[Region], picture: Picture, work: Work) -> Overlay | None:
    """What lies over the picture, where there are watermarks to be taken off of which no more is known."""
    if not any(region.kind == "watermark" and not region.mark for region in regions):
        return None
    pixels = to_float(picture.pixels)
    return with_memory(work, model_for(work, "detect", "auto"), lambda engine: engine.overlay(pixels))[0]


def _tell(context: Context, share: float) -> None:
    """Which share of the known marks has been looked for; raises what ``context.check`` does."""
    context.check()
    context.progress(0.1 + 0.2 * share, "erase")


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
