"""In a real browser: what the worker reads is marked at once, dropped or kept with the keys, undone and sent."""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import Any

import pytest
from PIL import Image as Pillow
from PIL import ImageDraw, ImageFont

from tests.admin.test_browser import page, strictly  # noqa: F401 — fixtures
from tests.admin.test_painting_browser import (  # noqa: F401 — fixtures
    SEND,
    STATUS,
    drag,
    errors,
    more,
    open_editor,
    painted,
    pixels,
)
from tests.processes import start_worker
from wagtail_restore.models import Job
from wagtail_restore.testing import make_image, work

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def covered(page: Any) -> int:  # noqa: F811
    """How many pixels of the canvas the mask covers."""
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    return int(
        page.evaluate("""() => {
            const canvas = document.querySelector('.restore-paint__mask');
            const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
            return data.filter((value, at) => at % 4 === 3 && value > 127).length;
        }""")
    )


def with_text() -> Any:
    """A picture with HARBOUR across its upper part and STATION across its lower part."""
    picture = Pillow.new("RGB", (640, 480), (60, 90, 130))
    draw = ImageDraw.Draw(picture)
    for top, line in ((40, "HARBOUR"), (340, "STATION")):
        draw.text((60, top), line, "white", ImageFont.load_default(80), stroke_width=3, stroke_fill="black")
    buffer = io.BytesIO()
    picture.save(buffer, "PNG")
    return make_image(data=buffer.getvalue(), name="text.png", title="Harbour")


def photo(page: Any, name: str) -> None:  # noqa: F811
    """Kept where ``RESTORE_TEST_SHOTS`` names a folder, to be looked at."""
    if os.environ.get("RESTORE_TEST_SHOTS"):
        page.screenshot(path=f"{os.environ['RESTORE_TEST_SHOTS']}/{name}.png")


