"""In a real browser: on a telephone the picture comes first and whole, and one row for the thumb lies below it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.admin.test_browser import becomes, page, strictly  # noqa: F401 — fixtures
from tests.admin.test_finding_browser import covered, found_in, kept
from tests.admin.test_painting_browser import (  # noqa: F401 — fixtures
    SEND,
    STATUS,
    errors,
    image,
    more,
    open_editor,
)
from wagtail_restore.models import Job

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

TOOLS = ("Brush", "Eraser", "Rectangle", "Lasso", "Smart select")
PLACES = """() => ['.restore-paint__stage', '.restore-paint__picture', '.restore-paint__dock'].map((name) => {
    const { x, y, width, height } = document.querySelector(name).getBoundingClientRect();
    return [x, y, width, height];
})"""


@pytest.fixture
def telephone(page: Any) -> Any:  # noqa: F811
    return page.context.browser.new_page(has_touch=True, is_mobile=True, viewport={"width": 390, "height": 844})


@pytest.mark.parametrize(("width", "height"), [(390, 844), (375, 667), (320, 640)])
def test_the_picture_is_first_and_whole_and_all_that_one_needs_is_below_it(
    telephone: Any,
    live_server: Any,
    image: Any,  # noqa: F811
    admin_user: Any,
    width: int,
    height: int,
) -> None:
    telephone.set_viewport_size({"width": width, "height": height})
    open_editor(telephone, live_server, image, admin_user)
    (_x, top, *_), picture, dock = telephone.evaluate(PLACES)
    assert top < 60, "right below the header"
    assert picture[0] >= 0 and picture[0] + picture[2] <= width
    assert top <= picture[1] and picture[1] + picture[3] <= dock[1] < dock[1] + dock[3] <= height
    boxes = [telephone.get_by_role("button", name=name).bounding_box() for name in (*TOOLS, "Undo", "More", SEND)]
    assert all(box["height"] >= 44 and box["width"] >= 34 for box in boxes)
    assert len({round(box["y"]) for box in boxes}) == (1 if width >= 375 else 2)
    assert telephone.evaluate("document.documentElement.scrollWidth") == width
    assert telephone.get_by_label("Size").is_hidden()


def test_the_name_of_the_chosen_tool_is_shown(
    telephone: Any,
    live_server: Any,
    image: Any,  # noqa: F811
    admin_user: Any,
) -> None:
    open_editor(telephone, live_server, image, admin_user)
    line = telephone.locator(".restore-paint__line")
    assert line.inner_text().strip() == "Brush"
    telephone.get_by_role("button", name="Lasso").tap()
    assert line.inner_text().strip() == "Lasso", "once"
    telephone.get_by_role("button", name="Undo").focus()
    telephone.keyboard.press("r")
    assert line.inner_text().strip() == "Rectangle"
    telephone.get_by_role("button", name="Smart select").tap()
    assert line.inner_text().strip() == "Smart select: draw roughly over an object, or a loop around it."


def test_more_opens_over_the_picture_and_closes_without_a_mark(
    telephone: Any,
    live_server: Any,
    image: Any,  # noqa: F811
    admin_user: Any,
    errors: list[str],  # noqa: F811
) -> None:
    blocked = strictly(telephone)
    open_editor(telephone, live_server, image, admin_user)
    before = telephone.evaluate(PLACES)
    button = telephone.get_by_role("button", name="More", exact=True)
    size = telephone.get_by_label("Size")
    button.tap()
    assert size.is_visible() and button.get_attribute("aria-expanded") == "true"
    assert telephone.evaluate(PLACES) == before
    size.focus()
    telephone.keyboard.press("Escape")
    assert size.is_hidden() and button.evaluate("button => button === document.activeElement")
    telephone.keyboard.press("Enter")
    assert size.is_visible()
    (_x, top, *_), (left, *_), _dock = before
    telephone.touchscreen.tap(left + 50, top + 30)
    assert size.is_hidden() and covered(telephone) == 0, "which closes it, and marks nothing"
    _stage, (left, top, wide, high), _dock = before
    telephone.touchscreen.tap(left + wide / 2, top + high / 2)
    assert covered(telephone) > 0
    more(telephone)
    telephone.get_by_role("button", name="Clear all marks").tap()
    assert covered(telephone) == 0
    assert blocked == [] and errors == []


def test_what_is_found_stands_above_the_row_and_is_sent_from_it(
    telephone: Any,
    live_server: Any,
    redis: Any,
    admin_user: Any,
) -> None:
    chips = found_in(telephone, live_server, admin_user)
    assert telephone.get_by_label("Size").is_hidden(), "the picture is seen again"
    assert chips.first.evaluate("chip => chip === document.activeElement")
    _stage, picture, dock = telephone.evaluate(PLACES)
    assert picture[1] + picture[3] < chips.first.bounding_box()["y"] < dock[1] < dock[1] + dock[3] <= 844
    chips.nth(1).tap()
    assert kept(chips) == ["true", "false"]
    assert telephone.locator(STATUS).inner_text() == "Dropped: STATION. Finds marked: 1 of 2."
    telephone.get_by_role("button", name=SEND).tap()
    telephone.get_by_text("What you marked is being removed.").wait_for(timeout=30_000)
    assert Job.objects.get().mask


def test_what_has_to_be_confirmed_below_is_shown_when_one_sends(
    telephone: Any,
    live_server: Any,
    image: Any,  # noqa: F811
    admin_user: Any,
    settings: Any,
) -> None:
    settings.WAGTAIL_RESTORE = {**settings.WAGTAIL_RESTORE, "RIGHTS_STATEMENT": "They are ours."}
    open_editor(telephone, live_server, image, admin_user)
    _stage, (left, top, wide, high), _dock = telephone.evaluate(PLACES)
    telephone.touchscreen.tap(left + wide / 2, top + high / 2)
    telephone.get_by_role("button", name=SEND).tap()
    box = telephone.get_by_role("checkbox")
    becomes(telephone, "box => box.getBoundingClientRect().bottom < innerHeight", arg=box.element_handle())
    box.check()
    telephone.get_by_role("button", name=SEND).tap()
    telephone.get_by_text("What you marked is being removed.").wait_for(timeout=30_000)
