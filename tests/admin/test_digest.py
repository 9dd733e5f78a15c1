"""The digest among the notifications of one's account."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from wagtail_restore.admin.digest import DigestForm
from wagtail_restore.models import Digest
from wagtail_restore.notify import send_digests

pytestmark = pytest.mark.django_db

ACCOUNT = "/admin/account/"


def save(client: Client, **values: str) -> None:
    """Send the page as it is, with these values of ours."""
    user = {"name_email-first_name": "Ed", "name_email-last_name": "Itor", "name_email-email": "ed@example.com"}
    rest = {"locale-preferred_language": "", "locale-current_time_zone": "", "theme-theme": "system"}
    rest |= {"theme-density": "default", "theme-contrast": "system", "theme-keyboard_shortcuts": "on"}
    ours = {f"restorations-{name}": value for name, value in {"rhythm": "daily", **values}.items()}
    response = client.post(ACCOUNT, {**user, **rest, **ours})
    assert response.status_code == 302, [form.errors for form in response.context["panel_forms"]]


def test_nobody_gets_it_unasked(editor: Client) -> None:
    page = editor.get(ACCOUNT).text
    assert 'name="restorations-asked"' in page
    assert not Digest.objects.exists()
    save(editor)
    assert not Digest.objects.exists()


def test_who_asks_gets_it_each_morning_from_now_on(editor: Client, editor_user: Any) -> None:
    save(editor, asked="on")
    digest = Digest.objects.get(user=editor_user)
    assert (digest.asked, digest.rhythm) == (True, "daily")
    now = timezone.now()
    assert now - timedelta(minutes=1) < digest.told_until <= now < digest.due_at <= now + timedelta(days=1)


def test_the_rhythm_can_be_changed_and_nothing_is_left_out(editor: Client, editor_user: Any) -> None:
    save(editor, asked="on")
    before = Digest.objects.get().told_until
    save(editor, asked="on", rhythm="weekly")
    digest = Digest.objects.get()
    assert (digest.rhythm, digest.told_until) == ("weekly", before)
    assert timezone.localtime(digest.due_at).weekday() == 0


def test_it_can_be_switched_off_and_on_again_without_what_was_between(editor: Client) -> None:
    save(editor, asked="on")
    Digest.objects.update(told_until=timezone.now() - timedelta(days=30), tries=2, failures=7)
    save(editor)
    assert not Digest.objects.get().asked
    save(editor, asked="on")
    digest = Digest.objects.get()
    assert (digest.asked, digest.tries, digest.failures) == (True, 0, 0)
    assert digest.told_until > timezone.now() - timedelta(minutes=1)


def test_a_digest_that_is_sent_while_the_page_is_saved_is_not_sent_again(editor: Client, editor_user: Any) -> None:
    save(editor, asked="on")
    Digest.objects.update(told_until=timezone.now() - timedelta(days=1), due_at=timezone.now(), failures=2)
    form = DigestForm({"asked": "on", "rhythm": "weekly"}, instance=Digest.of(editor_user))
    assert form.is_valid()
    send_digests()
    sent = Digest.objects.get()
    Digest.objects.update(failures=0)
    form.save()
    digest = Digest.objects.get()
    assert (digest.rhythm, digest.told_until, digest.failures) == ("weekly", sent.told_until, 0)
    assert digest.told_until > timezone.now() - timedelta(minutes=10)


def test_switched_on_in_two_tabs_at_once_it_is_on(editor: Client, editor_user: Any) -> None:
    forms = []
    for rhythm in ("daily", "weekly"):
        form = DigestForm({"asked": "on", "rhythm": rhythm}, instance=Digest.of(editor_user))
        assert form.is_valid()
        forms.append(form)
    for form in forms:
        form.save()
    digest = Digest.objects.get(user=editor_user)
    assert (digest.asked, digest.rhythm) == (True, "weekly")
    assert timezone.localtime(digest.due_at).weekday() == 0


def test_saving_the_page_as_it_is_changes_nothing(editor: Client) -> None:
    save(editor, asked="on")
    Digest.objects.update(told_until=timezone.now() - timedelta(hours=20))
    before = Digest.objects.values().get()
    save(editor, asked="on")
    assert Digest.objects.values().get() == before


def test_it_is_not_offered_to_who_may_not_ask_for_restoration(plain: Client) -> None:
    assert "restorations-asked" not in plain.get(ACCOUNT).text
    save(plain, asked="on")
    assert not Digest.objects.exists()
