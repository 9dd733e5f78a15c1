"""In a real browser: filter, select, restore, confirm; and a long action that goes on by itself."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.admin.bulk.test_results import reviewed, widths
from tests.admin.test_browser import log_in, page, strictly  # noqa: F401 — fixture
from wagtail_restore.admin.bulk import running
from wagtail_restore.models import Job
from wagtail_restore.testing import make_image

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_small_images_are_found_selected_and_restored(
    page: Any,  # noqa: F811
    live_server: Any,
    redis: Any,
    editor_user: Any,
    rule: Any,
) -> None:
    small = [make_image(64, 48, title=f"Small {number}") for number in range(4)]
    make_image(400, 300, title="Large")
    rule(min_width=100, action="upscale", applies_to="backfill")
    blocked = strictly(page)
    page.route("**/admin/bulk/**", lambda route: route.continue_())
    log_in(page, live_server, editor_user)
    page.goto(f"{live_server.url}/admin/images/")
    page.get_by_role("button", name="Show filters").click()
    page.get_by_role("button", name="Restoration").click()
    page.get_by_label("Below a rule").check()
    page.get_by_text("There are 4 matches").wait_for()
    assert page.get_by_text("Large", exact=True).count() == 0
    page.keyboard.press("Escape")

    for image in small[:3]:
        page.locator(f'[data-object-id="{image.pk}"]').check(force=True)
    page.get_by_role("link", name="Restore the selected images").click()
    page.get_by_text("3 images are selected.").wait_for()
    page.get_by_label("Model").select_option("photo")
    page.get_by_role("button", name="Continue").click()
    page.get_by_text("3 images will be worked on.").wait_for()
    assert page.get_by_text("Upscale to 100 × 75 (as a photo)").count() == 3
    page.get_by_role("button", name="Yes, restore").click()

    page.get_by_text("3 images wait for a worker now.").wait_for()
    page.get_by_text("There is 1 match").wait_for()
    assert Job.objects.filter(origin="listing", state="waiting", user=editor_user).count() == 3
    page.goto(f"{live_server.url}/admin/images/")
    assert page.locator(".restore-badge").all_inner_texts() == ["Working"] * 3
    assert blocked == []


def test_what_takes_long_goes_on_by_itself(
    page: Any,  # noqa: F811
    live_server: Any,
    redis: Any,
    editor_user: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(running, "SECONDS", -1)
    monkeypatch.setattr("wagtail_restore.admin.bulk.results.Publish.portion", 1)
    images = reviewed(3)
    blocked = strictly(page)
    log_in(page, live_server, editor_user)
    page.goto(f"{live_server.url}/admin/images/?restore=review")
    page.locator("[data-bulk-action-checkbox]").first.check(force=True)
    page.locator("[data-bulk-action-select-all-checkbox]").first.dispatch_event("click")
    page.get_by_role("button", name=re.compile("More")).last.click()
    page.wait_for_timeout(500)  # until the drop-down is shown, Wagtail's links lead on without the selection
    page.get_by_role("link", name="Publish the restored pictures").click()
    page.get_by_role("button", name="Yes, publish").click()
    page.get_by_text("The results of 3 images were published.").wait_for()
    assert widths(images) == [128, 128, 128]
    page.get_by_role("link", name="Go back").click()
    page.get_by_text("3 images will show the version from before").wait_for()
    assert blocked == []
