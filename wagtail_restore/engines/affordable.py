"""How large a part of a picture the Models of a Plan are through with while somebody waits for it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from wagtail_restore.catalogue import Model
from wagtail_restore.engines import face_step
from wagtail_restore.engines.base import Engine, Region
from wagtail_restore.engines.parts import Box, cut, grown, meet, within
from wagtail_restore.engines.passes import chain
from wagtail_restore.engines.step import Work, model_for, to_float, with_memory
from wagtail_restore.exceptions import TimedOut
from wagtail_restore.imaging.alignment import SIDE
from wagtail_restore.imaging.planning import Plan, Step

if TYPE_CHECKING:
    from wagtail_restore.imaging.codec import Picture

AROUND_HOLE = 256
"""Pixels around the part that an eraser sees: it fills from what lies about."""
AROUND = 64
"""Pixels around it that the other networks see; what they draw there, with nothing beyond to go by, is not shown."""
SMALLEST = 128
"""The side down to which a part is made smaller where a network is slow."""
PROBE = 64
"""The side of what is tried first, to learn how long the part takes."""

Sought = tuple[Step, Sequence[Region]]
"""A Step that erases, and all that it would erase of the picture."""


@dataclass(frozen=True)
class _Price:
    """Seconds for each pixel that the networks see, and for each thing that costs by itself, with how far it reaches.

    A thing is paid for where its box meets the part with so many pixels around it.
    """

    pixel: float
    things: Sequence[tuple[Box, float, int]]

    def of(self, box: Box, picture: Picture) -> float:
        _x, _y, width, height = within(grown(box, margin(box)), picture)
        met = sum(seconds for thing, seconds, around in self.things if meet(thing, grown(box, around)))
        return self.pixel * width * height + met


def affordable(plan: Plan, picture: Picture, box: Box, work: Work, found: Sequence[Sought], seconds: float) -> Box:
    """The box, or a smaller one around its middle, that the Models are through with in so many ``seconds``.

    Raises ``TimedOut`` where even the smallest would take longer.
    """
    price = _price(plan, picture, box, work, found)
    x, y, width, height = box
    while price.of(box, picture) > seconds:
        if max(width, height) <= SMALLEST:
            raise TimedOut(seconds=round(seconds))
        less = max(SMALLEST, max(width, height) // 2)
        x, y = x + max(0, width - less) // 2, y + max(0, height - less) // 2
        width, height = min(width, less), min(height, less)
        box = (x, y, width, height)
    return box


def margin(box: Box) -> int:
    """How many pixels around the box the networks see that work on all of it."""
    return min(AROUND, max(16, max(box[2:]) // 8))


def _price(plan: Plan, picture: Picture, box: Box, work: Work, found: Sequence[Sought]) -> _Price:
    x, y, _width, _height = box
    part = to_float(picture.pixels[y : y + PROBE, x : x + PROBE])
    pixel = 0.0
    things: list[tuple[Box, float, int]] = []
    for step, regions in found:
        things += _holes(step, regions, box, part, work)
    for step in plan.steps:
        work.context.check()
        if step.kind == "face":
            things += _faces(step, picture, box, work)
        elif step.kind != "erase":
            pixel += _cost(step, picture, part, work)
    return _Price(pixel, things)


def _holes(
    step: Step, regions: Sequence[Region], box: Box, part: NDArray[np.float32], work: Work
) -> list[tuple[Box, float, int]]:
    """What it takes to fill each region near the box; known marks are taken off, which takes no time to speak of."""
    near = [each for each in regions if not each.mark and meet(each.box, grown(box, AROUND_HOLE))]
    if not near:
        return []
    rows, columns, _channels = part.shape
    mask = np.zeros((rows, columns), np.float32)
    mask[rows // 3 : rows - rows // 3, columns // 3 : columns - columns // 3] = 1.0
    took, engine = _timed(
        model_for(work, "erase", step.model), part, work, lambda engine, given: engine.run(given, mask)
    )
    if engine.capabilities.side:
        return [(each.box, took, AROUND_HOLE) for each in near]
    _x, _y, wide, high = grown(box, AROUND_HOLE)
    each_pixel, around = took / (rows * columns), max(16, min(wide, high) // 16)
    sides = ((min(each.box[2] + 2 * around, wide), min(each.box[3] + 2 * around, high)) for each in near)
    return [
        (region.box, each_pixel * across * down, AROUND_HOLE)
        for region, (across, down) in zip(near, sides, strict=True)
    ]


def _faces(step: Step, picture: Picture, box: Box, work: Work) -> list[tuple[Box, float, int]]:
    """What it takes to redraw each face in the box with its rim."""
    rim = within(grown(box, margin(box)), picture)
    smallest = max(1, int(step.params.get("min_size", face_step.SMALLEST)))
    found = face_step.find(cut(picture, rim), work, smallest)
    chosen, _left = face_step.choose(found, rim[2], rim[3], smallest)
    if not chosen:
        return []
    square = np.full((SIDE, SIDE, picture.channels), 0.5, np.float32)
    took, _engine = _timed(model_for(work, "face", step.model), square, work)
    boxes = (each.region.box for each in chosen)
    return [((rim[0] + x, rim[1] + y, width, height), took, margin(box)) for x, y, width, height in boxes]


def _cost(step: Step, picture: Picture, part: NDArray[np.float32], work: Work) -> float:
    """Seconds that the Step takes for each pixel, tried on ``part``."""
    factor = 1.0
    if step.kind == "upscale":
        factor = max(int(step.params["width"]) / picture.width, int(step.params["height"]) / picture.height)
    cost, size = 0.0, 1.0
    for model in chain(work, step.kind, step.model, factor):
        took, _engine = _timed(model, part, work, mix=step.params.get("denoise"))
        cost += size * took / (part.shape[0] * part.shape[1])
        size *= model.scale**2
    return cost


def _timed(
    model: Model,
    part: NDArray[np.float32],
    work: Work,
    task: Callable[[Engine, NDArray[np.float32]], object] = lambda engine, given: engine.run(given),
    *,
    mix: float | None = None,
) -> tuple[float, Engine]:
    """Seconds for ``part``, and what was timed."""

    def run(engine: Engine) -> float:
        fits = part.shape[2] in engine.capabilities.channels
        given = part if fits else np.repeat(part[:, :, :1], engine.capabilities.channels[0], axis=2)
        task(engine, given)  # the first time, libraries make themselves ready
        began = perf_counter()
        task(engine, given)
        return perf_counter() - began

    return with_memory(work, model, run, mix=mix)
