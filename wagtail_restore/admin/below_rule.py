"""Which images an upscaling rule would enlarge now, decided in SQL by their Facts."""

from __future__ import annotations

from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db.models import CharField, Exists, OuterRef, Q
from django.db.models.functions import Cast

from wagtail_restore.fitting import declined, growing, measured, too_small, workable
from wagtail_restore.imaging.planning import Action
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
            by_scope[scope] = by_scope.get(scope, Q(pk=None)) | too_small(spec.condition)
    kind = ContentType.objects.db_manager(using).get_for_model(model)
    about = {"content_type": kind, "object_id": Cast(OuterRef("pk"), CharField())}
    facts = ImageFacts.objects.filter(measured() & workable() & growing(), **about, file_name=OuterRef("file"))
    small = Q(pk__in=[])
    for scope, fails in by_scope.items():
        held = Q(collection__path__startswith=scope) if scope is not None else Q()
        small |= held & Q(Exists(facts.filter(fails)))
    jobs = Job.objects.filter(**about)
    spared = Q(open_key__isnull=False) | declined("file_hash")
    return small & ~Q(Exists(jobs.filter(spared)))
