"""In a real browser: which pages change is opened by the keyboard, publishing is undone, versions are deleted."""

from __future__ import annotations

from typing import Any

import pytest

from tests.admin.test_browser import becomes, log_in, page, running, strictly, to_review  # noqa: F401 — fixtures
from tests.test_usage import shown_on
from wagtail_restore import swap
from wagtail_restore.models import Job, State, Version

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def press_until(page: Any, locator: Any, most: int = 60) -> None:  # noqa: F811
    """Go on with Tab until this has the focus."""
    for _ in range(most):
        if locator.evaluate("e => e === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError("the keyboard does not get there")


def test_by_the_keyboard_from_the_pages_to_undo_and_to_the_deletion(
    page: Any,  # noqa: F811
    live_server: Any,
    running: Job,  # noqa: F811
    admin_user: Any,
) -> None:
    blocked = strictly(page)
    for posted in ("**/publish/", "**/back/"):  # what is answered for the browser has no address of its own
        page.route(posted, lambda route: route.continue_())
    to_review(running)
    shown_on(running.image(), "Harbour", "Market")
    log_in(page, live_server, admin_user)
    page.goto(f"{live_server.url}/admin/images/{running.object_id}/")

    summary = page.locator(".restore-usage summary")
    assert summary.inner_text() == "Used on 2 pages"
    assert page.get_by_role("link", name="Harbour").is_hidden()
    press_until(page, page.get_by_role("button", name="Publish"))
    press_until(page, summary)
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Harbour").wait_for()

    page.get_by_role("button", name="Publish").press("Enter")
    page.get_by_text("Published. The restored picture is shown wherever the image is used.").wait_for()
    assert running.image().width == 128
    page.get_by_role("button", name="Undo").press("Enter")
    page.get_by_text("Every page shows this version now: As uploaded.").wait_for()
    assert running.image().width == 64
    page.get_by_role("button", name="Undo").press("Enter")
    page.get_by_text("Every page shows this version now:").wait_for()
    becomes(page, "document.querySelector('[data-restore-stats] dd').innerText === '128x96'")

    page.get_by_role("link", name="Delete earlier versions…").press("Enter")
    page.get_by_text("Delete one earlier version of").wait_for()
    box = page.get_by_label("Delete earlier files that are still public, too")
    press_until(page, box)
    page.keyboard.press("Space")
    press_until(page, page.get_by_role("button", name="Yes, delete"))
    page.keyboard.press("Enter")
    page.get_by_text("One earlier version is deleted").wait_for()
    page.get_by_text("Earlier files are no longer public.").wait_for()
    assert page.get_by_role("link", name="Delete earlier versions…").count() == 0
    assert not swap.still_public(running.image()).exists()
    assert [version.width for version in Version.objects.all()] == [128]
    assert Job.objects.get(pk=running.pk).state in (State.PUBLISHED, State.WITHDRAWN)
    assert blocked == []


def test_no_goes_back_and_deletes_nothing(
    page: Any,  # noqa: F811
    live_server: Any,
    running: Job,  # noqa: F811
    admin_user: Any,
) -> None:
    to_review(running)
    log_in(page, live_server, admin_user)
    page.goto(f"{live_server.url}/admin/images/{running.object_id}/")
    page.get_by_role("button", name="Publish").click()
    page.get_by_role("link", name="Delete earlier versions…").click()
    page.get_by_role("link", name="No, go back").click()
    page.get_by_role("link", name="Delete earlier versions…").wait_for()
    assert Version.objects.count() == 1


def test_the_versions_to_be_deleted_are_listed_as_on_the_image(
    page: Any,  # noqa: F811
    live_server: Any,
    published: Job,
    admin_user: Any,
) -> None:
    log_in(page, live_server, admin_user)
    page.goto(f"{live_server.url}/admin/restore/image/{published.object_id}/delete-versions/")
    row = page.locator(".restore-versions li")
    assert row.evaluate("row => getComputedStyle(row).display") == "flex"
    assert row.locator("img").evaluate("picture => [picture.width, picture.height]") == [72, 48]
