"""From the Facts of an image and the administrator's rules to a Plan, or None, with the reason."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import PurePath
from typing import Any, Literal

from wagtail_restore.conf import conf
from wagtail_restore.imaging import deciding
from wagtail_restore.imaging.header import MAX_SIDE
from wagtail_restore.imaging.planning import Action, Decision, Facts, Limits, Note, RuleSpec, Wishes
from wagtail_restore.models import ImageFacts, ResolutionRule
from wagtail_restore.models.links import database_of

Purpose = Literal["uploads", "backfill"]
HUNG = "_restore_wishes"


def hang(image: Any, wishes: Wishes, by: Any = None) -> None:
    """Leave the wishes on the instance, for whoever handles its save."""
    setattr(image, HUNG, (wishes, by))


def unhang(image: Any) -> tuple[Wishes | None, Any]:
    """Take the wishes, and the user who had them, off the instance."""
    found: tuple[Wishes | None, Any] = image.__dict__.pop(HUNG, (None, None))
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
        rows = rows.select_related("collection", "template__collection").order_by("sort_order", "pk")
        return cls(tuple((row.scope, row.spec()) for row in rows))

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


def refusal_for(width: int, height: int, collection: Any, *, format: str = "", using: str | None = None) -> Note | None:
    """Why a file of ``width`` × ``height`` oriented pixels may not be uploaded into this collection, or None."""
    book = Rulebook.load("uploads", using=using)
    found = deciding.refusal(Facts(width, height, format), book.holding_in(collection))
    return found[1] if found else None


def plan_for(image: Any, wishes: Wishes, *, purpose: Purpose = "uploads", book: Rulebook | None = None) -> Decision:
    """What is to be done with this image, by its stored Facts."""
    row = ImageFacts.objects.using(database_of(image)).for_image(image).first()
    return decide(row, image.collection, wishes, book or Rulebook.load(purpose, using=database_of(image)))


def decide(row: ImageFacts | None, collection: Any, wishes: Wishes, book: Rulebook) -> Decision:
    """What is to be done with the image that these Facts are about."""
    if row is None or row.problem or not (row.width and row.height):
        return Decision(None, _problem(row))
    return deciding.decide(_facts(row), book.holding_in(collection), wishes, _limits(row))


def obstacle(image: Any) -> Note | None:
    """Why nothing can be done with the file of this image, by its stored Facts, or None."""
    row = ImageFacts.objects.using(database_of(image)).for_image(image).first()
    if row is None or row.problem or not (row.width and row.height):
        return _problem(row)
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
