"""The digests that are due: each sent once, in the reader's language, and none lost to a mail server."""

from __future__ import annotations

import logging
import smtplib
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.db.models import F
from django.utils import timezone
from wagtail.users.models import UserProfile

from tests.notify.conftest import MakeJob
from wagtail_restore.models import Digest, Job
from wagtail_restore.notify import mail as digests
from wagtail_restore.notify import send_digests
from wagtail_restore.testing import make_image

pytestmark = pytest.mark.django_db


class Down(EmailBackend):
    """A mail server that refuses the address, and says so."""

    asked = 0

    def send_messages(self, messages: Any) -> int:
        type(self).asked += 1
        raise smtplib.SMTPRecipientsRefused({messages[0].to[0]: (550, b"no such user")})


@pytest.fixture
def down(settings: Any) -> type[Down]:
    settings.EMAIL_BACKEND = "tests.notify.test_mail.Down"
    Down.asked = 0
    return Down


def tomorrow(hours: int) -> None:
    """So much time goes by."""
    past = timedelta(hours=hours)
    Digest.objects.update(told_until=F("told_until") - past, due_at=F("due_at") - past)
    Job.objects.update(finished_at=F("finished_at") - past)


def make_due() -> None:
    Digest.objects.update(due_at=timezone.now())


def test_it_is_sent_once_with_numbers_names_and_links(ines: Any, due: Digest, make_job: MakeJob) -> None:
    image = make_image(64, 48, title="Fish & <chips>")
    make_job("published", ines, image)
    waiting = make_job("review")
    make_job("failed", ines)
    assert send_digests() == 1
    assert send_digests() == 0
    (sent,) = mail.outbox
    assert sent.to == ["ines@example.com"]
    assert sent.subject == "Restorations: 1 image restored, 1 awaits a decision, 1 failed"
    for words in (
        "Hello ines",
        "Fish & <chips>",
        f"http://localhost/admin/images/{image.pk}/",
        "http://localhost/admin/restore/review/",
        f"http://localhost/admin/restore/review/{waiting.pk}/",
        "ran out of memory",
        "/admin/account/#tab-notifications",
    ):
        assert words in sent.body, words
    assert sent.alternatives == []


def test_where_wagtail_sends_html_it_is_html_too(ines: Any, due: Digest, make_job: MakeJob, settings: Any) -> None:
    settings.WAGTAILADMIN_NOTIFICATION_USE_HTML = True
    settings.WAGTAILADMIN_NOTIFICATION_FROM_EMAIL = "restore@example.com"
    make_job("published", ines, make_image(64, 48, title="Fish & <chips>"))
    send_digests()
    (sent,) = mail.outbox
    assert sent.from_email == "restore@example.com"
    ((html, kind),) = sent.alternatives
    assert kind == "text/html"
    assert "Fish &amp; &lt;chips&gt;</a>" in html


def test_of_many_the_number_of_the_others_is_told(ines: Any, due: Digest, make_job: MakeJob) -> None:
    image = make_image(64, 48)
    for _ in range(12):
        make_job("published", ines, image)
    send_digests()
    assert "12 images were restored:" in mail.outbox[0].body
    assert "and 2 more" in mail.outbox[0].body


def test_it_speaks_the_language_of_who_gets_it(ines: Any, due: Digest, make_job: MakeJob) -> None:
    UserProfile.objects.update_or_create(user=ines, defaults={"preferred_language": "de"})
    make_job("published", ines)
    send_digests()
    assert "Hallo ines" in mail.outbox[0].body


def test_nothing_to_tell_is_not_told(due: Digest) -> None:
    assert send_digests() == 0
    assert mail.outbox == []
    due.refresh_from_db()
    assert due.due_at > timezone.now()


def test_who_has_not_asked_gets_none(ines: Any, due: Digest, make_job: MakeJob) -> None:
    make_job("published", ines)
    Digest.objects.update(asked=False)
    assert send_digests() == 0


@pytest.mark.parametrize("change", ["inactive", "no rights", "no admin", "no address"])
def test_who_has_left_gets_none(ines: Any, due: Digest, make_job: MakeJob, change: str) -> None:
    make_job("published", ines)
    group = ines.groups.get()
    if change == "inactive":
        ines.is_active = False
    elif change == "no address":
        ines.email = ""
    else:
        gone = "use_restore" if change == "no rights" else "access_admin"
        group.permissions.remove(*group.permissions.filter(codename=gone))
    ines.save()
    assert send_digests() == 0
    assert mail.outbox == []


