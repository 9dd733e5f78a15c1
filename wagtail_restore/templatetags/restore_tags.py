"""The Restoration panel on an image's edit page: what is going on, what was done, and what can be done about it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import PurePath
from typing import Any

from django import template
from django.template import Context
from django.utils.translation import gettext as _

from wagtail_restore import jobs, messages, rights, rules, swap, telling
from wagtail_restore.account import account_of, why
from wagtail_restore.conf import conf
from wagtail_restore.models import ImageFacts, Job, State
from wagtail_restore.shown import rendition_of
from wagtail_restore.versions import Kept, versions_of

register = template.Library()

SHOWN_BY_BROWSERS = frozenset({".jpg", ".jpeg", ".png", ".gif", ".webp", ".avif"})


@dataclass(frozen=True)
class Panel:
    """Everything that the panel's template prints about one image."""

    image: Any
    facts: ImageFacts | None
    job: Job | None
    follow_up: Job | None = None
    earlier: list[Kept] = field(default_factory=list)
    no_worker: bool = False
    ahead: int = 0

    @cached_property
    def state(self) -> str:
        return self.job.state if self.job else ""

    @cached_property
    def final(self) -> bool:
        """Whether nothing will happen any more unless somebody asks."""
        return self.job is None or not self.job.is_open

    @property
    def stands_out(self) -> bool:
        return self.state in telling.ATTENTION

    @property
    def tone(self) -> str:
        """Which of Wagtail's messages tells that it came to this; empty where somebody knows already."""
        return telling.TONES.get(self.state, "")

    @property
    def stopping(self) -> bool:
        return self.job is not None and telling.stopping(self.job)

    @property
    def keeps_masks(self) -> bool:
        """Whether what was painted can be tried again after one has cancelled it."""
        return conf.KEEP_MASKS_DAYS > 0

    @cached_property
    def sentence(self) -> str:
        """What happened, in words; for a waiting Job that is tried again, why."""
        return telling.sentence(self.job, no_worker=self.no_worker, ahead=self.ahead) if self.job else ""

    @property
    def progress(self) -> int:
        """Whole percent."""
        return telling.percent(self.job) if self.job else 0

    @property
    def doing(self) -> str:
        """What a running Job is at, with the percent."""
        return telling.doing(self.job) if self.job else ""

    @cached_property
    def tasks(self) -> list[str]:
        """What an open Job is to do, and why; a Result tells for itself what was done."""
        return list(_tasks(self.job)) if self.job and self.job.is_open and not self.job.result else []

    @property
    def next_tasks(self) -> list[str]:
        return list(_tasks(self.follow_up)) if self.follow_up else []

    @cached_property
    def account(self) -> list[tuple[str, str]]:
        """What was done: pairs of a word and its value."""
        return account_of(self.job) if self.job else []

    @cached_property
    def regions(self) -> list[dict[str, Any]]:
        """What the detector found and was not sure of."""
        found = self.job.report.get("regions", []) if self.job and self.state == State.REVIEW else []
        return [
            {
                **region,
                "name": messages.kind(region["kind"]),
                "points": " ".join(f"{x},{y}" for x, y in region["polygon"]),
                "percent": round(100 * region["confidence"]),
                "chosen": not region.get("on_face"),
                **_corner(region["box"], self.source_size),
            }
            for region in found
        ]

    @property
    def chosen(self) -> int:
        """How many of the proposed marks are ticked at first."""
        return sum(region["chosen"] for region in self.regions)

    @property
    def erasing(self) -> str:
        """What the button of the proposed marks does, as they are ticked at first."""
        some = _("Erase the chosen ({count})").replace("{count}", str(self.chosen))
        return some if self.chosen else _("Erase nothing")

    @property
    def start(self) -> int:
        """Where the comparison begins, in percent of the width: in the middle of what was erased, if anything was."""
        compared = self.before or (self.earlier[0] if self.undone else None)
        job = self.job if self.state == State.REVIEW else compared.row.job if compared else None
        steps = (job.report.get("steps") or ()) if job else ()
        left, _top, width, _height = next((step["box"] for step in steps if step.get("box")), (0, 0, 0, 0))
        whole = job.report["from"][0] if job and width else 1
        return min(95, max(5, round(100 * (left + width / 2) / whole))) if width else 50

    @property
    def unconfirmed(self) -> rights.Case | None:
        """In which case watermarks may go, when they are chosen or tried again, that nobody has confirmed yet."""
        if self.job and self.may_retry:
            return rights.unconfirmed(self.job.steps, self.job.rights)
        proposes = "statement" not in (self.job.rights if self.job else {})
        return rights.Case.MARKS if proposes and any(each["kind"] == rights.MARK for each in self.regions) else None

    @cached_property
    def before(self) -> Kept | None:
        """The version whose place the last published Result has taken; under review, the Result is compared."""
        if self.state == State.REVIEW:
            return None
        replaced = (each for each in self.earlier if not each.shown)
        newest = next(replaced, None)
        job = newest.row.job if newest else None
        return newest if job is not None and job.state == State.PUBLISHED else None

    @cached_property
    def undone(self) -> Kept | None:
        """The Result that was taken back, if it is kept: then the image shows again what was before it."""
        again = self.earlier[0] if self.earlier and self.earlier[0].shown else None
        job = again.row.job if again else None
        if job is None or self.state == State.REVIEW:
            return None
        return next((each for each in self.earlier if each.row.file_hash == job.report.get("sha1")), None)

    @property
    def full_url(self) -> str:
        """Where the picture is in its full size, for a comparison; what browsers cannot show is as Wagtail shows it."""
        if PurePath(self.image.file.name).suffix.lower() in SHOWN_BY_BROWSERS:
            return str(self.image.file.url)
        shown = rendition_of(self.image, "max-1600x1600")
        return str(shown.url) if shown else ""

    @property
    def source_size(self) -> tuple[int, int]:
        """Oriented pixels in which the regions are given."""
        width, height = self.job.report.get("from", (0, 0)) if self.job else (0, 0)
        return width, height

    @property
    def may_retry(self) -> bool:
        return self.job is not None and self.job.may_retry and self.job.state in (State.FAILED, State.CANCELLED)

    @property
    def may_remove(self) -> bool:
        """Whether objects can be painted over in this image now."""
        return self.final and self.may_restore

    @cached_property
    def may_restore(self) -> bool:
        """Whether anything can be done with the file of this image; what is asked for now may have to wait."""
        if not self.final:
            return True
        # An image from before we were installed is measured when its page is opened.
        known = self.facts is not None and self.facts.file_name == self.image.file.name
        return not known or rules.obstacle(self.facts) is None

    @cached_property
    def stamp(self) -> str:
        """Changes whenever more than the progress has changed."""
        parts: list[Any] = [self.image.file.name, [(each.row.pk, each.shown) for each in self.earlier], self.no_worker]
        for job in (self.job, self.follow_up):
            # A further request takes over the row of the one that waits, with another Plan.
            asked = (job.plan, job.origin, job.mask.name) if job else None
            parts.append((job.pk, job.state, job.attempt, job.cancel_requested, job.reason, asked) if job else None)
        return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]


