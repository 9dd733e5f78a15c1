"""The Step that redraws faces: those that a network can improve, each in its oval, and nothing else in the picture."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
from numpy.typing import NDArray

from wagtail_restore.engines.base import Engine
from wagtail_restore.engines.find_faces import Face
from wagtail_restore.engines.step import Done, Work, model_for, to_float, with_memory
from wagtail_restore.exceptions import BadOutput
from wagtail_restore.imaging import alignment, masks
from wagtail_restore.imaging.codec.picture import canvas
from wagtail_restore.imaging.fidelity import is_bad
from wagtail_restore.imaging.planning import Step
from wagtail_restore.imaging.rows import Pixels
from wagtail_restore.imaging.working import Working

if TYPE_CHECKING:
    from wagtail_restore.imaging.codec import Picture

WEIGHT = 0.7
"""How much of what the network drew is mixed in: some of the person's own skin stays."""
SMALLEST = 32
"""Pixels across below which a network has nothing to go by and draws somebody else."""
SEEN_AT = 16
"""Pixels across at which the detector still finds a face; more only costs time."""
SURE = 0.85
"""The least confidence: below it come dogs, badges, and faces behind hands, of which a network makes ghosts."""
TURNED = 0.14
"""The most that eyes, nose and mouth may lie off the place that they have in a face seen from the front.

That is a turn of some 45 degrees. Networks for faces have seen few from the side, and put the far eye where none is.
"""
ROOM = 0.8
"""The least enlargement to the network's square: a face beyond has more detail than the network can draw."""
CUT = 0.25
"""The most of a face that may lie beyond the border of the picture."""
MOST = 64
"""Faces in one picture: the largest; in a crowd of more each is a few pixels of a small result."""


@dataclass(frozen=True)
class Chosen:
    """A face that is redrawn, and the map from the picture to the network's square."""

    region: Face
    matrix: alignment.Matrix


def face(step: Step, picture: Picture, work: Work) -> Done:
    """The picture with its faces redrawn, mixed in by ``weight`` of the Step's params.

    Faces smaller than ``min_size`` pixels, and those that a network would rather spoil, stay as they are; so does
    every pixel outside of an oval around each face, bit for bit. Light and colour of a face stay those of the source.
    """
    model = model_for(work, "face", step.model)
    weight = min(1.0, max(0.0, float(step.params.get("weight", WEIGHT))))
    smallest = max(1, int(step.params.get("min_size", SMALLEST)))
    found = find(picture, work, smallest)
    chosen, left = choose(found, picture.width, picture.height, smallest)
    entry: dict[str, Any] = {"found": len(found), "faces": len(chosen), "left": dict(left), "weight": weight}
    if not chosen or not weight:
        return Done(picture, {"outcome": "faces_left" if found else "no_faces", **entry, "faces": 0}, changed=False)
    (made, area), engine = with_memory(work, model, lambda engine: _redrawn(engine, picture, chosen, weight, work))
    entry |= {
        "model": model.alias,
        "device": engine.device,
        "boxes": [list(each.region.box) for each in chosen],
        "area": round(area, 5),
    }
    return Done(made, {"outcome": "done", **entry})


def find(picture: Picture, work: Work, smallest: int) -> list[Face]:
    """All faces, in pixels of the picture, looked for in a copy as small as those of ``smallest`` pixels allow."""
    work.context.check()
    share = min(1.0, SEEN_AT / smallest)
    size = max(1, round(picture.width * share)), max(1, round(picture.height * share))
    pixels = np.ascontiguousarray(picture.pixels)
    if share < 1.0:
        pixels = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA).reshape(size[1], size[0], -1)
    view = to_float(pixels)
    found, _ = with_memory(work, model_for(work, "detect", "faces"), lambda engine: engine.run(view))
    work.context.progress(0.1, "face")
    across, down = picture.width / size[0], picture.height / size[1]
    return [_grown(region, across, down) for region in found]


