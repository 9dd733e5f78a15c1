"""Both ends of the RQ wire: ringing for a Job, and the worker process that answers; the only file that knows RQ."""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

import django_rq
from django.db import close_old_connections
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry
from rq import SimpleWorker
from rq.job import Job as Ring
from rq.queue import Queue
from rq.worker import WorkerStatus

from wagtail_restore.conf import conf
from wagtail_restore.exceptions import QueueUnreachable

logger = logging.getLogger(__name__)

RUN = "wagtail_restore.worker.run_job"
"""What a ring asks for; resolved in the worker process alone."""
SERIALIZER = "rq.serializers.JSONSerializer"
EXIT_HUNG = 70
PATIENCE_SECONDS = 2
BELLS = ("live", "restore", "bulk")
"""Our names of the queues, in the order in which a worker serves them."""


def ring(pk: int, attempt: int, bell: str) -> None:
    """Ring for the Job with this primary key. Raises ``QueueUnreachable``.

    Ringing twice does no harm: the second ring finds the row claimed and ends at once.
    """
    name = conf.QUEUES[bell]
    try:
        _queue(name).enqueue(RUN, pk, job_id=_ring_id(pk, attempt), job_timeout=-1, result_ttl=0, failure_ttl=24 * 3600)
    except RedisError as error:
        raise QueueUnreachable(queue=name) from error


def rung(bell: str) -> set[tuple[int, int]]:
    """The (primary key, attempt) of every ring that waits in this queue. Raises ``QueueUnreachable``."""
    name = conf.QUEUES[bell]
    try:
        ids = _queue(name).get_job_ids()
    except RedisError as error:
        raise QueueUnreachable(queue=name) from error
    pairs = (ring_id.removeprefix("restore-").split("-") for ring_id in ids if ring_id.startswith("restore-"))
    return {(int(pk), int(attempt)) for pk, attempt in pairs}


def check() -> None:
    """Ask Redis for a sign of life. Raises ``QueueUnreachable``."""
    name = conf.QUEUES["restore"]
    try:
        _queue(name).connection.ping()
    except RedisError as error:
        raise QueueUnreachable(queue=name) from error


def work(bells: Sequence[str], *, burst: bool, every_minute: Callable[[], object]) -> None:
    """Answer rings until stopped, or with ``burst`` until there are none.

    ``every_minute`` is called before the first ring and then once a minute from a thread of its own, so that a long
    Job does not hold it up.
    """
    names = [conf.QUEUES[bell] for bell in bells]
    worker = django_rq.get_worker(*names, worker_class=RestoreWorker, serializer=SERIALIZER)
    every_minute()
    stop = threading.Event()
    ticker = threading.Thread(target=_tick, args=(stop, every_minute), name="restore-upkeep", daemon=True)
    ticker.start()
    try:
        worker.work(burst=burst, logging_level="WARNING")
    finally:
        stop.set()
        ticker.join(timeout=10)


class RestoreWorker(SimpleWorker):
    """One long-lived process per device: nothing forks, so that Models stay loaded and CUDA stays whole.

    A thread sends RQ's heartbeats while a Job runs, and ends the process when a Job hangs where no Python code is
    reached; the supervisor starts it anew, and upkeep takes the Job up again.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("job_monitoring_interval", 15)
        kwargs.setdefault("maintenance_interval", 60)
        super().__init__(*args, **kwargs)

    def get_heartbeat_ttl(self, job: Ring, working_time: float = 0.0) -> int:
        return int(self.job_monitoring_interval) + 60

    def execute_job(self, job: Ring, queue: Queue) -> None:
        execution = self.prepare_execution(job)
        stop = threading.Event()
        heart = threading.Thread(target=self._beat, args=(job, execution, stop), name="restore-heart", daemon=True)
        heart.start()
        try:
            close_old_connections()
            self.perform_job(job, queue, execution)
        finally:
            stop.set()
            heart.join()
            close_old_connections()
        self.set_state(WorkerStatus.IDLE)

    def _beat(self, job: Ring, execution: Any, stop: threading.Event) -> None:
        deadline = time.monotonic() + conf.JOB_SECONDS + 60
        while not stop.wait(self.job_monitoring_interval):
            if time.monotonic() > deadline:
                logger.critical("ring %s hangs; ending the process so that it is started anew", job.id)
                os._exit(EXIT_HUNG)
            try:
                self.maintain_heartbeats(job, execution)
            except RedisError:
                logger.warning("no heartbeat for ring %s: Redis does not answer; the row's lease counts", job.id)


def _queue(name: str) -> Queue:
    """The queue over a connection that gives up soon: an upload must not wait for a Redis that is down."""
    redis = django_rq.get_connection(name)
    redis.set_retry(Retry(NoBackoff(), 0))
    redis.get_connection_kwargs().setdefault("socket_connect_timeout", PATIENCE_SECONDS)
    queue: Queue = django_rq.get_queue(name, commit_mode="auto", serializer=SERIALIZER, connection=redis)
    return queue


def _ring_id(pk: int, attempt: int) -> str:
    return f"restore-{pk}-{attempt}"


def _tick(stop: threading.Event, every_minute: Callable[[], object]) -> None:
    while not stop.wait(60):
        close_old_connections()
        every_minute()
        close_old_connections()
