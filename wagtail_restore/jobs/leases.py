"""Holding a Job for as long as it is worked on: its lease is renewed beside the work."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import Error as DatabaseTrouble
from django.db import connection

from wagtail_restore.conf import conf
from wagtail_restore.jobs import life
from wagtail_restore.models import Job

logger = logging.getLogger(__name__)


@contextmanager
def lease(job: Job) -> Iterator[None]:
    """Renew the lease from a thread of its own for as long as the block lasts."""
    stop = threading.Event()
    heart = threading.Thread(target=_renew, args=(job, stop), name=f"restore-lease-{job.pk}", daemon=True)
    heart.start()
    try:
        yield
    finally:
        stop.set()
        heart.join()


def _renew(job: Job, stop: threading.Event) -> None:
    try:
        while not stop.wait(conf.LEASE_SECONDS / 4):
            try:
                if not life.renew(job):
                    return
            except DatabaseTrouble:
                logger.warning("the lease of job %s could not be renewed; trying again", job.pk, exc_info=True)
                connection.close()
    finally:
        connection.close()