def test_what_is_found_is_marked_dropped_undone_and_sent(
    page: Any,  # noqa: F811
    live_server: Any,
    redis: Any,
    data: Path,
    admin_user: Any,
    errors: list[str],  # noqa: F811
) -> None:
    with Pillow.open(data / "photos" / "26_datestamp.jpg") as picture:
        ImageDraw.Draw(picture).text(
            (80, 60), "HARBOUR", "white", ImageFont.load_default(90), stroke_width=3, stroke_fill="black"
        )
        buffer = io.BytesIO()
        picture.save(buffer, "JPEG", quality=95)
    image = make_image(data=buffer.getvalue(), name="dated.jpg", title="Harbour")
    blocked = strictly(page)
    open_editor(page, live_server, image, admin_user)
    errors.clear()
    page.get_by_role("button", name="Find text and dates").press("Enter")
    running = start_worker()
    try:
        chips = page.locator(".restore-paint__chip")
        chips.first.wait_for(timeout=60_000)
    finally:
        running.communicate(timeout=60)
    read = chips.all_inner_texts()
    assert any("98 7 14" in text for text in read) and any("HARBOUR" in text for text in read)
    status = page.locator("[data-restore-paint-target=status]")
    assert status.inner_text().startswith(f"{len(read)} places were found and marked.")
    whole = covered(page)
    assert chips.first.evaluate("chip => chip === document.activeElement")
    for index, text in enumerate(read):
        if "98 7 14" not in text:
            chips.nth(index).press("Space")
    assert [chip.get_attribute("aria-pressed") for chip in chips.all()].count("true") == 1
    photo(page, "light")
    page.emulate_media(color_scheme="dark")
    page.evaluate("document.documentElement.className += ' w-theme-dark'; document.body.classList.add('w-theme-dark')")
    photo(page, "dark")
    assert status.inner_text().endswith(f"Finds marked: 1 of {len(read)}.")
    left = covered(page)
    assert 50 < left < whole
    for _ in read[1:]:
        page.get_by_role("button", name="Undo").click()
    assert status.inner_text() == f"Undone. Finds marked: {len(read)} of {len(read)}." and covered(page) == whole
    page.get_by_role("button", name="Undo").click()
    assert covered(page) == 0 and kept(chips) == ["false"] * len(read)
    for _ in read:
        page.get_by_role("button", name="Redo").click()
    assert covered(page) == left
    photo(page, "added")
    before = pixels(image)
    page.get_by_role("button", name=SEND).click()
    page.get_by_text("What you marked is being removed.").wait_for(timeout=30_000)
    work()
    assert Job.objects.get().state == "published"
    touched = (pixels(image) != before).any(axis=2)
    height = len(touched)
    assert touched.any() and not touched[: height // 3].any(), "what was dropped is still there"
    assert blocked == [] and [each for each in errors if "Jcrop" not in each and "inline" not in each] == []


def found_in(page: Any, live_server: Any, user: Any) -> Any:  # noqa: F811
    """The chips in the editor of a picture with two lines of text, shown at full size, once the worker has read it."""
    open_editor(page, live_server, with_text(), user)
    more(page)
    page.get_by_role("button", name="Find text and dates").click()
    page.get_by_role("status").get_by_text("Looking for text and dates…").wait_for()
    work()
    chips = page.locator(".restore-paint__chip")
    chips.first.wait_for(timeout=30_000)
    assert [text.rsplit(" ", 1)[-1] for text in chips.all_inner_texts()] == ["HARBOUR", "STATION"]
    return chips


def kept(chips: Any) -> list[str | None]:
    return [chip.get_attribute("aria-pressed") for chip in chips.all()]


def test_a_click_on_an_outline_drops_or_keeps_it_and_a_drag_over_it_paints(
    page: Any,  # noqa: F811
    live_server: Any,
    redis: Any,
    admin_user: Any,
    errors: list[str],  # noqa: F811
) -> None:
    page.set_viewport_size({"width": 1280, "height": 1100})
    chips = found_in(page, live_server, admin_user)
    status = page.locator(STATUS)
    assert painted(page, 150, 90) and painted(page, 150, 390)
    drag(page, (150, 90))
    assert (kept(chips), status.inner_text()) == (["false", "true"], "Dropped: HARBOUR. Finds marked: 1 of 2.")
    assert not painted(page, 150, 90) and painted(page, 150, 390), "a click paints nothing"
    drag(page, (150, 90), (152, 91))
    assert (kept(chips), status.inner_text()) == (["true", "true"], "Marked again: HARBOUR. Finds marked: 2 of 2.")
    assert painted(page, 150, 90)
    drag(page, (150, 90))
    drag(page, (150, 90), (260, 90))
    assert painted(page, 150, 90) and painted(page, 255, 90), "from where the pointer went down"
    assert (kept(chips), status.inner_text()) == (["false", "true"], "Marked.")
    drag(page, (500, 240))
    assert painted(page, 500, 240), "beside the outlines a click paints as ever"
    chips.nth(1).hover()
    assert page.locator(".restore-paint__pointed").count() == 1
    assert [each for each in errors if "Jcrop" not in each and "inline" not in each] == []


def test_a_finger_taps_an_outline(page: Any, live_server: Any, redis: Any, admin_user: Any) -> None:  # noqa: F811
    telephone = page.context.browser.new_page(has_touch=True, viewport={"width": 390, "height": 844})
    chips = found_in(telephone, live_server, admin_user)
    outline = telephone.locator(".restore-paint__outlines polygon").nth(1)
    outline.scroll_into_view_if_needed()
    box = outline.bounding_box()
    telephone.touchscreen.tap(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    assert kept(chips) == ["true", "false"]
    left = covered(telephone)
    telephone.touchscreen.tap(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    assert kept(chips) == ["true", "true"]
    assert covered(telephone) > left > 0


def test_what_is_marked_of_the_finds_follows_undo_clear_eraser_and_all_or_none(
    page: Any,  # noqa: F811
    live_server: Any,
    redis: Any,
    admin_user: Any,
    errors: list[str],  # noqa: F811
) -> None:
    page.set_viewport_size({"width": 1280, "height": 1100})
    chips = found_in(page, live_server, admin_user)
    errors.clear()
    status = page.locator(STATUS)
    assert page.get_by_role("button", name="Add to the mask").count() == 0

    def press(name: str) -> tuple[list[str | None], bool, bool]:
        page.get_by_role("button", name=name, exact=True).click()
        return kept(chips), painted(page, 150, 90), painted(page, 150, 390)

    both, neither = (["true", "true"], True, True), (["false", "false"], False, False)
    assert press("None") == neither and status.inner_text() == "Finds marked: 0 of 2."
    assert press("Undo") == both
    assert press("Clear all marks") == neither
    assert press("All") == both and status.inner_text() == "Finds marked: 2 of 2."
    assert press("All") == both
    assert press("Undo") == neither and press("Undo") == both, "what changes nothing is no step"

    page.get_by_role("button", name="Eraser").click()
    drag(page, (120, 90), (260, 90))
    assert not painted(page, 150, 90), "a part of it may be taken off"
    chips.nth(0).click()
    chips.nth(0).click()
    assert painted(page, 150, 90), "kept again, it is marked again"
    assert errors == []


def test_what_is_found_again_stays_as_it_was_decided(
    page: Any,  # noqa: F811
    live_server: Any,
    redis: Any,
    admin_user: Any,
) -> None:
    page.set_viewport_size({"width": 1280, "height": 1100})
    chips = found_in(page, live_server, admin_user)
    chips.nth(0).click()
    page.get_by_role("button", name="Find text and dates").click()
    page.get_by_role("status").get_by_text("Looking for text and dates…").wait_for()
    work()
    page.get_by_role("status").get_by_text("Finds marked: 1 of 2.").wait_for()
    assert kept(chips) == ["false", "true"] and not painted(page, 150, 90) and painted(page, 150, 390)
