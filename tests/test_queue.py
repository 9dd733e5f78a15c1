"""What crosses the wire to Redis, and the worker process at the other end."""

from __future__ import annotations

import json
import os
import signal
import socket
import threading
import time
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from redis.exceptions import ConnectionError as RedisConnectionError

from wagtail_restore import queue
from wagtail_restore.exceptions import QueueUnreachable
from wagtail_restore.queue import listening, rings


def test_nothing_but_a_dotted_path_and_a_key_crosses_the_wire_as_json(redis: Any) -> None:
    queue.ring(41, 2, "restore")
    raw = redis.hget("rq:job:restore-41-2", "data")
    assert json.loads(zlib.decompress(raw)) == ["wagtail_restore.worker.run_job", None, [41], {}]


def test_rings_wait_in_the_queue_of_their_bell(redis: Any) -> None:
    queue.ring(1, 0, "restore")
    queue.ring(2, 1, "bulk")
    assert queue.rung("restore") == {(1, 0)}
    assert queue.rung("bulk") == {(2, 1)}
    assert queue.rung("live") == set()


def test_a_dead_redis_has_a_name(dead_redis: None) -> None:
    with pytest.raises(QueueUnreachable) as caught:
        queue.ring(1, 0, "restore")
    assert caught.value.params == {"queue": "restore"}
    with pytest.raises(QueueUnreachable):
        queue.rung("bulk")
    with pytest.raises(QueueUnreachable):
        queue.check()


def test_an_upload_does_not_wait_for_a_redis_that_is_down(dead_redis: None) -> None:
    began = time.monotonic()
    with pytest.raises(QueueUnreachable):
        queue.ring(1, 0, "restore")
    assert time.monotonic() - began < 1


@pytest.mark.django_db(transaction=True)
def test_a_worker_does_what_must_be_done_each_minute_before_the_first_ring(redis: Any) -> None:
    calls: list[str] = []
    queue.work(queue.BELLS, burst=True, every_minute=lambda: calls.append("upkeep"))
    assert calls == ["upkeep"]


@pytest.mark.django_db(transaction=True)
def test_what_may_wait_for_others_holds_up_neither_the_first_ring_nor_what_is_done_each_minute(
    redis: Any, monkeypatch: Any, signals: None
) -> None:
    calls: list[str] = []
    answers = threading.Event()

    def slow() -> None:
        calls.append("asks")
        answers.wait(10)

    def duty() -> None:
        calls.append("duty")
        if calls.count("duty") == 4:
            answers.set()
            os.kill(os.getpid(), signal.SIGTERM)

    monkeypatch.setattr(listening, "MINUTE", 0.1)
    queue.work(["restore"], burst=False, every_minute=duty, beside=slow)
    assert calls[0] == "duty"
    assert calls.count("duty") >= 4
    assert calls.count("asks") >= 1


@pytest.mark.django_db(transaction=True)
def test_a_ring_for_a_job_that_is_gone_ends_quietly(redis: Any) -> None:
    queue.ring(999_999, 0, "restore")
    queue.work(["restore"], burst=True, every_minute=lambda: None)
    assert queue.rung("restore") == set()
    assert redis.zcard("rq:failed:restore") == 0


def test_a_heartbeat_lasts_for_the_monitoring_interval_and_a_minute(redis: Any) -> None:
    import django_rq

    worker = django_rq.get_worker("restore", worker_class=listening.RestoreWorker, serializer=queue.SERIALIZER)
    assert worker.job_monitoring_interval == 15
    assert worker.get_heartbeat_ttl(None) == 75


def test_an_upload_does_not_wait_for_a_redis_that_is_stuck(tmp_path: Path, monkeypatch: Any) -> None:
    from django_rq import settings as rq_settings

    monkeypatch.setattr(rings, "PATIENCE_SECONDS", 0.2)
    path = tmp_path / "redis.sock"
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
        server.listen()  # and never a word
        monkeypatch.setitem(rq_settings.QUEUES, "restore", {"UNIX_SOCKET_PATH": str(path), "DB": 0})
        began = time.monotonic()
        with pytest.raises(QueueUnreachable):
            queue.ring(1, 0, "restore")
        assert time.monotonic() - began < 2


def test_foreign_rings_in_our_queue_are_no_hindrance(redis: Any) -> None:
    import django_rq

    foreign = django_rq.get_queue("restore", serializer=queue.SERIALIZER)
    foreign.enqueue("wagtail_restore.queue.check", job_id="restore-the-backup")
    queue.ring(7, 1, "restore")
    assert queue.rung("restore") == {(7, 1)}


