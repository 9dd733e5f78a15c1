"""Both ends of the RQ wire: ringing for a Job, and the worker process that answers; the only file that knows RQ."""

from __future__ import annotations

import logging
import os
import re
import signal
import threading
import time
import uuid
from collections.abc import Callable, Sequence
from types import FrameType
from typing import Any

import django_rq
from django.db import close_old_connections
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry
from rq import SimpleWorker
from rq.exceptions import NoSuchJobError, StopRequested
from rq.job import Job as Ring
from rq.queue import Queue
from rq.serializers import resolve_serializer
from rq.utils import now
from rq.worker import WorkerStatus

from wagtail_restore.conf import conf
from wagtail_restore.exceptions import QueueUnreachable

logger = logging.getLogger(__name__)

RUN = "wagtail_restore.worker.run_job"
"""What a ring asks for; resolved in the worker process alone."""
SERIALIZER = "rq.serializers.JSONSerializer"
EXIT_HUNG = 70
MINUTE = 60
PATIENCE_SECONDS = 2
ASKED_SECONDS = 120
"""A live request that no worker took up or ended by then is dropped."""
ANSWER_SECONDS = 300
"""So long an answer to a live request is kept for whoever asked."""
ANEW_SECONDS = 5
"""After RQ's loop broke off, for want of Redis for one, it is begun anew this much later."""
BELLS = ("live", "restore", "bulk")
"""Our names of the queues, in the order in which a worker serves them."""
Crashed = Callable[[int, BaseException], object]
Stopping = Callable[[], object]
_RING_ID = re.compile(r"restore-(\d+)-(\d+)")


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
    ours = filter(None, map(_RING_ID.fullmatch, ids))
    return {(int(found[1]), int(found[2])) for found in ours}


def ask(function: str, *args: str) -> str:
    """Ask a live worker what this dotted ``function`` of ``args`` is; the key of the answer.

    Nobody waits for it longer than a few minutes. Raises ``QueueUnreachable``.
    """
    name = conf.QUEUES["live"]
    key = f"live-{uuid.uuid4().hex}"
    try:
        _queue(name).enqueue_call(
            function,
            args=args,
            job_id=key,
            timeout=ASKED_SECONDS,
            ttl=ASKED_SECONDS,
            result_ttl=ANSWER_SECONDS,
            failure_ttl=ANSWER_SECONDS,
        )
    except RedisError as error:
        raise QueueUnreachable(queue=name) from error
    return key


def answer(key: str) -> tuple[str, Any]:
    """``waiting``, ``done`` or ``failed`` (also where it is forgotten), and what came of it.

    Raises ``QueueUnreachable``.
    """
    name = conf.QUEUES["live"]
    try:
        asked = Ring.fetch(key, connection=_queue(name).connection, serializer=resolve_serializer(SERIALIZER))
        if asked.is_finished:
            return "done", asked.return_value()
        return ("failed" if asked.is_failed or asked.is_stopped else "waiting"), None
    except NoSuchJobError:
        return "failed", None
    except RedisError as error:
        raise QueueUnreachable(queue=name) from error


def check() -> None:
    """Ask Redis for a sign of life. Raises ``QueueUnreachable``."""
    name = conf.QUEUES["restore"]
    try:
        _queue(name).connection.ping()
    except RedisError as error:
        raise QueueUnreachable(queue=name) from error


def work(
    bells: Sequence[str],
    *,
    burst: bool,
    every_minute: Callable[[], object],
    crashed: Crashed | None = None,
    stopping: Stopping | None = None,
) -> None:
    """Answer rings until stopped, or with ``burst`` until there are none.

    ``every_minute`` is called before the first ring and then once a minute from a thread of its own, so that a long
    Job does not hold it up. ``crashed`` hears the primary key and the error of a ring that could not be answered.
    ``stopping`` is called from the handler of the signal that asks to stop, while the Job at hand goes on.
    Without ``burst`` the Models stay loaded while Redis is away: the rings are listened to anew when it is back.
    """
    every_minute()
    stop = threading.Event()
    ticker = threading.Thread(target=_tick, args=(stop, every_minute), name="restore-upkeep", daemon=True)
    ticker.start()
    try:
        while not _stopped(_listen(bells, burst, crashed, stopping)) and not burst:
            time.sleep(ANEW_SECONDS)
    except StopRequested:
        logger.info("asked to stop while nothing was under way")
    finally:
        stop.set()
        ticker.join(timeout=10)


def work_live(seconds: int) -> bool:
    """Answer live requests until asked to stop; True then.

    False when something was answered and nobody has asked again for so many ``seconds``: what was loaded for it may go.
    """
    try:
        while True:
            began = time.monotonic()
            worker = _listen(["live"], False, None, None, seconds)
            if _stopped(worker):
                return True
            if worker and worker.answered:
                return False
            if time.monotonic() - began < seconds:
                time.sleep(ANEW_SECONDS)
    except StopRequested:
        return True


