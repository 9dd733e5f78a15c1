"""The idempotent pass that settles, re-rings, expires, deletes and tells; safe at any time, any number of times."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import timedelta

from django.db.models import Q
from django.utils import timezone

from wagtail_restore import jobs, notify, signs, swap
from wagtail_restore.models import UpkeepLock

logger = logging.getLogger(__name__)

HELD = timedelta(minutes=10)
"""After this long a lock belongs to a process that died."""

DUTIES: dict[str, Callable[[], int]] = {
    "recovered": jobs.recover_lost,
    "promoted": jobs.promote_orphans,
    "rung": jobs.ring_waiting,
    "settled": swap.settle_due,
    "deleted": swap.purge_due,
    "expired": swap.expire_due,
    "forgotten": signs.forget_gone,
    "mailed": notify.send_digests,
    "told": notify.tell_chat,
}
"""What is done, in this order, and what its count is called."""


def run() -> dict[str, int] | None:
    """Do every duty once; None where another process is at it.

    A duty that fails keeps no other from being done; the first error is raised when all were tried.
    """
    if not _take():
        return None
    counts: dict[str, int] = {}
    errors: list[Exception] = []
    try:
        for name, duty in DUTIES.items():
            try:
                counts[name] = duty()
            except Exception as error:
                logger.warning("upkeep: %s failed", name, exc_info=True)
                errors.append(error)
    finally:
        UpkeepLock.objects.filter(pk=1).update(held_until=None)
    if errors:
        raise errors[0]
    return counts


def run_from_worker() -> None:
    """The same once a minute beside a worker's Jobs, which no failure of it may end."""
    try:
        run()
    except Exception:
        logger.exception("upkeep failed; it is tried again in a minute")


def _take() -> bool:
    UpkeepLock.objects.get_or_create(pk=1)
    now = timezone.now()
    # Nobody holds it for as long as that: the clock was put back since.
    wrong = Q(held_until__gt=now + 2 * HELD)
    free = UpkeepLock.objects.filter(wrong | Q(held_until=None) | Q(held_until__lt=now), pk=1)
    return bool(free.update(held_until=now + HELD))
