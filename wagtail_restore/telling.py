"""Where a Job stands, in a sentence, for whoever waits for it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from wagtail_restore import messages
from wagtail_restore.conf import conf
from wagtail_restore.imaging.planning import Note
from wagtail_restore.models import ImageFacts, Job, State, WorkerSign
from wagtail_restore.models.workers import GONE

ATTENTION = frozenset({State.WAITING, State.RUNNING, State.REVIEW, State.FAILED})
"""States whose tag stands out."""
TONES: Mapping[str, str] = {
    State.PUBLISHED: "success",
    State.KEPT: "success",
    State.REVIEW: "warning",
    State.SKIPPED: "warning",
    State.FAILED: "error",
}
"""Which of Wagtail's messages tells of a Job that came to this state; of any other end somebody knows already."""
MOST_AHEAD = 99
"""More pictures than these are not counted."""


def sentence(job: Job, *, no_worker: bool = False, ahead: int = 0) -> str:
    """What happened, in words; for a waiting Job that is tried again, why, and for a running one nothing.

    ``ahead`` counts the pictures that have their turn before it.
    """
    if stopping(job):
        return _("Stopping after the part that is being worked on.")
    if job.state == State.WITHDRAWN:
        return messages.say(Note("withdrawn"))
    if job.state == State.WAITING and no_worker:
        return _(
            "No worker has been running for some minutes. Nothing is lost; the work starts by itself when "
            "one runs. Tell your administrator if this stays so."
        )
    if job.state == State.WAITING and job.why is None:
        return _ahead(ahead)
    if job.state == State.WAITING:
        return _("%(reason)s It is tried again by itself.") % {"reason": messages.say(job.why)}
    if job.state in (State.FAILED, State.CANCELLED) and job.painted and not job.may_retry:
        again = _("What was marked is not kept. To try again, mark it anew.")
        return f"{messages.say(job.why)} {again}"
    if job.state == State.CANCELLED and job.painted:
        return f"{messages.say(job.why)} {_kept_for(conf.KEEP_MASKS_DAYS)}"
    return "" if job.state == State.RUNNING else messages.say(job.why)


def stopping(job: Job) -> bool:
    """Whether a running Job is being cancelled."""
    return job.state == State.RUNNING and job.cancel_requested


def percent(job: Job) -> int:
    """How far the work is, in whole percent."""
    return round(100 * min(1.0, max(0.0, job.progress)))


def doing(job: Job) -> str:
    """What a running Job is at, with the percent."""
    if job.state != State.RUNNING:
        return ""
    return _("%(doing)s, %(percent)s%%") % {"doing": messages.doing(job.doing), "percent": percent(job)}


def late(job: Job) -> bool:
    """Whether a Job has been waiting for a while."""
    return job.state == State.WAITING and job.created_at < timezone.now() - GONE


def waits_in_vain(job: Job) -> bool:
    """Whether a Job has been waiting for a while and there is no worker for it."""
    return late(job) and not WorkerSign.serving("restore")


def concerns(job: Job, image: Any, facts: ImageFacts | None) -> bool:
    """Whether what became of a Job says anything of the file that the image has now; an editor may have replaced it."""
    if job.is_open or job.state == State.SUPERSEDED or job.source_name == image.file.name:
        return True
    swapped = facts is not None and facts.token and facts.token in image.file.name
    return bool(swapped or (job.source_hash and job.source_hash == image.file_hash))


def _ahead(count: int) -> str:
    """How many pictures have their turn before this one."""
    if count > MOST_AHEAD:
        return _("Waiting: more than %(count)s pictures are before this one.") % {"count": MOST_AHEAD}
    if not count:
        return _("Waiting for a worker.")
    text = ngettext(
        "Waiting: one picture is before this one.", "Waiting: %(count)s pictures are before this one.", count
    )
    return text % {"count": count}


def _kept_for(days: int) -> str:
    return ngettext(
        "What was marked is kept for %(days)s day; until then it can be tried again.",
        "What was marked is kept for %(days)s days; until then it can be tried again.",
        days,
    ) % {"days": days}
