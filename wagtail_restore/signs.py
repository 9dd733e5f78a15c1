"""The signs that worker processes give of themselves, for as long as they run."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.db import Error as DatabaseTrouble
from django.db import connection
from django.utils import timezone

from wagtail_restore.models import WorkerSign

logger = logging.getLogger(__name__)

EVERY_SECONDS = 60.0
Tell = Callable[[Sequence[str]], Mapping[str, Any]]


@contextmanager
def signing(name: str, serves: Sequence[str], tell: Tell) -> Iterator[None]:
    """Let the process called ``name`` be seen for as long as the block lasts, with what ``tell`` says of it.

    ``tell`` is given what the process ``serves``. No trouble with a sign ever reaches the block.
    """
    since, stop = timezone.now(), threading.Event()
    give(name, serves, tell, since)
    thread = threading.Thread(target=_keep, args=(stop, name, serves, tell, since), name="restore-sign", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(timeout=10)
        _trying(WorkerSign.objects.filter(name=name).delete)


def give(name: str, serves: Sequence[str], tell: Tell, since: datetime) -> None:
    """Write down that the process runs, and how it is."""
    try:
        told = tell(serves)
    except Exception:
        # A catalogue that cannot be read, for one: that the process runs is true all the same.
        logger.warning("what this worker has loaded could not be told", exc_info=True)
        told = {}
    values = {"serves": list(serves), "started_at": since, "seen_at": timezone.now(), **told}
    _trying(lambda: WorkerSign.objects.update_or_create(name=name, defaults=values))


def forget_gone() -> int:
    """Delete the signs of processes that ended without a word; how many there were."""
    return WorkerSign.gone().delete()[0]


def _keep(stop: threading.Event, name: str, serves: Sequence[str], tell: Tell, since: datetime) -> None:
    try:
        while not stop.wait(EVERY_SECONDS):
            give(name, serves, tell, since)
            connection.close()
    finally:
        connection.close()


def _trying(write: Callable[[], object]) -> None:
    try:
        write()
    except DatabaseTrouble:
        logger.warning("the sign of this worker could not be written", exc_info=True)
        connection.close_if_unusable_or_obsolete()
