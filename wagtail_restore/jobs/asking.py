"""Asking for a Job, and a person or the image ending it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F, Max, Q, QuerySet
from django.utils import timezone

from wagtail_restore import rights
from wagtail_restore.exceptions import ImageGone, LeaseLost, Superseded
from wagtail_restore.imaging.planning import Note, Plan, Wishes
from wagtail_restore.jobs import painted
from wagtail_restore.jobs.bells import BULK, NEXT, ring_on_commit
from wagtail_restore.jobs.life import close, end_all, finish
from wagtail_restore.models import Job, State
from wagtail_restore.models.links import database_of, image_key, image_type


def request(
    image: Any,
    plan: Plan,
    *,
    wishes: Wishes,
    by: Any = None,
    origin: str = Job.Origin.CODE,
    rule: int | None = None,
    retry_of: Job | None = None,
    mask: str = "",
) -> Job:
    """Ask for a Plan to be carried out on this image.

    Where a Job of this image is still open, the new one becomes its follow-up and takes the place of an earlier
    follow-up; where the open one has the very same Plan, it is returned as ``asked_before``, unless it is being
    cancelled. ``mask`` names the file in private storage that an *erase* Step of the Plan speaks of; from here on it
    belongs to the Job, and goes when that ends. The file of a mask template is kept for as long as the Job.
    """
    job = _job_for(image, wishes=wishes, by=by, origin=origin)
    job.plan, job.rule_id, job.retry_of, job.mask = plan.to_json(), rule, retry_of, mask
    job.rights = {**rights.recorded(plan, by, database_of(image)), **(retry_of.rights if retry_of else {})}
    if plan.stencil is not None:
        job.mask = plan.stencil.file
    # The follow-up may be promoted between two looks; then the place behind it is free again.
    while not _insert(job, job.image_key):
        open_job = _open(image)
        if open_job is not None and _does_the_same(open_job, job):
            painted.drop(job)
            open_job.asked_before = True
            return open_job
        if _insert(job, job.image_key + NEXT):
            break
        follow_up = _replace_follow_up(job)
        if follow_up is not None:
            return follow_up
    if origin not in BULK:
        ring_on_commit(job)
    return job


def record(image: Any, state: State, reason: Note, *, wishes: Wishes, by: Any = None, origin: str) -> Job:
    """Note a wish that is over before it began (skipped, kept), so that the editor reads why."""
    job = _job_for(image, wishes=wishes, by=by, origin=origin)
    job.state, job.reason, job.finished_at = state, reason.to_json(), timezone.now()
    job.save(using=database_of(image))
    return job


def retry(job: Job, by: Any = None) -> Job | None:
    """Ask again for what a failed or cancelled Job was to do; None where the image is gone.

    What was painted for it goes over to the new Job. Raises ``Superseded`` when the image has another file by now (the
    Plan, with its sizes, was made for the earlier), and ``LeaseLost`` where somebody else was quicker, or upkeep.
    """
    image = job.image()
    if image is None:
        return None
    if image.file.name != job.source_name:
        raise Superseded
    with transaction.atomic(using=database_of(job)):
        mask = painted.take(job) if job.painted else ""
        again = partial(request, image, job.steps, wishes=job.wished, by=by, origin=Job.Origin.RETRY)
        return again(rule=job.rule_id, retry_of=job, mask=mask)


def go_on(job: Job, plan: Plan, by: Any = None) -> Job:
    """Ask for what a person has made of the Plan of a Job under review, in its place, before its follow-up has a turn.

    Raises ``ImageGone``, ``LeaseLost`` where it is not under review any more, and ``Superseded`` when the image has
    another file by now: the marks that were looked at lie elsewhere in that, if at all.
    """
    image = job.image()
    if image is None:
        raise ImageGone
    if image.file.name != job.source_name:
        finish(job, State.SUPERSEDED, Note("marks_elsewhere"))
        raise Superseded
    with transaction.atomic(using=database_of(job)):
        close(job, State.SUPERSEDED, Note("decided"))
        return request(image, plan, wishes=job.wished, by=by, origin=Job.Origin.RETRY, rule=job.rule_id, retry_of=job)


def current(image: Any) -> tuple[Job | None, Job | None]:
    """The Job that matters now for this image, the open one, else the last one; and the one that waits behind it."""
    key = image_key(image)
    # The open one sorts before the one behind it, and both before those that are over.
    first = list(_of(image).order_by(F("open_key").asc(nulls_last=True), "-pk")[:2])
    found = {job.open_key: job for job in reversed(first)}
    return found.get(key) or found.get(None), found.get(key + NEXT)


def latest(image: Any) -> Job | None:
    """The Job that matters now for this image: the open one, else the last one."""
    return current(image)[0]


def latest_of(images: Sequence[Any]) -> dict[str, Job]:
    """For each of these images of one model, by its key as text, the Job that matters now; fetched together."""
    if not images:
        return {}
    using = database_of(images[0])
    about = Job.objects.using(using).filter(
        content_type=image_type(images[0]), object_id__in=[str(image.pk) for image in images]
    )
    over = about.filter(open_key=None).order_by().values("object_id").annotate(last=Max("pk")).values("last")
    opened = about.exclude(open_key=None).exclude(open_key__endswith=NEXT)
    ended = {job.object_id: job for job in Job.objects.using(using).filter(pk__in=over)}
    return ended | {job.object_id: job for job in opened}


def follow_up(image: Any) -> Job | None:
    """The Job that waits until the open one is over."""
    return current(image)[1]


def ahead(job: Job, most: int) -> int:
    """How many Jobs have a turn before this waiting one, counted up to ``most``.

    Those come first that somebody waits for, in the order in which they were asked for, and then bulk work in its
    order. What waits for another Job, or for its next attempt, stands before nobody.
    """
    rows = Job.objects.using(database_of(job)).filter(state__in=(State.WAITING, State.RUNNING))
    rows = rows.exclude(pk=job.pk).exclude(open_key__endswith=NEXT).exclude(not_before__gt=timezone.now())
    earlier = Q(pk__lt=job.pk)
    asked = ~Q(origin__in=BULK)
    first = rows.filter(asked | earlier if job.origin in BULK else asked & earlier)
    return first.order_by()[:most].count()


def cancel(job: Job) -> bool:
    """Cancel a waiting Job at once, a running one at its next tile; False where it is over already."""
    rows = Job.objects.using(database_of(job)).filter(pk=job.pk)
    if rows.filter(state=State.WAITING).exists():
        try:
            finish(rows.get(), State.CANCELLED, Note("cancelled"), may_retry=True)
        except LeaseLost:
            return cancel(job)
        return True
    return bool(rows.filter(state=State.RUNNING).update(cancel_requested=True))


def discard(job: Job) -> bool:
    """Say no to a Result under review; False where it is no longer under review."""
    if job.state != State.REVIEW:
        return False
    try:
        finish(job, State.DISCARDED, Note("discarded"))
    except LeaseLost:
        return False
    return True


def withdrawn(image: Any, since: Job | None, *, to: str = "") -> None:
    """The picture went back to what it was before the Job ``since``: that one and all later ones are withdrawn.

    Where ``to``, the SHA-1 of the file that is shown now, is a Job's own result, the picture went forth to it: that
    Job counts as published again.
    """
    rows = _of(image).filter(state__in=(State.PUBLISHED, State.WITHDRAWN))
    shown = next((job for job in rows if to and job.report.get("sha1") == to), None)
    later = rows.filter(pk__gt=shown.pk) if shown else rows.filter(pk__gte=since.pk) if since else rows
    later.update(state=State.WITHDRAWN, reason=Note("withdrawn").to_json())
    if shown:
        rows.filter(pk=shown.pk).update(state=State.PUBLISHED, reason=Note("published").to_json())


def supersede(image: Any) -> int:
    """Somebody put in another file: nothing that was asked for the earlier one has a meaning any more."""
    painted.drop_kept(_of(image))
    return end_all(_of(image), State.SUPERSEDED, Note("superseded"))


def abandon(image: Any, object_id: str) -> int:
    """The image was deleted: its open Jobs end. ``object_id`` is the key that the instance has lost by now."""
    rows = Job.objects.using(database_of(image)).filter(content_type=image_type(image), object_id=object_id)
    return end_all(rows, State.DISCARDED, Note("image_gone"))


def _job_for(image: Any, *, wishes: Wishes, by: Any, origin: str) -> Job:
    return Job(
        content_type=image_type(image),
        object_id=str(image.pk),
        origin=origin,
        user=by if getattr(by, "pk", None) else None,
        image_title=image.title[:255],
        wishes=wishes.to_json(),
        source_name=image.file.name,
        source_hash=image.file_hash or "",
        source_width=image.width or 0,
        source_height=image.height or 0,
    )


def _of(image: Any) -> QuerySet[Job]:
    rows: QuerySet[Job] = Job.objects.using(database_of(image)).for_image(image)
    return rows


def _open(image: Any) -> Job | None:
    found: Job | None = Job.objects.using(database_of(image)).filter(open_key=image_key(image)).first()
    return found


def _does_the_same(open_job: Job, job: Job) -> bool:
    same = open_job.plan == job.plan and open_job.source_name == job.source_name
    return same and not open_job.cancel_requested


def _insert(job: Job, open_key: str) -> bool:
    using = database_of(job.content_type)
    job.pk, job.open_key = None, open_key
    try:
        with transaction.atomic(using=using):
            job.save(using=using, force_insert=True)
    except IntegrityError:
        return False
    return True


def _replace_follow_up(job: Job) -> Job | None:
    """Let the follow-up that is there carry the new wish; None where it has just ceased to be one."""
    rows = Job.objects.using(database_of(job.content_type)).filter(open_key=job.image_key + NEXT)
    names = ("plan", "wishes", "origin", "user_id", "rule_id", "retry_of_id", "source_name", "mask", "rights")
    earlier = rows.exclude(mask="").first()
    # The UPDATE comes first: within a transaction, a SELECT may not see a row that was committed a moment ago.
    if not rows.update(**{name: getattr(job, name) for name in names}):
        return None
    if earlier is not None:
        painted.drop(earlier)
    return rows.first()
