"""What happens to a Job between its claim and its end: every change of state is a compare-and-swap on the row."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any

from django.db.models import F, Q, QuerySet
from django.utils import timezone

from wagtail_restore.conf import conf
from wagtail_restore.exceptions import Cancelled, LeaseLost, RestoreError, WorkerLost
from wagtail_restore.imaging.planning import Note
from wagtail_restore.jobs.bells import NEXT, ring_on_commit
from wagtail_restore.models import Job, State

logger = logging.getLogger(__name__)

ROADS: dict[State, frozenset[State]] = {
    State.WAITING: frozenset({State.RUNNING, State.FAILED, State.CANCELLED, State.SUPERSEDED, State.DISCARDED}),
    State.RUNNING: frozenset(State) - {State.RUNNING, State.WITHDRAWN},
    State.REVIEW: frozenset({State.PUBLISHED, State.SUPERSEDED, State.DISCARDED}),
    State.PUBLISHED: frozenset({State.WITHDRAWN}),
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
    return Job.objects.get(pk=pk) if claimed else None


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
    row = Job.objects.using(job._state.db).filter(pk=job.pk, state=job.state, attempt=job.attempt)
    if state not in ROADS.get(State(job.state), frozenset()):
        raise LeaseLost
    values |= {"state": state, "lease_until": None, "progress": 1.0 if state == State.PUBLISHED else job.progress}
    if reason is not None:
        values["reason"] = reason.to_json()
    if state not in State.open():
        values |= {"open_key": None, "finished_at": timezone.now()}
    if not row.update(**values):
        raise LeaseLost
    for name, value in values.items():
        setattr(job, name, value)
    if not job.is_open:
        _promote(job)


def fail(job: Job, error: RestoreError, traceback: str = "") -> None:
    """End a running Job with an error, or let it wait for another attempt where that can help."""
    note = Note(error.code, error.params)
    if error.retry and job.attempt < conf.MAX_ATTEMPTS:
        wait(job, note, traceback)
    else:
        finish(job, State.FAILED, note, traceback=traceback, may_retry=error.again)


def wait(job: Job, reason: Note, traceback: str = "") -> None:
    """Put a running Job back among the waiting, with a back-off that doubles with each attempt."""
    delay = timedelta(seconds=conf.RETRY_SECONDS * 2 ** max(0, job.attempt - 1))
    values: dict[str, Any] = {"not_before": timezone.now() + delay, "rung_at": None, "reason": reason.to_json()}
    row = Job.objects.using(job._state.db).filter(pk=job.pk, state=State.RUNNING, attempt=job.attempt)
    row.update(state=State.WAITING, lease_until=None, worker="", traceback=traceback, **values)


def recover_lost() -> int:
    """Take Jobs whose worker gave no sign of life back among the waiting, or fail them after too many attempts."""
    lost = list(Job.objects.filter(state=State.RUNNING, lease_until__lt=timezone.now()))
    for job in lost:
        error = WorkerLost(attempts=job.attempt)
        try:
            if job.cancel_requested:
                finish(job, State.CANCELLED, Note("cancelled"), may_retry=True)
            elif job.attempt < conf.MAX_ATTEMPTS:
                wait(job, Note(error.code, error.params))
            else:
                fail(job, error)
        except LeaseLost:
            logger.info("job %s was taken up again meanwhile", job.pk)
    return len(lost)


def promote_orphans() -> int:
    """Give follow-ups their turn whose open Job ended without passing it on (its process was killed in between)."""
    waiting = Job.objects.filter(open_key__endswith=NEXT)
    return sum(take_turn(job) for job in waiting if not Job.objects.filter(open_key=job.image_key).exists())


def _leased(job: Job) -> QuerySet[Job]:
    rows = Job.objects.using(job._state.db)
    return rows.filter(pk=job.pk, state=State.RUNNING, worker=job.worker, attempt=job.attempt)


def _lease() -> timedelta:
    return timedelta(seconds=conf.LEASE_SECONDS)


def end_all(rows: QuerySet[Job], state: State, reason: Note) -> int:
    return rows.filter(open_key__isnull=False).update(
        state=state, reason=reason.to_json(), open_key=None, finished_at=timezone.now(), lease_until=None
    )


def _promote(job: Job) -> None:
    waiting = Job.objects.using(job._state.db).filter(open_key=job.image_key + NEXT).first()
    if waiting:
        take_turn(waiting)


def take_turn(job: Job) -> int:
    image = job.image()
    if image is None:
        return end_all(Job.objects.using(job._state.db).filter(pk=job.pk), State.DISCARDED, Note("image_gone"))
    job.changed(
        open_key=job.image_key,
        source_name=image.file.name,
        source_hash=image.file_hash or "",
        source_width=image.width or 0,
        source_height=image.height or 0,
    )
    ring_on_commit(job)
    return 1