@pytest.mark.django_db(transaction=True)
def test_who_cannot_answer_a_ring_says_so(redis: Any, monkeypatch: Any) -> None:
    told: list[tuple[int, str]] = []
    monkeypatch.setattr(rings, "RUN", "wagtail_restore.no_such_module.run_job")
    queue.ring(41, 2, "restore")
    queue.work(
        ["restore"],
        burst=True,
        every_minute=lambda: None,
        crashed=lambda pk, error: told.append((pk, type(error).__name__)),
    )
    assert told == [(41, "ValueError")]


@pytest.mark.django_db(transaction=True)
def test_a_row_that_cannot_be_told_does_not_end_the_worker(redis: Any, monkeypatch: Any) -> None:
    def broken(pk: int, error: BaseException) -> None:
        raise OSError("no database either")

    monkeypatch.setattr(rings, "RUN", "wagtail_restore.no_such_module.run_job")
    queue.ring(1, 0, "restore")
    queue.ring(2, 0, "restore")
    queue.work(["restore"], burst=True, every_minute=lambda: None, crashed=broken)
    assert queue.rung("restore") == set()


@pytest.mark.django_db(transaction=True)
def test_what_is_done_every_minute_goes_on_after_a_failure(redis: Any, monkeypatch: Any, signals: None) -> None:
    calls: list[int] = []

    def fail() -> None:
        calls.append(1)
        if len(calls) == 4:
            os.kill(os.getpid(), signal.SIGTERM)
        if len(calls) > 1:
            raise ValueError("once more")

    monkeypatch.setattr(listening, "MINUTE", 0.1)
    queue.work(["restore"], burst=False, every_minute=fail)
    assert len(calls) >= 4


@pytest.mark.django_db(transaction=True)
def test_a_worker_waits_for_a_redis_that_is_away(redis: Any, dead_redis: None, monkeypatch: Any, signals: None) -> None:
    from django_rq import settings as rq_settings

    listens: list[int] = []
    listen = listening._listen

    def watched(*args: Any) -> bool:
        listens.append(1)
        if len(listens) == 3:
            rq_settings.QUEUES.update(dict.fromkeys(rq_settings.QUEUES, settings.REDIS))
            queue.ring(1, 0, "restore")
        return listen(*args)

    monkeypatch.setattr(listening, "ANEW_SECONDS", 0.1)
    monkeypatch.setattr(listening, "_listen", watched)
    monkeypatch.setattr(rings, "RUN", f"{__name__}.work_and_be_stopped")
    before[:], ended[:] = [redis.ping], []
    queue.work(["restore"], burst=False, every_minute=lambda: None)
    assert (len(listens), ended) == (3, [1])


@pytest.mark.parametrize("emptied", [False, True])
@pytest.mark.django_db(transaction=True)
def test_a_stop_reaches_a_job_that_is_under_way_only_when_it_is_over(
    redis: Any, monkeypatch: Any, signals: None, emptied: bool
) -> None:
    monkeypatch.setattr(rings, "RUN", f"{__name__}.work_and_be_stopped")
    before[:], ended[:] = [redis.flushall if emptied else redis.ping], []
    queue.ring(1, 0, "restore")
    queue.ring(2, 0, "restore")
    queue.work(["restore"], burst=False, every_minute=lambda: None)
    assert ended == [1], "the first job was finished, the second one not begun"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("moment", ["register_birth", "subscribe", "run_maintenance_tasks", "teardown"])
@pytest.mark.django_db(transaction=True)
def test_a_stop_while_the_worker_begins_or_ends_is_a_quiet_end_too(
    redis: Any, monkeypatch: Any, signals: None, moment: str, number: int
) -> None:
    meant = getattr(listening.RestoreWorker, moment)
    ended[:] = []

    def stopped(worker: Any, *args: Any, **kwargs: Any) -> Any:
        if not ended:
            ended.append(1)
            os.kill(os.getpid(), number)
        return meant(worker, *args, **kwargs)

    monkeypatch.setattr(listening.RestoreWorker, moment, stopped)
    if moment == "teardown":
        monkeypatch.setattr(listening.RestoreWorker, "check_for_suspension", away)
    queue.work(["restore"], burst=False, every_minute=lambda: None)
    assert ended == [1] and redis.scard("rq:workers") == 0


def away(worker: Any, burst: bool) -> None:
    raise RedisConnectionError("Redis is away")


before: list[Callable[[], Any]] = []
ended: list[int] = []


def work_and_be_stopped(pk: int) -> None:
    """A Job during which the worker is asked to stop."""
    before[0]()
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(0.05)
    ended.append(pk)
