"""What is read from many rows is read from an index, in its order; on SQLite, which tells how it would."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.db.models import Count, QuerySet

from wagtail_restore.models import ImageFacts, Job, Retired, State, Version

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(connection.vendor != "sqlite", reason="plans read otherwise elsewhere"),
]


def newest() -> QuerySet[Any]:
    return Job.objects.order_by("-created_at", "-pk")[:50]


def going() -> QuerySet[Any]:
    rows = Job.objects.filter(state__in=(State.WAITING, State.RUNNING), rule__isnull=False).order_by()
    return rows.values("rule", "state").annotate(count=Count("pk"))


def tried_again() -> QuerySet[Any]:
    return Job.objects.filter(user=1, state=State.FAILED, may_retry__in=(True,)).order_by("-pk")[:5]


def first_of_a_backfill() -> QuerySet[Any]:
    rows = Job.objects.filter(origin=Job.Origin.BACKFILL, state=State.WAITING).order_by("pk")
    return rows.values_list("created_at", flat=True)[:1]


def restored() -> QuerySet[Any]:
    return Job.objects.filter(state=State.PUBLISHED, finished_at__gte="2026-01-01T00:00Z").order_by().values("pk")


def facts_of_one() -> QuerySet[Any]:
    return ImageFacts.objects.filter(content_type=1, object_id="1")


def versions_of_one() -> QuerySet[Any]:
    return Version.objects.filter(content_type=1, object_id="1").order_by("-created_at")


def retired_of_one() -> QuerySet[Any]:
    return Retired.objects.filter(content_type=1, object_id="1", intent=False)


@pytest.mark.parametrize(
    ("rows", "index"),
    [
        (newest, "restore_job_created"),
        (going, "restore_job_going"),
        (tried_again, "restore_job_again"),
        (restored, "restore_job_finished"),
        (first_of_a_backfill, "restore_job_state"),
        (facts_of_one, "sqlite_autoindex_wagtail_restore_imagefacts_1"),
        (versions_of_one, "restore_version_image"),
        (retired_of_one, "restore_retired_image"),
    ],
)
def test_it_is_read_from_its_index(rows: Callable[[], QuerySet[Any]], index: str) -> None:
    plan = rows().explain()
    assert f"INDEX {index}" in plan
    assert "USE TEMP B-TREE" not in plan or rows is going
