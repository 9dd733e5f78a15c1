"""In a real browser: what a rule touches follows what is typed, and the order is changed by keys or mouse."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.admin.test_axe_browser import violations
from tests.admin.test_browser import log_in, page, strictly  # noqa: F401 — fixtures
from wagtail_restore.models import ResolutionRule
from wagtail_restore.testing import make_image

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

MakeRule = Callable[..., ResolutionRule]


def names() -> list[str]:
    return list(ResolutionRule.objects.values_list("name", flat=True))


def counts(page: Any) -> list[str]:  # noqa: F811
    return [text.strip() for text in page.locator("[data-restore-counts]").all_inner_texts()]


def test_the_count_follows_what_is_typed(page: Any, live_server: Any, admin_user: Any) -> None:  # noqa: F811
    for width in (40, 50, 60):
        make_image(width, 30, title=f"{width} wide")
    blocked = strictly(page)
    log_in(page, live_server, admin_user)
    page.goto(f"{live_server.url}/admin/restore/rules/new/")
    say = page.locator(".restore-touched__say")
    expect(say).to_have_text("Minimum width: Give a minimum width, a minimum height, or minimum megapixels.")
    width = page.get_by_label("Minimum width")
    width.fill("45")
    expect(say).to_have_text("1 image is touched by this rule now.")
    assert page.locator(".restore-samples li").all_inner_texts() == ["40 wide\n40 × 30"]
    width.fill("55")
    expect(say).to_have_text("2 images are touched by this rule now.")
    expect(page.locator(".restore-samples li")).to_have_count(2)
    page.locator("#id_action").select_option("refuse")
    expect(say).to_have_text("2 images that are in the library would be refused.")
    width.fill("10")
    expect(say).to_have_text("No image is touched by this rule now.")
    assert page.locator(".restore-samples").count() == 0
    assert not ResolutionRule.objects.exists() and blocked == []


def test_only_what_was_typed_last_is_shown(page: Any, live_server: Any, admin_user: Any) -> None:  # noqa: F811
    make_image(40, 30)
    log_in(page, live_server, admin_user)
    page.goto(f"{live_server.url}/admin/restore/rules/new/")
    say = page.locator(".restore-touched__say")
    expect(say).to_contain_text("Give a minimum width")
    asked, held = [], []

    def hold(route: Any) -> None:
        asked.append(re.search(r'name="min_width"\s+(\d+)', route.request.post_data)[1])  # type: ignore[index]
        held.append(route) if len(asked) == 1 else route.continue_()

    page.route("**/rules/touched/", hold)
    width = page.get_by_label("Minimum width")
    width.press_sequentially("30", delay=20)
    page.wait_for_timeout(600)
    width.press_sequentially("0", delay=20)
    expect(say).to_have_text("1 image is touched by this rule now.")
    assert asked == ["30", "300"], "one question for each pause, and the first was broken off"
    page.unroute("**/rules/touched/")
    page.route("**/rules/touched/", lambda route: route.abort())
    width.fill("400")
    expect(say).to_have_text("It could not be counted. It is tried again with your next change.")


def test_the_order_is_changed_with_the_keys_and_the_counts_follow(
    page: Any,  # noqa: F811
    live_server: Any,
    admin_user: Any,
    make_rule: MakeRule,
) -> None:
    make_image(40, 30)
    make_rule(name="First", min_width=50, sort_order=0)
    make_rule(name="Second", min_width=60, sort_order=1)
    blocked = strictly(page)
    log_in(page, live_server, admin_user)
    page.goto(f"{live_server.url}/admin/restore/rules/")
    assert counts(page) == ["1 image", "No image"]
    page.get_by_role("button", name="Drag").nth(1).focus()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    page.get_by_text("'Second' has been moved successfully.").wait_for()
    assert names() == ["Second", "First"]
    expect(page.locator("[data-restore-counts]").first).to_have_text(re.compile("1 image"))
    assert [row.split("\n")[0] for row in page.locator("tbody .title").all_inner_texts()] == ["Second", "First"]
    assert counts(page) == ["1 image", "No image"]
    assert blocked == []


def test_the_order_is_changed_with_the_mouse(
    page: Any,  # noqa: F811
    live_server: Any,
    admin_user: Any,
    make_rule: MakeRule,
) -> None:
    for number, name in enumerate("ABC"):
        make_rule(name=name, sort_order=number)
    log_in(page, live_server, admin_user)
    page.goto(f"{live_server.url}/admin/restore/rules/")
    handles = page.get_by_role("button", name="Drag")
    handles.nth(2).hover()
    page.mouse.down()
    target = handles.nth(0).bounding_box()
    first = page.locator("tbody tr").first.get_by_role("link", name="C", exact=True)
    for step in (40, 20, *(4, -6) * 20):
        page.mouse.move(target["x"] + 8, target["y"] + step, steps=4)
        if first.count():
            break
        page.wait_for_timeout(50)  # a row that is on its way gives no way
    page.mouse.up()
    page.get_by_text("'C' has been moved successfully.").wait_for()
    assert names() == ["C", "A", "B"]


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1440])
def test_axe_has_nothing_against_the_list_and_the_form(
    page: Any,  # noqa: F811
    live_server: Any,
    admin_user: Any,
    make_rule: MakeRule,
    width: int,
    theme: str,
) -> None:
    for number in range(3):
        make_image(400 + number, 300, title=f"A picture with a rather long title {number}")
    rule = make_rule(name="Photos in News")
    make_rule(name="Nothing for Nachrichtenbereich", action="refuse", min_width=200, sort_order=1)
    page.set_viewport_size({"width": width, "height": 800})
    page.emulate_media(color_scheme=theme, reduced_motion="reduce")
    log_in(page, live_server, admin_user)
    page.goto(f"{live_server.url}/admin/restore/rules/")
    found = [each for each in violations(page) if "restore" in each]
    heights = page.locator("td.title .title-wrapper").evaluate_all("each => each.map((name) => name.clientHeight)")
    assert max(heights) < 50, "in two lines at most, and no word of it broken"
    page.goto(f"{live_server.url}/admin/restore/rules/edit/{rule.pk}/")
    expect(page.locator(".restore-samples li")).to_have_count(3)
    assert found + [each for each in violations(page) if "restore" in each] == []
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