def _listen(
    bells: Sequence[str], burst: bool, crashed: Crashed | None, stopping: Stopping | None, idle: int | None = None
) -> RestoreWorker | None:
    """Answer rings with RQ's loop, until it ends for whatever reason; who listened, or None where Redis was away."""
    names, worker = [conf.QUEUES[bell] for bell in bells], None
    try:
        worker = django_rq.get_worker(*names, worker_class=RestoreWorker, serializer=SERIALIZER)
        worker.stopping = stopping
        if crashed is not None:
            worker.push_exc_handler(_passing_on(crashed))
        worker.work(burst=burst, logging_level="WARNING", max_idle_time=idle)
    except RedisError as error:
        if burst:
            raise QueueUnreachable(queue=", ".join(names)) from error
        logger.warning("Redis does not answer: %s", error)
    return worker


def _stopped(worker: RestoreWorker | None) -> bool:
    return worker is not None and worker.asked_to_stop


class RestoreWorker(SimpleWorker):
    """One long-lived process per device: nothing forks, so that Models stay loaded and CUDA stays whole.

    A thread sends RQ's heartbeats while a Job runs, and ends the process when a Job hangs where no Python code is
    reached; the supervisor starts it anew, and upkeep takes the Job up again.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("job_monitoring_interval", 15)
        kwargs.setdefault("maintenance_interval", 60)
        self.asked_to_stop = False
        self.answered = 0
        self.stopping: Stopping | None = None
        self._at_work = False
        super().__init__(*args, **kwargs)

    def get_heartbeat_ttl(self, job: Ring, working_time: float = 0.0) -> int:
        return int(self.job_monitoring_interval) + 60

    def request_stop(self, signum: int, frame: FrameType | None) -> None:
        """Stop after the Job that is under way, without a word to Redis.

        RQ asks Redis whether it is at work. What comes of that when Redis is away or was emptied would be raised in the
        midst of a Job, which would fail of it.
        """
        self.asked_to_stop = True
        if self.stopping is not None:
            self.stopping()
        self._shutdown_requested_date = now()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self.request_force_stop)
        if not self._at_work:
            raise StopRequested
        self._stop_requested = True

    def execute_job(self, job: Ring, queue: Queue) -> None:
        execution = self.prepare_execution(job)
        stop = threading.Event()
        heart = threading.Thread(target=self._beat, args=(job, execution, stop), name="restore-heart", daemon=True)
        heart.start()
        self._at_work = True
        self.answered += 1
        try:
            close_old_connections()
            self.perform_job(job, queue, execution)
        finally:
            self._at_work = False
            stop.set()
            heart.join()
            close_old_connections()
        self.set_state(WorkerStatus.IDLE)

    def _beat(self, job: Ring, execution: Any, stop: threading.Event) -> None:
        limit = job.timeout or -1  # only a live request has one of its own
        deadline = time.monotonic() + (limit if limit > 0 else conf.JOB_SECONDS) + 60
        while not stop.wait(self.job_monitoring_interval):
            if time.monotonic() > deadline:
                logger.critical("ring %s hangs; ending the process so that it is started anew", job.id)
                os._exit(EXIT_HUNG)
            try:
                self.maintain_heartbeats(job, execution)
            except Exception:
                # Whatever the matter is, the watchdog above must live on.
                logger.warning("no heartbeat for ring %s; the row's lease counts", job.id, exc_info=True)


def _queue(name: str) -> Queue:
    """The queue over a connection that gives up soon: an upload must not wait for a Redis that is down."""
    redis = django_rq.get_connection(name)
    redis.set_retry(Retry(NoBackoff(), 0))
    for patience in ("socket_connect_timeout", "socket_timeout"):
        seconds = redis.get_connection_kwargs().get(patience) or PATIENCE_SECONDS
        redis.get_connection_kwargs()[patience] = min(seconds, PATIENCE_SECONDS)
    queue: Queue = django_rq.get_queue(name, commit_mode="auto", serializer=SERIALIZER, connection=redis)
    return queue


def _ring_id(pk: int, attempt: int) -> str:
    return f"restore-{pk}-{attempt}"


def _passing_on(crashed: Crashed) -> Callable[..., None]:
    """RQ's handler of exceptions that lets ``crashed`` know."""

    def handle(ring: Ring, kind: type[BaseException], error: BaseException, trace: Any) -> None:
        found = _RING_ID.fullmatch(ring.id)
        if found is None:
            return
        try:
            crashed(int(found[1]), error)
        except Exception:
            logger.exception("ring %s failed, and its row could not be told; upkeep rings again", ring.id)

    return handle


def _tick(stop: threading.Event, every_minute: Callable[[], object]) -> None:
    while not stop.wait(MINUTE):
        try:
            close_old_connections()
            every_minute()
            close_old_connections()
        except Exception:
            # Without this thread no lost Job would be found any more.
            logger.exception("what is done every minute failed; it is tried again in a minute")
