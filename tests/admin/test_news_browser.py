"""In a real browser: what became of work is told in sight, beside Wagtail's own messages, and until it was read."""

from __future__ import annotations

from typing import Any

import pytest

from tests.admin.test_axe_browser import violations
from tests.admin.test_browser import log_in, page, running, strictly  # noqa: F401 — fixtures
from wagtail_restore import jobs
from wagtail_restore.imaging.planning import Note
from wagtail_restore.models import Job, State

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

FAILED = "The worker ran out of memory."


@pytest.fixture
def at_image(page: Any, live_server: Any, running: Job, admin_user: Any) -> Any:  # noqa: F811
    """The page of an image that is worked on."""
    log_in(page, live_server, admin_user)
    page.goto(f"{live_server.url}/admin/images/{running.object_id}/")
    return page


def news(page: Any) -> Any:  # noqa: F811
    return page.locator(".restore-news__item")


def tell(page: Any, *said: tuple[str, str]) -> None:  # noqa: F811
    page.evaluate("said => restoreNews.tell(said)", [{"type": tone, "text": text} for tone, text in said])


def fail(job: Job) -> None:
    jobs.finish(job, State.FAILED, Note("out_of_memory", {"device": "cpu"}))


def test_wagtails_own_messages_stay(at_image: Any, running: Job) -> None:  # noqa: F811
    blocked = strictly(at_image)
    at_image.reload()
    mistake = "The image could not be saved due to errors."
    at_image.evaluate(
        """text => document.dispatchEvent(new CustomEvent('w-messages:add', { detail: { type: 'error', text } }))""",
        mistake,
    )
    fail(running)
    news(at_image).get_by_text(FAILED).wait_for(timeout=20_000)
    assert at_image.locator(".messages").get_by_text(mistake).is_visible()
    assert blocked == []


@pytest.mark.parametrize("width", [1440, 390])
def test_who_has_scrolled_down_sees_it(at_image: Any, running: Job, width: int) -> None:  # noqa: F811
    at_image.set_viewport_size({"width": width, "height": 700})
    at_image.mouse.move(width / 2, 400)
    at_image.mouse.wheel(0, 5000)
    fail(running)
    news(at_image).get_by_text(FAILED).wait_for(timeout=20_000)
    top = at_image.locator(".messages").bounding_box()
    assert top["y"] + top["height"] < -100
    box = news(at_image).bounding_box()
    assert box["y"] >= 50 and box["y"] + box["height"] <= 700
    assert box["x"] >= 0 and box["x"] + box["width"] <= width
    assert at_image.get_by_role("status").get_by_text(FAILED).count() == 1


def test_what_failed_stays_and_what_is_well_goes_once_it_was_read(at_image: Any) -> None:
    at_image.clock.install()
    tell(at_image, ("error", FAILED), ("success", "One"), ("success", "Two"))
    at_image.clock.run_for(10_000)
    news(at_image).get_by_text("Two").hover()
    at_image.clock.run_for(30_000)
    assert news(at_image).count() == 3
    at_image.mouse.move(5, 600)
    at_image.clock.run_for(8_000)
    assert news(at_image).all_inner_texts() == [FAILED]
    at_image.clock.run_for(600_000)
    assert news(at_image).all_inner_texts() == [FAILED]


def test_of_very_much_the_troubles_are_kept(at_image: Any) -> None:
    tell(at_image, ("error", "First"), *(("success", f"Well {number}") for number in range(6)), ("warning", "Last"))
    assert news(at_image).all_inner_texts() == ["First", "Well 4", "Well 5", "Last"]


def test_it_is_dismissed_with_the_keyboard_and_the_focus_goes_back(at_image: Any) -> None:
    at_image.locator("[name=title]").focus()
    tell(at_image, ("error", "One"), ("warning", "Two"))
    news(at_image).first.get_by_role("button", name="Dismiss").focus()
    at_image.keyboard.press("Enter")
    assert news(at_image).all_inner_texts() == ["Two"]
    at_image.keyboard.press("Enter")
    assert news(at_image).count() == 0
    assert at_image.evaluate("document.activeElement.name") == "title"


@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_has_nothing_against_it(at_image: Any, theme: str, width: int) -> None:
    at_image.emulate_media(color_scheme=theme, reduced_motion="reduce")
    at_image.set_viewport_size({"width": width, "height": 800})
    before = violations(at_image)
    tell(at_image, ("error", FAILED), ("warning", "“harbour”: Somebody should look."), ("success", "Done."))
    assert violations(at_image) == before
