"""In a real browser: what the worker reads is outlined, dropped or kept with the keys, marked, undone and sent."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from tests.admin.test_browser import page, strictly  # noqa: F401 — fixtures
from tests.admin.test_painting_browser import SEND, errors, open_editor, pixels  # noqa: F401 — fixtures
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


def photo(page: Any, name: str) -> None:  # noqa: F811
    """Kept where ``RESTORE_TEST_SHOTS`` names a folder, to be looked at."""
    if os.environ.get("RESTORE_TEST_SHOTS"):
        page.screenshot(path=f"{os.environ['RESTORE_TEST_SHOTS']}/{name}.png")


def test_what_is_found_is_dropped_added_undone_and_sent(
    page: Any,  # noqa: F811
    live_server: Any,
    redis: Any,
    data: Path,
    admin_user: Any,
    errors: list[str],  # noqa: F811
) -> None:
    import io

    from PIL import Image as Pillow
    from PIL import ImageDraw, ImageFont

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
    assert status.inner_text().startswith(f"{len(read)} places were found.")
    assert chips.first.evaluate("chip => chip === document.activeElement")
    for index, text in enumerate(read):
        if "98 7 14" not in text:
            chips.nth(index).press("Space")
    assert [chip.get_attribute("aria-pressed") for chip in chips.all()].count("true") == 1
    photo(page, "light")
    page.emulate_media(color_scheme="dark")
    page.evaluate("document.documentElement.className += ' w-theme-dark'; document.body.classList.add('w-theme-dark')")
    photo(page, "dark")
    page.get_by_role("button", name="Add to the mask").press("Enter")
    assert status.inner_text() == "Added to the mask." and covered(page) > 50
    page.get_by_role("button", name="Undo").click()
    assert covered(page) == 0
    page.get_by_role("button", name="Redo").click()
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
