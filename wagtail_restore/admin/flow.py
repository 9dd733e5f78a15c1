"""What came in and what was done in each of the last 24 hours, as bars."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import F, Func, IntegerField, QuerySet, Subquery
from django.utils import timezone
from django.utils.formats import number_format, time_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from wagtail_restore.models import Job, State

HOURS = 24
HOUR = timedelta(hours=1)
DONE = (State.PUBLISHED, State.WITHDRAWN, State.KEPT, State.SKIPPED, State.FAILED)
"""What workers bring Jobs to; a result under review is done when somebody has decided."""
HIGH, STEP, GAP = 100, 10, 2
"""Of the drawing: its height, the room of an hour, and what is left free of that."""


@dataclass(frozen=True)
class Bar:
    """One hour: its place in the drawing, and what it says in words."""

    x: int
    y: float
    height: float
    words: str


@dataclass(frozen=True)
class Chart:
    """A series of 24 hours, as a drawing of ``width`` × 100 and in words."""

    key: str
    title: str
    summary: str
    most: str
    began: str
    bars: tuple[Bar, ...]
    width: int = HOURS * STEP


def charts() -> list[Chart]:
    """What was done in each hour, and how many Jobs waited at the end of each."""
    now = timezone.localtime()
    last = now.replace(minute=0, second=0, microsecond=0)
    hours = [last - HOUR * (HOURS - 1 - number) for number in range(HOURS)]
    return [_done(hours), _waiting(hours)]


def _done(hours: Sequence[datetime]) -> Chart:
    counts = _counted({"done": ("finished_at", Job.objects.filter(state__in=DONE))}, hours)["done"]
    total = sum(counts)
    summary = ngettext("%(count)s job done", "%(count)s jobs done", total) % {"count": number_format(total)}
    return _chart("done", _("Done per hour"), summary, hours, counts)


def _waiting(hours: Sequence[datetime]) -> Chart:
    """Reckoned from what waits now back through what came and what went, since no row says what waited when."""
    taken = Job.objects.exclude(state=State.WAITING)
    flows = {
        "came": ("created_at", Job.objects.all()),
        "taken": ("started_at", taken),
        "dropped": ("finished_at", Job.objects.filter(started_at=None)),
    }
    counted = _counted(flows, hours)
    depth = Job.objects.filter(state=State.WAITING).count()
    depths = []
    for hour in reversed(range(len(hours))):
        depths.append(depth)
        depth = max(0, depth - counted["came"][hour] + counted["taken"][hour] + counted["dropped"][hour])
    depths.reverse()
    summary = ngettext("%(count)s job waits now", "%(count)s jobs wait now", depths[-1])
    return _chart("waiting", _("Waiting"), summary % {"count": number_format(depths[-1])}, hours, depths)


def _counted(flows: Mapping[str, tuple[str, QuerySet[Job]]], hours: Sequence[datetime]) -> dict[str, list[int]]:
    """How many rows of each flow have their time in each hour: one query, which reads nothing but parts of indexes."""
    wanted = {
        f"{name}_{number}": _between(rows, column, hour)
        for name, (column, rows) in flows.items()
        for number, hour in enumerate(hours)
    }
    row: dict[str, Any] = Job.objects.order_by("pk").annotate(**wanted).values(*wanted).first() or {}
    return {name: [row.get(f"{name}_{number}") or 0 for number in range(len(hours))] for name in flows}


def _between(rows: QuerySet[Job], column: str, hour: datetime) -> Subquery:
    return count_of(rows.filter(**{f"{column}__gte": hour, f"{column}__lt": hour + HOUR}))


def count_of(rows: QuerySet[Job]) -> Subquery:
    """How many rows these are, as a part of another query."""
    counted = rows.order_by().annotate(rows=Func(F("pk"), function="COUNT", output_field=IntegerField()))
    return Subquery(counted.values("rows"))


def _chart(key: str, title: str, summary: str, hours: Sequence[datetime], counts: Sequence[int]) -> Chart:
    most = max(counts)
    bars = tuple(
        _bar(number, count, most, time_format(hour))
        for number, (hour, count) in enumerate(zip(hours, counts, strict=True))
    )
    top = time_format(hours[counts.index(most)])
    peak = _("at most %(count)s, at %(time)s") % {"count": number_format(most), "time": top} if most else ""
    return Chart(key, title, summary, peak, time_format(hours[0]), bars)


def _bar(number: int, count: int, most: int, time: str) -> Bar:
    height = round(HIGH * count / most, 2) if most else 0.0
    if count:
        height = max(height, 1.5)
    return Bar(number * STEP, HIGH - height, height, f"{time}: {number_format(count)}")
