"""The bars of the last 24 hours."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.contrib.contenttypes.models import ContentType
from django.utils import timezone
from wagtail.images import get_image_model

from wagtail_restore.admin.flow import charts
from wagtail_restore.models import Job

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def now(monkeypatch: Any) -> datetime:
    """Half past twelve."""
    noon = datetime(2026, 5, 4, 12, 30, tzinfo=timezone.get_default_timezone())
    monkeypatch.setattr(timezone, "now", lambda: noon)
    return noon


def job(now: datetime, came: float, started: float | None = None, finished: float | None = None, **values: Any) -> None:
    """A Job with these times, in hours before now."""
    kind = ContentType.objects.get_for_model(get_image_model())
    made = Job.objects.create(content_type=kind, object_id="1", **values)
    times = {"created_at": came, "started_at": started, "finished_at": finished}
    found = {name: None if ago is None else now - timedelta(hours=ago) for name, ago in times.items()}
    Job.objects.filter(pk=made.pk).update(**found)


def heights(chart: Any) -> list[int]:
    return [int(bar.words.rsplit(": ", 1)[1]) for bar in chart.bars]


def test_without_jobs_there_are_no_bars() -> None:
    done, waiting = charts()
    assert heights(done) == heights(waiting) == [0] * 24
    assert (done.summary, done.most, waiting.summary) == ("0 jobs done", "", "0 jobs wait now")
    assert all(bar.height == 0 for bar in done.bars)


def test_what_was_done_is_counted_by_the_hour(now: datetime) -> None:
    for ago, state in ((0.2, "published"), (0.4, "failed"), (3, "kept"), (30, "published"), (0.1, "cancelled")):
        job(now, 40, 1, ago, state=state)
    done, _waiting = charts()
    assert heights(done) == [*[0] * 20, 1, 0, 0, 2]
    assert (done.summary, done.most, done.began) == ("3 jobs done", "at most 2, at noon", "1 p.m.")
    assert (done.bars[23].height, done.bars[20].height, done.bars[20].y) == (100, 50, 50)
    assert done.bars[20].words == "9 a.m.: 1"


def test_what_waited_is_reckoned_back_from_what_waits_now(now: datetime) -> None:
    job(now, 5, state="waiting")  # from 7:30 on
    job(now, 3, started=1, state="waiting")  # has failed once, and waits again
    job(now, 4, started=2, finished=1.9, state="published")  # from 8:30 to 10:30
    job(now, 10, finished=8, state="cancelled")  # never taken up: from 2:30 to 4:30
    job(now, 50, started=20, state="running")  # until 16:30 of the day before
    _done, waiting = charts()
    depth = dict(zip([*range(13, 24), *range(13)], heights(waiting), strict=True))
    assert depth == {
        **dict.fromkeys(range(24), 0),
        **dict.fromkeys((13, 14, 15), 1),
        **dict.fromkeys((2, 3), 1),
        7: 1,
        8: 2,
        9: 3,
        10: 2,
        11: 2,
        12: 2,
    }
    assert waiting.summary == "2 jobs wait now"


def test_each_chart_takes_a_query_or_two(now: datetime, django_assert_num_queries: Any) -> None:
    job(now, 1, state="waiting")
    with django_assert_num_queries(3):
        charts()
