"""What happens to a Job between its claim and its end: every change of state is a compare-and-swap on the row."""

from __future__ import annotations

import json
import logging
import traceback
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.db import IntegrityError, router, transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from wagtail_restore.conf import conf
from wagtail_restore.exceptions import Cancelled, LeaseLost, RestoreError, WorkerBroken, WorkerLost
from wagtail_restore.imaging.planning import Note
from wagtail_restore.jobs import painted
from wagtail_restore.jobs.bells import NEXT, ring_on_commit
from wagtail_restore.models import Job, State
from wagtail_restore.models.links import database_of

logger = logging.getLogger(__name__)

ROADS: dict[State, frozenset[State]] = {
    State.WAITING: frozenset({State.RUNNING, State.FAILED, State.CANCELLED, State.SUPERSEDED, State.DISCARDED}),
    State.RUNNING: frozenset(State) - {State.RUNNING, State.WITHDRAWN},
    State.REVIEW: frozenset({State.PUBLISHED, State.SUPERSEDED, State.DISCARDED}),
    State.PUBLISHED: frozenset({State.WITHDRAWN}),
    State.WITHDRAWN: frozenset({State.PUBLISHED}),
}
"""From each state, the states that may follow; a state that is not named here is final."""


def claim(pk: int, worker: str) -> Job | None:
    """Take the lease on a waiting Job, by compare-and-swap; None where it is not to be had (any more)."""
    now = timezone.now()
    due = Q(not_before=None) | Q(not_before__lte=now)
    waiting = Job.objects.filter(due, pk=pk, state=State.WAITING).exclude(open_key__endswith=NEXT)
    claimed = waiting.update(
        state=State.RUNNING,
        attempt=F("attempt") + 1,
        worker=worker,
        lease_until=now + _lease(),
        started_at=now,
        progress=0.0,
        doing="",
    )
    return Job.objects.using(router.db_for_write(Job)).get(pk=pk) if claimed else None


def renew(job: Job) -> bool:
    """Lengthen the lease; False where it is lost."""
    return bool(_leased(job).update(lease_until=timezone.now() + _lease()))


def tell(job: Job, progress: float, doing: str) -> None:
    """Write down how far the work is. Raises ``LeaseLost`` or ``Cancelled`` when it has no reason to go on."""
    if not _leased(job).update(progress=progress, doing=doing, lease_until=timezone.now() + _lease()):
        raise LeaseLost
    if _leased(job).filter(cancel_requested=True).exists():
        raise Cancelled


def finish(job: Job, state: State, reason: Note | None = None, **values: Any) -> None:
    """Bring a Job to its end, or to review. Raises ``LeaseLost`` where it is no longer as the caller knew it."""
    close(job, state, reason, **values)
    if not job.is_open:
        _promote(job)


def close(job: Job, state: State, reason: Note | None = None, **values: Any) -> None:
    """As ``finish``, but the follow-up goes on waiting, behind what takes the place of this Job."""
    row = Job.objects.using(database_of(job)).filter(pk=job.pk, state=job.state, attempt=job.attempt)
    if state not in ROADS.get(State(job.state), frozenset()):
        raise LeaseLost
    values |= {"state": state, "lease_until": None, "progress": 1.0 if state == State.PUBLISHED else job.progress}
    if reason is not None:
        values["reason"] = reason.to_json()
    if state == State.REVIEW:
        values["review_since"] = timezone.now()
    if state not in State.open():
        values |= {"open_key": None, "finished_at": timezone.now()}
        if job.mask and job.painted and not painted.kept(state, values):
            values["may_retry"] = False  # what was painted is gone with the Job
    if not row.update(**values):
        raise LeaseLost
    for name, value in values.items():
        setattr(job, name, value)
    if not job.is_open and not (job.painted and painted.kept(state, values)):
        painted.drop(job)


def fail(job: Job, error: RestoreError, trace: str = "") -> None:
    """End a running Job with an error, or let it wait for another attempt where that can help."""
    note = Note(error.code, _storable_params(error.params))
    if error.retry and job.attempt < conf.MAX_ATTEMPTS:
        wait(job, note, trace)
    else:
        finish(job, State.FAILED, note, traceback=storable(trace), may_retry=error.again)


def wait(job: Job, reason: Note, trace: str = "") -> None:
    """Put a running Job back among the waiting, with a back-off that doubles with each attempt."""
    delay = timedelta(seconds=conf.RETRY_SECONDS * 2 ** max(0, job.attempt - 1))
    values: dict[str, Any] = {"not_before": timezone.now() + delay, "reason": reason.to_json()}
    row = Job.objects.using(database_of(job)).filter(pk=job.pk, state=State.RUNNING, attempt=job.attempt)
    row.update(state=State.WAITING, lease_until=None, worker="", traceback=storable(trace), **values)


