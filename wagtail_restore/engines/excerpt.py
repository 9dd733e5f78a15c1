"""A Plan over an excerpt of a picture: what it makes of a part is seen before the whole is worked on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from time import perf_counter
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from wagtail_restore.catalogue import Model
from wagtail_restore.engines.base import Engine, Region
from wagtail_restore.engines.enlarge_step import content_of, upscale
from wagtail_restore.engines.erase_step import is_doubtful, sought
from wagtail_restore.engines.passes import chain
from wagtail_restore.engines.runner import STEPS
from wagtail_restore.engines.step import Work, to_float, with_memory
from wagtail_restore.exceptions import TimedOut
from wagtail_restore.imaging.planning import Plan, Step

if TYPE_CHECKING:
    from wagtail_restore.imaging.codec import Picture

Box = tuple[int, int, int, int]
"""x, y, width, height."""

AROUND_HOLE = 256
"""Pixels around the excerpt that an eraser sees: it fills from what lies about."""
AROUND = 64
"""Pixels around it that the other networks see; what they draw there, with nothing beyond to go by, is not shown."""
SMALLEST = 128
"""The side down to which an excerpt is made smaller where a network is slow."""
PROBE = 64
"""The side of what is tried first, to learn how long the excerpt takes."""


@dataclass(frozen=True)
class Excerpt:
    """The part ``box`` of a picture before and after; ``models`` had a part in it, in their order.

    ``seconds`` is how long it took, ``whole`` how long the whole picture would take on the same machine, as far as can
    be told from it. ``found`` are all regions that would be erased, of which ``here`` lie in the excerpt; of
    ``doubtful`` a person is asked first.
    """

    before: Picture
    after: Picture
    box: Box
    models: tuple[str, ...]
    seconds: float
    whole: float
    found: int
    here: int
    doubtful: int

    @property
    def changed(self) -> bool:
        """Whether there is any difference to be seen."""
        before, after = self.before.pixels, self.after.pixels
        return before.shape != after.shape or bool((before != after).any())


@dataclass
class _Account:
    """What is added up from Step to Step."""

    models: list[str] = field(default_factory=list)
    seconds: float = 0.0
    whole: float = 0.0
    found: int = 0
    here: int = 0
    doubtful: int = 0

    def take(self, entry: Mapping[str, Any], took: float, share: float) -> None:
        """``share`` is how many times as long the whole takes."""
        self.models += entry.get("models") or ([entry["model"]] if entry.get("model") else [])
        self.seconds += took
        self.whole += took * share


def excerpt(plan: Plan, picture: Picture, box: Box, work: Work, *, seconds: float) -> Excerpt:
    """What ``plan`` makes of the part ``box`` of ``picture``.

    What is decided of the whole picture is here, too: where its marks are, and what kind of picture it is. Where the
    networks would take longer than ``seconds``, the excerpt is made smaller around its middle. Raises ``TimedOut``
    where even the smallest would take longer, and what the Steps and ``work.context.check`` raise.
    """
    plan = _settled(plan, picture)
    box = _affordable(plan, picture, _within(box, picture), work, seconds)
    account = _Account()
    wide, rim = (_within(_grown(box, margin), picture) for margin in (AROUND_HOLE, _margin(box)))
    current = _cut(picture, wide)
    for step in plan.steps:
        if step.kind == "erase":
            current = _erased(step, picture, current, (wide, box), work, account)
    current = _cut(current, _relative(rim, wide))
    for step in plan.steps:
        if step.kind != "erase":
            work.context.check()
            current = _through(step, picture, current, work, account)
    after = _cut(current, _scaled(_relative(box, rim), current.width / rim[2], current.height / rim[3]))
    models = tuple(dict.fromkeys(account.models))
    told = account.found, account.here, account.doubtful
    return Excerpt(_cut(picture, box), after, box, models, account.seconds, account.whole, *told)


def _settled(plan: Plan, picture: Picture) -> Plan:
    """The Plan with the kind of the whole picture in the Step that enlarges it: an excerpt may look like another."""
    steps = (
        replace(step, model=content_of(step.model, picture)) if step.kind == "upscale" else step for step in plan.steps
    )
    return replace(plan, steps=tuple(steps))


def _erased(
    step: Step, picture: Picture, current: Picture, boxes: tuple[Box, Box], work: Work, account: _Account
) -> Picture:
    """``current``, the first of the ``boxes``, without the marks in it, which are looked for in the whole picture.

    Of the second one, which is shown, it is told how many it has.
    """
    wide, box = boxes
    began = perf_counter()
    found = sought(step, picture, work)
    looked = perf_counter() - began
    here = [_moved(region, wide) for region in found if _meet(region.box, wide)]
    account.found += len(found)
    account.here += sum(_meet(region.box, box) for region in found)
    account.doubtful += sum(is_doubtful(region, work) for region in found)
    account.take({}, looked, 1.0)
    if not here:
        return current
    began = perf_counter()
    told = replace(step, params={**step.params, "regions": [region.to_json() for region in here]})
    done = STEPS["erase"](told, current, work)
    account.take(done.entry, perf_counter() - began, len(found) / len(here))
    return done.picture


def _through(step: Step, picture: Picture, current: Picture, work: Work, account: _Account) -> Picture:
    """``current``, a part of ``picture``, through the network of a Step that works on all of it."""
    began = perf_counter()
    share = picture.width * picture.height / (current.width * current.height)
    if step.kind == "upscale":
        across, down = int(step.params["width"]) / picture.width, int(step.params["height"]) / picture.height
        size = {"width": round(current.width * across), "height": round(current.height * down)}
        done = upscale(replace(step, params={**step.params, **size}), current, work, step.model)
    else:
        done = STEPS[step.kind](step, current, work)
    account.take(done.entry, perf_counter() - began, share)
    return done.picture


# — how long it may take —


def _affordable(plan: Plan, picture: Picture, box: Box, work: Work, seconds: float) -> Box:
    """The box, or a smaller one around its middle, that the networks are through with in so many ``seconds``."""
    x, y, width, height = box
    part = to_float(picture.pixels[y : y + PROBE, x : x + PROBE])
    each = sum(_cost(step, picture, part, work) for step in plan.steps if step.kind in ("denoise", "upscale"))
    while each * _seen(box, picture) > seconds:
        if max(width, height) <= SMALLEST:
            raise TimedOut(seconds=round(seconds))
        less = max(SMALLEST, max(width, height) // 2)
        x, y = x + max(0, width - less) // 2, y + max(0, height - less) // 2
        width, height = min(width, less), min(height, less)
        box = (x, y, width, height)
    return box


def _cost(step: Step, picture: Picture, part: NDArray[np.float32], work: Work) -> float:
    """Seconds that the Step takes for each pixel, tried on ``part``."""
    factor = 1.0
    if step.kind == "upscale":
        factor = max(int(step.params["width"]) / picture.width, int(step.params["height"]) / picture.height)
    cost, grown = 0.0, 1.0
    for model in chain(work, step.kind, step.model, factor):
        cost += grown * _timed(model, part, work, step.params.get("denoise"))
        grown *= model.scale**2
    return cost


def _timed(model: Model, part: NDArray[np.float32], work: Work, mix: float | None) -> float:
    """Seconds for each pixel of ``part``."""

    def run(engine: Engine) -> float:
        fits = part.shape[2] in engine.capabilities.channels
        given = part if fits else np.repeat(part[:, :, :1], engine.capabilities.channels[0], axis=2)
        engine.run(given)  # the first time, libraries make themselves ready
        began = perf_counter()
        engine.run(given)
        return perf_counter() - began

    took: float = with_memory(work, model, run, mix=mix)[0]
    return took / float(part.shape[0] * part.shape[1])


def _seen(box: Box, picture: Picture) -> int:
    """How many pixels a network goes through for the box."""
    _x, _y, width, height = _within(_grown(box, _margin(box)), picture)
    return width * height


# — boxes —


def _margin(box: Box) -> int:
    return min(AROUND, max(16, max(box[2:]) // 8))


def _grown(box: Box, margin: int) -> Box:
    x, y, width, height = box
    return x - margin, y - margin, width + 2 * margin, height + 2 * margin


def _within(box: Box, picture: Picture) -> Box:
    """The part of the box that lies in the picture, one pixel at least."""
    x, y, width, height = box
    left, top = min(max(0, x), picture.width - 1), min(max(0, y), picture.height - 1)
    right, bottom = max(left + 1, min(x + width, picture.width)), max(top + 1, min(y + height, picture.height))
    return left, top, right - left, bottom - top


def _relative(box: Box, other: Box) -> Box:
    return box[0] - other[0], box[1] - other[1], box[2], box[3]


def _scaled(box: Box, across: float, down: float) -> Box:
    x, y, width, height = box
    left, top = round(x * across), round(y * down)
    return left, top, round((x + width) * across) - left, round((y + height) * down) - top


def _meet(box: Box, other: Box) -> bool:
    (x, y, width, height), (left, top, wide, high) = box, other
    return x < left + wide and left < x + width and y < top + high and top < y + height


def _cut(picture: Picture, box: Box) -> Picture:
    x, y, width, height = box
    here = slice(y, y + height), slice(x, x + width)
    return picture.with_pixels(picture.pixels[here], None if picture.alpha is None else picture.alpha[here])


def _moved(region: Region, wide: Box) -> Region:
    """The region as it lies in the part ``wide``, and no further than that reaches.

    A known mark reaches beyond: its box says how large it is, and a smaller one would be that of a squeezed mark.
    """
    left, top, width, height = wide
    box = x, y, *_ = _relative(region.box, wide)
    polygon = tuple((px - left, py - top) for px, py in region.polygon)
    if region.mark:
        return replace(region, box=box, polygon=polygon)
    right, bottom = min(x + region.box[2], width), min(y + region.box[3], height)
    x, y = max(0, x), max(0, y)
    polygon = tuple((min(max(px, 0), width), min(max(py, 0), height)) for px, py in polygon)
    return replace(region, box=(x, y, right - x, bottom - y), polygon=polygon)
