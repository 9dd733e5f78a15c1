"""A Plan over an excerpt of a picture: what it makes of a part is seen before the whole is worked on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from time import perf_counter
from typing import TYPE_CHECKING, Any

from wagtail_restore.engines.affordable import AROUND_HOLE, affordable, margin
from wagtail_restore.engines.base import Region
from wagtail_restore.engines.enlarge_step import content_of, upscale
from wagtail_restore.engines.erase_step import is_doubtful, sought
from wagtail_restore.engines.parts import Box, cut, grown, meet, relative, scaled, within
from wagtail_restore.engines.runner import STEPS
from wagtail_restore.engines.step import Work
from wagtail_restore.imaging.planning import Plan, Step

if TYPE_CHECKING:
    from wagtail_restore.imaging.codec import Picture

AT_LEAST = 1 / 3
"""The share of the time that is left for the work itself, however long marks were looked for."""


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
    Models would take longer than ``seconds``, the excerpt is made smaller around its middle. Raises ``TimedOut``
    where even the smallest would take longer, and what the Steps and ``work.context.check`` raise.
    """
    plan, account = _settled(plan, picture), _Account()
    began = perf_counter()
    found = [(step, sought(step, picture, work)) for step in plan.steps if step.kind == "erase"]
    looked = perf_counter() - began
    account.take({}, looked if found else 0.0, 1.0)
    left = max(seconds - looked, AT_LEAST * seconds)
    box = affordable(plan, picture, within(box, picture), work, found, left)
    wide, rim = (within(grown(box, around), picture) for around in (AROUND_HOLE, margin(box)))
    current = cut(picture, wide)
    for step, regions in found:
        current = _erased(step, regions, current, (wide, box), work, account)
    current = cut(current, relative(rim, wide))
    for step in plan.steps:
        if step.kind != "erase":
            work.context.check()
            current = _through(step, picture, current, work, account)
    after = cut(current, scaled(relative(box, rim), current.width / rim[2], current.height / rim[3]))
    models = tuple(dict.fromkeys(account.models))
    told = account.found, account.here, account.doubtful
    return Excerpt(cut(picture, box), after, box, models, account.seconds, account.whole, *told)


def _settled(plan: Plan, picture: Picture) -> Plan:
    """The Plan with the kind of the whole picture in the Step that enlarges it: an excerpt may look like another."""
    steps = (
        replace(step, model=content_of(step.model, picture)) if step.kind == "upscale" else step for step in plan.steps
    )
    return replace(plan, steps=tuple(steps))


def _erased(
    step: Step, found: Sequence[Region], current: Picture, boxes: tuple[Box, Box], work: Work, account: _Account
) -> Picture:
    """``current``, the first of the ``boxes``, without those marks of the whole picture that lie in it.

    Of the second one, which is shown, it is told how many it has.
    """
    wide, box = boxes
    here = [_moved(region, wide) for region in found if meet(region.box, wide)]
    account.found += len(found)
    account.here += sum(meet(region.box, box) for region in found)
    account.doubtful += sum(is_doubtful(region, work) for region in found)
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


def _moved(region: Region, wide: Box) -> Region:
    """The region as it lies in the part ``wide``, and no further than that reaches.

    A known mark reaches beyond: its box says how large it is, and a smaller one would be that of a squeezed mark.
    """
    left, top, width, height = wide
    box = x, y, *_ = relative(region.box, wide)
    polygon = tuple((px - left, py - top) for px, py in region.polygon)
    if region.mark:
        return replace(region, box=box, polygon=polygon)
    right, bottom = min(x + region.box[2], width), min(y + region.box[3], height)
    x, y = max(0, x), max(0, y)
    polygon = tuple((min(max(px, 0), width), min(max(py, 0), height)) for px, py in polygon)
    return replace(region, box=(x, y, right - x, bottom - y), polygon=polygon)
