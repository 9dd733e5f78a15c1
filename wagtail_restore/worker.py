"""What a worker process does with one Job: claim, read, decode, run, check, encode, store, publish."""

from __future__ import annotations

import copy
import hashlib
import logging
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.core.files.base import ContentFile
from django.db import Error as DatabaseTrouble
from django.db import connection
from django.dispatch import Signal

from wagtail_restore import __version__, jobs, known_marks, swap
from wagtail_restore.bench import bench
from wagtail_restore.conf import conf
from wagtail_restore.engines import runner
from wagtail_restore.engines.base import Context
from wagtail_restore.exceptions import (
    Cancelled,
    DatabaseFailed,
    ImageGone,
    Kept,
    LeaseLost,
    OutOfMemory,
    RestoreError,
    Skip,
    Superseded,
    TemplateGone,
    TimedOut,
)
from wagtail_restore.imaging import codec, deciding, masks, placing, provenance
from wagtail_restore.imaging.care import Care
from wagtail_restore.imaging.planning import Note
from wagtail_restore.jobs.leases import lease
from wagtail_restore.models import Job, State

logger = logging.getLogger(__name__)

stepping = Signal()
"""Sent before each step of a Job, with ``job`` and the name of the ``step``."""

SPARE_SECONDS = 1.0
"""Progress is written to the row no more often than this."""


@dataclass
class Work:
    """One Job on its way through the steps; each step adds what it made."""

    job: Job
    image: Any = field(init=False)
    data: bytes = field(init=False)
    picture: codec.Picture = field(init=False)
    outcome: runner.Outcome = field(init=False)
    report: dict[str, Any] = field(default_factory=dict)
    review: Note | None = None
    encoded: codec.Encoded | None = None


def run_job(pk: int) -> None:
    """Carry the Job with this primary key as far as it goes; a Job that is claimed already is left alone."""
    stepping.send(sender=run_job, job=None, pk=pk, step="claim")
    job = jobs.claim(pk, bench.name)
    if job is None:
        return
    try:
        with lease(job):
            carry(job)
    except LeaseLost:
        logger.info("job %s is no longer ours", job.pk)
    jobs.ring_waiting("bulk")


def carry(job: Job) -> None:
    """Take the steps one after the other, and bring the Job to the end that fits what happened."""
    work = Work(job)
    try:
        for step in STEPS:
            stepping.send(sender=run_job, job=job, pk=job.pk, step=step.__name__)
            step(work)
    except LeaseLost:
        raise
    except Skip as skip:
        jobs.finish(job, State.SKIPPED, Note(skip.code, skip.params))
    except Kept as kept:
        jobs.finish(job, State.KEPT, Note(kept.params.get("why", kept.code), kept.params), report=work.report)
    except Cancelled:
        jobs.finish(job, State.CANCELLED, Note("cancelled"), may_retry=True)
    except Superseded as ended:
        jobs.finish(job, State.SUPERSEDED, Note(ended.code))
    except ImageGone as ended:
        jobs.finish(job, State.DISCARDED, Note(ended.code))
    except RestoreError as error:
        jobs.fail(job, error, traceback.format_exc())
    except MemoryError:
        jobs.fail(job, OutOfMemory(device="cpu"), traceback.format_exc())
    except DatabaseTrouble as error:
        logger.warning("job %s: the database is in trouble", job.pk, exc_info=True)
        connection.close_if_unusable_or_obsolete()
        jobs.fail(job, DatabaseFailed(detail=f"{type(error).__name__}: {error}"[:300]), traceback.format_exc())
    except Exception as error:
        # The border of the process: whatever a library throws, the Job must end, and the administrator must see why.
        logger.exception("job %s failed", job.pk)
        jobs.fail(job, RestoreError(detail=f"{type(error).__name__}: {error}"[:500]), traceback.format_exc())


# — the steps —


def read(work: Work) -> None:
    """The image as it is now, and the bytes of its file."""
    work.image = work.job.image()
    if work.image is None:
        raise ImageGone
    if work.image.file.name != work.job.source_name:
        raise Superseded
    with swap.reaching(work.job.source_name), work.image.open_file() as file:
        work.data = file.read()


def decode(work: Work) -> None:
    """Pixels and all that must be written back with them."""
    work.picture = codec.decode(work.data, name=work.job.source_name, max_pixels=conf.max_pixels)
    if work.picture.source.format != "JPEG":
        work.data = b""


def run(work: Work) -> None:
    """The Plan over the picture."""
    plan, context = work.job.steps, Context(progress=_teller(work.job), check=_deadline())
    sure, painted = conf.DETECT_CONFIDENCE, _painted(work)
    marks, wordings = known_marks.wanted(work.image, plan, work.report)
    care = Care(conf.SENSITIVITY, conf.ERASE_MARGIN, conf.PAINTED_MARGIN)
    work.outcome = runner.run(
        plan,
        work.picture,
        bench.pool,
        context,
        detect_confidence=sure,
        masks=painted,
        care=care,
        marks=marks,
        wordings=wordings,
    )
    work.report.update(work.outcome.report)