def test_what_is_seen_only_after_the_mail_is_in_the_next_one(ines: Any, due: Digest, make_job: MakeJob) -> None:
    """A worker writes down when it ended before its row is there to be seen."""
    ended = timezone.now()
    assert send_digests() == 0
    make_job("published", ines, finished_at=ended)
    tomorrow(hours=24)
    assert send_digests() == 1
    tomorrow(hours=24)
    assert send_digests() == 0


def test_of_two_at_once_one_sends_it(ines: Any, due: Digest, make_job: MakeJob, monkeypatch: Any) -> None:
    """The other has read the row before this one took it."""
    make_job("published", ines)
    inner: list[int] = []
    original = digests._take

    def take(digest: Digest, now: datetime) -> bool:
        if not inner:
            inner.append(0)
            inner[0] = send_digests()
        return original(digest, now)

    monkeypatch.setattr(digests, "_take", take)
    assert (send_digests(), inner) == (0, [1])
    assert len(mail.outbox) == 1


def test_after_a_clock_that_was_ahead_there_are_digests_again(ines: Any, due: Digest, make_job: MakeJob) -> None:
    ahead = timezone.now() + timedelta(days=300)
    Digest.objects.update(told_until=ahead, due_at=ahead)
    assert send_digests() == 0
    due.refresh_from_db()
    now = timezone.now()
    assert due.told_until <= now < due.due_at <= now + timedelta(days=1)
    make_job("published", ines, finished_at=now)
    tomorrow(hours=24)
    assert send_digests() == 1


def killed(monkeypatch: Any, times: int = 1) -> None:
    """A worker is ended while it sends, and so much time goes by that it is known to be dead."""
    with monkeypatch.context() as patch:
        patch.setattr(digests, "send_mail", lambda *args, **kwargs: (_ for _ in ()).throw(SystemExit))
        for _ in range(times):
            with pytest.raises(SystemExit):
                send_digests()
            assert send_digests() == 0
            make_due()
            assert send_digests() == 0
            make_due()


def test_what_a_worker_died_over_is_a_failed_try_and_sent_later(
    ines: Any, due: Digest, make_job: MakeJob, monkeypatch: Any
) -> None:
    make_job("published", ines)
    killed(monkeypatch, times=2)
    due.refresh_from_db()
    assert (due.tries, due.failures, due.taken_at) == (2, 2, None)
    assert send_digests() == 1
    assert "1 image restored" in mail.outbox[0].subject
    due.refresh_from_db()
    assert (due.tries, due.failures, due.taken_at) == (0, 0, None)
    assert due.due_at > timezone.now() and send_digests() == 0


def test_what_kills_every_worker_waits_for_the_next_digest(
    ines: Any, due: Digest, make_job: MakeJob, monkeypatch: Any
) -> None:
    make_job("published", ines)
    since = due.told_until
    killed(monkeypatch, times=digests.TRIES - 1)
    with monkeypatch.context() as patch, pytest.raises(SystemExit):
        patch.setattr(digests, "send_mail", lambda *args, **kwargs: (_ for _ in ()).throw(SystemExit))
        send_digests()
    make_due()
    assert send_digests() == 0
    due.refresh_from_db()
    assert (due.tries, due.told_until, due.taken_at) == (0, since, None)
    assert due.due_at == due.next_due(timezone.now(), digests.zone_of(ines))


@pytest.mark.parametrize("change", ["rhythm", "off and on"])
def test_what_is_chosen_while_a_mail_goes_out_holds(
    ines: Any, due: Digest, make_job: MakeJob, monkeypatch: Any, change: str
) -> None:
    make_job("published", ines)
    chosen = timezone.now() + timedelta(days=5)

    def choose(*args: Any, **kwargs: Any) -> None:
        again = {"told_until": timezone.now(), "taken_at": None} if change == "off and on" else {}
        Digest.objects.update(due_at=chosen, rhythm="weekly", **again)

    monkeypatch.setattr(digests, "send_mail", choose)
    began = timezone.now()
    assert send_digests() == 1
    due.refresh_from_db()
    assert (due.rhythm, due.due_at, due.taken_at) == ("weekly", chosen, None)
    assert (due.told_until >= began) is (change == "off and on")


