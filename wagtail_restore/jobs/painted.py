"""The mask of a Job: one painted for it is gone when it is over or not tried again; a template's is left behind."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from django.db import Error as DatabaseTrouble
from django.db import transaction
from django.db.models import QuerySet

from wagtail_restore.conf import conf
from wagtail_restore.exceptions import LeaseLost
from wagtail_restore.models import Job, State
from wagtail_restore.models.links import database_of
from wagtail_restore.models.templates import let_go

logger = logging.getLogger(__name__)

TRIED_AGAIN = (State.FAILED, State.CANCELLED)
"""The ends after which what was painted is still wanted: nobody has seen a result of it."""


def kept(state: str, values: Mapping[str, Any]) -> bool:
    """Whether a Job that ends in this state, with these columns, keeps its mask: it may be tried again."""
    return state in TRIED_AGAIN and bool(values.get("may_retry")) and conf.KEEP_MASKS_DAYS > 0


def take(job: Job) -> str:
    """Take the mask off a Job for another try, by compare-and-swap. Raises ``LeaseLost`` where it is gone."""
    name = str(job.mask)
    row = Job.objects.using(database_of(job)).filter(pk=job.pk, state__in=TRIED_AGAIN, mask=name)
    if not name or not row.update(mask="", may_retry=False):
        raise LeaseLost
    return name


def drop_kept(rows: QuerySet[Job]) -> None:
    """Delete the masks of those of the Jobs that are over: another try of them has no meaning any more."""
    for job in rows.exclude(mask="").filter(open_key=None):
        job.changed(may_retry=False)
        drop(job)


def drop(job: Job) -> None:
    """Delete the mask of a Job that is over, or of a wish that another one takes the place of, on commit."""
    if job.mask:
        name, job.mask = str(job.mask), ""
        leave = _leave if job.stencil is not None else _delete
        transaction.on_commit(lambda: leave(job, name), using=database_of(job), robust=True)


def _leave(job: Job, name: str) -> None:
    """The mask of a template goes with the last one that needs it, the template or a Job."""
    using = database_of(job)
    Job.objects.using(using).filter(pk=job.pk, mask=name, open_key=None).update(mask="")
    let_go(name, using)


def _delete(job: Job, name: str) -> None:
    """Where the storage does not answer, the row keeps the name, and upkeep deletes the file."""
    try:
        Job._meta.get_field("mask").storage.delete(name)
    except DatabaseTrouble:
        raise
    except Exception:
        logger.exception("%s could not be deleted; upkeep tries again", name)
        return
    Job.objects.using(database_of(job)).filter(pk=job.pk, mask=name).update(mask="")
