"""What one person is told: what was restored for them, what awaits their decision, and what failed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import ngettext

from wagtail_restore import messages
from wagtail_restore.deciding import changeable, concerning, may_review, waiting_for
from wagtail_restore.models import Job, State

LISTED = 10
"""So many images of each kind are named; of the others only the number is told."""
LATE = timedelta(minutes=2)
"""What ended within this time is left for the next mail or message: a row names a moment before others see it so."""


@dataclass(frozen=True)
class Part:
    """Images of one kind: how many, and the first of them."""

    count: int
    first: Sequence[Job]

    @property
    def more(self) -> int:
        """How many are not named."""
        return self.count - len(self.first)

    @property
    def reasons(self) -> list[tuple[Job, str]]:
        """Each that is named with what its reason says: what happened, and what to do."""
        return [(job, messages.say(job.why)) for job in self.first]


@dataclass(frozen=True)
class Told:
    """All that one digest tells."""

    restored: Part
    waiting: Part
    failed: Part

    def __bool__(self) -> bool:
        return bool(self.restored.count or self.waiting.count or self.failed.count)

    @property
    def summary(self) -> str:
        """The numbers, as a subject has them."""
        return summary(self.restored.count, self.waiting.count, self.failed.count)


def summary(restored: int, waiting: int, failed: int) -> str:
    """Those of the numbers that are not zero, as one line."""
    parts = [
        (restored, ngettext("%(count)s image restored", "%(count)s images restored", restored)),
        (waiting, ngettext("%(count)s awaits a decision", "%(count)s await a decision", waiting)),
        (failed, ngettext("%(count)s failed", "%(count)s failed", failed)),
    ]
    return ", ".join(text % {"count": count} for count, text in parts if count)


def end_of_news(since: datetime, now: datetime) -> datetime:
    """Up to when is told now what happened after ``since``; from there the next mail or message goes on."""
    # Nobody was told of what is still to come: a clock that was ahead has been put back since.
    return min(now, max(since, now - LATE))


def told_to(user: Any, since: datetime, until: datetime) -> Told:
    """What there is to tell this person, of what happened after ``since``; only about images that they may change."""
    mine = concerning(Job.objects.filter(user=user, finished_at__gt=since, finished_at__lte=until), changeable(user))
    again = Exists(Job.objects.filter(retry_of=OuterRef("pk")).order_by())
    return Told(
        restored=_part(mine.filter(state=State.PUBLISHED).order_by("-finished_at", "-pk")),
        waiting=_part(waiting_for(user)) if may_review(user) else Part(0, ()),
        failed=_part(mine.filter(~again, state=State.FAILED).order_by("-finished_at", "-pk")),
    )


def _part(rows: QuerySet[Job]) -> Part:
    first = list(rows[: LISTED + 1])
    return Part(rows.count(), first[:LISTED]) if len(first) > LISTED else Part(len(first), first)
