"""In a real browser: the report of restorations for those who read it with ears, and under a strict policy."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from tests.admin.test_axe_browser import violations
from tests.admin.test_browser import log_in, page, strictly  # noqa: F401 — fixtures
from wagtail_restore.models import Job, WorkerSign

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_nothing_of_it_is_blocked_by_a_strict_policy(
    page: Any,  # noqa: F811
    live_server: Any,
    admin_user: Any,
    published: Job,
) -> None:
    blocked = strictly(page)
    log_in(page, live_server, admin_user)
    page.goto(f"{live_server.url}/admin/restore/report/")
    page.locator("#id_q").fill("nothing of this name")
    page.get_by_text("No restoration fits these filters.").wait_for()
    assert page.get_by_role("img", name="Done per hour").is_visible(), "only the table is fetched anew"
    # Wagtail's own field for dates brings the only scripts that are written into the page.
    inline = page.locator("script:not([src]):not([type='application/json'])").all_inner_texts()
    assert all(each.startswith("initDateChooser") for each in inline)
    assert [each for each in blocked if "inline script" not in each] == []


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1440])
def test_axe_has_nothing_against_what_stands_above_the_report(
    page: Any,  # noqa: F811
    live_server: Any,
    admin_user: Any,
    published: Job,
    width: int,
    theme: str,
) -> None:
    now = timezone.now()
    WorkerSign.objects.create(name="gpu-1:7", device="cuda:0", loaded=["compact-x2"], started_at=now, seen_at=now)
    page.set_viewport_size({"width": width, "height": 800})
    page.emulate_media(color_scheme=theme, reduced_motion="reduce")
    log_in(page, live_server, admin_user)
    page.goto(f"{live_server.url}/admin/restore/report/")
    expect(page.get_by_role("img", name="Done per hour")).to_be_visible()
    page.get_by_role("img", name="Waiting", exact=True).wait_for()
    assert page.get_by_text("No worker is running").is_visible(), "one for live requests alone does no jobs"
    assert [each for each in violations(page) if "restore-" in each] == []
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
