"""In a real browser: what the mask editor tells takes no room from the picture, and moves it under nobody's pen."""

from __future__ import annotations

from typing import Any

import pytest

from tests.admin.test_browser import becomes, page  # noqa: F401 — fixtures
from tests.admin.test_painting_browser import SEND, image, open_editor  # noqa: F401 — fixtures

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

NOTHING = "Nothing is marked. Paint over what is to go."


@pytest.fixture(params=[(1440, 900), (390, 844)], ids=["wide", "telephone"])
def told(page: Any, live_server: Any, image: Any, admin_user: Any, request: Any) -> Any:  # noqa: F811
    """The editor of a picture at full size, after an error that left everything where it was."""
    page.set_viewport_size({"width": request.param[0], "height": request.param[1]})
    open_editor(page, live_server, image, admin_user)
    if request.param[0] < 500:
        page.evaluate("document.querySelector('.restore-paint__stage').scrollIntoView({ block: 'center' })")
    before = places(page)
    page.evaluate("document.querySelector('.restore-paint__stage').focus({ preventScroll: true })")
    page.keyboard.press("Control+Enter")
    page.get_by_role("alert").get_by_text(NOTHING).wait_for()
    assert places(page) == before
    return page


def places(page: Any) -> list[Any]:  # noqa: F811
    return [page.locator(f".restore-paint__{name}").bounding_box() for name in ("stage", "picture", "bar", "status")]


def test_an_error_lies_on_the_stage_and_the_stroke_after_it_is_straight(told: Any) -> None:
    box, stage = told.locator(".restore-paint__error").bounding_box(), places(told)[0]
    assert stage["y"] < box["y"] and box["y"] + box["height"] < stage["y"] + stage["height"]
    before = places(told)
    scale = before[1]["width"] / 400
    y = before[1]["y"] + 60 * scale
    told.mouse.move(before[1]["x"] + 60 * scale, y)
    told.mouse.down()
    told.mouse.move(before[1]["x"] + 200 * scale, y, steps=8)
    told.mouse.up()
    assert told.get_by_role("alert").count() == 0 and places(told) == before
    points = told.evaluate("""() => {
        const page = document.querySelector('.restore-paint');
        return window.wagtail.app.getControllerForElementAndIdentifier(page, 'restore-paint').marks.shown[0].points;
    }""")
    assert all(abs(across - 60) < 1.5 for across in points[1::2]), "nowhere bent"
    assert (round(points[0]), round(points[-2])) == (60, 200)


@pytest.mark.parametrize("how", ["button", "keys", "Escape"])
def test_it_is_dismissed(told: Any, how: str) -> None:
    button = told.get_by_role("button", name="Dismiss")
    if how == "button":
        button.click()
    elif how == "keys":
        told.locator(".restore-paint__stage").focus()
        told.keyboard.press("Tab")
        assert button.evaluate("button => button === document.activeElement")
        told.keyboard.press("Enter")
    else:
        told.locator(".restore-paint__stage").focus()
        told.keyboard.press("Escape")
    assert told.get_by_role("alert").count() == 0
    assert told.evaluate("document.activeElement.className").startswith("restore-paint__stage")
    told.get_by_role("button", name=SEND).click()
    told.get_by_role("alert").get_by_text(NOTHING).wait_for()


def test_words_of_any_length_leave_the_picture_where_it_is(told: Any) -> None:
    before = places(told)
    for words in ("", "Marked.", "What you marked is sent once the worker has answered. " * 4):
        told.locator(".restore-paint__status").evaluate("(status, words) => { status.textContent = words; }", words)
        assert places(told) == before


def test_a_stage_of_another_size_is_measured_after_the_stroke(told: Any) -> None:
    stage = places(told)[0]
    told.mouse.move(stage["x"] + 150, stage["y"] + 100)
    told.mouse.down()
    told.mouse.move(stage["x"] + 170, stage["y"] + 100)
    before = told.evaluate("document.querySelector('.restore-paint__picture').style.transform")
    told.evaluate("document.querySelector('.restore-paint').style.paddingInline = '100px'")
    told.wait_for_timeout(200)
    assert told.evaluate("document.querySelector('.restore-paint__picture').style.transform") == before
    told.mouse.up()
    becomes(told, "before => document.querySelector('.restore-paint__picture').style.transform !== before", arg=before)