def panel_for(image: Any, facts: ImageFacts | None = None) -> Panel:
    """What is to be told about this image; whoever has read its ``facts`` hands them on."""
    facts = facts or swap.facts_of(image)
    job, follow_up = jobs.current(image)
    told = job if job and telling.concerns(job, image, facts) else None
    waits = told if told and told.state == State.WAITING else None
    return Panel(
        image,
        facts,
        told,
        follow_up,
        [] if swap.never_swapped(image, facts) else versions_of(image),
        no_worker=bool(waits and telling.waits_in_vain(waits)),
        ahead=jobs.ahead(waits, telling.MOST_AHEAD + 1) if waits else 0,
    )


def _corner(box: Sequence[int], size: tuple[int, int]) -> dict[str, float]:
    """Where the number of a mark stands, in percent of the picture and not cut off by its border."""
    places = (round(100 * place / whole, 2) if whole else 0.0 for place, whole in zip(box, size, strict=False))
    left, top = (min(97.0, max(3.0, place)) for place in places)
    return {"left": left, "top": top}


@register.inclusion_tag("wagtail_restore/panel.html", takes_context=True)
def restore_panel(context: Context, image: Any) -> dict[str, Any]:
    """The whole panel; nothing at all for an image that restoration never touched."""
    return _told(context, _panel(context, image))


@register.inclusion_tag("wagtail_restore/panel_answer.html", takes_context=True)
def restore_panel_answer(context: Context, image: Any, stamp: str) -> dict[str, Any]:
    """The part of the panel that is replaced when something has happened, with what the page then shows elsewhere.

    Where the page shows what bears this ``stamp``, nothing has: then it is asked for no more than how far the work is.
    """
    panel = panel_for(image)
    if panel.stamp == stamp:
        return {"panel": panel, "stamp": stamp, "csrf_token": context.get("csrf_token")}
    return {**_told(context, panel), "replaces": True}


@register.inclusion_tag("wagtail_restore/review/job.html", takes_context=True)
def restore_review(context: Context, image: Any) -> dict[str, Any]:
    """What is to be decided about this image, large, with ``next``, the address to go to once it is."""
    names = ("next", "image_url", "place")
    return {**_told(context, _panel(context, image)), **{name: context[name] for name in names}}


@register.simple_tag
def restore_account(job: Job) -> list[tuple[str, str]]:
    """What was done, for the page of one Job, which administrators read."""
    return account_of(job, administrators=True)


def _panel(context: Context, image: Any) -> Panel:
    # On the edit page the form stands below the panel, and has had to know the facts too.
    return panel_for(image, getattr(context.get("form"), "restore_facts", None))


def _told(context: Context, panel: Panel) -> dict[str, Any]:
    request = context["request"]
    return {
        "panel": panel,
        "asking": rights.asked_of(request.user, panel.unconfirmed) if panel.unconfirmed else rights.Asking(),
        "image": panel.image,
        "request": request,
        "csrf_token": context.get("csrf_token"),
        "may_use": request.user.has_perm("wagtail_restore.use_restore"),
        "may_inspect": request.user.has_perm("wagtail_restore.view_job"),
    }


def _tasks(job: Job) -> Iterator[str]:
    if not job.plan:
        return
    for step in job.steps.steps:
        yield _("%(task)s. %(reason)s") % {"task": messages.task(step), "reason": why(step, job)}
