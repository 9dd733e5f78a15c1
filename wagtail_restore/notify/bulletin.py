"""Tells the site's chat what needs people, and that a backfill has ended: what is new, in one message."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Count, Min, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, override
from wagtail.admin.utils import get_admin_base_url

from wagtail_restore.conf import conf
from wagtail_restore.models import Bulletin, Job, State
from wagtail_restore.models.notices import UNCONFIRMED
from wagtail_restore.notify.digest import end_of_news, summary
from wagtail_restore.notify.webhook import NotTaken, post

logger = logging.getLogger(__name__)

PAUSE = timedelta(minutes=5)
"""Between two messages: what happens meanwhile is told together."""
FIRST_RETRY = timedelta(minutes=1)
LAST_RETRY = timedelta(hours=1)
"""After a message that was not taken, doubled for each further one, from the first of these to the last."""
QUIET = timedelta(minutes=10)
"""A backfill is over when so long none of its Jobs was open or ended, and it looked for no images: it measures many of
them before it asks for the next Jobs, and a quick worker is through with the last ones by then."""
LONGEST = timedelta(days=7)
"""Nothing older is counted, however long there was nothing to say."""


@dataclass(frozen=True)
class News:
    """What happened since the chat was told last, in numbers; ``reviews`` are all that await a decision now."""

    restored: int
    reviews: int
    failed: int
    new_reviews: int
    backfill_since: datetime | None
    backfill_over: bool

    @property
    def urgent(self) -> bool:
        """Whether there is a reason to speak: pictures that were restored are told only along with others."""
        return bool(self.failed or self.new_reviews or self.backfill_over)


def tell_chat() -> int:
    """Post one message where there is something to tell, and the site names an address; how many were posted."""
    if not conf.WEBHOOK_SECRET_URL:
        Bulletin.objects.all().delete()
        return 0
    now = timezone.now()
    row = Bulletin.objects.filter(pk=1).first()
    if row is None:
        # A chat that was never told anything begins with what happens from now on.
        Bulletin.objects.get_or_create(pk=1, defaults={"told_until": now})
        return 0
    _heal(row, now)
    if (row.told_at and now < row.told_at + PAUSE) or (row.not_before and now < row.not_before):
        return 0
    if row.taken_at is not None:
        _put_back(row, row.taken_at, now, "the worker ended while it told")
        return 0
    until = end_of_news(row.told_until, now)
    news = news_since(row, until, now)
    if not news.urgent:
        _remember(row, news)
        return 0
    if not _take(row, now):
        return 0
    try:
        post(conf.WEBHOOK_SECRET_URL, message(news))
    except NotTaken as error:
        _put_back(row, now, now, str(error))
        return 0
    _move(news, until, now)
    return 1


def backfill_goes_on() -> None:
    """Note that a backfill looks for images: it may do so for long without asking for a Job."""
    Bulletin.objects.update(asking_at=timezone.now())


def news_since(row: Bulletin, until: datetime, now: datetime) -> News:
    """What is new since the chat was told, up to ``until``; the Jobs are counted in one query."""
    over = [state for state in State if state not in State.open()]
    start, lately = max(row.told_until, until - LONGEST), now - QUIET
    ended = Q(state__in=over, finished_at__gt=start, finished_at__lte=until)
    came = Q(state=State.REVIEW, review_since__gt=start, review_since__lte=until)
    # Only what a worker brought to its end: what people publish of a backfill makes it no longer, and is no end of one.
    still = Q(state__in=over, finished_at__gt=lately, review_since=None) | Q(
        state=State.REVIEW, review_since__gt=lately
    )
    still &= Q(origin=Job.Origin.BACKFILL, created_at__gte=row.backfill_since or row.told_until)
    bulk = (ended | came) & Q(origin=Job.Origin.BACKFILL, created_at__gt=row.told_until)
    # Before the Jobs are counted, so that one which ends meanwhile is seen as one or the other.
    opened = _opened()
    found = (
        Job.objects.filter(Q(state=State.REVIEW) | ended | still)
        .order_by()
        .aggregate(
            restored=Count("pk", filter=ended & Q(state=State.PUBLISHED)),
            failed=Count("pk", filter=ended & Q(state=State.FAILED)),
            reviews=Count("pk", filter=Q(state=State.REVIEW)),
            new_reviews=Count("pk", filter=came),
            still=Count("pk", filter=still),
            bulk=Count("pk", filter=bulk),
            began=Min("created_at", filter=still | bulk),
        )
    )
    going_on = bool(opened or found["still"] or (row.asking_at and row.asking_at > lately))
    began = [*opened, found["began"]] if found["began"] else opened
    return News(
        restored=found["restored"],
        reviews=found["reviews"],
        failed=found["failed"],
        new_reviews=found["new_reviews"],
        backfill_since=(row.backfill_since or min(began, default=None)) if going_on else None,
        backfill_over=not going_on and bool(row.backfill_since or found["bulk"]),
    )


def _opened() -> list[datetime]:
    """When the first Job of a backfill that waits, and the first that runs, were asked for; however many there are."""
    rows = Job.objects.filter(origin=Job.Origin.BACKFILL).order_by("pk").values_list("created_at", flat=True)
    return [moment for state in (State.WAITING, State.RUNNING) for moment in rows.filter(state=state)[:1]]


def message(news: News) -> dict[str, Any]:
    """What is posted, in the language of the site: ``text`` for people, ``restorations`` for programs."""
    page = "wagtail_restore:review" if news.new_reviews else "wagtail_restore:report"
    url = f"{get_admin_base_url() or ''}{reverse(page)}"
    with override(settings.LANGUAGE_CODE):
        parts = [gettext("The backfill has ended.")] if news.backfill_over else []
        numbers = summary(news.restored, news.reviews, news.failed)
        parts += [gettext("Restorations: %(summary)s.") % {"summary": numbers}] if numbers else []
        name = getattr(settings, "WAGTAIL_SITE_NAME", "")
        text = " ".join([f"{name}:", *parts] if name else parts)
    # The three characters that Slack and Mattermost read as something else.
    for character, entity in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;")):
        text = text.replace(character, entity)
    told = {"restored": news.restored, "review": news.reviews, "failed": news.failed}
    return {"text": f"{text} {url}", "restorations": {**told, "backfill_ended": news.backfill_over, "url": url}}


def _remember(row: Bulletin, news: News) -> None:
    """Keep that a backfill goes on, without a word; what was restored is told along with the next news."""
    if news.backfill_since != row.backfill_since:
        Bulletin.objects.filter(pk=1, told_until=row.told_until).update(backfill_since=news.backfill_since)


def _heal(row: Bulletin, now: datetime) -> None:
    """Take what lies further ahead than it can for now: the clock was put back since, and the chat is not to wait."""
    furthest = {"told_until": now, "told_at": now + PAUSE, "not_before": now + LAST_RETRY}
    wrong = [name for name, most in furthest.items() if (value := getattr(row, name)) and value > most]
    if wrong and Bulletin.objects.filter(pk=1, told_until=row.told_until).update(**dict.fromkeys(wrong, now)):
        row.refresh_from_db()


def _take(row: Bulletin, now: datetime) -> bool:
    """Mark the news before they are told, by compare-and-swap, so that nobody else tells them."""
    read = {name: getattr(row, name) for name in ("told_until", "told_at", "not_before", "taken_at")}
    # Who dies over it leaves the mark, and it comes up again.
    return bool(Bulletin.objects.filter(pk=1, **read).update(taken_at=now, not_before=now + UNCONFIRMED))


def _move(news: News, until: datetime, now: datetime) -> None:
    """Count the news as told."""
    taken = {"failures": 0, "trouble": "", "not_before": None, "taken_at": None}
    values = {"told_until": until, "told_at": now, "backfill_since": news.backfill_since, **taken}
    Bulletin.objects.filter(pk=1, taken_at=now).update(**values)


def _put_back(row: Bulletin, taken_at: datetime, now: datetime, why: str) -> None:
    """Have the news told again, the later the oftener they were not taken."""
    logger.warning("the webhook did not take a message (%s); it is tried again", why)
    failures = row.failures + 1
    wait = min(LAST_RETRY, FIRST_RETRY * 2 ** min(failures - 1, 10))
    trouble = {"failures": failures, "trouble": why[:100], "not_before": now + wait, "taken_at": None}
    Bulletin.objects.filter(pk=1, taken_at=taken_at).update(**trouble)
