"""The site's end of the RQ wire: ringing for a Job, and what waits."""

from __future__ import annotations

import re

import django_rq
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry
from rq.queue import Queue

from wagtail_restore.conf import conf
from wagtail_restore.exceptions import QueueUnreachable

RUN = "wagtail_restore.worker.run_job"
"""What a ring asks for; resolved in the worker process alone."""
SERIALIZER = "rq.serializers.JSONSerializer"
PATIENCE_SECONDS = 2
_RING_ID = re.compile(r"restore-(\d+)-(\d+)")


def ring(pk: int, attempt: int, bell: str) -> None:
    """Ring for the Job with this primary key. Raises ``QueueUnreachable``.

    Ringing twice does no harm: the second ring finds the row claimed and ends at once.
    """
    name = conf.QUEUES[bell]
    try:
        queue_of(name).enqueue(
            RUN, pk, job_id=_ring_id(pk, attempt), job_timeout=-1, result_ttl=0, failure_ttl=24 * 3600
        )
    except RedisError as error:
        raise QueueUnreachable(queue=name) from error


def rung(bell: str) -> set[tuple[int, int]]:
    """The (primary key, attempt) of every ring that waits in this queue. Raises ``QueueUnreachable``."""
    name = conf.QUEUES[bell]
    try:
        ids = queue_of(name).get_job_ids()
    except RedisError as error:
        raise QueueUnreachable(queue=name) from error
    return {found for found in map(of_ring, ids) if found}


def of_ring(ring_id: str) -> tuple[int, int] | None:
    """The (primary key, attempt) that RQ's job with this id rings for; None where it is not one of our rings."""
    found = _RING_ID.fullmatch(ring_id)
    return (int(found[1]), int(found[2])) if found else None


def check() -> None:
    """Ask Redis for a sign of life. Raises ``QueueUnreachable``."""
    name = conf.QUEUES["restore"]
    try:
        queue_of(name).connection.ping()
    except RedisError as error:
        raise QueueUnreachable(queue=name) from error


def queue_of(name: str) -> Queue:
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
