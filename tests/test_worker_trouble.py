"""A worker whose database, storage or memory fails it in the midst of a Job."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import InterfaceError, OperationalError, connection
from django.utils import timezone

from tests.app.storages import RemoteStorage
from wagtail_restore import jobs, restore, worker
from wagtail_restore.imaging.planning import Note
from wagtail_restore.jobs import life
from wagtail_restore.models import Job, State
from wagtail_restore.testing import make_image, work

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _redis(redis: Any) -> None:
    worker.bench.pool.close()


def asked() -> Job:
    job = restore(make_image(64, 48), upscale="x2", model="resample")
    assert job is not None
    return job


def now(job: Job) -> Job:
    return Job.objects.get(pk=job.pk)


def raising(error: BaseException) -> Any:
    def step(work: Any) -> None:
        raise error

    return step


@pytest.fixture
def step_that(monkeypatch: Any) -> Any:
    """Puts another step in the place of ``decode``."""

    def put(step: Any) -> None:
        monkeypatch.setattr(worker, "STEPS", (worker.read, step, *worker.STEPS[2:]))

    return put


@pytest.mark.parametrize("error", [OperationalError("database is locked"), InterfaceError("connection closed")])
def test_a_database_in_trouble_is_worth_another_try(step_that: Any, error: Exception) -> None:
    job = asked()
    step_that(raising(error))
    work()
    job = now(job)
    assert job.state == State.WAITING and job.not_before is not None
    assert job.why == Note("database_failed", {"detail": f"{type(error).__name__}: {error}"})


def test_memory_that_runs_out_outside_of_the_network_has_the_same_name(step_that: Any) -> None:
    job = asked()
    step_that(raising(MemoryError()))
    work()
    assert now(job).why == Note("out_of_memory", {"device": "cpu"})
    assert now(job).state == State.WAITING


def test_a_storage_with_errors_of_its_own_is_worth_another_try(monkeypatch: Any) -> None:
    class Away(RemoteStorage):
        def _open(self, name: str, mode: str = "rb") -> Any:
            raise LookupError("an error that only this storage has")

    job = asked()
    monkeypatch.setattr(type(job.image())._meta.get_field("file"), "storage", Away())
    work()
    assert (now(job).state, now(job).reason["code"]) == ("waiting", "storage_failed")
    assert "only this storage has" in now(job).reason["params"]["detail"]


def test_a_word_about_progress_that_cannot_be_written_costs_no_work(monkeypatch: Any) -> None:
    job = asked()
    tell, told = jobs.tell, []

    def locked(job: Job, progress: float, doing: str) -> None:
        told.append(doing)
        if doing != "publish":
            raise OperationalError("database is locked")
        tell(job, progress, doing)

    monkeypatch.setattr(jobs, "tell", locked)
    work()
    assert now(job).state == State.PUBLISHED
    assert told[0] != "publish"


@pytest.fixture
def quick_lease(settings: Any) -> Iterator[None]:
    settings.WAGTAIL_RESTORE = {**settings.WAGTAIL_RESTORE, "LEASE_SECONDS": 0.2}
    yield


@pytest.mark.parametrize("error", [OperationalError, InterfaceError])
def test_the_heart_beats_on_after_a_database_that_was_away(monkeypatch: Any, quick_lease: None, error: Any) -> None:
    job = jobs.claim(asked().pk, "worker")
    assert job is not None
    renew, beats = jobs.renew, []

    def away(job: Job) -> bool:
        beats.append(threading.current_thread().name)
        if len(beats) < 3:
            raise error("the connection is closed")
        return renew(job)

    monkeypatch.setattr(life, "renew", away)
    with worker.lease(job):
        end = time.monotonic() + 10
        while len(beats) < 5 and time.monotonic() < end:
            time.sleep(0.02)
    assert len(beats) >= 5
    lease = now(job).lease_until
    assert lease is not None and lease > timezone.now() - timedelta(seconds=5)


def test_a_publish_that_is_rolled_back_at_its_end_is_tried_again(monkeypatch: Any) -> None:
    from wagtail_restore.swap import switch

    job = asked()
    after, tried = switch.after_commit, []

    def locked(*args: Any, **kwargs: Any) -> None:
        tried.append(connection.in_atomic_block)
        if len(tried) == 1:
            raise OperationalError("deadlock detected")
        after(*args, **kwargs)

    monkeypatch.setattr(switch, "after_commit", locked)
    work()
    assert tried == [True, True]
    assert (now(job).state, now(job).attempt) == ("published", 1)
