"""In a real browser: the buttons of the panel after a logout, and the comparison, the marks and the versions in it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.core.files.base import ContentFile

from tests.admin.test_browser import becomes, log_in, page, running, strictly, to_review, wait_for  # noqa: F401 — fixtures
from wagtail_restore import jobs, swap
from wagtail_restore.imaging.planning import Note, Plan, Step
from wagtail_restore.models import Job, State
from wagtail_restore.testing import make_picture

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def opened(page: Any, live_server: Any, running: Job, admin_user: Any) -> Any:  # noqa: F811
    """The edit page of an image whose Result is under review."""
    to_review(running)
    log_in(page, live_server, admin_user)
    page.goto(f"{live_server.url}/admin/images/{running.object_id}/")
    return page


def test_the_buttons_say_that_one_is_logged_out_and_work_after_the_next_login(
    opened: Any,
    live_server: Any,
    running: Job,  # noqa: F811
    admin_user: Any,
    wait_for: Callable[..., Any],  # noqa: F811
) -> None:
    blocked = strictly(opened)
    address = opened.url
    Session.objects.all().delete()
    opened.get_by_role("button", name="Discard").click()
    wait_for(opened, "You are no longer logged in.")
    assert opened.url == address
    assert Job.objects.get(pk=running.pk).state == State.REVIEW

    opened.context.clear_cookies(name="csrftoken")
    log_in(opened, live_server, admin_user)
    opened.get_by_role("button", name="Discard").click()
    wait_for(opened, "The result was discarded. The image is as it was.")
    assert Job.objects.get(pk=running.pk).state == State.DISCARDED
    assert blocked == []


def test_every_form_of_the_page_has_the_new_token(
    opened: Any,
    live_server: Any,
    wait_for: Callable[..., Any],  # noqa: F811
) -> None:
    opened.context.clear_cookies(name="csrftoken")
    becomes(
        opened,
        "was => [...document.querySelectorAll('[name=csrfmiddlewaretoken]')].every(({ value }) => value !== was)",
        opened.locator("[name=csrfmiddlewaretoken]").first.input_value(),
    )
    opened.fill("[name=title]", "By the edge of the sea")
    opened.locator("footer button[type=submit], .actions button[type=submit]").first.click()
    opened.get_by_text("updated").first.wait_for()


def test_a_button_whose_work_is_over_says_so(opened: Any, running: Job) -> None:  # noqa: F811
    Job.objects.filter(pk=running.pk).update(state=State.DISCARDED, open_key=None)
    opened.get_by_role("button", name="Publish").click()
    opened.get_by_text("This has changed meanwhile. Look at where it stands now.").wait_for()
    assert opened.get_by_role("button", name="Publish").count() == 0


REGION = {"kind": "date", "text": "98 7 14", "confidence": 0.5}


def region(x: int, y: int, **more: Any) -> dict[str, Any]:
    polygon = [[x, y], [x + 12, y], [x + 12, y + 6], [x, y + 6]]
    return {**REGION, "box": [x, y, 12, 6], "polygon": polygon, **more}


@pytest.fixture
def proposed(page: Any, live_server: Any, running: Job, admin_user: Any) -> Any:  # noqa: F811
    """The edit page of an image in which two marks were found, the second on a face."""
    running.changed(plan=Plan((Step("erase", params={"detect": ["date"]}),)).to_json())
    report = {"regions": [region(10, 10), region(40, 30, on_face=True)], "from": [64, 48], "steps": []}
    jobs.finish(running, State.REVIEW, Note("unsure", {"count": 2}), report=report)
    log_in(page, live_server, admin_user)
    page.goto(f"{live_server.url}/admin/images/{running.object_id}/")
    page.locator("[name=region]").first.wait_for()
    return page


def test_marks_on_the_picture_and_in_the_list_are_the_same(proposed: Any, running: Job) -> None:  # noqa: F811
    blocked = strictly(proposed)
    proposed.reload()
    boxes, outlines = proposed.locator("[name=region]"), proposed.locator(".restore-regions polygon")
    button = proposed.locator(".restore-decision button")
    assert [boxes.nth(index).is_checked() for index in (0, 1)] == [True, False]
    assert "left" in outlines.nth(1).get_attribute("class")
    assert button.inner_text() == "Erase the chosen (1)"

    outlines.nth(1).click()
    assert boxes.nth(1).is_checked()
    assert button.inner_text() == "Erase the chosen (2)"
    assert "told" in proposed.locator(".restore-choice label").nth(1).get_attribute("class")

    boxes.nth(0).focus()
    assert "told" in outlines.nth(0).get_attribute("class")
    for index in (0, 1):
        boxes.nth(index).uncheck()
    assert button.inner_text() == "Erase nothing"
    assert "left" in outlines.nth(0).get_attribute("class")

    button.click()
    proposed.get_by_text("Nothing is erased; the image stays as it is.").wait_for()
    assert Job.objects.get(pk=running.pk).state == State.DISCARDED
    assert blocked == []


def split(page: Any) -> float:  # noqa: F811
    return float(page.locator(".restore-compare input[type=range]").input_value())


def test_the_comparison_is_dragged_in_the_picture(opened: Any) -> None:
    blocked = strictly(opened)
    opened.reload()
    frame = opened.locator(".restore-compare__frame").bounding_box()
    y = frame["y"] + frame["height"] / 2
    opened.mouse.move(frame["x"] + frame["width"] * 0.5, y)
    opened.mouse.down()
    opened.mouse.move(frame["x"] + frame["width"] * 0.25, y, steps=4)
    assert abs(split(opened) - 25) <= 1
    opened.mouse.move(frame["x"] - 50, y)
    assert split(opened) == 0
    opened.mouse.up()
    opened.mouse.move(frame["x"] + frame["width"] * 0.75, y)
    assert split(opened) == 0
    opened.keyboard.press("ArrowRight")
    assert split(opened) == 1
    assert blocked == []


def test_at_full_size_the_mouse_moves_the_picture_and_the_grip_the_edge(
    opened: Any,
    running: Job,  # noqa: F811
) -> None:
    opened.set_viewport_size({"width": 390, "height": 800})
    large = swap.store_private(running.image(), "results/1-2.jpg", ContentFile(make_picture(1600, 1200)))
    Job.objects.filter(pk=running.pk).update(result=large, result_width=1600, result_height=1200)
    opened.reload()
    full = opened.get_by_label("Full size")
    full.check()
    assert opened.evaluate("document.documentElement.scrollWidth") <= 390
    view = opened.locator(".restore-compare__view")
    assert view.evaluate("e => e.scrollWidth") == 1600
    frame = view.bounding_box()
    x, y = frame["x"] + frame["width"] / 2, frame["y"] + frame["height"] / 2
    before = view.evaluate("e => e.scrollLeft")
    opened.mouse.move(x + 80, y)
    opened.mouse.down()
    opened.mouse.move(x + 30, y, steps=3)
    opened.mouse.up()
    assert view.evaluate("e => e.scrollLeft") == before + 50
    assert split(opened) == 50
    opened.mouse.move(x, y)
    opened.mouse.down()
    opened.mouse.move(frame["x"] + frame["width"] / 4, y, steps=3)
    opened.mouse.up()
    assert abs(split(opened) - 25) <= 2
    full.uncheck()
    assert view.evaluate("e => e.scrollWidth") <= 390


def test_a_finger_drags_the_edge_too(opened: Any) -> None:
    frame = opened.locator(".restore-compare__frame").bounding_box()
    y = frame["y"] + frame["height"] / 2
    touch = opened.context.new_cdp_session(opened)

    def send(kind: str, *shares: float) -> None:
        points = [{"x": frame["x"] + share * frame["width"], "y": y} for share in shares]
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    touch.send("Emulation.setTouchEmulationEnabled", {"enabled": True})
    send("touchStart", 0.5)
    for share in (0.45, 0.4, 0.3):
        send("touchMove", share)
    send("touchEnd")
    assert abs(split(opened) - 30) <= 2
