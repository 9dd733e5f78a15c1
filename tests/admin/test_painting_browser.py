"""In a real browser: what is marked with the mouse or with the keys alone is what the worker removes."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
from PIL import Image as Pillow

from tests.admin.test_browser import log_in, page, strictly  # noqa: F401 — fixtures
from tests.old_library import content
from wagtail_restore import worker
from wagtail_restore.models import Job
from wagtail_restore.testing import make_image, make_picture, work

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

WIDTH, HEIGHT = 400, 300
SEND = "Remove what is marked"
STATUS = "[data-restore-paint-target=status]"


@pytest.fixture
def image(redis: Any) -> Any:
    worker.bench.pool.close()
    return make_image(data=make_picture(WIDTH, HEIGHT, format="PNG"), name="picture.png", title="Harbour")


@pytest.fixture
def errors(page: Any) -> list[str]:  # noqa: F811
    """What goes wrong in the page's own scripts."""
    found: list[str] = []
    page.on("pageerror", lambda error: found.append(str(error)))
    page.on("console", lambda message: found.append(message.text) if message.type == "error" else None)
    return found


def open_editor(page: Any, live_server: Any, image: Any, user: Any) -> None:  # noqa: F811
    """From the edit page to the editor, with nothing blocked and nothing reported on the way."""
    log_in(page, live_server, user)
    page.goto(f"{live_server.url}/admin/images/{image.pk}/")
    page.get_by_role("link", name="Remove objects").click()
    page.locator(".restore-paint__picture").evaluate("picture => picture.decode()")
    page.locator("[data-tool=brush]").wait_for()


def more(page: Any) -> None:  # noqa: F811
    """What is behind “More” where the screen is narrow is to be seen."""
    button = page.get_by_role("button", name="More", exact=True)
    if button.is_visible() and button.get_attribute("aria-expanded") == "false":
        button.click()


def drag(page: Any, *points: tuple[int, int]) -> None:  # noqa: F811
    """Press at the first of these places of the picture and move over the others; the picture is shown at full size."""
    left, top = page.evaluate("""() => {
        const { x, y } = document.querySelector('.restore-paint__picture').getBoundingClientRect();
        return [x, y];
    }""")
    for index, (x, y) in enumerate(points):
        page.mouse.move(left + x, top + y, steps=6)
        if not index:
            page.mouse.down()
    page.mouse.up()


def painted(page: Any, x: int, y: int) -> bool:  # noqa: F811
    """Whether the mask on the screen covers this place of the picture."""
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    alpha = page.evaluate(
        """([x, y]) => {
            const canvas = document.querySelector('.restore-paint__mask');
            const picture = document.querySelector('.restore-paint__picture').getBoundingClientRect();
            const here = canvas.getBoundingClientRect();
            const dots = window.devicePixelRatio;
            const [atX, atY] = [(picture.x - here.x + x) * dots, (picture.y - here.y + y) * dots];
            return canvas.getContext('2d').getImageData(atX, atY, 1, 1).data[3];
        }""",
        [x, y],
    )
    return bool(alpha > 127)


def pixels(image: Any) -> Any:
    with Pillow.open(io.BytesIO(content(image))) as picture:
        return np.asarray(picture.convert("RGB"))


def finish(page: Any, image: Any) -> Any:  # noqa: F811
    """Send, let the worker work, see the panel follow; which pixels were changed."""
    before = pixels(image)
    page.get_by_role("button", name=SEND).click()
    page.get_by_text("What you marked is being removed.").wait_for(timeout=30_000)
    page.locator("#restoration-section").get_by_text("Remove what was painted over.").wait_for()
    work()
    page.get_by_text("Done. The restored picture is shown wherever the image is used.").first.wait_for(timeout=30_000)
    assert Job.objects.get().state == "published"
    return (pixels(image) != before).any(axis=2)


def test_what_the_mouse_marks_is_removed(
    page: Any,  # noqa: F811
    live_server: Any,
    image: Any,
    admin_user: Any,
    errors: list[str],
) -> None:
    blocked = strictly(page)
    open_editor(page, live_server, image, admin_user)
    errors.clear()
    page.locator("[data-restore-paint-target=size]").fill("70")
    drag(page, (60, 60), (160, 60))
    assert painted(page, 110, 60)
    page.get_by_role("button", name="Undo").click()
    assert not painted(page, 110, 60)
    page.get_by_role("button", name="Redo").click()
    assert painted(page, 110, 60)

    page.get_by_role("button", name="Eraser").click()
    drag(page, (150, 40), (150, 80))
    assert not painted(page, 150, 60) and painted(page, 80, 60)

    page.get_by_role("button", name="Rectangle").click()
    drag(page, (200, 150), (260, 190))
    page.get_by_role("button", name="Lasso").click()
    drag(page, (300, 200), (360, 200), (330, 260))
    assert painted(page, 230, 170) and painted(page, 330, 220) and not painted(page, 305, 255)

    page.get_by_role("button", name="Zoom in").click()
    page.get_by_role("button", name="Whole picture").click()
    assert painted(page, 230, 170)

    touched = finish(page, image)
    assert touched[55:65, 70:120].mean() > 0.7 and touched[155:185, 205:255].mean() > 0.7
    assert touched[205:215, 320:340].mean() > 0.7
    for rows, columns in ((slice(38, 82), slice(38, 182)), (slice(145, 195), slice(195, 265))):
        touched[rows, columns] = False
    touched[195:265, 295:365] = False
    assert not touched.any(), "beside the marks nothing changed"
    assert blocked == [] and [each for each in errors if "Jcrop" not in each and "inline" not in each] == []


def test_everything_can_be_done_with_the_keys(
    page: Any,  # noqa: F811
    live_server: Any,
    image: Any,
    admin_user: Any,
    errors: list[str],
) -> None:
    open_editor(page, live_server, image, admin_user)
    errors.clear()
    stage = page.locator(".restore-paint__stage")
    while not stage.evaluate("stage => stage === document.activeElement"):
        page.keyboard.press("Tab")
    status = page.locator("[data-restore-paint-target=status]")
    page.keyboard.press("r")
    page.keyboard.press("Enter")
    assert status.inner_text().startswith("Begun.")
    for _ in range(5):
        page.keyboard.press("ArrowRight")
    for _ in range(30):
        page.keyboard.press("Shift+ArrowDown")
    page.keyboard.press("Space")
    assert status.inner_text() == "Marked."
    assert painted(page, WIDTH // 2 + 25, HEIGHT // 2 + 15) and not painted(page, WIDTH // 2 - 25, HEIGHT // 2)
    page.keyboard.press("Control+z")
    assert status.inner_text() == "Undone." and not painted(page, WIDTH // 2 + 25, HEIGHT // 2 + 15)
    page.keyboard.press("Control+Enter")
    page.get_by_role("alert").get_by_text("Nothing is marked. Paint over what is to go.").wait_for()
    page.keyboard.press("Control+y")
    assert painted(page, WIDTH // 2 + 25, HEIGHT // 2 + 15)
    assert [each for each in errors if "422" not in each] == []

    touched = finish(page, image)
    assert touched[155:175, 205:245].mean() > 0.7
    touched[145:185, 195:255] = False
    assert not touched.any()
