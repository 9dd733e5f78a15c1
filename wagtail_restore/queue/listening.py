"""The worker's end of the RQ wire: the process that answers rings until it is asked to stop."""

from __future__ import annotations

import logging
import os
import signal
import threading
import time
from collections.abc import Callable, Sequence
from types import FrameType
from typing import Any

import django_rq
from django.db import close_old_connections
from redis.exceptions import RedisError
from rq import SimpleWorker
from rq.exceptions import StopRequested
from rq.job import Job as Ring
from rq.queue import Queue
from rq.utils import now
from rq.worker import WorkerStatus

from wagtail_restore.conf import conf
from wagtail_restore.exceptions import QueueUnreachable
from wagtail_restore.queue.rings import SERIALIZER, of_ring

logger = logging.getLogger(__name__)

EXIT_HUNG = 70
MINUTE = 60
ANEW_SECONDS = 5
"""After RQ's loop broke off, for want of Redis for one, it is begun anew this much later."""
BELLS = ("live", "restore", "bulk")
"""Our names of the queues, in the order in which a worker serves them."""
Crashed = Callable[[int, BaseException], object]
Stopping = Callable[[], object]


def work(
    bells: Sequence[str],
    *,
    burst: bool,
    every_minute: Callable[[], object],
    beside: Callable[[], object] | None = None,
    crashed: Crashed | None = None,
    stopping: Stopping | None = None,
) -> None:
    """Answer rings until stopped, or with ``burst`` until there are none.

    ``every_minute`` is called before the first ring and then once a minute from a thread of its own, so that a long
    Job does not hold it up; ``beside`` once a minute from another thread, as it may wait for foreign servers.
    ``crashed`` hears the primary key and the error of a ring that could not be answered. ``stopping`` is called from
    the handler of the signal that asks to stop, while the Job at hand goes on.
    Without ``burst`` the Models stay loaded while Redis is away: the rings are listened to anew when it is back.
    """
    every_minute()
    stop = threading.Event()
    acts = {"restore-upkeep": every_minute, **({"restore-telling": beside} if beside else {})}
    tickers = [threading.Thread(target=_tick, args=(stop, act), name=name, daemon=True) for name, act in acts.items()]
    for ticker in tickers:
        ticker.start()
    try:
        while not _stopped(_listen(bells, burst, crashed, stopping)) and not burst:
            time.sleep(ANEW_SECONDS)
    except StopRequested:
        logger.info("asked to stop while nothing was under way")
    finally:
        stop.set()
        for ticker in tickers:
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
        self._busy = False
        super().__init__(*args, **kwargs)

    def work(self, *args: Any, **kwargs: Any) -> bool:
        """RQ's loop; it would listen to signals only once Redis knows the worker, this one does from the start."""
        self._busy = True
        self._install_signal_handlers()  # type: ignore[no-untyped-call]
        try:
            return bool(super().work(*args, **kwargs))
        finally:
            self._busy = False

    def dequeue_job_and_maintain_ttl(self, timeout: int | None, max_idle_time: int | None = None) -> Any:
        """The next ring; only while it is waited for may a stop break in, as nothing is half done then."""
        self._busy = False
        try:
            if self._stop_requested:
                raise StopRequested
            return super().dequeue_job_and_maintain_ttl(timeout, max_idle_time)
        finally:
            self._busy = True

    def get_heartbeat_ttl(self, job: Ring, working_time: float = 0.0) -> int:
        return int(self.job_monitoring_interval) + 60

    def request_stop(self, signum: int, frame: FrameType | None) -> None:
        """Stop after what is under way, a Job or the beginning itself, without a word to Redis.

        RQ asks Redis whether it is at work. What comes of that when Redis is away or was emptied would be raised in the
        midst of a Job, which would fail of it.
        """
        self.asked_to_stop = True
        if self.stopping is not None:
            self.stopping()
        self._shutdown_requested_date = now()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self.request_force_stop)
        self._stop_requested = True
        if not self._busy:
            raise StopRequested

    def execute_job(self, job: Ring, queue: Queue) -> None:
        execution = self.prepare_execution(job)
        stop = threading.Event()
        heart = threading.Thread(target=self._beat, args=(job, execution, stop), name="restore-heart", daemon=True)
        heart.start()
        self.answered += 1
        try:
            close_old_connections()
            self.perform_job(job, queue, execution)
        finally:
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


def _passing_on(crashed: Crashed) -> Callable[..., None]:
    """RQ's handler of exceptions that lets ``crashed`` know."""

    def handle(ring: Ring, kind: type[BaseException], error: BaseException, trace: Any) -> None:
        found = of_ring(ring.id)
        if found is None:
            return
        try:
            crashed(found[0], error)
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