def check(work: Work) -> None:
    """Whether a person must look before anything is published, and why."""
    if work.outcome.unsure:
        work.report["regions"] = [region.to_json() for region in work.outcome.unsure]
        on_face = any(region.on_face for region in work.outcome.unsure)
        work.review = Note("on_face") if on_face else Note("unsure", {"count": len(work.outcome.unsure)})
    elif work.outcome.below_threshold:
        work.review = Note("not_faithful_enough", {"consistency": work.report.get("consistency")})
    elif work.outcome.much_text:
        work.review = Note("much_text", work.outcome.much_text)
    elif work.job.steps.review:
        work.review = deciding.review_of(work.job.steps)


def encode(work: Work) -> None:
    """The picture as a file of the kind that it came in."""
    if work.outcome.unsure:
        return
    picture = work.outcome.picture
    models = [bench.pool.models[alias] for alias in work.outcome.models]
    kind = provenance.kind_of(invents=any(model.makes_up for model in models))
    limit = provenance.JPEG_LIMIT if picture.source.format == "JPEG" else None
    names = " + ".join(work.outcome.models)
    stencil = work.job.stencil
    detail = f"mask template: {stencil.name}" if stencil else ""
    xmp = provenance.merge(picture.source.xmp, kind, names, __version__, limit=limit, detail=detail)
    work.encoded = codec.encode(picture, xmp=xmp, keep_gps=conf.KEEP_GPS, original=work.data)
    work.data = b""
    work.report |= {"notes": list(work.encoded.notes), "bytes": len(work.encoded.data)}
    work.report["sha1"] = hashlib.sha1(work.encoded.data, usedforsecurity=False).hexdigest()


def store(work: Work) -> None:
    """A Result that awaits a person lies in private storage."""
    if work.review is None:
        return
    values: dict[str, Any] = {"report": work.report}
    if work.encoded is not None:
        name = f"results/{work.job.pk}-{work.job.attempt}{work.encoded.extension}"
        values["result"] = swap.store_private(work.image, name, ContentFile(work.encoded.data))
        values["result_width"], values["result_height"] = work.outcome.picture.width, work.outcome.picture.height
    jobs.finish(work.job, State.REVIEW, work.review, **values)


def publish(work: Work) -> None:
    """Image and renditions show the Result from here on."""
    if work.review is not None or work.encoded is None:
        return
    picture, job = work.outcome.picture, work.job
    jobs.tell(job, 0.99, "publish")
    swap.publish(
        work.image,
        work.encoded.data,
        expected_name=job.source_name,
        job=job,
        by=job.user,
        # The switch may be tried again after a rollback, of which an object that was changed would know nothing.
        within=lambda: jobs.finish(
            copy.copy(job),
            State.PUBLISHED,
            Note("published"),
            report=work.report,
            result_width=picture.width,
            result_height=picture.height,
        ),
    )


STEPS: tuple[Callable[[Work], None], ...] = (read, decode, run, check, encode, store, publish)


# — what the steps need —


def _painted(work: Work) -> dict[str, Any]:
    """The mask that somebody painted for this Job, or a template's in its place, by the name that the Plan gives it."""
    job, picture = work.job, work.picture
    if not job.mask:
        return {}
    stencil = job.stencil
    with swap.reaching(str(job.mask)):
        if stencil is not None and not job.mask.storage.exists(str(job.mask)):
            raise TemplateGone(template=stencil.name)
    with swap.reaching(str(job.mask)), job.mask.open("rb") as file:
        data = file.read()
    if stencil is not None:
        return {stencil.file: placing.placed(data, stencil, picture.width, picture.height)}
    weight = masks.read(data, picture.width, picture.height)
    return {step.params["mask"]: weight for step in job.steps.steps if "mask" in step.params}


def _teller(job: Job) -> Callable[[float, str], None]:
    last = -SPARE_SECONDS

    def tell(fraction: float, doing: str) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last >= SPARE_SECONDS:
            last = now
            try:
                jobs.tell(job, fraction, doing)
            except DatabaseTrouble:
                # Hours of work are not to be lost for a word about them.
                logger.warning("job %s: no word of its progress could be written", job.pk, exc_info=True)
                connection.close_if_unusable_or_obsolete()

    return tell


def _deadline() -> Callable[[], None]:
    seconds = conf.JOB_SECONDS
    end = time.monotonic() + seconds

    def check() -> None:
        if time.monotonic() > end:
            raise TimedOut(seconds=seconds)

    return check
