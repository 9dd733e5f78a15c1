"""In a real browser: what is sent or saved is all that is to go, also what was only just asked for or found."""

from __future__ import annotations

import io
from typing import Any

import pytest
from PIL import Image as Pillow

from tests.admin.test_browser import page  # noqa: F401 — fixture
from tests.admin.test_finding import with_ball
from tests.admin.test_finding_browser import found_in, kept, with_text
from tests.admin.test_painting_browser import SEND, STATUS, drag, errors, open_editor, painted  # noqa: F401 — fixtures
from tests.processes import start_worker
from wagtail_restore.models import Job, MaskTemplate
from wagtail_restore.testing import work

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

WAITING = "What you marked is sent once the worker has answered. Escape or Undo stops that."
SENT = "What you marked is being removed."
INSIDE, BESIDE = (160, 130), (35, 20)
"""A place on the ball, and one that is painted over before."""


@pytest.fixture
def selecting(page: Any, live_server: Any, redis: Any, admin_user: Any) -> Any:  # noqa: F811
    """The editor, a stroke painted, and the outline of a ball asked for."""
    open_editor(page, live_server, with_ball(), admin_user)
    drag(page, (30, 20), (40, 20))
    page.get_by_role("button", name="Smart select").click()
    with page.expect_response("**/select-object/"):
        drag(page, (70, 50), (250, 50), (250, 210), (70, 210), (72, 54))
    return page


def send(page: Any) -> None:  # noqa: F811
    page.get_by_role("button", name=SEND).click()


def says(page: Any, words: str) -> None:  # noqa: F811
    page.locator(STATUS).get_by_text(words).wait_for(timeout=30_000)


def sent(page: Any) -> Any:  # noqa: F811
    """The mask that arrived at the site, once the page has left."""
    page.get_by_text(SENT).wait_for(timeout=60_000)
    with Job.objects.get().mask.open("rb") as file, Pillow.open(io.BytesIO(file.read())) as mask:
        return mask.copy()


def is_idle(page: Any, strokes: int = 0) -> None:  # noqa: F811
    """Nothing was sent, nothing waits, and one can go on to paint and to send."""
    assert page.get_by_role("button", name=SEND).get_attribute("aria-disabled") != "true"
    assert page.locator(".restore-paint__asked").count() == strokes and not Job.objects.exists()


def answer(page: Any, told: dict[str, Any], status: int = 200) -> None:  # noqa: F811
    page.route("**/select-object/?key=*", lambda route: route.fulfill(json=told, status=status))


def test_what_is_still_being_selected_is_waited_for_and_goes_along(selecting: Any, errors: list[str]) -> None:  # noqa: F811
    errors.clear()
    send(selecting)
    says(selecting, WAITING)
    drag(selecting, (20, 200), (60, 200))
    assert not painted(selecting, 40, 200), "nothing is marked that would not be sent"
    running = start_worker("--live")
    try:
        mask = sent(selecting)
    finally:
        running.terminate()
        running.communicate(timeout=60)
    assert mask.getpixel(INSIDE) == mask.getpixel(BESIDE) == 255 and mask.getpixel((80, 60)) == 0
    assert [each for each in errors if "Jcrop" not in each and "inline" not in each] == []


@pytest.mark.parametrize("how", ["Escape", "Undo"])
def test_waiting_can_be_given_up(selecting: Any, redis: Any, how: str) -> None:
    send(selecting)
    says(selecting, WAITING)
    if how == "Escape":
        selecting.keyboard.press("Escape")
    else:
        selecting.get_by_role("button", name="Undo").click()
    says(selecting, "Dropped.")
    is_idle(selecting)
    assert painted(selecting, *BESIDE) and not painted(selecting, *INSIDE)
    send(selecting)
    assert sent(selecting).getpixel(INSIDE) == 0, "which one has said"


def test_undo_gives_up_a_selection_before_it_takes_back_a_mark(selecting: Any) -> None:
    selecting.get_by_role("button", name="Undo").click()
    says(selecting, "Dropped.")
    assert painted(selecting, *BESIDE)
    selecting.get_by_role("button", name="Undo").click()
    assert not painted(selecting, *BESIDE)


def test_what_comes_otherwise_than_thought_is_looked_at_before_it_is_sent(selecting: Any) -> None:
    send(selecting)
    says(selecting, WAITING)
    answer(selecting, {"rings": [], "said": "No object stands out there."})
    says(selecting, "No object stands out there.")
    is_idle(selecting)
    assert painted(selecting, *INSIDE), "the loop itself"
    send(selecting)
    assert sent(selecting).getpixel(INSIDE) == 255


