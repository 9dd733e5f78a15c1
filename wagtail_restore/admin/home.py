"""What Wagtail's home page tells of restoration: numbers for some, and a panel where somebody is needed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery
from django.http import HttpRequest
from django.utils import timezone
from wagtail.admin.site_summary import SummaryItem
from wagtail.admin.ui.components import Component

from wagtail_restore import messages
from wagtail_restore.admin.flow import count_of
from wagtail_restore.admin.permissions import changeable, may_review
from wagtail_restore.admin.reports import VIEW
from wagtail_restore.deciding import concerning, waiting_for
from wagtail_restore.jobs.bells import NEXT
from wagtail_restore.models import Job, State, WorkerSign
from wagtail_restore.models.workers import GONE

DAYS = 7
"""Over so many days, today among them, restored and failed images are counted."""
LISTED = 5
"""So many failed Jobs are named, at most."""


@dataclass(frozen=True)
class Desk:
    """What restoration has to tell one person today; nothing of what they may not know.

    ``decides`` says that the ``reviews`` are theirs to decide on, ``reads`` that they may read the report.
    """

    decides: bool = False
    reads: bool = False
    reviews: int = 0
    restored: int = 0
    failed: int = 0
    since: str = ""
    again: list[Job] = field(default_factory=list)
    in_vain: bool = False

    @property
    def needed(self) -> bool:
        """Whether something waits for this person."""
        return bool((self.decides and self.reviews) or self.again or self.in_vain)


def desk_of(request: HttpRequest) -> Desk:
    """The desk of whoever asks; put together once for each request, as two parts of the page want it."""
    found: Desk | None = getattr(request, "_restore_desk", None)
    if found is None:
        found = request._restore_desk = _desk(request.user)  # type: ignore[attr-defined]
    return found


def _desk(user: Any) -> Desk:
    decides, reads = may_review(user), user.has_perm(VIEW)
    if not decides and not reads:
        return Desk()
    today = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    since = today - timedelta(days=DAYS - 1)
    counts = _counted(user, decides, reads, since)
    return Desk(
        decides=decides,
        reads=reads,
        reviews=counts.get("reviews", 0),
        restored=counts.get("restored", 0),
        failed=counts.get("failed", 0),
        since=since.date().isoformat(),
        again=list(_again(user)[:LISTED]) if decides else [],
        in_vain=_in_vain(counts.get("oldest")),
    )


def _counted(user: Any, decides: bool, reads: bool, since: datetime) -> dict[str, Any]:
    """What is counted for this user: reviews of their own, and all else for readers of the report.

    One query, and each of its parts has an index that it is read from, however many Jobs there are.
    """
    wanted: dict[str, Any] = {"reviews": count_of(waiting_for(user) if decides else _in(State.REVIEW))}
    if reads:
        # A follow-up waits for another Job, and one that is tried again for its time; neither misses a worker.
        due = Q(not_before=None) | Q(not_before__lte=timezone.now())
        waiting = _in(State.WAITING).filter(due).exclude(open_key__endswith=NEXT)
        wanted |= {
            "restored": count_of(_in(State.PUBLISHED).filter(finished_at__gte=since)),
            "failed": count_of(_in(State.FAILED).filter(finished_at__gte=since)),
            "oldest": Subquery(waiting.order_by("created_at").values("created_at")[:1]),
        }
    return Job.objects.order_by("pk").annotate(**wanted).values(*wanted).first() or {}


def _in(state: State) -> QuerySet[Job]:
    rows: QuerySet[Job] = Job.objects.filter(state=state)
    return rows


def _in_vain(oldest: datetime | None) -> bool:
    """Whether work has been waiting for a while and there is no worker."""
    late = oldest is not None and oldest < timezone.now() - GONE
    return late and not WorkerSign.serving("restore")


def _again(user: Any) -> QuerySet[Job]:
    """What failed for this user and may be tried again: nothing newer was asked for, and the file is the same."""
    # Said so that it is an equality to every database, and found in the index together with the others.
    mine = Job.objects.filter(user=user, state=State.FAILED, may_retry__in=(True,))
    same = changeable(user).filter(file=OuterRef("source_name"))
    newer = Job.objects.filter(
        content_type=OuterRef("content_type"), object_id=OuterRef("object_id"), pk__gt=OuterRef("pk")
    )
    return concerning(mine.filter(~Exists(newer.order_by())), same).order_by("-pk")


class RestorationSummary(SummaryItem):
    """How many images were restored, are under review, and failed; each number leads to its list."""

    order = 350
    template_name = "wagtail_restore/home/summary.html"

    def is_shown(self) -> bool:
        desk = desk_of(self.request)
        return bool(desk.reviews or desk.restored or desk.failed)

    def get_context_data(self, parent_context: Mapping[str, Any] | None = None) -> dict[str, Any]:
        return {"desk": desk_of(self.request)}


class RestorationPanel(Component):
    """What waits for the person who looks at the page."""

    name = "restoration"
    order = 215
    template_name = "wagtail_restore/home/panel.html"

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    def get_context_data(self, parent_context: Mapping[str, Any] | None = None) -> dict[str, Any]:
        again = [(job, messages.say(job.why)) for job in self.desk.again]
        return {"desk": self.desk, "again": again}


def panels_for(request: HttpRequest) -> list[Component]:
    """The panel, where something waits for this person; nothing otherwise."""
    desk = desk_of(request)
    return [RestorationPanel(desk)] if desk.needed else []
