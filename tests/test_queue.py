"""What crosses the wire to Redis, and the worker process at the other end."""

from __future__ import annotations

import json
import time
import zlib
from typing import Any

import pytest

from wagtail_restore import queue
from wagtail_restore.exceptions import QueueUnreachable


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
def test_a_ring_for_a_job_that_is_gone_ends_quietly(redis: Any) -> None:
    queue.ring(999_999, 0, "restore")
    queue.work(["restore"], burst=True, every_minute=lambda: None)
    assert queue.rung("restore") == set()
    assert redis.zcard("rq:failed:restore") == 0


def test_a_heartbeat_lasts_for_the_monitoring_interval_and_a_minute(redis: Any) -> None:
    import django_rq

    worker = django_rq.get_worker("restore", worker_class=queue.RestoreWorker, serializer=queue.SERIALIZER)
    assert worker.job_monitoring_interval == 15
    assert worker.get_heartbeat_ttl(None) == 75
