"""Which images of the library each rule touches now: decided over all Facts at once, in one query."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property, reduce
from operator import or_
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db.models import (
    BigIntegerField,
    Case,
    Count,
    Exists,
    F,
    OuterRef,
    Q,
    QuerySet,
    SmallIntegerField,
    Subquery,
    TextField,
    Value,
    When,
)
from django.db.models.fields.json import KT
from django.db.models.functions import Cast, Least
from django.db.models.lookups import LessThan, LessThanOrEqual
from wagtail.images import get_image_model
from wagtail.models import Collection

from wagtail_restore.fitting import declined, growing, measured, too_small, workable
from wagtail_restore.imaging.anchoring import Anchor
from wagtail_restore.models import ImageFacts, Job, MaskTemplate, ResolutionRule, State
from wagtail_restore.models.links import image_number

GENERATIONS = 3
"""How many Jobs back it is looked whether a template was erased already from the file that an image has."""
ACTIONS, APPLIES = ResolutionRule.Actions, ResolutionRule.AppliesTo


class Reach:
    """What these rules, in the order in which they are looked at, touch of the library as its Facts are now.

    An image counts for the rule that it would be asked for by: the first one of its action that holds where the image
    is and that fits, unless a Job of it is open, or a person said no to what came of the same file. Where a rule is for
    uploads alone it counts as if all images were uploaded now; so it does for one that refuses, whatever comes before.
    Every rule counts as active.
    """

    def __init__(self, rules: Iterable[ResolutionRule]) -> None:
        self.rules = list(rules)

    @cached_property
    def counts(self) -> list[int]:
        """How many images each of the rules touches, in their order."""
        found = [0] * len(self.rules)
        for group in self._groups:
            for number in self._touching(group):
                found[number] += group["count"]
        return found

    def images(self, number: int, within: QuerySet[Any]) -> QuerySet[Any]:
        """The images ``within`` these that the rule with this number, from 0, touches."""
        places: dict[tuple[int, ...], list[int]] = defaultdict(list)
        names = [*self._signs, "spared"]
        for group in self._groups:
            if number in self._touching(group):
                places[tuple(group[name] for name in names)].append(group["place"])
        if not places:
            return within.none()
        alike = (Q(place__in=where, **dict(zip(names, signs, strict=True))) for signs, where in places.items())
        facts = self._facts().filter(reduce(or_, alike)).annotate(key=image_number())
        return within.filter(pk__in=facts.values("key"))

    @cached_property
    def _groups(self) -> list[dict[str, Any]]:
        """How many images are alike in where they are and in what fits them."""
        if not self.rules:
            return []
        fitting = reduce(or_, (Q(**{name: 1}) for name in self._signs))
        rows = self._facts().filter(fitting).order_by().values("place", "spared", *self._signs)
        return [group for group in rows.annotate(count=Count("pk")) if group["place"] in self._paths]

    @cached_property
    def _signs(self) -> dict[str, Case]:
        """For each rule by its name whether it fits an image, wherever that is."""
        return {f"fits_{number}": _sign(_fitting(rule)) for number, rule in enumerate(self.rules)}

    @cached_property
    def _paths(self) -> dict[int, str]:
        return dict(Collection.objects.order_by().values_list("pk", "path"))

    def _facts(self) -> QuerySet[ImageFacts]:
        model = get_image_model()
        image = model._base_manager.filter(pk=image_number(outer=True)).order_by()
        facts: QuerySet[ImageFacts] = ImageFacts.objects.filter(content_type=ContentType.objects.get_for_model(model))
        facts = facts.filter(measured())
        return facts.annotate(
            place=Subquery(image.values("collection_id")[:1]),
            spared=_sign(Q(Exists(_jobs().filter(Q(open_key__isnull=False) | declined("file_hash"))))),
            **self._signs,
        )

    def _touching(self, group: Mapping[str, Any]) -> Iterator[int]:
        """The numbers of the rules that touch the images of this group."""
        path = self._paths[group["place"]]
        holding = [n for n, rule in enumerate(self.rules) if rule.scope is None or path.startswith(rule.scope)]
        for number in holding:
            rule = self.rules[number]
            if not group[f"fits_{number}"]:
                continue
            if rule.action != ACTIONS.REFUSE and number != self._first(rule, holding, group):
                continue
            if rule.action == ACTIONS.REFUSE or rule.applies_to == APPLIES.UPLOADS or not group["spared"]:
                yield number

    def _first(self, rule: ResolutionRule, holding: Sequence[int], group: Mapping[str, Any]) -> int | None:
        """Of the rules that do as this one, for the same images, the one that is followed; of templates, any first."""
        other = APPLIES.BACKFILL if rule.applies_to == APPLIES.UPLOADS else APPLIES.UPLOADS
        alike = (n for n in holding if self.rules[n].action == rule.action and self.rules[n].applies_to != other)
        return next((n for n in alike if rule.action == ACTIONS.ERASE or group[f"fits_{n}"]), None)


def _sign(holds: Q) -> Case:
    return Case(When(holds, then=Value(1)), default=Value(0), output_field=SmallIntegerField())


def _fitting(rule: ResolutionRule) -> Q:
    """Whether the rule would do something with a picture of these Facts."""
    if rule.action == ACTIONS.REFUSE:
        return too_small(rule.condition) & ~Q(format="SVG")
    if rule.action == ACTIONS.ERASE:
        return workable() & _borne(rule.template) & ~_erased(str(rule.template.file)) if rule.template else Q(pk=None)
    return workable() & too_small(rule.condition) & growing()


def _borne(template: MaskTemplate) -> Q:
    """Whether the mark lies on a picture of this size, as ``anchoring.place`` has it."""
    stencil = template.stencil
    if stencil.anchor is Anchor.WHOLE:
        return Q()
    (was_wide, was_high), (x, y, wide, high) = stencil.size, stencil.box
    short = min(was_wide, was_high)
    across = was_wide - x - wide if stencil.anchor in (Anchor.TOP_RIGHT, Anchor.BOTTOM_RIGHT) else x
    down = was_high - y - high if stencil.anchor in (Anchor.BOTTOM_LEFT, Anchor.BOTTOM_RIGHT) else y
    width, height = (Cast(F(side), BigIntegerField()) for side in ("width", "height"))
    shorter = Least(width, height)
    return (
        ~(Q(width__lte=wide) & Q(height__lte=high))
        & Q(LessThanOrEqual(shorter * wide, width * short))
        & Q(LessThanOrEqual(shorter * high, height * short))
        & Q(LessThan(shorter * across, width * short))
        & Q(LessThan(shorter * down, height * short))
    )


def _erased(file: str) -> Q:
    """Whether the file that the image has now came of Jobs of which one erased with this mask."""
    return Q(Exists(_origin("file_hash", file, GENERATIONS)))


def _origin(sha1: str, file: str, generations: int) -> QuerySet[Job]:
    mask = Cast(KT("plan__steps__0__params__template__file"), TextField())
    made = Cast(KT("report__sha1"), TextField())
    jobs = _jobs().filter(state=State.PUBLISHED).annotate(made=made, mask_file=mask)
    erased = Q(mask_file=file)
    if generations > 1:
        erased |= Q(Exists(_origin("source_hash", file, generations - 1)))
    return jobs.filter(erased, made=OuterRef(sha1))


def _jobs() -> QuerySet[Job]:
    """The Jobs of the image that the row outside is about."""
    jobs: QuerySet[Job] = Job.objects.order_by()
    return jobs.filter(content_type=OuterRef("content_type"), object_id=OuterRef("object_id"))
