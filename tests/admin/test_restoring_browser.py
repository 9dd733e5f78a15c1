"""In a real browser: options with a forecast that follows, a square that is moved and previewed, and the asking."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.sessions.models import Session

from tests.admin.test_axe_browser import violations
from tests.admin.test_browser import becomes, log_in, page, strictly  # noqa: F401 — fixtures
from tests.admin.test_finding_browser import photo
from tests.admin.test_painting_browser import errors  # noqa: F401 — fixture
from tests.processes import start_worker
from wagtail_restore.models import Job
from wagtail_restore.testing import make_image, work

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

FORECAST = "[data-restore-wish-target=forecast]"
SQUARE = ".restore-wish__square"
STATUS = "[data-restore-wish-target=status]"


@pytest.fixture
def image(redis: Any) -> Any:
    return make_image(1600, 1200, title="Harbour")


def open_page(page: Any, live_server: Any, image: Any, user: Any) -> None:  # noqa: F811
    """From the edit page, by the button in the panel."""
    log_in(page, live_server, user)
    page.goto(f"{live_server.url}/admin/images/{image.pk}/")
    page.get_by_role("link", name="Restore…").click()
    page.locator(SQUARE).wait_for()
    page.locator(".restore-wish__stage img").evaluate("picture => picture.decode()")


def corner(page: Any) -> tuple[int, int]:  # noqa: F811
    """Where the square begins, in pixels of the picture."""
    x, y = page.locator(SQUARE).evaluate("""square => {
        const { left, top } = square.style;
        return [parseFloat(left) * 16, parseFloat(top) * 12];
    }""")
    return round(x), round(y)


def previewed(page: Any) -> None:  # noqa: F811
    """Ask for a preview, have a worker in this process answer, and see it."""
    page.get_by_role("button", name="Preview").click()
    page.locator(STATUS).get_by_text("Making the preview…").wait_for()
    work()
    page.locator(STATUS).get_by_text("The preview is ready.").wait_for(timeout=30_000)


def wrong(errors: list[str]) -> list[str]:  # noqa: F811
    """What went wrong on pages of ours."""
    return [each for each in errors if "Jcrop" not in each and "inline" not in each and "gravatar" not in each]


def test_from_the_button_in_the_panel_to_the_restored_picture(
    page: Any,  # noqa: F811
    live_server: Any,
    image: Any,
    admin_user: Any,
    errors: list[str],  # noqa: F811
) -> None:
    page.set_viewport_size({"width": 1440, "height": 1000})
    blocked = strictly(page)
    open_page(page, live_server, image, admin_user)
    errors.clear()
    forecast = page.locator(FORECAST)
    assert "From 1600 × 1200 to 3200 × 2400 pixels." in forecast.inner_text()
    assert corner(page) == (544, 344), "in the middle"
    photo(page, "restoring-fresh")
    page.get_by_role("button", name="Preview").press("Enter")
    running = start_worker()
    try:
        page.locator(STATUS).get_by_text("The preview is ready.").wait_for(timeout=60_000)
    finally:
        running.communicate(timeout=60)
    after = page.locator(".restore-compare__after")
    page.get_by_label("Full size").wait_for()
    becomes(page, "document.querySelector('.restore-compare--full')")
    assert after.evaluate("picture => [picture.naturalWidth, picture.clientWidth]") == [1024, 1024]
    assert page.locator(".restore-compare__before").evaluate("picture => picture.naturalWidth") == 512
    assert "Made with compact-" in page.locator("#preview-section").inner_text()
    assert [page.locator(f".restore-wish__{name}").is_visible() for name in ("pace", "estimate")] == [True, False]
    photo(page, "restoring-previewed")
    page.emulate_media(color_scheme="dark")
    page.evaluate("document.documentElement.className += ' w-theme-dark'")
    photo(page, "restoring-dark")
    page.locator("[name=restore_upscale]").select_option("width")
    page.get_by_label("Width in pixels").fill("1800")
    forecast.get_by_text("From 1600 × 1200 to 1800 × 1350 pixels.").wait_for()
    assert page.get_by_text("The options have changed since this preview was made.").is_visible()
    assert page.locator(STATUS).inner_text() == "", "what is ready is another one"
    assert "grayscale" in after.evaluate("picture => getComputedStyle(picture).filter")
    photo(page, "restoring-stale")
    page.get_by_role("button", name="Restore", exact=True).click()
    page.get_by_text("The picture is being restored.").wait_for(timeout=30_000)
    work()
    page.get_by_text("Done. The restored picture is shown wherever the image is used.").first.wait_for(timeout=60_000)
    job = Job.objects.get()
    assert (job.state, job.origin, job.result_width) == ("published", "edit", 1800)
    assert blocked == [] and wrong(errors) == []


def test_the_square_is_moved_by_keys_mouse_and_finger(
    page: Any,  # noqa: F811
    live_server: Any,
    image: Any,
    admin_user: Any,
    errors: list[str],  # noqa: F811
) -> None:
    page.set_viewport_size({"width": 1440, "height": 1000})
    open_page(page, live_server, image, admin_user)
    errors.clear()
    square = page.locator(SQUARE)
    square.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+ArrowUp")
    assert corner(page) == (576, 343)
    assert page.locator(STATUS).inner_text() == "The square begins at 576, 343."
    for _ in range(40):
        page.keyboard.press("ArrowDown")
    assert corner(page) == (576, 688), "no further than the picture"
    box = page.locator(".restore-wish__stage").bounding_box()
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    assert corner(page) == pytest.approx((544, 344), abs=3)
    page.mouse.move(box["x"] + box["width"] / 2 + 5, box["y"] + box["height"] / 2 + 5)
    page.mouse.down()
    page.mouse.move(box["x"] - 50, box["y"] - 50, steps=4)
    page.mouse.up()
    assert corner(page) == (0, 0)
    page.locator("[name=restore_upscale]").select_option("x4")
    page.locator(FORECAST).get_by_text("to 6400 × 4800 pixels").wait_for()
    page.locator("[name=restore_upscale]").select_option("width")
    page.get_by_label("Width in pixels").fill("12800")
    page.locator(FORECAST).get_by_text("to 12800 × 9600 pixels").wait_for()
    assert square.evaluate("square => square.style.width") == "16%", "of what grows much, less is shown"
    assert wrong(errors) == []

    telephone = page.context.browser.new_page(has_touch=True, viewport={"width": 390, "height": 844})
    open_page(telephone, live_server, image, admin_user)
    stage = telephone.locator(".restore-wish__stage")
    stage.scroll_into_view_if_needed()
    box = stage.bounding_box()
    telephone.touchscreen.tap(box["x"] + box["width"] - 4, box["y"] + 4)
    assert corner(telephone) == (1088, 0)
    photo(telephone, "restoring-telephone")


def test_where_the_picture_is_smaller_than_the_square_there_is_nothing_to_move(
    page: Any,  # noqa: F811
    live_server: Any,
    redis: Any,
    admin_user: Any,
) -> None:
    page.set_viewport_size({"width": 1440, "height": 1000})
    log_in(page, live_server, admin_user)
    page.goto(f"{live_server.url}/admin/restore/image/{make_image(400, 300, title='Quay').pk}/restore/")
    page.get_by_text("The whole picture fits into a preview").wait_for()
    photo(page, "restoring-small")
    assert page.get_by_text("Move the square to what matters").is_hidden() and page.locator(SQUARE).is_hidden()
    page.locator("[name=restore_upscale]").select_option("width")
    page.get_by_label("Width in pixels").fill("4000")
    page.get_by_text("Move the square to what matters").wait_for()
    assert page.locator(SQUARE).is_visible()


def test_what_stands_against_it_is_said(
    page: Any,  # noqa: F811
    live_server: Any,
    image: Any,
    admin_user: Any,
) -> None:
    open_page(page, live_server, image, admin_user)
    forecast, alert = page.locator(FORECAST), page.get_by_role("alert")
    preview, send = (page.get_by_role("button", name=name, exact=True) for name in ("Preview", "Restore"))
    page.locator("[name=restore_upscale]").select_option("no")
    forecast.get_by_text("Choose what is to be done").wait_for()
    for button in (preview, send):
        button.click()
        alert.get_by_text("Choose what is to be done").wait_for()
    page.locator("[name=restore_upscale]").select_option("rule")
    forecast.get_by_text("No rule would enlarge this image.").wait_for()
    page.locator("[name=restore_upscale]").select_option("x2")
    page.context.set_offline(True)
    for button in (preview, send):
        button.click()
        alert.get_by_text("The server did not answer. Try again in a moment.").wait_for()
    page.context.set_offline(False)
    Session.objects.all().delete()
    for button in (preview, send):
        button.click()
        alert.get_by_text("You are no longer logged in.").wait_for()
    log_in(page, live_server, admin_user)
    previewed(page)
    assert alert.count() == 0
    image.file.name = "original_images/other.jpg"
    type(image).objects.filter(pk=image.pk).update(file=image.file.name)
    page.get_by_role("button", name="Preview").click()
    alert.get_by_text("The picture was replaced since you opened this page.").wait_for()
    assert not Job.objects.exists()


def test_without_a_worker_it_goes_on_without_a_preview(
    page: Any,  # noqa: F811
    live_server: Any,
    image: Any,
    admin_user: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    open_page(page, live_server, image, admin_user)
    page.route("**/restore/preview/", lambda route: route.fulfill(json={"error": "Nobody answers."}, status=503))
    page.get_by_role("button", name="Preview").click()
    page.get_by_role("alert").get_by_text("Nobody answers.").wait_for()
    page.get_by_role("button", name="Restore", exact=True).click()
    page.get_by_text("The picture is being restored.").wait_for()
    page.get_by_role("link", name="Restore…").click()
    page.get_by_text("This image is being worked on. What you ask for now waits until that is over.").wait_for()
    page.locator("[name=restore_upscale]").select_option("x4")
    page.get_by_role("button", name="Restore", exact=True).click()
    page.get_by_text("What you asked for waits until the work that is open is over.").wait_for()
    assert Job.objects.count() == 2


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1440])
def test_axe_has_nothing_against_it(
    page: Any,  # noqa: F811
    live_server: Any,
    image: Any,
    admin_user: Any,
    settings: Any,
    width: int,
    theme: str,
) -> None:
    settings.WAGTAIL_RESTORE = {
        **settings.WAGTAIL_RESTORE,
        "RIGHTS_STATEMENT": "The pictures are ours.",
        "OFFER": ("noise", "denoise"),
    }
    page.set_viewport_size({"width": width, "height": 800})
    page.emulate_media(color_scheme=theme, reduced_motion="reduce")
    open_page(page, live_server, image, admin_user)
    found = {"fresh": violations(page)}
    previewed(page)
    becomes(page, "document.querySelector('.restore-compare--full')")
    found["previewed"] = violations(page)
    photo(page, f"restoring-{width}-{theme}")
    page.locator("[name=restore_clean_up]").select_option("marks")
    page.locator(FORECAST).get_by_text("Confirm").wait_for()
    page.get_by_role("button", name="Preview").click()
    page.get_by_role("alert").wait_for()
    found["refused"] = violations(page)
    assert [(state, each) for state, each_of in found.items() for each in each_of] == []
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
