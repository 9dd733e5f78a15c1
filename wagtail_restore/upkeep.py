"""The idempotent passes, one that settles, re-rings, expires and deletes, one that tells; safe any number of times."""

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
}
"""What is done, in this order, and what its count is called."""
NEWS: dict[str, Callable[[], int]] = {"mailed": notify.send_digests, "told": notify.tell_chat}
"""The same of what is told: a pass of its own, as a mail server or a chat that is slow to answer may hold up no Job."""
UPKEEP, TELLING = 1, 2
"""The locks."""


def run() -> dict[str, int] | None:
    """Do every duty once; None where another process is at it.

    A duty that fails keeps no other from being done; the first error is raised when all were tried.
    """
    return _under(UPKEEP, DUTIES)


def tell() -> dict[str, int] | None:
    """Tell everybody what there is to tell; None where another process is at it."""
    return _under(TELLING, NEWS)


def run_from_worker() -> None:
    """The duties once a minute beside a worker's Jobs, which no failure of them may end."""
    _quietly(run, "upkeep")


def tell_from_worker() -> None:
    """The telling, likewise."""
    _quietly(tell, "telling")


def _quietly(act: Callable[[], object], name: str) -> None:
    try:
        act()
    except Exception:
        logger.exception("%s failed; it is tried again in a minute", name)


def _under(lock: int, duties: dict[str, Callable[[], int]]) -> dict[str, int] | None:
    if not _take(lock):
        return None
    counts: dict[str, int] = {}
    errors: list[Exception] = []
    try:
        for name, duty in duties.items():
            try:
                counts[name] = duty()
            except Exception as error:
                logger.warning("upkeep: %s failed", name, exc_info=True)
                errors.append(error)
    finally:
        UpkeepLock.objects.filter(pk=lock).update(held_until=None)
    if errors:
        raise errors[0]
    return counts


def _take(lock: int) -> bool:
    UpkeepLock.objects.get_or_create(pk=lock)
    now = timezone.now()
    # Nobody holds it for as long as that: the clock was put back since.
    wrong = Q(held_until__gt=now + 2 * HELD)
    free = UpkeepLock.objects.filter(wrong | Q(held_until=None) | Q(held_until__lt=now), pk=lock)
    return bool(free.update(held_until=now + HELD))
