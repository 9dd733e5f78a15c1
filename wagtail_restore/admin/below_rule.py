"""Which images an upscaling rule would enlarge now, decided in SQL by their Facts."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db.models import CharField, Exists, F, OuterRef, Q
from django.db.models.functions import Cast, Greatest

from wagtail_restore.backfill import SAID_NO
from wagtail_restore.conf import conf
from wagtail_restore.imaging.header import MAX_SIDE
from wagtail_restore.imaging.planning import Action, Condition
from wagtail_restore.models import ImageFacts, Job
from wagtail_restore.rules import Rulebook


def below_a_rule(model: Any, using: str | None = None) -> Q:
    """The images of this model that an active upscaling rule for the backfill would enlarge, were it run now.

    Not those with an open Job, nor those of whose present file somebody took the result back or discarded it, nor
    those that were never measured.
    """
    by_scope: dict[str | None, Q] = {}
    for scope, spec in Rulebook.load("backfill", using=using).entries:
        if spec.action is Action.UPSCALE:
            by_scope[scope] = by_scope.get(scope, Q()) | _fails(spec.condition)
    kind = ContentType.objects.db_manager(using).get_for_model(model)
    about = {"content_type": kind, "object_id": Cast(OuterRef("pk"), CharField())}
    facts = _workable().filter(**about, file_name=OuterRef("file"))
    small = Q(pk__in=[])
    for scope, fails in by_scope.items():
        held = Q(collection__path__startswith=scope) if scope is not None else Q()
        small |= held & Q(Exists(facts.filter(fails)))
    jobs = Job.objects.filter(**about)
    refused = jobs.filter(state__in=SAID_NO, source_hash=OuterRef("file_hash"))
    refused = refused.exclude(plan__steps__0__params__has_key="mask")  # that says nothing of what a rule would do
    return small & ~Q(Exists(jobs.filter(open_key__isnull=False))) & ~Q(Exists(refused))


def _fails(condition: Condition) -> Q:
    """As ``Condition.fails``."""
    below = Q()
    if condition.min_width is not None:
        below |= Q(width__lt=condition.min_width)
    if condition.min_height is not None:
        below |= Q(height__lt=condition.min_height)
    if condition.min_megapixels is not None:
        below |= Q(pixels__lt=condition.min_megapixels * 1_000_000)
    return below


def _workable() -> Any:
    """The Facts of files that a Step can work on, and that may grow."""
    rows = ImageFacts.objects.filter(problem="", width__gt=0, height__gt=0, pixels__lt=conf.max_pixels)
    rows = rows.exclude(format="SVG").filter(Q(frames__lte=1) | Q(format="MPO"))
    return rows.alias(side=Greatest(F("width"), F("height"))).exclude(_full(MAX_SIDE.items()))


def _full(sides: Iterable[tuple[str, int]]) -> Q:
    """Files whose longer side is as long as their format takes."""
    full = Q()
    for form, most in sides:
        full |= Q(format=form, side__gte=most)
    return full
