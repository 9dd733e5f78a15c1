"""Ringing for waiting Jobs: on commit, and again by upkeep where a ring was lost."""

from __future__ import annotations

import logging

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from wagtail_restore import queue
from wagtail_restore.conf import conf
from wagtail_restore.exceptions import QueueUnreachable
from wagtail_restore.models import Job, State
from wagtail_restore.models.links import database_of

logger = logging.getLogger(__name__)

NEXT = ":next"
"""Suffix of the ``open_key`` of a follow-up, which waits until the open Job of its image is over."""

BULK = (Job.Origin.BACKFILL, Job.Origin.LISTING)
"""The origins of Jobs that nobody waits for one by one; of these only some have a ring at one time."""


def ring_on_commit(job: Job) -> None:
    """Ring when the transaction is through; a Redis that does not answer costs time, never the upload."""
    transaction.on_commit(lambda: _ring(job), using=database_of(job), robust=True)


def ring_waiting(*bells: str) -> int:
    """Ring for waiting rows that have no ring in Redis; of bulk work only as many as may be there at one time.

    ``bells`` (``restore``, ``bulk``; default: both) say which rows are looked at.
    """
    return sum(_ring_missing(name) for name in bells or ("restore", "bulk"))


def _bell(job: Job) -> str:
    return "bulk" if job.origin in BULK else "restore"


def _ring(job: Job) -> bool:
    try:
        queue.ring(job.pk, job.attempt, _bell(job))
    except QueueUnreachable:
        logger.warning("no ring for job %s: Redis does not answer; upkeep will ring", job.pk)
        return False
    return True


def _ring_missing(name: str) -> int:
    try:
        there = queue.rung(name)
    except QueueUnreachable:
        logger.warning("cannot ring: Redis does not answer")
        return 0
    room = conf.BULK_RINGS - len(there) if name == "bulk" else None
    if room is not None and room <= 0:
        return 0
    now = timezone.now()
    rows = Job.objects.filter(Q(not_before=None) | Q(not_before__lte=now), state=State.WAITING)
    rows = rows.exclude(open_key__endswith=NEXT).order_by("pk")
    rows = rows.filter(origin__in=BULK) if name == "bulk" else rows.exclude(origin__in=BULK)
    rows = rows.only("pk", "attempt", "origin")
    silent = (job for job in rows.iterator(chunk_size=200) if (job.pk, job.attempt) not in there)
    count = 0
    for job in silent:
        if (room is not None and count >= room) or not _ring(job):
            break
        count += 1
    return count
