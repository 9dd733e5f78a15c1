"""The mask that somebody painted for a Job: private, and gone when the Job is over."""

from __future__ import annotations

import logging

from django.db import Error as DatabaseTrouble
from django.db import transaction

from wagtail_restore.models import Job
from wagtail_restore.models.links import database_of

logger = logging.getLogger(__name__)


def drop(job: Job) -> None:
    """Delete the mask of a Job that is over, or of a wish that another one takes the place of, on commit."""
    if job.mask:
        name = str(job.mask)
        job.mask = ""
        transaction.on_commit(lambda: _delete(job, name), using=database_of(job), robust=True)


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
