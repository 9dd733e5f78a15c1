"""In a real browser: how a question to the worker stands is said, and it is dropped when the page is left."""

from __future__ import annotations

from typing import Any

import pytest

from tests.admin.test_browser import page, strictly  # noqa: F401 — fixtures
from tests.admin.test_finding_browser import photo
from tests.admin.test_painting_browser import errors  # noqa: F401 — fixture
from tests.admin.test_restoring_browser import STATUS, image, open_page, previewed, wrong  # noqa: F401 — fixture

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize(
    ("stands", "told", "in_the_end"),
    [
        ("waiting", "Still waiting for a worker.", "No worker answers just now."),
        ("behind", "The worker answers another question first.", "The worker is still busy with other questions."),
        ("started", "The worker is making the preview.", "The worker needs too long for this preview."),
    ],
)
def test_how_the_preview_stands_is_said(
    page: Any,  # noqa: F811
    live_server: Any,
    image: Any,  # noqa: F811
    admin_user: Any,
    stands: str,
    told: str,
    in_the_end: str,
) -> None:
    page.clock.install()
    open_page(page, live_server, image, admin_user)
    looked = {"waiting": "waiting"}
    page.route("**/restore/preview/?key=*", lambda route: route.fulfill(json=looked))
    page.get_by_role("button", name="Preview").click()
    page.locator(STATUS).get_by_text("Making the preview…").wait_for()
    status, alert = page.locator(STATUS).get_by_text(told), page.get_by_role("alert").get_by_text(in_the_end)
    looked["waiting"] = stands
    for _ in range(40):
        page.clock.run_for(1000)
        page.wait_for_timeout(30)
    assert status.is_visible() and not alert.is_visible()
    photo(page, f"restoring-{stands}")
    for _ in range(60):
        page.clock.run_for(1000)
        page.wait_for_timeout(30)
        if alert.is_visible():
            break
    assert alert.is_visible()


def test_who_leaves_the_page_waits_no_longer_and_may_come_back(
    page: Any,  # noqa: F811
    live_server: Any,
    image: Any,  # noqa: F811
    redis: Any,
    admin_user: Any,
    errors: list[str],  # noqa: F811
) -> None:
    open_page(page, live_server, image, admin_user)
    errors.clear()
    asked = lambda: redis.llen("rq:queue:restore-live")  # noqa: E731
    button = page.get_by_role("button", name="Preview")
    with page.expect_response("**/restore/preview/"):
        button.click()
    assert asked() == 1
    with page.expect_response("**/restore/preview/") as dropped:
        page.evaluate("window.dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true }))")
    assert (dropped.value.status, asked()) == (200, 0)
    page.get_by_role("alert").get_by_text("You left the page, and nobody waited for the answer.").wait_for()
    previewed(page)
    assert page.get_by_role("alert").count() == 0
    with page.expect_response("**/restore/preview/"):
        button.click()
    assert asked() == 1
    page.goto(f"{live_server.url}/admin/images/")
    for _ in range(100):
        if not asked():
            break
        page.wait_for_timeout(50)
    assert asked() == 0 and wrong(errors) == []


def test_a_preview_leaves_no_listener_behind(
    page: Any,  # noqa: F811
    live_server: Any,
    image: Any,  # noqa: F811
    admin_user: Any,
) -> None:
    page.add_init_script("""(() => {
        const { prototype } = EventTarget;
        const { addEventListener: add, removeEventListener: remove } = prototype;
        window.listening = 0;
        const counted = (target, name) => target instanceof AbortSignal && name === 'abort';
        prototype.addEventListener = function (name, ...rest) {
            if (counted(this, name)) window.listening += 1;
            return add.call(this, name, ...rest);
        };
        prototype.removeEventListener = function (name, ...rest) {
            if (counted(this, name)) window.listening -= 1;
            return remove.call(this, name, ...rest);
        };
    })()""")
    open_page(page, live_server, image, admin_user)
    page.route("**/restore/preview/?key=*", lambda route: route.fulfill(json={"error": "Not now."}, status=409))
    before = page.evaluate("window.listening")
    page.get_by_role("button", name="Preview").click()
    page.get_by_role("alert").get_by_text("Not now.").wait_for()
    assert page.evaluate("window.listening") == before