def test_a_mail_server_that_refuses_loses_nothing_and_names_nobody(
    ines: Any, due: Digest, make_job: MakeJob, down: type[Down], caplog: Any, settings: Any
) -> None:
    make_job("published", ines)
    with caplog.at_level(logging.DEBUG):
        assert send_digests() == 0
    assert f"user {ines.pk} could not be sent: SMTPRecipientsRefused" in caplog.text
    assert "example.com" not in caplog.text
    assert send_digests() == 0
    assert down.asked == 1
    make_due()
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    assert send_digests() == 1
    assert "1 image restored" in mail.outbox[0].subject
    due.refresh_from_db()
    assert (due.tries, due.failures) == (0, 0)


def test_one_that_is_never_taken_waits_for_the_next_and_is_told_with_it(
    ines: Any, due: Digest, make_job: MakeJob, down: type[Down], settings: Any
) -> None:
    make_job("published", ines)
    since = due.told_until
    for _ in range(digests.TRIES):
        make_due()
        send_digests()
    due.refresh_from_db()
    assert (down.asked, due.tries, due.told_until) == (digests.TRIES, 0, since)
    assert due.due_at > timezone.now() + timedelta(minutes=1)
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    make_due()
    assert send_digests() == 1


def test_that_mail_fails_is_known_until_one_goes_out(
    ines: Any, due: Digest, make_job: MakeJob, down: type[Down], settings: Any
) -> None:
    job = make_job("published", ines)
    for number in range(1, 2 * digests.TRIES + 1):
        make_due()
        send_digests()
        due.refresh_from_db()
        assert (due.failures, due.tries) == (number, number % digests.TRIES)
    Job.objects.filter(pk=job.pk).update(user=None)
    make_due()
    assert send_digests() == 0
    due.refresh_from_db()
    assert due.failures == 2 * digests.TRIES
    Job.objects.filter(pk=job.pk).update(user=ines)
    Digest.objects.update(told_until=timezone.now() - timedelta(days=1))
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    make_due()
    assert send_digests() == 1
    due.refresh_from_db()
    assert due.failures == 0


def test_that_mail_fails_is_not_held_against_who_has_left(
    ines: Any, due: Digest, make_job: MakeJob, down: type[Down]
) -> None:
    make_job("published", ines)
    for _ in range(2):
        make_due()
        send_digests()
    ines.is_active = False
    ines.save()
    make_due()
    send_digests()
    due.refresh_from_db()
    assert due.failures == 0


def test_a_server_that_is_down_is_not_asked_for_everybody(make_job: MakeJob, down: type[Down]) -> None:
    from tests.admin.conftest import person

    now = timezone.now()
    for number in range(5):
        user = person(f"reader {number}", "use_restore")
        type(user).objects.filter(pk=user.pk).update(email=f"r{number}@example.com")
        make_job("published", user)
        Digest.objects.create(user=user, asked=True, told_until=now - timedelta(days=1), due_at=now)
    send_digests()
    assert down.asked == digests.FAILURES
    assert Digest.objects.filter(due_at=now).count() == 2


@pytest.mark.parametrize(
    ("rhythm", "now", "expected"),
    [
        ("daily", "2026-11-30T05:59:00", "2026-11-30T06:00:00"),
        ("daily", "2026-11-30T06:00:00", "2026-12-01T06:00:00"),
        ("weekly", "2026-11-30T05:59:00", "2026-11-30T06:00:00"),  # a Monday
        ("weekly", "2026-11-30T06:00:00", "2026-12-07T06:00:00"),
        ("weekly", "2026-12-03T12:00:00", "2026-12-07T06:00:00"),
        ("daily", "2026-03-28T06:00:00", "2026-03-29T05:00:00"),  # the clocks are put forward
    ],
)
def test_it_is_due_in_the_morning_of_who_gets_it(rhythm: str, now: str, expected: str) -> None:
    when = Digest(rhythm=rhythm).next_due(datetime.fromisoformat(now).replace(tzinfo=UTC), ZoneInfo("Europe/Berlin"))
    assert when.astimezone(UTC) == datetime.fromisoformat(expected).replace(tzinfo=UTC)


def test_a_time_zone_that_is_none_is_that_of_the_site(ines: Any) -> None:
    UserProfile.objects.update_or_create(user=ines, defaults={"current_time_zone": "Mars/Olympus"})
    assert digests.zone_of(ines) == timezone.get_default_timezone()
