"""Where images stand with restoration, decided in SQL: for the badges of a page, and for the filter of the listing."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from functools import cache
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db import connections, models, router
from django.db.models import Case, Exists, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.fields.json import KT
from django.db.models.functions import Cast
from django.db.models.lookups import Exact
from django.utils.translation import gettext_lazy as _

from wagtail_restore import jobs
from wagtail_restore.admin.below_rule import below_a_rule
from wagtail_restore.exceptions import Truncated, Unreadable
from wagtail_restore.models import Job, State

BROKEN_FILE = (Unreadable.code, Truncated.code)
"""Codes of files that nobody can show: a person must bring another one."""


class Standing(models.TextChoices):
    """What the listing tells of an image; of the last four at most one holds."""

    BELOW = "below", _("Below a rule")
    WORKING = "working", _("Working")
    REVIEW = "review", _("Under review")
    RESTORED = "restored", _("Restored")
    FAILED = "failed", _("Failed")


OUTSTANDING = (Standing.WORKING, Standing.REVIEW, Standing.FAILED)
"""What somebody waits for, or should look at."""


def standings(images: Iterable[Any]) -> dict[Any, Standing]:
    """Where each of these images stands, by primary key, in one query; those never touched are left out."""
    rows = list(images)
    if not rows:
        return {}
    model: Any = type(rows[0])
    using = rows[0]._state.db or router.db_for_read(model)
    sql, params = _in_words(model, _kind(model, using), using, len(rows))
    with connections[using].cursor() as cursor:
        cursor.execute(sql, [*params, *(image.pk for image in rows)])
        return {key: Standing(value) for key, value in cursor.fetchall() if value}


@cache
def _in_words(model: Any, kind: int, using: str, count: int) -> tuple[str, Sequence[Any]]:
    """The query for so many images in SQL, and its parameters but for their keys, which are the last ones.

    Every listing asks in the same words, and it takes Django longer to find them than a database to answer.
    """
    # Of no manager, for one may look elsewhere the next time.
    found: QuerySet[Any] = QuerySet(model, using=using).filter(pk__in=range(count)).order_by()
    told = found.annotate(restore_standing=_standing(kind)).values_list("pk", "restore_standing")
    sql, params = told.query.get_compiler(using).as_sql()
    return sql, params[:-count]


def standing_in(model: Any, wanted: Collection[str], using: str | None = None) -> QuerySet[Any]:
    """The images of this model that stand in one of these ways, whoever may see them."""
    images: QuerySet[Any] = model._base_manager.using(using).order_by()
    states = [value for value in wanted if value != Standing.BELOW]
    holds = Q(pk__in=[])
    if states:
        images = images.alias(restore_standing=_standing(_kind(model, using)))
        holds |= Q(restore_standing__in=states)
    if Standing.BELOW in wanted:
        holds |= below_a_rule(model, using)
    return images.filter(holds)


def _standing(kind: int) -> Case:
    """Empty, or one of ``Standing``; for images of which something is told besides rules.

    States are compared outside of what looks for the Jobs of one image: a database that knows no statistics would
    look through all in that state instead.
    """
    about = Job.objects.filter(content_type_id=kind, object_id=Cast(OuterRef("pk"), models.CharField()))
    opened = about.filter(open_key__isnull=False).exclude(open_key__endswith=jobs.NEXT)
    same_file = Q(source_name=OuterRef("file")) | Q(source_hash=OuterRef("file_hash"), source_hash__gt="")
    broken = Q(state=State.FAILED) | Q(state=State.SKIPPED, reason__code__in=BROKEN_FILE)
    failing = Case(When(broken, then=Value(1)), default=Value(0), output_field=models.IntegerField())
    last = about.filter(same_file).annotate(failing=failing).order_by("-pk").values("failing")[:1]
    published = Case(When(state=State.PUBLISHED, then=Value(1)), default=Value(0), output_field=models.IntegerField())
    made = about.alias(made=KT("report__sha1")).filter(made=OuterRef("file_hash")).annotate(published=published)
    shown = made.order_by("-published").values("published")[:1]
    return Case(
        When(Q(Exact(Subquery(opened.values("state")[:1]), State.REVIEW)), then=Value(Standing.REVIEW.value)),
        When(Exists(opened), then=Value(Standing.WORKING.value)),
        When(Q(Exact(Subquery(last), 1)), then=Value(Standing.FAILED.value)),
        When(Q(Exact(Subquery(shown), 1)), then=Value(Standing.RESTORED.value)),
        default=Value(""),
        output_field=models.CharField(),
    )


def _kind(model: Any, using: str | None) -> int:
    """The key of the content type of this image model."""
    return int(ContentType.objects.db_manager(using).get_for_model(model).pk)