def test_when_nothing_could_be_selected_that_is_told_and_nothing_sent(selecting: Any) -> None:
    send(selecting)
    says(selecting, WAITING)
    answer(selecting, {"error": "The object could not be selected."}, 409)
    selecting.get_by_role("alert").get_by_text("The object could not be selected.").wait_for(timeout=30_000)
    assert selecting.locator(STATUS).inner_text() == ""
    is_idle(selecting, strokes=1)
    send(selecting)
    says(selecting, "Decide first over the stroke that is drawn dashed")
    is_idle(selecting, strokes=1)
    selecting.keyboard.press("Tab")
    selecting.keyboard.press("Enter")
    assert painted(selecting, *INSIDE), "as it was drawn"
    send(selecting)
    assert sent(selecting).getpixel(INSIDE) == 255


def test_what_was_found_and_kept_goes_along_and_what_was_dropped_stays(
    page: Any,  # noqa: F811
    live_server: Any,
    redis: Any,
    admin_user: Any,
) -> None:
    page.set_viewport_size({"width": 1280, "height": 1100})
    chips = found_in(page, live_server, admin_user)
    chips.nth(1).click()
    assert kept(chips) == ["true", "false"]
    send(page)
    left, top, right, bottom = sent(page).getbbox()
    assert 40 <= left < right <= 640 and 20 <= top < bottom < 200, "HARBOUR alone"


def test_what_is_sent_while_one_looks_for_text_waits_for_what_is_found(
    page: Any,  # noqa: F811
    live_server: Any,
    redis: Any,
    admin_user: Any,
    errors: list[str],  # noqa: F811
) -> None:
    page.set_viewport_size({"width": 1280, "height": 1100})
    open_editor(page, live_server, with_text(), admin_user)
    errors.clear()
    drag(page, (500, 240), (540, 240))
    with page.expect_response("**/find-text/"):
        page.get_by_role("button", name="Find text and dates").click()
    send(page)
    says(page, WAITING)
    page.keyboard.press("Escape")
    says(page, "Dropped.")
    send(page)
    says(page, WAITING)
    work()
    says(page, "2 places were found and marked.")
    is_idle(page)
    send(page)
    mask = sent(page)
    assert mask.getpixel((520, 240)) == 255 and mask.getbbox()[1] < 100 and mask.getbbox()[3] > 380
    assert errors == []


def test_when_no_text_is_found_sending_goes_on(page: Any, live_server: Any, redis: Any, admin_user: Any) -> None:  # noqa: F811
    open_editor(page, live_server, with_ball(), admin_user)
    drag(page, (30, 20), (40, 20))
    with page.expect_response("**/find-text/"):
        page.get_by_role("button", name="Find text and dates").click()
    send(page)
    says(page, WAITING)
    page.route("**/find-text/?key=*", lambda route: route.fulfill(json={"regions": [], "said": "No text was found."}))
    assert sent(page).getpixel(BESIDE) == 255


def test_a_template_is_saved_only_with_what_is_being_selected(selecting: Any) -> None:
    save(selecting, "Ball")
    told = selecting.get_by_role("dialog").get_by_role("alert")
    told.get_by_text("The object is still being looked for. Save the template once it is marked.").wait_for()
    assert not MaskTemplate.objects.exists()
    answer(selecting, {"rings": [[100, 70, 220, 70, 220, 190, 100, 190]], "said": "The object was added to the mask."})
    says(selecting, "The object was added to the mask.")
    selecting.get_by_role("dialog").get_by_role("button", name="Save").click()
    says(selecting, "Saved as the template “Ball”.")
    template = MaskTemplate.objects.get()
    assert (template.box_x + template.box_width, template.box_y + template.box_height) == (220, 190)


def test_a_template_holds_what_was_found_and_kept(
    page: Any,  # noqa: F811
    live_server: Any,
    redis: Any,
    admin_user: Any,
) -> None:
    page.set_viewport_size({"width": 1280, "height": 1100})
    found_in(page, live_server, admin_user).nth(0).click()
    save(page, "Station")
    says(page, "Saved as the template “Station”.")
    assert MaskTemplate.objects.get().box_y > 300
    assert page.locator(".restore-paint__chip").count() == 2 and painted(page, 100, 390)


def save(page: Any, name: str) -> None:  # noqa: F811
    page.get_by_role("button", name="Save as template…").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name").fill(name)
    dialog.get_by_role("button", name="Save").click()
