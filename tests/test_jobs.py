"""A Job's life: asking, follow-ups, claims, leases, retries, ends."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from wagtail_restore import jobs, queue
from wagtail_restore.exceptions import BadOutput, Cancelled, LeaseLost, OutOfMemory
from wagtail_restore.imaging.planning import CleanUp, Note, Plan, Step, Upscale, Wishes
from wagtail_restore.models import Job, State
from wagtail_restore.testing import make_image

pytestmark = pytest.mark.django_db(transaction=True)

DOUBLE = Plan((Step("upscale", "auto", {"width": 128, "height": 96}),))
CLEAN = Plan((Step("erase", "auto", {"detect": ["date"]}),))
CLEAN_ALL = Plan((Step("erase", "auto", {"detect": ["date", "watermark"]}),))
WISHES = Wishes(upscale=Upscale.X2)


@pytest.fixture
def image(redis: Any) -> Any:
    return make_image(64, 48)


def ask(image: Any, plan: Plan = DOUBLE, **fields: Any) -> Job:
    return jobs.request(image, plan, wishes=WISHES, **fields)


def rows(image: Any) -> list[tuple[str, bool]]:
    return [(job.state, job.open_key is not None) for job in Job.objects.for_image(image).order_by("pk")]


def test_a_request_waits_and_is_rung_for(image: Any) -> None:
    job = ask(image, origin="upload")
    assert (job.state, job.source_name, job.source_width) == (State.WAITING, image.file.name, 64)
    assert queue.rung("restore") == {(job.pk, 0)}


def test_the_very_same_request_is_not_made_twice(image: Any) -> None:
    assert ask(image).pk == ask(image).pk
    assert rows(image) == [("waiting", True)]


def test_a_further_wish_waits_behind_the_open_job(image: Any) -> None:
    first, second = ask(image), ask(image, CLEAN)
    assert jobs.latest(image) == first
    assert jobs.follow_up(image) == second
    assert jobs.claim(second.pk, "worker") is None


def test_there_is_one_follow_up_and_the_last_wish_counts(image: Any) -> None:
    ask(image)
    second = ask(image, CLEAN)
    third = ask(image, CLEAN_ALL)
    assert third.pk == second.pk
    follow_up = jobs.follow_up(image)
    assert follow_up is not None and follow_up.steps == CLEAN_ALL


def test_the_follow_up_takes_its_turn_when_the_open_job_ends(image: Any, redis: Any) -> None:
    first, second = ask(image), ask(image, CLEAN)
    job = jobs.claim(first.pk, "worker")
    assert job is not None
    jobs.finish(job, State.PUBLISHED, Note("published"))
    assert jobs.latest(image) == second
    assert (second.pk, 0) in queue.rung("restore")
    assert jobs.claim(second.pk, "worker") is not None


def test_a_job_is_claimed_once(image: Any) -> None:
    job = ask(image)
    claimed = jobs.claim(job.pk, "first")
    assert claimed is not None and (claimed.state, claimed.worker, claimed.attempt) == ("running", "first", 1)
    assert jobs.claim(job.pk, "second") is None


def test_progress_renews_the_lease(image: Any) -> None:
    job = jobs.claim(ask(image).pk, "worker")
    assert job is not None
    Job.objects.filter(pk=job.pk).update(lease_until=timezone.now())
    jobs.tell(job, 0.5, "upscale")
    fresh = Job.objects.get(pk=job.pk)
    assert (fresh.progress, fresh.doing) == (0.5, "upscale")
    assert fresh.lease_until is not None and fresh.lease_until > timezone.now() + timedelta(seconds=50)


def test_a_worker_that_lost_its_lease_can_do_nothing_more(image: Any) -> None:
    job = jobs.claim(ask(image).pk, "slow")
    assert job is not None
    Job.objects.filter(pk=job.pk).update(lease_until=timezone.now() - timedelta(seconds=1))
    assert jobs.recover_lost() == 1
    Job.objects.filter(pk=job.pk).update(not_before=None)
    assert jobs.claim(job.pk, "quick") is not None
    assert jobs.renew(job) is False
    with pytest.raises(LeaseLost):
        jobs.tell(job, 0.9, "upscale")
    with pytest.raises(LeaseLost):
        jobs.finish(job, State.PUBLISHED)
    assert Job.objects.get(pk=job.pk).worker == "quick"


def test_an_error_that_a_retry_can_help_backs_off_and_then_fails(image: Any) -> None:
    pk = ask(image).pk
    for attempt, delay in ((1, 30), (2, 60)):
        job = jobs.claim(pk, "worker")
        assert job is not None and job.attempt == attempt
        before = timezone.now()
        jobs.fail(job, OutOfMemory(device="cpu"), "trace")
        fresh = Job.objects.get(pk=pk)
        assert fresh.state == State.WAITING
        assert fresh.not_before is not None
        assert timedelta(seconds=delay - 1) < fresh.not_before - before < timedelta(seconds=delay + 5)
        assert jobs.claim(pk, "worker") is None, "not before its time"
        Job.objects.filter(pk=pk).update(not_before=timezone.now())
    job = jobs.claim(pk, "worker")
    assert job is not None
    jobs.fail(job, OutOfMemory(device="cpu"), "trace")
    fresh = Job.objects.get(pk=pk)
    assert (fresh.state, fresh.open_key, fresh.may_retry, fresh.traceback) == ("failed", None, True, "trace")
    assert fresh.why == Note("out_of_memory", {"device": "cpu"})


def test_an_error_that_no_retry_can_help_fails_at_once(image: Any) -> None:
    job = jobs.claim(ask(image).pk, "worker")
    assert job is not None
    jobs.fail(job, BadOutput(model="compact-x4"), "trace")
    assert Job.objects.get(pk=job.pk).state == State.FAILED


def test_a_failed_job_can_be_tried_again_as_a_new_one(image: Any) -> None:
    job = jobs.claim(ask(image).pk, "worker")
    assert job is not None
    jobs.fail(job, BadOutput(model="compact-x4"))
    again = jobs.retry(job)
    assert again is not None and again.pk != job.pk
    assert (again.retry_of_id, again.origin, again.steps) == (job.pk, "retry", DOUBLE)


def test_a_waiting_job_is_cancelled_at_once(image: Any) -> None:
    job = ask(image)
    assert jobs.cancel(job) is True
    assert rows(image) == [("cancelled", False)]


def test_a_running_job_is_cancelled_at_its_next_word(image: Any) -> None:
    waiting = ask(image)
    job = jobs.claim(waiting.pk, "worker")
    assert job is not None
    assert jobs.cancel(waiting) is True, "even when the caller does not know that it runs"
    with pytest.raises(Cancelled):
        jobs.tell(job, 0.3, "upscale")


def test_a_finished_job_cannot_be_cancelled(image: Any) -> None:
    job = jobs.claim(ask(image).pk, "worker")
    assert job is not None
    jobs.finish(job, State.PUBLISHED)
    assert jobs.cancel(job) is False


def test_no_state_follows_a_final_one(image: Any) -> None:
    job = jobs.claim(ask(image).pk, "worker")
    assert job is not None
    jobs.finish(job, State.KEPT, Note("large_enough"))
    with pytest.raises(LeaseLost):
        jobs.finish(job, State.PUBLISHED)


def test_a_result_under_review_can_be_discarded_once(image: Any) -> None:
    job = jobs.claim(ask(image).pk, "worker")
    assert job is not None
    jobs.finish(job, State.REVIEW, Note("review_asked"))
    assert job.is_open
    assert jobs.discard(job) is True
    assert jobs.discard(job) is False


def test_going_back_and_forth_is_told_by_the_jobs(image: Any) -> None:
    done = []
    for plan, sha1 in ((DOUBLE, "first"), (CLEAN, "second")):
        job = jobs.claim(ask(image, plan).pk, "worker")
        assert job is not None
        jobs.finish(job, State.PUBLISHED, report={"sha1": sha1})
        done.append(job)

    def states() -> list[str]:
        return [state for state, _ in rows(image)]

    jobs.withdrawn(image, done[1], to="first")
    assert states() == ["published", "withdrawn"]
    jobs.withdrawn(image, done[0], to="the upload")
    assert states() == ["withdrawn", "withdrawn"]
    jobs.withdrawn(image, done[0], to="first")
    assert states() == ["published", "withdrawn"]
    jobs.withdrawn(image, done[1], to="second")
    assert states() == ["published", "published"]
    jobs.withdrawn(image, None)
    assert states() == ["withdrawn", "withdrawn"]


def test_another_file_supersedes_all_that_was_asked(image: Any) -> None:
    first = jobs.claim(ask(image).pk, "worker")
    ask(image, CLEAN)
    assert jobs.supersede(image) == 2
    assert rows(image) == [("superseded", False), ("superseded", False)]
    assert first is not None
    with pytest.raises(LeaseLost):
        jobs.finish(first, State.PUBLISHED)


def test_a_deleted_image_ends_its_jobs(image: Any) -> None:
    ask(image)
    assert jobs.abandon(image, str(image.pk)) == 1
    assert rows(image) == [("discarded", False)]


def test_a_job_whose_worker_is_lost_is_taken_up_three_times_then_fails(image: Any) -> None:
    pk = ask(image).pk
    for _ in range(3):
        assert jobs.claim(pk, "doomed") is not None
        Job.objects.filter(pk=pk).update(lease_until=timezone.now() - timedelta(seconds=1))
        assert jobs.recover_lost() == 1
        Job.objects.filter(pk=pk).update(not_before=None)
    fresh = Job.objects.get(pk=pk)
    assert (fresh.state, fresh.why) == (State.FAILED, Note("worker_lost", {"attempts": 3}))
    assert fresh.may_retry


def test_a_lost_job_that_was_cancelled_stays_cancelled(image: Any) -> None:
    job = ask(image)
    assert jobs.claim(job.pk, "doomed") is not None
    jobs.cancel(job)
    Job.objects.filter(pk=job.pk).update(lease_until=timezone.now() - timedelta(seconds=1))
    jobs.recover_lost()
    assert Job.objects.get(pk=job.pk).state == State.CANCELLED


def test_upkeep_rings_for_what_a_flushed_redis_forgot(image: Any, redis: Any) -> None:
    job = ask(image)
    redis.flushall()
    assert jobs.ring_waiting() == 1
    assert queue.rung("restore") == {(job.pk, 0)}
    assert jobs.ring_waiting() == 0, "nothing is rung for twice"


def test_a_dead_redis_never_fails_a_request(image: Any, dead_redis: None) -> None:
    job = ask(image)
    assert jobs.ring_waiting() == 0
    assert Job.objects.get(pk=job.pk).state == State.WAITING


def test_of_a_backfill_only_so_many_rings_are_in_redis(redis: Any, settings: Any) -> None:
    settings.WAGTAIL_RESTORE = {**settings.WAGTAIL_RESTORE, "BULK_RINGS": 3}
    for _ in range(5):
        ask(make_image(), origin="backfill")
    assert queue.rung("bulk") == set()
    assert jobs.ring_waiting() == 3
    assert jobs.ring_waiting() == 0
    assert len(queue.rung("bulk")) == 3


def test_a_follow_up_whose_predecessor_vanished_gets_its_turn(image: Any) -> None:
    first, second = ask(image), ask(image, CLEAN)
    Job.objects.filter(pk=first.pk).update(state=State.FAILED, open_key=None)
    assert jobs.promote_orphans() == 1
    assert jobs.claim(second.pk, "worker") is not None
    assert jobs.promote_orphans() == 0


def test_a_wish_that_is_over_before_it_began_is_recorded(image: Any) -> None:
    wishes = Wishes(clean_up=CleanUp.DATES)
    job = jobs.record(image, State.SKIPPED, Note("animated", {"frames": 3}), wishes=wishes, origin="upload")
    assert (job.state, job.open_key, job.wished) == ("skipped", None, wishes)
    assert jobs.latest(image) == job


def test_what_is_wished_is_noted_with_the_user(image: Any, django_user_model: Any) -> None:
    user = django_user_model.objects.create_user("editor")
    assert ask(image, by=user).user == user
