"""In a real browser: somebody asks for the digest in the settings of their account."""

from __future__ import annotations

from typing import Any

import pytest

from tests.admin.test_browser import log_in, page  # noqa: F401
from wagtail_restore.models import Digest

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_the_digest_is_asked_for_with_two_choices(page: Any, live_server: Any, editor_user: Any) -> None:  # noqa: F811
    named = {"first_name": "Ed", "last_name": "Itor", "email": "ed@example.com"}  # which Wagtail asks for on this page
    type(editor_user).objects.filter(pk=editor_user.pk).update(**named)
    log_in(page, live_server, editor_user)
    page.goto(f"{live_server.url}/admin/account/#tab-notifications")
    page.get_by_label("Digest of restorations").press("Space")
    page.get_by_label("How often").select_option("Every Monday")
    page.get_by_role("button", name="Save").click()
    page.get_by_text("Your account settings have been changed successfully!").wait_for(timeout=30_000)
    digest = Digest.objects.get(user=editor_user)
    assert (digest.asked, digest.rhythm) == (True, "weekly")
    assert page.get_by_label("Digest of restorations").is_checked()
