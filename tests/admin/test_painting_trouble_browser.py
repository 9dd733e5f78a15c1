"""In a real browser: who asks the worker from the editor while something is wrong is told what, and loses no mark."""

from __future__ import annotations

from typing import Any

import pytest

from tests.admin.test_browser import becomes, log_in, page  # noqa: F401 — fixtures
from tests.admin.test_finding import with_ball
from tests.admin.test_finding_browser import found_in, with_text
from tests.admin.test_painting_browser import (  # noqa: F401 — fixtures
    SEND,
    STATUS,
    drag,
    errors,
    finish,
    image,
    open_editor,
    painted,
)
from tests.admin.test_templates_browser import log_out
from wagtail_restore.testing import work

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

COUNT_ANSWERS = """() => {
    const { fetch } = window;
    window.answers = 0;
    window.fetch = async (...all) => {
        const response = await fetch(...all);
        if (String(all[0]).includes('?key=') && !(await response.clone().json()).waiting) window.answers += 1;
        return response;
    };
}"""
LOOKING = "Looking for text and dates…"
LOGGED_OUT = "You are no longer logged in. Log in again in another tab, then try again here."
OFFLINE = "The server did not answer. Try again in a moment."
UNANSWERED = "No worker answers just now. Mark it with the brush instead, or try again."


@pytest.fixture
def editor(page: Any, live_server: Any, redis: Any, admin_user: Any, errors: list[str]) -> Any:  # noqa: F811
    """The editor of a picture with two lines of text, a stroke painted; afterwards it is still there.

    Nothing may go wrong in its scripts, and nothing be reported but what the network itself reports.
    """
    page.set_viewport_size({"width": 1280, "height": 1100})
    page.on("dialog", lambda asked: asked.accept())
    open_editor(page, live_server, with_text(), admin_user)
    drag(page, (500, 240), (540, 240))
    errors.clear()
    yield page
    assert painted(page, 520, 240)
    assert [each for each in errors if "Failed to load resource" not in each] == []


def find(page: Any) -> None:  # noqa: F811
    page.get_by_role("button", name="Find text and dates").click()


def told(page: Any, words: str) -> None:  # noqa: F811
    """The editor says this as an error, says nothing else any more, and can be asked again."""
    settled(page, words)
    assert page.locator(".restore-paint__asked").count() == 0


def settled(page: Any, words: str) -> None:  # noqa: F811
    """As ``told``, but a stroke that was drawn to select something may still be there."""
    page.get_by_role("alert").get_by_text(words, exact=True).wait_for(timeout=20_000)
    assert page.locator(STATUS).inner_text() == ""
    assert page.locator("[data-restore-paint-find-target=start]").get_attribute("aria-disabled") != "true"


def chips_come(page: Any) -> None:  # noqa: F811
    """Asked again, it finds what is there, and complains no more but of what nobody has decided."""
    with page.expect_response("**/find-text/?key=*"):
        find(page)
    work()
    page.locator(".restore-paint__chip").nth(1).wait_for(timeout=30_000)
    assert page.get_by_role("alert").count() == page.locator(".restore-paint__asked--open").count()


def select(page: Any) -> None:  # noqa: F811
    page.get_by_role("button", name="Smart select").click()
    drag(page, (100, 300), (300, 300))


@pytest.mark.parametrize("ask", [find, select])
def test_logged_out(editor: Any, live_server: Any, admin_user: Any, ask: Any) -> None:
    log_out(editor, live_server)
    ask(editor)
    settled(editor, LOGGED_OUT)
    log_in(editor, live_server, admin_user)
    chips_come(editor)


def test_logged_out_while_one_waits(editor: Any, live_server: Any, admin_user: Any) -> None:
    with editor.expect_response("**/find-text/?key=*"):
        find(editor)
    log_out(editor, live_server)
    told(editor, LOGGED_OUT)
    log_in(editor, live_server, admin_user)
    chips_come(editor)


@pytest.mark.parametrize("ask", [find, select])
def test_without_network(editor: Any, ask: Any) -> None:
    editor.context.set_offline(True)
    ask(editor)
    settled(editor, OFFLINE)
    editor.context.set_offline(False)
    chips_come(editor)


def test_what_cannot_be_sent_is_sent_later(
    page: Any,  # noqa: F811
    live_server: Any,
    image: Any,  # noqa: F811
    admin_user: Any,
    errors: list[str],  # noqa: F811
) -> None:
    open_editor(page, live_server, image, admin_user)
    errors.clear()
    drag(page, (60, 60), (160, 60))
    page.context.set_offline(True)
    page.get_by_role("button", name=SEND).click()
    told(page, "The server did not answer. What you marked is still here; send it again in a moment.")
    page.context.set_offline(False)
    log_out(page, live_server)
    page.get_by_role("button", name=SEND).click()
    told(page, "You are no longer logged in. Log in again in another tab, then send it again here.")
    log_in(page, live_server, admin_user)
    assert [each for each in errors if "Failed to load resource" not in each] == []
    touched = finish(page, image)
    assert touched[55:65, 70:150].mean() > 0.7


