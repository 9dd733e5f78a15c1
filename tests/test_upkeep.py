"""The pass that puts right what was left: under a lock, any number of times."""

from __future__ import annotations

import io
import json
import threading
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.db import OperationalError, connection
from django.utils import timezone

from wagtail_restore import jobs, queue, restore, upkeep
from wagtail_restore.models import Job, UpkeepLock
from wagtail_restore.testing import make_image

pytestmark = pytest.mark.django_db(transaction=True)

DUTIES = ("recovered", "promoted", "rung", "settled", "deleted", "expired", "forgotten")
NEWS = ("mailed", "told")
NOTHING = dict.fromkeys(DUTIES, 0)


def test_with_nothing_to_do_nothing_is_done(redis: Any) -> None:
    assert upkeep.run() == NOTHING
    assert upkeep.run() == NOTHING
    assert UpkeepLock.objects.get().held_until is None


def test_a_lost_worker_and_a_flushed_redis_cost_time_but_no_job(redis: Any) -> None:
    lost, silent = restore(make_image(), upscale="x2"), restore(make_image(), upscale="x2")
    assert lost is not None and silent is not None
    assert jobs.claim(lost.pk, "doomed") is not None
    Job.objects.filter(pk=lost.pk).update(lease_until=timezone.now() - timedelta(seconds=1))
    redis.flushall()
    assert upkeep.run() == {**NOTHING, "recovered": 1, "rung": 1}
    assert queue.rung("restore") == {(silent.pk, 0)}
    Job.objects.filter(pk=lost.pk).update(not_before=timezone.now())
    assert upkeep.run() == {**NOTHING, "rung": 1}
    assert queue.rung("restore") == {(silent.pk, 0), (lost.pk, 1)}


def test_while_one_process_is_at_it_another_leaves_it_alone(redis: Any) -> None:
    upkeep.run()
    UpkeepLock.objects.update(held_until=timezone.now() + timedelta(minutes=1))
    assert upkeep.run() is None


def test_the_lock_of_a_process_that_died_is_taken_over(redis: Any) -> None:
    upkeep.run()
    UpkeepLock.objects.update(held_until=timezone.now() - timedelta(seconds=1))
    assert upkeep.run() == NOTHING


def test_a_clock_that_was_put_back_does_not_hold_the_lock_for_hours(redis: Any) -> None:
    upkeep.run()
    UpkeepLock.objects.update(held_until=timezone.now() + timedelta(hours=1))
    assert upkeep.run() == NOTHING


def test_of_many_at_once_one_does_it(redis: Any, monkeypatch: Any) -> None:
    upkeep.run()
    counts: list[Any] = []
    together = threading.Barrier(4)

    def go() -> None:
        together.wait()
        counts.append(upkeep.run())
        connection.close()

    monkeypatch.setitem(upkeep.DUTIES, "recovered", lambda: threading.Event().wait(0.5) or 0)
    threads = [threading.Thread(target=go) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(count is None for count in counts) == [False, True, True, True]


def test_the_lock_is_given_back_when_a_duty_fails(redis: Any, monkeypatch: Any) -> None:
    def broken() -> int:
        raise OperationalError("gone")

    monkeypatch.setitem(upkeep.DUTIES, "recovered", broken)
    with pytest.raises(OperationalError):
        upkeep.run()
    assert UpkeepLock.objects.get().held_until is None
    upkeep.run_from_worker()


def test_a_duty_that_fails_keeps_no_other_from_being_done(redis: Any, monkeypatch: Any) -> None:
    def broken() -> int:
        raise ConnectionError("the cache is away")

    job = restore(make_image(), upscale="x2")
    assert job is not None
    redis.flushall()
    monkeypatch.setitem(upkeep.DUTIES, "recovered", broken)
    with pytest.raises(ConnectionError):
        upkeep.run()
    assert queue.rung("restore") == {(job.pk, 0)}
    upkeep.run_from_worker()


def test_a_slow_mail_server_holds_up_no_duty(redis: Any, monkeypatch: Any) -> None:
    """While one process tells, the duties are done, and no other tells."""
    inner: list[Any] = []

    def slow() -> int:
        inner.extend([upkeep.run(), upkeep.tell()])
        return 1

    monkeypatch.setitem(upkeep.NEWS, "mailed", slow)
    assert upkeep.tell() == {"mailed": 1, "told": 0}
    assert inner == [NOTHING, None]


def test_the_duties_tell_nobody_anything(redis: Any, monkeypatch: Any) -> None:
    """They are done before a worker answers its first ring."""
    told: list[int] = []
    monkeypatch.setitem(upkeep.NEWS, "mailed", lambda: told.append(1) or 0)
    upkeep.run_from_worker()
    assert told == []
    upkeep.tell_from_worker()
    assert told == [1]


def test_the_command_tells_also_where_a_duty_failed(redis: Any, monkeypatch: Any) -> None:
    def broken() -> int:
        raise OperationalError("gone")

    told: list[int] = []
    monkeypatch.setitem(upkeep.DUTIES, "recovered", broken)
    monkeypatch.setitem(upkeep.NEWS, "mailed", lambda: told.append(1) or 0)
    with pytest.raises(OperationalError):
        call_command("restore_upkeep")
    assert told == [1]


def test_the_command_tells_what_was_done(redis: Any) -> None:
    out = io.StringIO()
    call_command("restore_upkeep", json=True, stdout=out)
    assert json.loads(out.getvalue()) == {"done": True, **NOTHING, "mailed": 0, "told": 0}
    out = io.StringIO()
    call_command("restore_upkeep", stdout=out)
    assert out.getvalue() == ", ".join(f"0 {duty}" for duty in (*DUTIES, *NEWS)) + "\n"
    UpkeepLock.objects.update(held_until=timezone.now() + timedelta(minutes=1))
    out = io.StringIO()
    call_command("restore_upkeep", stdout=out)
    assert out.getvalue() == "Another process is at it; nothing to do here.\n"
