"""In a real browser: a rough stroke over something, or a loop around it, becomes its mask, undone in one step."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from tests.admin.test_browser import page, strictly  # noqa: F401 — fixtures
from tests.admin.test_finding import with_ball
from tests.admin.test_finding_browser import covered, photo
from tests.admin.test_painting_browser import (  # noqa: F401 — fixtures
    SEND,
    STATUS,
    drag,
    errors,
    open_editor,
    painted,
    pixels,
)
from tests.processes import start_worker
from wagtail_restore import queue
from wagtail_restore.models import Job
from wagtail_restore.testing import work

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

LIVE = "rq:queue:restore-live"
ADDED = "The object was added to the mask."


def until(page: Any, holds: Callable[[], bool]) -> None:  # noqa: F811
    for _ in range(200):
        if holds():
            return
        page.wait_for_timeout(50)
    raise AssertionError("it never came so far")


def answered(page: Any, words: str) -> None:  # noqa: F811
    running = start_worker()
    try:
        page.locator(STATUS, has_text=re.compile(re.escape(words))).wait_for(timeout=60_000)
    finally:
        running.communicate(timeout=60)


def test_a_loop_around_a_ball_marks_the_ball_alone_and_it_is_removed(
    page: Any,  # noqa: F811
    live_server: Any,
    redis: Any,
    admin_user: Any,
    errors: list[str],  # noqa: F811
) -> None:
    image = with_ball()
    blocked = strictly(page)
    open_editor(page, live_server, image, admin_user)
    errors.clear()
    page.get_by_role("button", name="Smart select").click()
    assert page.locator(STATUS).inner_text() == "Smart select: draw roughly over an object, or a loop around it."
    drag(page, (70, 50), (250, 50), (250, 210), (70, 210), (72, 54))
    assert page.locator(STATUS).inner_text() == "Looking for the object…"
    assert page.locator("polygon.restore-paint__asked").count() == 1
    photo(page, "asked")
    answered(page, ADDED)
    assert page.locator(".restore-paint__asked").count() == 0
    assert painted(page, 160, 130) and painted(page, 105, 130)
    assert not painted(page, 80, 60) and not painted(page, 85, 130)
    photo(page, "selected")
    page.get_by_role("button", name="Undo").click()
    assert covered(page) == 0
    page.get_by_role("button", name="Redo").click()
    before = pixels(image)
    page.get_by_role("button", name=SEND).click()
    page.get_by_text("What you marked is being removed.").wait_for(timeout=30_000)
    work()
    assert Job.objects.get().state == "published"
    after = pixels(image)
    assert before[130, 160].tolist() == [190, 60, 50]
    assert after[130, 160][2] > after[130, 160][0], "the wall goes on where the ball was"
    assert (after[:60] == before[:60]).all()
    assert blocked == [] and [each for each in errors if "Jcrop" not in each and "inline" not in each] == []


def test_a_stroke_by_the_keys_alone_marks_the_ball(
    page: Any,  # noqa: F811
    live_server: Any,
    redis: Any,
    admin_user: Any,
    errors: list[str],  # noqa: F811
) -> None:
    open_editor(page, live_server, with_ball(), admin_user)
    stage = page.get_by_role("application", name="Picture to paint on")
    stage.focus()
    for key in ("s", *[","] * 4, "Enter", *["ArrowRight"] * 3, "Enter"):
        page.keyboard.press(key)
    assert page.locator("polyline.restore-paint__asked").count() == 1
    answered(page, ADDED)
    assert painted(page, 160, 130) and painted(page, 115, 130) and not painted(page, 85, 130)


def test_escape_gives_up_waiting_and_without_a_worker_nothing_is_lost(
    page: Any,  # noqa: F811
    live_server: Any,
    redis: Any,
    admin_user: Any,
    errors: list[str],  # noqa: F811
) -> None:
    open_editor(page, live_server, with_ball(), admin_user)
    drag(page, (40, 40), (60, 40))
    page.get_by_role("button", name="Smart select").click()
    drag(page, (140, 130), (180, 130))
    until(page, lambda: redis.llen(LIVE) == 1)
    page.keyboard.press("Escape")
    assert page.locator(STATUS).inner_text() == "Dropped."
    until(page, lambda: redis.llen(LIVE) == 0)
    assert page.locator(".restore-paint__asked").count() == 0
    assert painted(page, 50, 40) and not painted(page, 160, 130)


def test_of_several_strokes_only_the_last_one_waits_for_a_worker(
    page: Any,  # noqa: F811
    live_server: Any,
    redis: Any,
    admin_user: Any,
    errors: list[str],  # noqa: F811
) -> None:
    open_editor(page, live_server, with_ball(), admin_user)
    errors.clear()
    page.get_by_role("button", name="Smart select").click()
    for right in (180, 181, 182):
        drag(page, (140, 130), (right, 130))
    until(page, lambda: redis.llen(LIVE) == 1)
    page.wait_for_timeout(1000)
    assert redis.llen(LIVE) == 1
    answered(page, ADDED)
    assert painted(page, 160, 130) and errors == []


FAILED = "The object could not be selected. Mark it with the brush instead, or try again."


def fail(page: Any) -> None:  # noqa: F811
    """Nobody can select anything, and that is told, with the stroke left where it was drawn."""
    page.route("**/select-object/", lambda route: route.fulfill(json={"error": FAILED}, status=409))


def left(page: Any) -> None:  # noqa: F811
    page.get_by_role("alert").get_by_text(FAILED).wait_for()
    assert page.locator(".restore-paint__asked--open").count() == 1 and not painted(page, 160, 130)


def over(page: Any) -> None:  # noqa: F811
    assert page.get_by_role("alert").count() == page.locator(".restore-paint__asked").count() == 0


def test_a_stroke_that_nothing_came_of_is_tried_again_used_or_dropped(
    page: Any,  # noqa: F811
    live_server: Any,
    redis: Any,
    admin_user: Any,
) -> None:
    open_editor(page, live_server, with_ball(), admin_user)
    fail(page)
    page.get_by_role("button", name="Smart select").click()
    drag(page, (140, 130), (180, 130))
    left(page)
    photo(page, "undecided")
    page.get_by_role("button", name="Brush").click()
    drag(page, (40, 40), (60, 40))
    left(page)
    page.get_by_role("button", name="Undo").click()
    over(page)
    assert page.locator(STATUS).inner_text() == "Dropped." and painted(page, 50, 40)

    page.get_by_role("button", name="Smart select").click()
    drag(page, (140, 130), (180, 130))
    left(page)
    page.get_by_role("button", name="Use as it is").click()
    over(page)
    assert painted(page, 160, 130) and not painted(page, 160, 90), "the stroke, not the ball"
    page.get_by_role("button", name="Undo").click()
    assert not painted(page, 160, 130)

    drag(page, (140, 130), (180, 130))
    left(page)
    page.unroute("**/select-object/")
    page.get_by_role("button", name="Try again").click()
    assert page.locator(STATUS).inner_text() == "Looking for the object…"
    answered(page, ADDED)
    over(page)
    assert painted(page, 160, 130) and painted(page, 115, 130)


def test_by_the_keys_alone_and_by_touch(page: Any, live_server: Any, redis: Any, admin_user: Any) -> None:  # noqa: F811
    open_editor(page, live_server, with_ball(), admin_user)
    fail(page)
    page.get_by_role("application", name="Picture to paint on").focus()
    for key in ("s", "Enter", *["ArrowRight"] * 3, "Enter"):
        page.keyboard.press(key)
    left(page)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Try again"
    page.keyboard.press("Enter")
    left(page)
    assert page.evaluate("document.activeElement.className").startswith("restore-paint__stage")
    for key in ("Tab", "Tab", "Enter"):
        page.keyboard.press(key)
    over(page)
    assert covered(page) > 0
    page.keyboard.press("Control+z")
    for key in ("Enter", *["ArrowLeft"] * 3, "Enter"):
        page.keyboard.press(key)
    left(page)
    page.keyboard.press("Escape")
    over(page)
    assert covered(page) == 0

    telephone = page.context.browser.new_page(has_touch=True, viewport={"width": 390, "height": 844})
    open_editor(telephone, live_server, with_ball(), admin_user)
    fail(telephone)
    telephone.get_by_role("button", name="Smart select").tap()
    drag(telephone, (140, 130), (180, 130))
    telephone.get_by_role("alert").get_by_text(FAILED).wait_for()
    use = telephone.get_by_role("button", name="Use as it is")
    assert use.bounding_box()["height"] >= 44
    use.tap()
    over(telephone)
    assert covered(telephone) > 0


def test_who_has_asked_too_much_is_told_so(
    page: Any,  # noqa: F811
    live_server: Any,
    redis: Any,
    admin_user: Any,
) -> None:
    open_editor(page, live_server, with_ball(), admin_user)
    for number in range(5):
        queue.ask("wagtail_restore.live.find_text", "", by=str(admin_user.pk), about=str(number))
    page.get_by_role("button", name="Smart select").click()
    drag(page, (140, 130), (180, 130))
    page.get_by_role("alert").get_by_text("Several of your questions still wait for a worker.").wait_for()
    assert redis.llen(LIVE) == 5 and page.locator(".restore-paint__asked--open").count() == 1
