"""What needs attention, why, and the fix."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from wagtail_restore import exceptions, jobs
from wagtail_restore.admin import attention
from wagtail_restore.admin.attention import REMEDIES, matters
from wagtail_restore.imaging.planning import Note, Wishes
from wagtail_restore.models import Bulletin, Digest, Job, WorkerSign
from wagtail_restore.testing import make_image

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


def sign(**values: Any) -> WorkerSign:
    now = timezone.now()
    given = {"name": "gpu-1:7", "serves": ["restore", "bulk"], "started_at": now, "seen_at": now, **values}
    return WorkerSign.objects.create(**given)


def failed(code: str, count: int = 1, **params: Any) -> list[Job]:
    image = make_image()
    note, wishes = Note(code, params), Wishes()
    return [jobs.record(image, "failed", note, wishes=wishes, origin="upload") for _ in range(count)]


def old(job: Job, age: timedelta = 2 * HOUR, **values: Any) -> None:
    Job.objects.filter(pk=job.pk).update(created_at=timezone.now() - age, **values)


def whats(*signs: WorkerSign) -> list[str]:
    return [matter.what for matter in matters(list(signs))]


def test_where_all_is_well_nothing_needs_attention() -> None:
    assert matters([sign()]) == []


def test_that_no_worker_runs_is_told_with_what_waits(job_in: Callable[..., Job]) -> None:
    assert [(each.what, each.why, each.url) for each in matters([])] == [
        ("No worker is running", "What is asked for waits until there is one.", "")
    ]
    job_in("waiting")
    (matter,) = matters([sign(serves=["live"])])
    assert (matter.why, matter.url) == ("1 job waits.", "/admin/restore/report/?state=waiting")
    assert matter.fix == "Start one: “manage.py restore_worker”. It is seen here within a minute."


def test_what_has_waited_for_more_than_an_hour_is_told(job_in: Callable[..., Job], image: Any) -> None:
    job = job_in("waiting")
    assert whats(sign(name="other")) == []
    old(job)
    (matter,) = matters([sign()])
    assert matter.what == "1 job has waited for more than an hour"
    assert "restore_upkeep" in matter.fix and "state=waiting" in matter.url
    old(job, open_key=f"{job.image_key}:next")
    assert whats(WorkerSign.objects.get(name="gpu-1:7")) == [], "a follow-up waits for another job"


def test_what_waits_for_its_next_attempt_has_had_its_turn(job_in: Callable[..., Job]) -> None:
    job = job_in("waiting")
    old(job, not_before=timezone.now() + HOUR)
    assert whats(sign()) == []
    old(job, not_before=timezone.now() - HOUR)
    assert whats(WorkerSign.objects.get()) == ["1 job has waited for more than an hour"]


@pytest.mark.parametrize("origin", ["backfill", "listing"])
def test_bulk_work_that_goes_on_may_take_its_time(job_in: Callable[..., Job], origin: str) -> None:
    job = job_in("waiting", origin=origin)
    old(job)
    worker = sign()
    assert whats(worker) == ["1 job has waited for more than an hour"], "nothing has been done meanwhile"
    jobs.record(make_image(), "kept", Note("large_enough"), wishes=Wishes(), origin="backfill")
    assert whats(worker) == []


def test_missing_weights_are_told_by_model_with_the_workers_that_lack_them() -> None:
    signs = [sign(missing=["hat-l-x4"]), sign(name="gpu-2:9", missing=["hat-l-x4", "swinir"])]
    told = matters(signs)
    assert [each.what for each in told] == [
        "The weights of the model “hat-l-x4” are missing",
        "The weights of the model “swinir” are missing",
    ]
    assert "gpu-1:7, gpu-2:9" in told[0].why
    assert told[0].fix == "Run there: “manage.py restore_models pull hat-l-x4”."


def test_failures_are_grouped_by_reason_with_the_fix() -> None:
    failed("out_of_memory", 2, device="cuda")
    failed("weights_missing", 3, model="hat-l-x4")
    failed("weights_missing", 1, model="swinir")
    told = matters([sign()])
    assert [each.what for each in told] == [
        "3 jobs failed: Missing weights",
        "2 jobs failed: Too little memory",
        "1 job failed: Missing weights",
    ]
    assert "hat-l-x4" in told[0].why and "swinir" in told[2].why
    since = (timezone.localtime() - timedelta(days=30)).date().isoformat()
    assert told[1].url == f"/admin/restore/report/?reason=out_of_memory&finished_at_from={since}"
    assert "MAX_OUTPUT_PIXELS" in told[1].fix


def test_what_was_tried_again_or_is_long_ago_needs_none(job_in: Callable[..., Job], admin_user: Any) -> None:
    worker = sign()
    first = job_in("failed")
    assert whats(worker) == ["1 job failed: Too little memory"]
    jobs.retry(first, admin_user)
    assert whats(worker) == []
    (job,) = failed("timed_out", seconds=3600)
    Job.objects.filter(pk=job.pk).update(finished_at=timezone.now() - timedelta(days=31))
    assert whats(worker) == []


def test_no_more_than_some_are_looked_at(monkeypatch: Any) -> None:
    monkeypatch.setattr(attention, "MOST", 3)
    failed("timed_out", 5, seconds=3600)
    assert whats(sign()) == ["3 jobs failed: Too much time", "More than 3 jobs failed"]


def test_an_unknown_reason_has_a_fix_too() -> None:
    failed("of_an_older_version")
    (matter,) = matters([sign()])
    assert matter.what == "1 job failed: An unforeseen error" and "traceback" in matter.fix


def _codes(family: type[exceptions.RestoreError]) -> set[str]:
    return {family.code}.union(*(_codes(each) for each in family.__subclasses__()))


def test_every_error_that_can_fail_a_job_has_a_name_and_a_fix() -> None:
    of_commands = {"no_weights_folder", "no_source", "unverified", "no_space", "download_failed"}
    others = _codes(exceptions.Skip) | _codes(exceptions.Stop) | of_commands | {"queue_unreachable", "too_many_asked"}
    assert set(REMEDIES) == _codes(exceptions.RestoreError) - others
    assert all(str(name) and str(fix) for name, fix in REMEDIES.values())


def test_a_chat_that_takes_no_messages_is_told_without_its_address(settings: Any) -> None:
    settings.WAGTAIL_RESTORE = {**settings.WAGTAIL_RESTORE, "WEBHOOK_SECRET_URL": "https://hooks.example.com/secret"}
    row = Bulletin.objects.create(told_until=timezone.now(), failures=1, trouble="HTTP 404")
    assert matters([sign()]) == []
    Bulletin.objects.filter(pk=row.pk).update(failures=3)
    (matter,) = matters([sign(name="gpu-2:7")])
    assert matter.what == "The chat is not told what needs attention"
    assert matter.why == "3 messages in a row were not taken: HTTP 404."
    assert "WEBHOOK_SECRET_URL" in matter.fix
    assert "secret" not in repr(matter)


def test_digests_that_cannot_be_sent_are_told(admin_user: Any) -> None:
    now = timezone.now()
    digest = Digest.objects.create(user=admin_user, asked=True, told_until=now, due_at=now, failures=1)
    assert matters([sign()]) == []
    Digest.objects.filter(pk=digest.pk).update(failures=6)
    (matter,) = matters([sign(name="gpu-2:7")])
    assert matter.what == "1 digest could not be sent by mail"
    Digest.objects.filter(pk=digest.pk).update(asked=False)
    assert matters([sign(name="gpu-3:7")]) == []
