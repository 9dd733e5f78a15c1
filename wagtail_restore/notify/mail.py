"""Sends the digests that are due; one that the mail server does not take, or a worker dies over, is tried again."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta, tzinfo
from time import monotonic
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.conf import settings
from django.core.mail import get_connection
from django.db.models import F, Q
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import override
from wagtail.admin.mail import send_mail
from wagtail.users.models import UserProfile

from wagtail_restore.deciding import may_use
from wagtail_restore.models import Digest
from wagtail_restore.models.notices import UNCONFIRMED
from wagtail_restore.notify.digest import Told, end_of_news, told_to

logger = logging.getLogger(__name__)

AT_ONCE = 100
"""Digests that one pass looks at."""
PASS_SECONDS = 60
"""A pass that has taken so long leaves the rest to the next one."""
SERVER_SECONDS = 10
"""How long a mail server may be silent, where the site sets no ``EMAIL_TIMEOUT``."""
LONGEST = timedelta(days=8)
"""No digest is due later than this."""
FAILURES = 3
"""After so many in one pass the server is taken for down, and the others are not tried."""
TRIES = 5
"""So often one digest is tried; what it would have told is then in the next one."""
FIRST_RETRY = timedelta(minutes=5)
"""Doubled for each further one."""


def send_digests() -> int:
    """Send what is due; how many mails were sent."""
    now, start = timezone.now(), monotonic()
    # None is due as late as that: the clock was put back since.
    late = Q(due_at__lte=now) | Q(due_at__gt=now + LONGEST)
    due = Digest.objects.filter(late, asked=True).select_related("user").order_by("due_at", "pk")
    sent = failed = 0
    connection: Any = None
    for digest in due[:AT_ONCE]:
        if failed >= FAILURES or monotonic() - start > PASS_SECONDS:
            break
        since, until = min(digest.told_until, now), end_of_news(digest.told_until, now)
        if digest.taken_at is not None:
            logger.warning("the digest for user %s was begun and not ended; it is tried again", digest.user.pk)
            _put_back(digest, digest.taken_at, now)
            continue
        if not _take(digest, now):
            continue
        connection = connection or _patient()
        try:
            sent += _send(digest.user, since, until, connection)
        except Exception as error:  # noqa: BLE001 — a backend may raise anything, and all are to get theirs
            # What a mail server says names addresses, so only the kind of the error is written down.
            logger.warning("the digest for user %s could not be sent: %s", digest.user.pk, type(error).__name__)
            _put_back(digest, now, now)
            failed += 1
        else:
            _move_on(digest, until, now)
    return sent


def _take(digest: Digest, now: datetime) -> bool:
    """Mark the digest before it is sent, so that nobody else sends it; False where somebody has."""
    mine = Digest.objects.filter(pk=digest.pk, due_at=digest.due_at, told_until=digest.told_until, taken_at=None)
    # Who dies over it leaves the mark, and it comes up again.
    return bool(mine.update(taken_at=now, due_at=now + UNCONFIRMED))


def _move_on(digest: Digest, until: datetime, now: datetime) -> None:
    """Count as told what was sent; unless whoever gets it has begun anew meanwhile."""
    mine = Digest.objects.filter(pk=digest.pk, taken_at=now)
    told = {"told_until": until, "taken_at": None}
    # Another rhythm that was chosen meanwhile has set the time already.
    due = digest.next_due(now, zone_of(digest.user))
    if not mine.filter(due_at=now + UNCONFIRMED).update(**told, due_at=due):
        mine.update(**told)


def _put_back(digest: Digest, taken_at: datetime, now: datetime) -> None:
    """Have it tried again soon, or, after many tries, let the next one tell of this time, too."""
    mine = Digest.objects.filter(pk=digest.pk, taken_at=taken_at)
    failed: dict[str, Any] = {"taken_at": None, "failures": F("failures") + 1}
    if digest.tries + 1 < TRIES:
        mine.update(**failed, due_at=now + FIRST_RETRY * 2**digest.tries, tries=digest.tries + 1)
    else:
        mine.update(**failed, due_at=digest.next_due(now, zone_of(digest.user)), tries=0)


def _send(user: Any, since: datetime, until: datetime, connection: Any) -> int:
    mine = Digest.objects.filter(user=user)
    if not (user.is_active and user.email and user.has_perm("wagtailadmin.access_admin") and may_use(user)):
        mine.filter(failures__gt=0).update(tries=0, failures=0)
        return 0
    with override(_profile(user).get_preferred_language()), timezone.override(zone_of(user)):
        told = told_to(user, since, until)
        if told:
            _mail(user, told, since, connection)
    # With nothing to tell, no mail has gone out: whether one would is as little known as before.
    gone: dict[str, int] = {"tries": 0, "failures": 0} if told else {"tries": 0}
    mine.filter(failures__gt=0).update(**gone)
    return int(bool(told))


def _mail(user: Any, told: Told, since: datetime, connection: Any) -> None:
    """The mail as Wagtail makes its own: as HTML too where the site says so."""
    context = {"user": user, "told": told, "since": since, "settings": settings}
    subject = render_to_string("wagtail_restore/mail/digest_subject.txt", context).strip()
    text = render_to_string("wagtail_restore/mail/digest.txt", context).strip()
    html = None
    if getattr(settings, "WAGTAILADMIN_NOTIFICATION_USE_HTML", False):
        html = render_to_string("wagtail_restore/mail/digest.html", context)
    send_mail(subject, text, [user.email], html_message=html, connection=connection)


def _patient() -> Any:
    """The site's own connection to its mail server, which no silence of that server keeps open for ever."""
    connection: Any = get_connection()
    if getattr(connection, "timeout", 0) is None:
        connection.timeout = SERVER_SECONDS
    return connection


def _profile(user: Any) -> UserProfile:
    return UserProfile.get_for_user(user)


def zone_of(user: Any) -> tzinfo:
    """The time zone that this person has chosen, or that of the site."""
    try:
        return ZoneInfo(_profile(user).get_current_time_zone())
    except (ZoneInfoNotFoundError, ValueError):
        return timezone.get_default_timezone()