def recover_lost() -> int:
    """Take Jobs whose worker gave no sign of life back among the waiting, or fail them after too many attempts."""
    lost = list(Job.objects.filter(state=State.RUNNING, lease_until__lt=timezone.now()))
    return sum(_recover(job) for job in lost)


def broken(pk: int, error: BaseException) -> None:
    """The ring of a waiting Job could not be answered, before anybody took its lease: that counts as an attempt.

    Without this the Job would be rung for again each minute, for ever, and nobody would learn why nothing happens.
    """
    job = claim(pk, "")
    if job is not None:
        trace = "".join(traceback.format_exception(error))
        fail(job, WorkerBroken(detail=f"{type(error).__name__}: {error}"[:300]), trace)


def promote_orphans() -> int:
    """Give follow-ups their turn whose open Job ended without passing it on (its process was killed in between)."""
    waiting = Job.objects.filter(open_key__endswith=NEXT)
    return sum(take_turn(job) for job in waiting if not Job.objects.filter(open_key=job.image_key).exists())


def _recover(job: Job) -> bool:
    # Its worker may have been halted for a while, and may have renewed the lease since we looked.
    still = Job.objects.using(database_of(job)).filter(pk=job.pk, attempt=job.attempt, lease_until=job.lease_until)
    if not still.filter(state=State.RUNNING).update(worker=""):
        return False
    error = WorkerLost(attempts=job.attempt)
    try:
        if job.cancel_requested:
            finish(job, State.CANCELLED, Note("cancelled"), may_retry=True)
        elif job.attempt < conf.MAX_ATTEMPTS:
            wait(job, Note(error.code, error.params))
        else:
            fail(job, error)
    except LeaseLost:
        return False
    return True


def _leased(job: Job) -> QuerySet[Job]:
    rows = Job.objects.using(database_of(job))
    return rows.filter(pk=job.pk, state=State.RUNNING, worker=job.worker, attempt=job.attempt)


def _lease() -> timedelta:
    return timedelta(seconds=conf.LEASE_SECONDS)


def storable(text: str) -> str:
    """Text that every database takes: no NUL, which PostgreSQL refuses, and no half of a surrogate pair."""
    return text.replace("\0", "�").encode("utf-8", "replace").decode("utf-8")


def _storable_params(params: Mapping[str, Any]) -> dict[str, Any]:
    """What an error says of itself, as JSON: a Job must end even where its error is a strange one."""
    text = storable(json.dumps(dict(params), default=str, ensure_ascii=False)).replace("\\u0000", "�")
    found: dict[str, Any] = json.loads(text, parse_constant=str)
    return found


def end_all(rows: QuerySet[Job], state: State, reason: Note) -> int:
    open_rows = rows.filter(open_key__isnull=False)
    masked = list(open_rows.exclude(mask=""))
    count = open_rows.update(
        state=state, reason=reason.to_json(), open_key=None, finished_at=timezone.now(), lease_until=None
    )
    for job in masked:
        painted.drop(job)
    return count


def _promote(job: Job) -> None:
    waiting = Job.objects.using(database_of(job)).filter(open_key=job.image_key + NEXT).first()
    if waiting:
        take_turn(waiting)


def take_turn(job: Job) -> int:
    image, row = job.image(), Job.objects.using(database_of(job)).filter(pk=job.pk)
    if image is None:
        return end_all(row, State.DISCARDED, Note("image_gone"))
    if job.mask and job.painted and image.file.name != job.source_name:
        return end_all(row, State.SUPERSEDED, Note("superseded"))  # it was painted on another picture
    if job.located and image.file.name != job.source_name:
        return end_all(row, State.SUPERSEDED, Note("marks_elsewhere"))
    values = {
        "open_key": job.image_key,
        "source_name": image.file.name,
        "source_hash": image.file_hash or "",
        "source_width": image.width or 0,
        "source_height": image.height or 0,
    }
    rows = Job.objects.using(database_of(job)).filter(pk=job.pk, open_key=job.image_key + NEXT)
    try:
        with transaction.atomic(using=database_of(job)):
            if not rows.update(**values):
                return 0
    except IntegrityError:
        logger.info("job %s stays the follow-up: another one was asked for at the same moment", job.pk)
        return 0
    job.refresh_from_db()
    ring_on_commit(job)
    return 1
