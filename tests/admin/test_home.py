"""What the home page tells of restoration: to whom, when there is something, and with how few queries."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from wagtail.images import get_image_model

from tests.admin.conftest import DOUBLE, browser, person
from tests.admin.test_attention import sign
from tests.admin.test_review import words
from tests.admin.test_reviewing import in_collection, to_review
from wagtail_restore import jobs
from wagtail_restore.admin import home
from wagtail_restore.imaging.planning import Note, Wishes
from wagtail_restore.models import Job, State
from wagtail_restore.testing import make_image

pytestmark = pytest.mark.django_db

HOME = "/admin/"
PANEL = "restoration-needs"


def failed_for(user: Any, title: str = "Harbour", **values: Any) -> Job:
    image = make_image(title=title)
    job = jobs.claim(jobs.request(image, DOUBLE, wishes=Wishes(), by=user, origin="upload").pk, "worker-1")
    assert job is not None
    jobs.finish(job, State.FAILED, Note("out_of_memory"), **{"may_retry": True, **values})
    return Job.objects.get(pk=job.pk)


def waiting_since(minutes: int) -> Job:
    job = jobs.request(make_image(title="Waits"), DOUBLE, wishes=Wishes(), origin="upload")
    Job.objects.filter(pk=job.pk).update(created_at=timezone.now() - timedelta(minutes=minutes))
    return job


def page(client: Client) -> str:
    html: str = client.get(HOME).content.decode()
    return html


def test_nothing_is_told_where_there_is_nothing(admin: Client, job_in: Callable[..., Job]) -> None:
    job_in("kept")
    assert PANEL not in page(admin)
    assert "restoration" not in words(admin.get(HOME)).split("Reports")[0]


def test_readers_of_the_report_get_the_numbers_with_their_lists(published: Job, editor_user: Any) -> None:
    failed_for(editor_user)
    to_review()
    reader = browser(person("reader", "view_job", images=()))
    told = words(reader.get(HOME))
    for sentence in ("1 image restored in 7 days", "1 restoration under review", "1 restoration failed in 7 days"):
        assert sentence in told
    since = (timezone.localdate() - timedelta(days=home.DAYS - 1)).isoformat()
    for state in ("published", "failed"):
        address = f"/admin/restore/report/?state={state}&amp;finished_at_from={since}"
        assert f'href="{address}"' in page(reader)
        assert len(reader.get(address.replace("&amp;", "&")).context["object_list"]) == 1
    assert 'href="/admin/restore/report/?state=review"' in page(reader)
    assert PANEL not in page(reader)


def test_what_is_older_than_a_week_is_not_counted(admin: Client, published: Job) -> None:
    published.changed(finished_at=timezone.now() - timedelta(days=home.DAYS))
    assert "restored in" not in words(admin.get(HOME))


def test_editors_get_the_number_of_their_own_queue(news: Any) -> None:
    to_review("Elsewhere")
    to_review("In News", collection=news)
    reporter = browser(in_collection("reporter", news, "change"))
    told = words(reporter.get(HOME))
    assert "1 restoration under review" in told
    assert "One result awaits your decision." in told
    assert 'href="/admin/restore/review/"' in page(reporter)
    assert "/admin/restore/report/" not in page(reporter)


def test_who_has_none_of_our_permissions_is_told_nothing(plain: Client, stranger: Client, editor_user: Any) -> None:
    to_review()
    failed_for(editor_user)
    for client in (plain, stranger):
        assert PANEL not in page(client)
        assert "/admin/restore/" not in page(client)


def test_what_failed_for_oneself_is_named_with_the_reason(editor: Client, editor_user: Any, admin_user: Any) -> None:
    job = failed_for(editor_user)
    failed_for(admin_user, "Another's")
    told = words(editor.get(HOME))
    assert "Harbour" in told
    assert "The worker ran out of memory." in told
    assert f'href="/admin/images/{job.object_id}/"' in page(editor)
    assert "Another" not in told


@pytest.mark.parametrize("how", ["final", "again", "replaced", "deleted"])
def test_what_cannot_be_tried_again_is_not(editor: Client, editor_user: Any, how: str) -> None:
    job = failed_for(editor_user, may_retry=how != "final")
    images = get_image_model().objects.filter(pk=job.object_id)
    if how == "again":
        jobs.retry(job, editor_user)
    elif how == "replaced":
        images.update(file="original_images/another.jpg")
    elif how == "deleted":
        images._raw_delete("default")
    assert PANEL not in page(editor)


def test_no_more_than_a_few_are_named(editor: Client, editor_user: Any) -> None:
    for number in range(home.LISTED + 2):
        failed_for(editor_user, f"Harbour {number}")
    assert page(editor).count("Open the image to try again.") == home.LISTED


@pytest.mark.parametrize(("minutes", "seen", "told"), [(9, None, True), (9, 8, True), (9, 1, False), (1, None, False)])
def test_administrators_are_told_that_no_worker_runs(
    admin: Client, editor: Client, minutes: int, seen: int | None, told: bool
) -> None:
    waiting_since(minutes)
    if seen is not None:
        sign(seen_at=timezone.now() - timedelta(minutes=seen))
    assert ("No worker is running" in page(admin)) is told
    assert "No worker is running" not in page(editor)


def test_a_process_for_live_requests_is_no_worker_for_what_waits(admin: Client) -> None:
    waiting_since(9)
    sign(serves=["live"])
    assert "No worker is running" in page(admin)


def test_what_waits_for_its_next_attempt_misses_no_worker(admin: Client) -> None:
    waiting_since(9).changed(not_before=timezone.now() + timedelta(minutes=5))
    assert PANEL not in page(admin)


def test_it_costs_three_queries_at_most(
    admin: Client, admin_user: Any, monkeypatch: pytest.MonkeyPatch, news: Any
) -> None:
    to_review()
    failed_for(admin_user)
    waiting_since(9)
    reporter = browser(in_collection("reporter", news, "change", "add"))
    for client in (admin, reporter):
        client.get(HOME)
        with CaptureQueriesContext(connection) as captured:
            client.get(HOME)
        ours = len(captured)
        with monkeypatch.context() as patched:
            patched.setattr(home, "_desk", lambda user: home.Desk())
            with CaptureQueriesContext(connection) as captured:
                client.get(HOME)
            assert ours - len(captured) <= 3
