"""In a real browser: words stand whole in the tables of restorations, with pictures of one width beside them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.admin.test_browser import log_in, page  # noqa: F401 — fixtures
from wagtail_restore.models import Job, ResolutionRule
from wagtail_restore.testing import make_image

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

WORD = "Cushion"
RULE = "Archive: wide enough for a page"
REPORT, REVIEW = "report", "review/list"
TOPS = """cell => {
    const range = document.createRange();
    range.selectNodeContents(cell);
    return [...range.getClientRects()].map(({ top }) => Math.round(top));
}"""
LINES = """cell => {
    const range = document.createRange();
    const text = document.createTreeWalker(cell, NodeFilter.SHOW_TEXT);
    const lines = (node, from, to) => {
        range.setStart(node, from);
        range.setEnd(node, to);
        return new Set([...range.getClientRects()].map(({ top }) => Math.round(top))).size;
    };
    const found = [];
    while (text.nextNode()) {
        for (const { 0: word, index } of text.currentNode.data.matchAll(/\\S+/g)) {
            found.push([word, lines(text.currentNode, index, index + word.length)]);
        }
    }
    return found;
}"""


@pytest.fixture
def two(job_in: Callable[..., Job], make_rule: Callable[..., ResolutionRule]) -> None:
    """A wide picture and a high one, both to be looked at."""
    rule = make_rule(name=RULE, min_width=10)
    for title, size in ((f"{WORD} with a cat", (640, 200)), ("27_watermark_tiled", (200, 640))):
        job_in("review", make_image(*size, title=title), image_title=title, rule=rule)


@pytest.mark.parametrize("where", [REPORT, REVIEW])
@pytest.mark.parametrize("width", [390, 1440])
def test_words_are_whole_and_pictures_of_one_width(
    page: Any,  # noqa: F811
    live_server: Any,
    admin_user: Any,
    two: None,
    width: int,
    where: str,
) -> None:
    page.set_viewport_size({"width": width, "height": 1000})
    log_in(page, live_server, admin_user)
    page.goto(f"{live_server.url}/admin/restore/{where}/")
    rows = page.locator("tbody tr", has=page.locator(".restore-name"))
    assert rows.count() == 2
    boxes = [cell.bounding_box() for cell in rows.locator(".restore-picture .image").all()]
    assert [round(box["width"]) for box in boxes] == [64, 64]
    titles = rows.filter(has_text=WORD).locator(".restore-name")
    assert all(lines == 1 for _word, lines in titles.evaluate(LINES))
    if width == 1440:
        assert all(lines == 1 for cell in rows.locator(".restore-name").all() for _word, lines in cell.evaluate(LINES))
        rule = rows.first.get_by_text(RULE)
        assert len(set(rule.evaluate(TOPS))) <= 2
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


@pytest.mark.parametrize("where", [REPORT, REVIEW])
def test_no_column_is_cut_off_on_a_small_laptop(
    page: Any,  # noqa: F811
    live_server: Any,
    admin_user: Any,
    two: None,
    where: str,
) -> None:
    page.set_viewport_size({"width": 1280, "height": 800})
    log_in(page, live_server, admin_user)
    page.goto(f"{live_server.url}/admin/restore/{where}/")
    box = page.locator("table:has(.restore-name)").bounding_box()
    assert box["x"] + box["width"] <= 1280
