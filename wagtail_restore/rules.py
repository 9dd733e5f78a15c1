"""From the Facts of an image and the administrator's rules to a Plan, or None, with the reason."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import PurePath
from typing import Any, Literal

from django.db.models import Prefetch, prefetch_related_objects

from wagtail_restore.conf import conf
from wagtail_restore.imaging import deciding
from wagtail_restore.imaging.header import MAX_SIDE, matches
from wagtail_restore.imaging.planning import Action, Decision, Facts, Limits, Note, RuleSpec, Wishes
from wagtail_restore.models import ImageFacts, MaskTemplate, ResolutionRule

Purpose = Literal["uploads", "backfill"]
HUNG, CARRIED = "_restore_wishes", "_restore_rulebook"


def hang(image: Any, wishes: Wishes, by: Any = None) -> None:
    """Leave the wishes on the instance, for whoever handles its save."""
    setattr(image, HUNG, (wishes, by))


def unhang(image: Any) -> tuple[Wishes | None, Any]:
    """Take the wishes, and the user who had them, off the instance."""
    found: tuple[Wishes | None, Any] = image.__dict__.pop(HUNG, (None, None))
    return found


def carry(image: Any, book: Rulebook) -> None:
    """Leave the rules that a form has read on the instance, so that its save, a moment later, goes by the same."""
    setattr(image, CARRIED, book)


def carried(image: Any) -> Rulebook | None:
    """Take those rules off the instance."""
    found: Rulebook | None = image.__dict__.pop(CARRIED, None)
    return found


@dataclass(frozen=True)
class Rulebook:
    """The active rules for one purpose, read once, for one image or for thousands."""

    entries: tuple[tuple[str | None, RuleSpec], ...]

    @classmethod
    def load(cls, purpose: Purpose, *, using: str | None = None, only: int | None = None) -> Rulebook:
        """The rules in the administrator's order; ``only`` takes the one with this primary key."""
        rows = ResolutionRule.objects.using(using).filter(active=True).exclude(applies_to=_other(purpose))
        if only is not None:
            rows = rows.filter(pk=only)
        found = list(rows.select_related("collection").order_by("sort_order", "pk"))
        # Few sites have rules that erase, and all wait for their uploads.
        if erasing := [row for row in found if row.template_id]:
            templates = MaskTemplate.objects.using(using).select_related("collection")
            prefetch_related_objects(erasing, Prefetch("template", templates))
        return cls(tuple((row.scope, row.spec()) for row in found))

    @property
    def without_templates(self) -> Rulebook:
        """For a picture that came earlier: what was erased from it once must not be erased again."""
        return replace(self, entries=tuple(e for e in self.entries if e[1].action is not Action.ERASE))

    def holding_in(self, collection: Any) -> Iterable[RuleSpec]:
        """The rules for images in this collection: those without one, and those of it or of a collection above it."""
        path = collection.path if collection else ""
        return (spec for scope, spec in self.entries if scope is None or path.startswith(scope))


def named_models() -> set[str]:
    """The aliases of the Models that active rules name."""
    rows = ResolutionRule.objects.filter(active=True, action=ResolutionRule.Actions.UPSCALE)
    return set(rows.values_list("model", flat=True)) - set(ResolutionRule.Models.values)


def refusal_for(width: int, height: int, collection: Any, book: Rulebook, *, format: str = "") -> Note | None:
    """Why a file of ``width`` × ``height`` oriented pixels may not be uploaded into this collection, or None."""
    found = deciding.refusal(Facts(width, height, format), book.holding_in(collection))
    return found[1] if found else None


def decide(row: ImageFacts | None, collection: Any, wishes: Wishes, book: Rulebook) -> Decision:
    """What is to be done with the image that these Facts are about."""
    if row is None or row.problem or not (row.width and row.height):
        return Decision(None, _problem(row))
    return deciding.decide(_facts(row), book.holding_in(collection), wishes, _limits(row))


def obstacle(row: ImageFacts | None) -> Note | None:
    """Why nothing can be done with the file that these Facts are about, or None."""
    if row is None or row.problem or not (row.width and row.height):
        return _problem(row)
    if not matches(row.format, row.file_name):  # as the worker sees it; ``decide`` and the SQL beside it do not look
        return Note("mislabelled", {"extension": PurePath(row.file_name).suffix.lower(), "format": row.format})
    return deciding.obstacle(_facts(row), _limits(row))


def _facts(row: ImageFacts) -> Facts:
    return Facts(row.width, row.height, row.format, row.frames)


def _limits(row: ImageFacts) -> Limits:
    return Limits(conf.max_pixels, MAX_SIDE.get(row.format, 65_500))


def _problem(row: ImageFacts | None) -> Note:
    if row is None or not row.problem:
        return Note("unreadable")
    return Note(row.problem, {"format": row.format or PurePath(row.file_name).suffix.lstrip(".").upper()})


def _other(purpose: Purpose) -> str:
    applies = ResolutionRule.AppliesTo
    return applies.BACKFILL if purpose == "uploads" else applies.UPLOADS
