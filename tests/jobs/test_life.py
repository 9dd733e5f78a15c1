"""Ends, leases and turns when two processes do the same at one time."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from wagtail.images import get_image_model

from tests.jobs.conftest import CLEAN, CLEAN_ALL, ask, claimed
from wagtail_restore import jobs, messages
from wagtail_restore.exceptions import BadOutput, RestoreError
from wagtail_restore.imaging.planning import Note, Plan, Step
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


FOUND = {"kind": "date", "box": [40, 40, 20, 6], "polygon": [[40, 40], [60, 40], [60, 46]], "text": "", "confidence": 1}
DECIDED = Plan((Step("erase", "auto", {"detect": ["date"], "regions": [FOUND]}),))


@pytest.mark.parametrize("replaced", [False, True])
def test_marks_that_were_found_in_one_file_are_not_erased_from_another(image: Any, replaced: bool) -> None:
    first, second = claimed(ask(image)), ask(image, DECIDED)
    if replaced:
        get_image_model().objects.filter(pk=image.pk).update(file="original_images/twice-as-large.jpg")
    jobs.finish(first, State.PUBLISHED)
    second.refresh_from_db()
    told = second.state, second.open_key, messages.say(second.why)
    gone = "The picture is another one since these marks were found, so nothing was erased. Ask for the clean-up again."
    assert told == (("superseded", None, gone) if replaced else ("waiting", second.image_key, ""))


def test_marks_that_are_tried_again_are_left_where_other_work_came_first(image: Any) -> None:
    failed = claimed(ask(image, DECIDED))
    jobs.fail(failed, BadOutput(model="auto"))
    first, again = claimed(ask(image)), jobs.retry(failed)
    assert again is not None
    get_image_model().objects.filter(pk=image.pk).update(file="original_images/twice-as-large.jpg")
    jobs.finish(first, State.PUBLISHED)
    again.refresh_from_db()
    assert (again.state, again.why) == ("superseded", Note("marks_elsewhere"))


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
