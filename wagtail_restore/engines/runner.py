"""A Plan over a picture: its Steps one after the other, with progress, a way to stop, and a report at the end."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from time import perf_counter
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from wagtail_restore.engines.base import Context, Region
from wagtail_restore.engines.enlarge_step import denoise, upscale
from wagtail_restore.engines.erase_step import erase
from wagtail_restore.engines.face_step import face
from wagtail_restore.engines.pool import Pool
from wagtail_restore.engines.step import Done, Work
from wagtail_restore.exceptions import Kept, SetupError, Spilled
from wagtail_restore.imaging.care import Care
from wagtail_restore.imaging.codec.blocks import differs
from wagtail_restore.imaging.logo import Mark
from wagtail_restore.imaging.planning import Plan, Step

if TYPE_CHECKING:
    from wagtail_restore.imaging.codec import Picture

STEPS: Mapping[str, Callable[[Step, Picture, Work], Done]] = {
    "erase": erase,
    "denoise": denoise,
    "face": face,
    "upscale": upscale,
}
"""What performs each kind of Step."""

USUAL = Care()


@dataclass(frozen=True)
class Outcome:
    """What a run made of a picture.

    ``report`` is JSON-able. With ``unsure`` regions, the run ended at the Step that found them, before anything was
    erased: a person is to look at them, and their answer goes into that Step's params as ``regions``.
    """

    picture: Picture
    report: Mapping[str, Any]
    unsure: tuple[Region, ...] = ()
    below_threshold: bool = False

    @property
    def models(self) -> tuple[str, ...]:
        """The aliases of the Models that had a part in it, in their order."""
        named = [step.get("models") or [step["model"]] for step in self.report["steps"] if step.get("model")]
        return tuple(alias for aliases in named for alias in dict.fromkeys(aliases))

    @property
    def much_text(self) -> Mapping[str, Any] | None:
        """How much text was erased that no person has looked at (``count``, ``percent``), where that is much."""
        return next((step["much_text"] for step in self.report["steps"] if "much_text" in step), None)


def run(
    plan: Plan,
    picture: Picture,
    pool: Pool,
    context: Context,
    *,
    detect_confidence: float = 0.6,
    masks: Mapping[str, NDArray[Any]] | None = None,
    care: Care = USUAL,
    marks: Sequence[Mark] = (),
    wordings: Sequence[str] = (),
) -> Outcome:
    """Carry out ``plan`` on ``picture``.

    ``detect_confidence`` is how sure a detector must be before something is erased unasked; ``masks`` are the masks
    that Steps name, (H, W), non-zero where to erase, or in float the share, 0..1, of what is to be replaced; ``care``
    is what the site has decided of kinds of marks and of margins; ``marks`` are known marks, looked for wherever a
    Step looks for watermarks, and ``wordings`` the words of such. Raises ``Kept`` when no Step had anything to do,
    ``NotFaithful``, ``OutOfMemory``, ``BadOutput``, ``Spilled``, what ``Pool.get`` raises, and whatever
    ``context.check`` raises.
    """
    began = perf_counter()
    done: list[Done] = []
    entries: list[dict[str, Any]] = []
    current = picture
    for index, step in enumerate(plan.steps):
        started = perf_counter()
        work = Work(
            pool,
            _part(context, index, len(plan.steps)),
            plan.mode,
            detect_confidence,
            masks or {},
            care,
            marks,
            wordings,
        )
        done.append(_perform(step, current, work))
        _stayed_within(step, current, done[-1])
        entries.append({"kind": step.kind, "seconds": round(perf_counter() - started, 3), **done[-1].entry})
        current = done[-1].picture
        if done[-1].unsure:
            break
    unsure = done[-1].unsure if done else ()
    if not unsure and not any(each.changed for each in done):
        raise Kept(why=_why_kept(entries))
    context.progress(1.0, plan.steps[-1].kind)
    report = _report(picture, current, done, entries, perf_counter() - began)
    below = any(each.consistency is not None and each.consistency < each.threshold for each in done)
    return Outcome(current, report, unsure, below)


def _perform(step: Step, picture: Picture, work: Work) -> Done:
    if step.kind not in STEPS:
        raise SetupError(step=step.kind, known=sorted(STEPS))
    work.context.check()
    work.context.progress(0.0, step.kind)
    return STEPS[step.kind](step, picture, work)


def _stayed_within(step: Step, before: Picture, done: Done) -> None:
    """Whatever an Engine did: outside of what a Step may change every pixel is as it was, or there is no result."""
    if done.within is None:
        return
    unlike = differs(before.pixels, done.picture.pixels)
    if before.alpha is not None and done.picture.alpha is not None:
        unlike |= before.alpha != done.picture.alpha
    outside = int(np.count_nonzero(unlike & ~done.within))
    if outside:
        raise Spilled(step=step.kind, pixels=outside)


def _part(context: Context, index: int, count: int) -> Context:
    """The share of the whole progress that belongs to one Step."""
    return replace(context, progress=lambda fraction, doing: context.progress((index + fraction) / count, doing))


def _why_kept(entries: list[dict[str, Any]]) -> str:
    kinds = {entry["kind"] for entry in entries}
    if "upscale" in kinds:
        return "large_enough"
    if kinds == {"face"}:
        return "no_faces" if all(entry["outcome"] == "no_faces" for entry in entries) else "faces_left"
    return "nothing_to_clean"


def _report(
    before: Picture, after: Picture, done: list[Done], entries: list[dict[str, Any]], seconds: float
) -> dict[str, Any]:
    measured = [each.consistency for each in done if each.consistency is not None]
    devices = [entry["device"] for entry in entries if "device" in entry]
    return {
        "steps": entries,
        "seconds": round(seconds, 3),
        "device": next((device for device in devices if device != "cpu"), devices[0] if devices else ""),
        "consistency": round(min(measured), 2) if measured else None,
        "area": max((entry.get("area", 0.0) for entry in entries), default=0.0),
        "from": [before.width, before.height],
        "to": [after.width, after.height],
        "notes": list(before.source.notes),
    }
