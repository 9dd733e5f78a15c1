"""What a person decides about a Job or a Version: swap and jobs composed, and the decision written to Wagtail's log."""

from __future__ import annotations

import copy
import hashlib
from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any

from django.core.files.base import ContentFile
from wagtail.log_actions import log

from wagtail_restore import jobs, rights, swap
from wagtail_restore.exceptions import ImageGone, LeaseLost, Superseded
from wagtail_restore.imaging.planning import Decision, Note, Plan, Step, Wishes
from wagtail_restore.models import Job, State, Version


def remove(image: Any, mask: bytes, by: Any) -> Job:
    """Ask for what a person painted over to be erased; ``mask`` is a grey PNG. Raises ``StorageFailed``.

    The Plan names the mask by its contents, so that the same one sent twice is one Job; the file has a name of its own,
    since some storages write over what is there.
    """
    name = hashlib.sha256(mask).hexdigest()[:16]
    plan = Plan((Step("erase", params={"mask": name}),))
    stored = swap.store_private(image, f"masks/{swap.new_token()}-{name}.png", ContentFile(mask))
    job = jobs.request(image, plan, wishes=Wishes(), by=by, origin=Job.Origin.EDIT, mask=stored)
    return _asked(job, by)


def ask(image: Any, decision: Decision, wishes: Wishes, by: Any, *, origin: Job.Origin = Job.Origin.LISTING) -> Job:
    """Ask for the Plan of this decision; what comes back may be open already (``asked_before``).

    With the listing as its origin, where many are, rings are for the caller.
    """
    if decision.plan is None:
        raise ValueError("there is no plan to ask for")
    job = jobs.request(image, decision.plan, wishes=wishes, by=by, origin=origin, rule=decision.rule)
    return _asked(job, by)


def cancel(job: Job, by: Any) -> bool:
    """Cancel a Job that waits or runs; False where it is over already."""
    done = jobs.cancel(job)
    if done:
        _log(job, "cancel", by)
    return done


def retry(job: Job, by: Any, *, confirms: bool = False) -> Job:
    """Ask again for what a failed or cancelled Job was to do.

    ``confirms`` says that the right to remove watermarks is confirmed now, where nobody has for this Job. Raises
    ``ImageGone``, ``RightsUnconfirmed``, ``Superseded`` where the image has another file by now, and ``LeaseLost`` if
    it may not be.
    """
    if not job.may_retry or job.state not in (State.FAILED, State.CANCELLED):
        raise LeaseLost
    case = rights.unconfirmed(job.steps, job.rights)
    if case is not None:
        rights.require(by, case, confirms=confirms)
    again = jobs.retry(job, by)
    if again is None:
        raise ImageGone
    return _asked(again, by)


def publish(job: Job, by: Any) -> None:
    """Let the image show the Result that is under review.

    Raises ``Superseded``, ``ImageGone``, ``StorageFailed``, and ``LeaseLost`` where it is not under review any more.
    """
    image = job.image()
    if image is None:
        raise ImageGone
    if job.state != State.REVIEW or not job.result:
        raise LeaseLost
    with swap.reaching(str(job.result)), job.result.open("rb") as file:
        data = file.read()
    try:
        swap.publish(
            image,
            data,
            expected_name=job.source_name,
            job=job,
            by=by,
            # The switch may be tried again after a rollback, of which an object that was changed would know nothing.
            within=lambda: jobs.finish(copy.copy(job), State.PUBLISHED, Note("published")),
        )
    except Superseded:
        jobs.finish(job, State.SUPERSEDED, Note("superseded"))
        raise


def discard(job: Job, by: Any) -> bool:
    """Say no to a Result under review; False where it is not under review any more."""
    done = jobs.discard(job)
    if done:
        _log(job, "discard", by)
    return done


def decide(job: Job, chosen: Collection[int], by: Any, *, confirms: bool = False) -> Job | None:
    """Go on with those of the proposed regions that were chosen; None where that leaves nothing to do.

    ``chosen`` are indices into the regions of the Job's report; ``confirms`` says that the right to remove watermarks
    is confirmed now. Raises ``ImageGone``, ``LeaseLost``, ``RightsUnconfirmed``, and ``Superseded`` where the image has
    another file by now.
    """
    if job.state != State.REVIEW or not job.report.get("regions"):
        raise LeaseLost
    regions = [region for index, region in enumerate(job.report["regions"]) if index in chosen]
    steps = tuple(_decided(job.steps.steps, regions))
    if not steps:
        if not discard(job, by):
            raise LeaseLost
        return None
    plan: Plan = replace(job.steps, steps=steps)
    if rights.unconfirmed(plan, job.rights) is rights.Case.MARKS:
        rights.require(by, rights.Case.MARKS, confirms=confirms)
    return _asked(jobs.go_on(job, plan, by), by)


def go_back(version: Version, by: Any) -> None:
    """Let the image show this Version again. Raises ``ImageGone``, ``Superseded``, ``StorageFailed``."""
    image = version.image()
    if image is None:
        raise ImageGone

    def within() -> None:
        jobs.withdrawn(image, version.job, to=version.file_hash)

    swap.withdraw(version, by=by, within=within)


def _decided(steps: Sequence[Step], regions: list[Any]) -> list[Step]:
    """The Steps with what a person has confirmed; an erasing one with nothing to erase falls away."""
    decided = [replace(step, params={**step.params, "regions": regions}) if _looks(step) else step for step in steps]
    return [step for step in decided if not _looks(step) or regions]


def _looks(step: Step) -> bool:
    """Whether the Step has marks looked for; what a person or a template marked is not asked about again."""
    return step.kind == "erase" and not {"mask", "template"} & set(step.params)


def _asked(job: Job, by: Any) -> Job:
    """The Job, with the asking for it in the log where there was one: the same may have been open already."""
    if not job.asked_before:
        _log(job, "request", by)
    return job


def _log(job: Job, action: str, by: Any) -> None:
    image = job.image()
    if image is not None:
        log(instance=image, action=f"wagtail_restore.{action}", user=by, data={"job": job.pk})