def choose(found: list[Face], width: int, height: int, smallest: int) -> tuple[list[Chosen], Counter[str]]:
    """The faces to redraw, the largest first, and how many are left alone for which reason."""
    chosen: list[Chosen] = []
    left: Counter[str] = Counter()
    for region in sorted(found, key=lambda region: -min(region.box[2:])):
        matrix = alignment.similarity(region.landmarks)
        reason = _why_not(region, matrix, width, height, smallest)
        if not reason and len(chosen) == MOST:
            reason = "many"
        if reason:
            left[reason] += 1
        else:
            chosen.append(Chosen(region, matrix))
    return chosen, left


def _why_not(region: Face, matrix: alignment.Matrix, width: int, height: int, smallest: int) -> str:
    """The reason for which a face is left alone, or nothing."""
    reasons = {
        "small": min(region.box[2:]) < smallest,
        "unsure": region.confidence < SURE,
        "large": alignment.enlargement(matrix) < ROOM,
        "turned": alignment.misfit(region.landmarks) > TURNED,
        "cut": alignment.outside(matrix, width, height) > CUT,
    }
    return next((reason for reason, holds in reasons.items() if holds), "")


def _redrawn(
    engine: Engine, picture: Picture, chosen: list[Chosen], weight: float, work: Work
) -> tuple[Picture, float]:
    """The picture with the chosen faces redrawn, and the share of its area that was touched."""
    size = picture.height, picture.width, picture.channels
    pixels, alpha = canvas(*size, picture.pixels.dtype, alpha=picture.alpha is not None)
    pixels[:] = picture.pixels
    if alpha is not None:
        alpha[:] = picture.alpha
    touched = np.zeros(pixels.shape[:2], dtype=bool)
    working = Working.of(picture.source.icc)
    for index, each in enumerate(chosen):
        work.context.check()
        box = alignment.surroundings(each.matrix, picture.width, picture.height)
        made, share = _one(engine, pixels[box.slices], alignment.within(each.matrix, box), working)
        pixels[box.slices] = masks.paste(pixels[box.slices], made, share * np.float32(weight))
        touched[box.slices] |= share > 0
        work.context.progress(0.1 + 0.9 * (index + 1) / len(chosen), "face")
    return picture.with_pixels(pixels, alpha), float(touched.mean())


def _one(engine: Engine, part: NDArray[Any], matrix: alignment.Matrix, working: Working) -> tuple[Pixels, masks.Weight]:
    """``part`` of a picture with the face that ``matrix`` leads to redrawn, 0..1, and how much of it counts where."""
    grey = bool((part == part[:, :, :1]).all())
    own = to_float(part[:, :, :1] if grey else part)
    srgb = own if grey else working.enter(own)
    square = np.clip(alignment.aligned(srgb, matrix), 0.0, 1.0)
    difference = alignment.change(square, _drawn(engine, square))
    height, width = part.shape[:2]
    redrawn = srgb + alignment.back(difference, matrix, width, height)
    share = alignment.back(alignment.oval()[:, :, None], matrix, width, height)[:, :, 0]
    result = redrawn if grey else working.leave(redrawn)
    return np.broadcast_to(result, part.shape), _cleared(share)


def _drawn(engine: Engine, square: Pixels) -> Pixels:
    """What the network makes of the square, which it is given in colour. Raises ``BadOutput``."""
    colour = square if square.shape[2] == 3 else np.repeat(square, 3, axis=2)
    made = np.asarray(engine.run(colour), dtype=np.float32)
    if is_bad(colour, made) and engine.full_precision():
        made = np.asarray(engine.run(colour), dtype=np.float32)
    if is_bad(colour, made):
        raise BadOutput(model=engine.model.alias)
    return made if square.shape[2] == 3 else made.mean(axis=2, keepdims=True)


def _cleared(share: masks.Weight) -> masks.Weight:
    """Without the traces that interpolation leaves around the oval."""
    return np.where(share < 1 / 255, np.float32(0.0), np.minimum(share, np.float32(1.0)))


def _grown(region: Face, across: float, down: float) -> Face:
    x, y, width, height = region.box
    landmarks = tuple((px * across, py * down) for px, py in region.landmarks)
    return replace(
        region,
        box=(round(x * across), round(y * down), round(width * across), round(height * down)),
        polygon=tuple((round(px), round(py)) for px, py in landmarks),
        landmarks=landmarks,
    )
