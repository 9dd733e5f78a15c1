"""Tells the site's chat what needs people, and that a backfill has ended: what is new, in one message."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Count, Max, Min, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, override
from wagtail.admin.utils import get_admin_base_url

from wagtail_restore.conf import conf
from wagtail_restore.models import Bulletin, Job, State
from wagtail_restore.notify.digest import summary
from wagtail_restore.notify.webhook import NotTaken, post

logger = logging.getLogger(__name__)

PAUSE = timedelta(minutes=5)
"""Between two messages: what happens meanwhile is told together."""
FIRST_RETRY = timedelta(minutes=1)
LAST_RETRY = timedelta(hours=1)
"""After a message that was not taken, doubled for each further one, from the first of these to the last."""


LONGEST = timedelta(days=7)
"""Nothing older is counted, however long there was nothing to say."""


@dataclass(frozen=True)
class News:
    """What happened since the chat was told last, in numbers; ``reviews`` are all that await a decision now."""

    restored: int
    reviews: int
    failed: int
    newest_review: datetime | None
    backfill_since: datetime | None
    backfill_over: bool
    more_reviews: bool

    @property
    def urgent(self) -> bool:
        """Whether there is a reason to speak: pictures that were restored are told only along with others."""
        return bool(self.failed or self.more_reviews or self.backfill_over)


def tell_chat() -> int:
    """Post one message where there is something to tell, and the site names an address; how many were posted."""
    if not conf.WEBHOOK_SECRET_URL:
        Bulletin.objects.all().delete()
        return 0
    now = timezone.now()
    row, new = Bulletin.objects.get_or_create(pk=1, defaults=_standing(now))
    if new or (row.told_at and now < row.told_at + PAUSE) or (row.not_before and now < row.not_before):
        return 0
    news = news_since(row, now)
    if not news.urgent:
        _remember(row, news)
        return 0
    before = _values(row)
    if not _move(row, news, now):
        return 0
    try:
        post(conf.WEBHOOK_SECRET_URL, message(news))
    except NotTaken as error:
        failures = row.failures + 1
        logger.warning("the webhook did not take a message (%s); it is tried again", error)
        wait = min(LAST_RETRY, FIRST_RETRY * 2 ** min(failures - 1, 10))
        trouble = {"failures": failures, "trouble": str(error)[:100], "not_before": now + wait}
        Bulletin.objects.filter(pk=1, told_until=now).update(**before, **trouble)
        return 0
    return 1


def news_since(row: Bulletin, now: datetime) -> News:
    """What is new since the chat was told, in one query."""
    over = [state for state in State if state not in State.open()]
    since = Q(state__in=over, finished_at__gt=max(row.told_until, now - LONGEST), finished_at__lte=now)
    bulk = Q(origin=Job.Origin.BACKFILL)
    going_on = bulk & Q(state__in=(State.WAITING, State.RUNNING))
    seen = Q(state=State.REVIEW) | since | going_on
    found = (
        Job.objects.filter(seen)
        .order_by()
        .aggregate(
            restored=Count("pk", filter=since & Q(state=State.PUBLISHED)),
            failed=Count("pk", filter=since & Q(state=State.FAILED)),
            reviews=Count("pk", filter=Q(state=State.REVIEW)),
            newest=Max("started_at", filter=Q(state=State.REVIEW)),
            going_on=Count("pk", filter=going_on),
            began=Min("created_at", filter=going_on),
            # What a person publishes long after its backfill was over is no end of one.
            ended=Count("pk", filter=since & bulk & Q(created_at__gt=row.told_until)),
        )
    )
    newer = found["newest"] is not None and (row.newest_review is None or found["newest"] > row.newest_review)
    return News(
        restored=found["restored"],
        reviews=found["reviews"],
        failed=found["failed"],
        newest_review=found["newest"],
        backfill_since=(row.backfill_since or found["began"]) if found["going_on"] else None,
        backfill_over=not found["going_on"] and bool(row.backfill_since or found["ended"]),
        more_reviews=bool(found["reviews"]) and (newer or found["reviews"] > row.reviews),
    )


def message(news: News) -> dict[str, Any]:
    """What is posted, in the language of the site: ``text`` for people, ``restorations`` for programs."""
    page = "wagtail_restore:review" if news.more_reviews else "wagtail_restore:report"
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


def _standing(now: datetime) -> dict[str, Any]:
    """Where a chat begins that was never told anything: with what happens from now on."""
    news = news_since(Bulletin(told_until=now), now)
    return {"told_until": now, **_seen(news)}


def _seen(news: News) -> dict[str, Any]:
    return {"reviews": news.reviews, "newest_review": news.newest_review, "backfill_since": news.backfill_since}


def _remember(row: Bulletin, news: News) -> None:
    """Keep what is compared with next time, without a word; what was restored is told along with the next news."""
    if _seen(news) != {name: getattr(row, name) for name in _seen(news)}:
        Bulletin.objects.filter(pk=1, told_until=row.told_until).update(**_seen(news))


def _values(row: Bulletin) -> dict[str, Any]:
    names = ("told_until", "told_at", "reviews", "newest_review", "backfill_since")
    return {name: getattr(row, name) for name in names}


def _move(row: Bulletin, news: News, now: datetime) -> bool:
    """Count the news as told before they are, by compare-and-swap, so that nobody tells them twice."""
    values = {"told_until": now, "told_at": now, "failures": 0, "trouble": "", "not_before": None, **_seen(news)}
    return bool(Bulletin.objects.filter(pk=1, told_until=row.told_until).update(**values))