def test_a_moment_without_network_while_one_waits_is_passed_over(editor: Any) -> None:
    with editor.expect_response("**/find-text/?key=*"):
        find(editor)
    with editor.expect_event("requestfailed"):
        editor.context.set_offline(True)
    editor.context.set_offline(False)
    work()
    editor.locator(".restore-paint__chip").first.wait_for(timeout=30_000)
    assert editor.get_by_role("alert").count() == 0


def test_the_network_goes_away_while_one_waits(editor: Any) -> None:
    with editor.expect_response("**/find-text/?key=*"):
        find(editor)
    editor.context.set_offline(True)
    told(editor, OFFLINE)
    editor.context.set_offline(False)
    chips_come(editor)


@pytest.mark.parametrize("ask", [find, select])
def test_no_worker_answers(
    page: Any,  # noqa: F811
    live_server: Any,
    redis: Any,
    admin_user: Any,
    errors: list[str],  # noqa: F811
    ask: Any,
) -> None:
    page.clock.install()
    open_editor(page, live_server, with_ball(), admin_user)
    errors.clear()
    looks: list[Any] = []
    page.on("request", lambda request: looks.append(request) if "?key=" in request.url else None)
    ended: list[Any] = []
    page.on("requestfinished", lambda request: ended.append(request) if "?key=" in request.url else None)
    drag(page, (40, 40), (60, 40))
    ask(page)
    alert = page.get_by_role("alert").get_by_text(UNANSWERED, exact=True)
    said: list[str] = []
    began = page.evaluate("Date.now()")  # its clock goes on by itself, too, while the machine is busy
    while not alert.is_visible() and len(said) < 90:
        page.clock.run_for(1000)
        page.wait_for_timeout(50)
        while len(ended) < len(looks):
            page.wait_for_timeout(20)
        said.append(page.locator(STATUS).inner_text())
    assert 58_000 <= page.evaluate("Date.now()") - began <= 80_000
    assert "Still waiting for a worker. You can go on painting meanwhile." in said
    assert 10 <= len(looks) <= 20, "ever more slowly"
    settled(page, UNANSWERED)
    assert page.locator(".restore-paint__asked--open").count() == (ask is select), "what was drawn is not lost"
    page.clock.run_for(60_000)
    page.wait_for_timeout(200)
    assert len(looks) <= 20, "nobody asks any more"
    assert painted(page, 50, 40) and errors == []


def test_a_server_that_never_answers_is_given_up(editor: Any) -> None:
    editor.evaluate("""() => {
        const { timeout } = AbortSignal;
        AbortSignal.timeout = (time) => timeout.call(AbortSignal, time / 6); // the clock runs faster
    }""")
    editor.route("**/find-text/", lambda route: None)
    find(editor)
    editor.wait_for_timeout(3000)
    assert editor.locator(STATUS).inner_text() == LOOKING
    told(editor, OFFLINE)
    editor.unroute("**/find-text/")
    chips_come(editor)


def test_a_stroke_goes_on_below_the_answer(page: Any, live_server: Any, redis: Any, admin_user: Any) -> None:  # noqa: F811
    page.set_viewport_size({"width": 1280, "height": 1100})
    open_editor(page, live_server, with_text(), admin_user)
    page.evaluate(COUNT_ANSWERS)
    with page.expect_response("**/find-text/?key=*"):
        find(page)
    stage = page.locator(".restore-paint__picture").bounding_box()
    page.mouse.move(stage["x"] + 100, stage["y"] + 240)
    page.mouse.down()
    page.mouse.move(stage["x"] + 200, stage["y"] + 240, steps=4)
    work()
    becomes(page, "window.answers === 1")
    page.wait_for_timeout(500)
    assert page.locator(".restore-paint__chip").count() == 0
    page.mouse.move(stage["x"] + 400, stage["y"] + 240, steps=4)
    page.mouse.up()
    page.locator(".restore-paint__chip").first.wait_for()
    assert painted(page, 110, 240) and painted(page, 390, 240)
    assert page.evaluate("document.activeElement.className").startswith("restore-paint__stage"), "and keeps the focus"


def test_what_was_found_stays_until_something_new_is_found(
    page: Any,  # noqa: F811
    live_server: Any,
    redis: Any,
    admin_user: Any,
) -> None:
    chips = found_in(page, live_server, admin_user)
    chips.nth(1).click()
    log_out(page, live_server)
    find(page)
    told(page, LOGGED_OUT)
    assert [chip.get_attribute("aria-pressed") for chip in chips.all()] == ["true", "false"]


def test_who_leaves_while_the_worker_is_asked_leaves_nothing_behind(
    page: Any,  # noqa: F811
    live_server: Any,
    redis: Any,
    admin_user: Any,
    errors: list[str],  # noqa: F811
) -> None:
    open_editor(page, live_server, with_text(), admin_user)
    errors.clear()
    with page.expect_response("**/find-text/?key=*"):
        find(page)
    select(page)
    page.goto("about:blank")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.wait_for_timeout(2000)
    assert (asked, errors) == ([], [])
