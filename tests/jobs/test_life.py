"""Ends, leases and turns when two processes do the same at one time."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from tests.jobs.conftest import CLEAN, CLEAN_ALL, ask, claimed
from wagtail_restore import jobs
from wagtail_restore.exceptions import RestoreError
from wagtail_restore.imaging.planning import Note
from wagtail_restore.jobs import life
from wagtail_restore.models import Job, State

pytestmark = pytest.mark.django_db(transaction=True)


def expire(job: Job) -> None:
    Job.objects.filter(pk=job.pk).update(lease_until=timezone.now() - timedelta(seconds=1))


def test_a_halted_worker_that_goes_on_in_time_keeps_its_job(image: Any, monkeypatch: Any) -> None:
    job = claimed(ask(image))
    expire(job)
    recover = life._recover

    def late(lost: Job) -> bool:
        assert jobs.renew(job)
        return recover(lost)

    monkeypatch.setattr(life, "_recover", late)
    assert jobs.recover_lost() == 0
    jobs.tell(job, 0.5, "upscale")


def test_a_follow_up_is_promoted_once_though_two_processes_see_it_waiting(image: Any) -> None:
    first, second = claimed(ask(image)), ask(image, CLEAN)
    seen = Job.objects.get(pk=second.pk)
    jobs.finish(first, State.PUBLISHED)
    jobs.finish(claimed(second), State.PUBLISHED)
    assert life.take_turn(seen) == 0
    second.refresh_from_db()
    assert (second.state, second.open_key) == ("published", None), "a finished job may not block the image for ever"


def test_a_follow_up_waits_on_when_another_job_took_the_place(image: Any) -> None:
    first, second = claimed(ask(image)), ask(image, CLEAN)
    Job.objects.filter(pk=first.pk).update(state=State.FAILED, open_key=None)
    third = ask(image, CLEAN_ALL)
    assert life.take_turn(second) == 0
    assert jobs.latest(image) == third and jobs.follow_up(image) == second


def test_a_job_whose_rings_cannot_be_answered_fails_after_as_many_attempts_as_any(image: Any) -> None:
    pk = ask(image).pk
    for _ in range(3):
        assert Job.objects.get(pk=pk).state == State.WAITING
        jobs.broken(pk, ImportError("no module named torch"))
        Job.objects.filter(pk=pk).update(not_before=None)
    job = Job.objects.get(pk=pk)
    assert (job.state, job.open_key, job.may_retry) == ("failed", None, True)
    assert job.why == Note("worker_broken", {"detail": "ImportError: no module named torch"})
    assert "ImportError: no module named torch" in job.traceback


def test_a_job_that_somebody_works_at_is_not_touched_by_a_broken_ring(image: Any) -> None:
    job = claimed(ask(image))
    jobs.broken(job.pk, ValueError("second ring"))
    jobs.tell(job, 0.5, "upscale")


def test_an_error_in_strange_words_still_ends_the_job(image: Any) -> None:
    job = claimed(ask(image))
    error = RestoreError(detail="a\0b \udc80", raw=b"\xff", number=float("nan"), path=ValueError("x"))
    jobs.fail(job, error, "trace \0 \udc80")
    job = Job.objects.get(pk=job.pk)
    assert (job.state, job.traceback) == ("failed", "trace � ?")
    assert job.why is not None
    assert job.why.params == {"detail": "a�b ?", "raw": "b'\\xff'", "number": "NaN", "path": "x"}
