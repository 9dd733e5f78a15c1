"""What would be made of one image by what is chosen, in words, before anybody asks for it; or why nothing would be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from wagtail_restore import messages, rules
from wagtail_restore.admin.bulk import words
from wagtail_restore.admin.restore_form import RestoreForm
from wagtail_restore.imaging.planning import Decision, Note, Plan
from wagtail_restore.models import ImageFacts
from wagtail_restore.models.links import database_of
from wagtail_restore.rules import Rulebook

SIDE = 512
"""Of the square that is previewed, in pixels of the picture."""
SHOWN = 2048
"""Of the largest preview, in pixels of the result: what is shown at its full size need not be larger."""


@dataclass(frozen=True)
class Forecast:
    """The decision on one image with what the form asks for; ``error`` says why there is no Plan."""

    size: tuple[int, int]
    decision: Decision | None = None
    error: str = ""

    @property
    def plan(self) -> Plan | None:
        return None if self.error or self.decision is None else self.decision.plan

    @property
    def target(self) -> tuple[int, int]:
        """Oriented pixels of the result."""
        steps = self.plan.steps if self.plan else ()
        enlarging = (step.params for step in steps if step.kind == "upscale")
        return next(((params["width"], params["height"]) for params in enlarging), self.size)

    @property
    def sentence(self) -> str:
        """From how large to how large."""
        if self.error:
            return self.error
        before, after = (_size(each) for each in (self.size, self.target))
        if before == after:
            return _("It stays as large as it is, %(size)s pixels.") % {"size": before}
        return _("From %(before)s to %(after)s pixels.") % {"before": before, "after": after}

    @property
    def tasks(self) -> list[str]:
        """What is done to the picture."""
        return [messages.task(step) for step in self.plan.steps] if self.plan else []

    @property
    def remarks(self) -> list[str]:
        """What else one should know, and whether the result is shown at once."""
        if self.plan is None:
            return []
        capped = next((step.reason for step in self.plan.steps if step.reason.code == "capped"), None)
        told = [messages.say(capped)] if capped else []
        return [*told, words.published(self.plan)]

    @property
    def estimate(self) -> str:
        """How long it may take; a preview knows better."""
        return words.estimate(self.target[0] * self.target[1] / 1_000_000) if self.plan else ""

    @property
    def whole(self) -> bool:
        """Whether the square holds all of the picture, and there is nothing to move."""
        return self.side >= max(self.size)

    @property
    def side(self) -> int:
        """Of the square that is previewed."""
        return max(1, min(SIDE, int(SHOWN * self.size[0] / self.target[0])))

    def box(self, x: int, y: int) -> list[int]:
        """The square with its corner at this place, or as near to it as the picture lets it lie."""
        width, height = (min(self.side, length) for length in self.size)
        left, top = min(max(0, x), self.size[0] - width), min(max(0, y), self.size[1] - height)
        return [left, top, width, height]


def forecast_of(image: Any, facts: ImageFacts, form: RestoreForm) -> Forecast:
    """What the form asks for, as bulk work from the listing would decide it."""
    size = facts.width, facts.height
    if not form.is_valid():
        return Forecast(size, error=_mistakes(form))
    book = Rulebook.load("backfill", using=database_of(image)).without_templates
    decision = rules.decide(facts, image.collection, form.wishes, book)
    return Forecast(size, decision, "" if decision.plan else _none(decision.reason))


def _mistakes(form: RestoreForm) -> str:
    """What is wrong with what was chosen; of what is confirmed only later, nothing can be said to have been kept in."""
    found = [each for errors in form.errors.as_data().values() for each in errors]
    asked = _("Confirm first that you may remove watermarks, or ask for something else.")
    return " ".join(asked if each.code == "rights" else " ".join(map(str, each.messages)) for each in found)


def _none(reason: Note) -> str:
    """Why there is nothing to do, and what to choose instead."""
    if reason.code == "nothing_asked":
        return _("No rule would enlarge this image. Choose a factor or a width, or something to clean up.")
    if reason.code == "large_enough":
        return _(
            "The picture is as large as that already, or as large as it may be. Choose a larger size, or clean up."
        )
    return messages.say(reason)


def _size(size: tuple[int, int]) -> str:
    return f"{size[0]} × {size[1]}"
