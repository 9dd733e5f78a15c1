"""Questions to a live worker while somebody waits: asked, replaced by the next one, answered, or dropped."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

from redis.exceptions import RedisError
from rq.exceptions import NoSuchJobError
from rq.job import Job as Ring
from rq.job import JobStatus
from rq.queue import Queue
from rq.serializers import resolve_serializer

from wagtail_restore.conf import conf
from wagtail_restore.exceptions import QueueUnreachable, TooManyAsked
from wagtail_restore.queue.rings import SERIALIZER, queue_of

ASKED_SECONDS = 120
"""A question that no worker took up or ended by then is dropped."""
ANSWER_SECONDS = 300
"""So long an answer is kept for whoever asked."""
OPEN = ("waiting", "behind", "started")
"""How a question may stand that has no answer yet."""
MOST_ASKED = 5
"""Questions of one person that may wait or be under way at a time, each about another thing."""


def ask(function: str, *args: str, by: str, about: str) -> str:
    """Ask a live worker what this dotted ``function`` of ``args`` is; the key of the answer.

    What the same person ``by`` has asked the same function ``about`` the same thing before is dropped if no worker has
    taken it up yet. Nobody waits for the answer longer than a few minutes. Raises ``QueueUnreachable``, and
    ``TooManyAsked`` where too much of what this person asked about other things is open.
    """
    name = conf.QUEUES["live"]
    key = f"live-{uuid.uuid4().hex}"
    call = {"func": function, "args": args, "job_id": key, "timeout": ASKED_SECONDS, "ttl": ASKED_SECONDS}
    call |= {"result_ttl": ANSWER_SECONDS, "failure_ttl": ANSWER_SECONDS}
    try:
        queue = queue_of(name)
        listed = f"wagtail-restore:{name}:asked:{by}"
        enter: Any = partial(_enter, queue=queue, listed=listed, topic=f"{function} {about}", call=call)
        before: Any = queue.connection.transaction(enter, listed, value_from_callable=True)
        if before:
            _drop(queue, before)
    except RedisError as error:
        raise QueueUnreachable(queue=name) from error
    return key


def answer(key: str) -> tuple[str, Any]:
    """``done``, ``failed`` or ``gone``, and what came of it; else where it stands.

    It is ``gone`` where the next question has replaced it, where it waited too long, and where Redis forgot it. It
    stands at ``started`` where a worker is at it, ``behind`` where one is at another question, and ``waiting``.
    Raises ``QueueUnreachable``.
    """
    name = conf.QUEUES["live"]
    try:
        queue = queue_of(name)
        asked = _ring(queue, key)
        if asked.is_finished:
            return "done", asked.return_value()
        if asked.is_failed or asked.is_stopped:
            return "failed", None
        if asked.is_started:
            return "started", None
        return ("behind" if _busy(queue) else "waiting"), None
    except NoSuchJobError:
        return "gone", None
    except RedisError as error:
        raise QueueUnreachable(queue=name) from error


def drop(key: str) -> None:
    """Nobody waits for this answer any more; what a worker has taken up goes on. Raises ``QueueUnreachable``."""
    name = conf.QUEUES["live"]
    try:
        _drop(queue_of(name), key)
    except RedisError as error:
        raise QueueUnreachable(queue=name) from error


def _enter(pipe: Any, *, queue: Queue, listed: str, topic: str, call: Mapping[str, Any]) -> str:
    """Put the question into the list of this person's and onto the queue; the key of its predecessor, or nothing.

    The list is watched: who asks twice at the same moment comes here anew, so that none is forgotten.
    """
    known = {each.decode(): key.decode() for each, key in pipe.hgetall(listed).items()}
    before: str = known.pop(topic, "")
    going = _going(queue, known.values())
    if len(going) >= MOST_ASKED:
        raise TooManyAsked(most=MOST_ASKED)
    over = [each for each, key in known.items() if key not in going]
    pipe.multi()
    pipe.hset(listed, topic, call["job_id"])
    if over:
        pipe.hdel(listed, *over)
    pipe.expire(listed, ANSWER_SECONDS)
    queue.enqueue_call(**call, pipeline=pipe)
    return before


def _drop(queue: Queue, key: str) -> None:
    # Whoever takes it off the queue has it, a worker or we; it is never taken away from below a worker.
    if not queue.remove(key):
        return
    try:
        _ring(queue, key).delete(remove_from_queue=False)
    except NoSuchJobError:
        return


def _going(queue: Queue, keys: Iterable[str]) -> set[str]:
    """Which of these wait or are under way."""
    rings = Ring.fetch_many(keys, connection=queue.connection, serializer=resolve_serializer(SERIALIZER))
    going = (JobStatus.QUEUED, JobStatus.STARTED)
    return {each.id for each in rings if each and each.get_status(refresh=False) in going}


def _busy(queue: Queue) -> bool:
    """Whether a worker is at a question; what one that died left behind does not count beyond its time."""
    registry = queue.started_job_registry
    return bool(queue.connection.zcount(registry.key, time.time(), "+inf"))


def _ring(queue: Queue, key: str) -> Ring:
    return Ring.fetch(key, connection=queue.connection, serializer=resolve_serializer(SERIALIZER))
