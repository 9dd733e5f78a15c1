"""In a real browser: an image is uploaded while a page is written, is chosen at once, and gets better meanwhile."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from wagtail.images import get_image_model
from wagtail.models import Page

from tests.admin.test_browser import log_in, page  # noqa: F401 — fixture
from wagtail_restore import jobs
from wagtail_restore.imaging.planning import Note
from wagtail_restore.models import Job, State
from wagtail_restore.testing import make_image, make_picture, work

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def at_page(page: Any, live_server: Any, redis: Any, admin_user: Any) -> Any:  # noqa: F811
    """The form of a new page with a chooser of images; what is asked of us is listed."""
    page.wrong, page.asked = [], []
    page.on("pageerror", lambda error: page.wrong.append(str(error)))
    page.on("request", lambda asks: page.asked.append(asks.url) if "/restore/progress/" in asks.url else None)
    log_in(page, live_server, admin_user)
    home = Page.objects.get(depth=2)
    page.goto(f"{live_server.url}/admin/pages/add/tests_app/picturepage/{home.pk}/")
    return page


def choose(page: Any) -> Any:  # noqa: F811
    """Open the chooser."""
    page.locator(".image-chooser .unchosen").get_by_role("button", name="Choose an image").click()
    modal = page.locator(".modal-body")
    modal.wait_for()
    return modal


def upload(page: Any, upscale: str = "x2") -> None:  # noqa: F811
    modal = choose(page)
    modal.get_by_role("tab", name="Upload").click()
    picture = {"name": "quay.jpg", "mimeType": "image/jpeg", "buffer": make_picture(64, 48)}
    modal.locator("[name=image-chooser-upload-file]").set_input_files(files=[picture])
    modal.locator("[name=image-chooser-upload-title]").fill("Quay")
    modal.locator("[name=image-chooser-upload-restore_upscale]").select_option(upscale)
    modal.get_by_role("button", name="Upload").click()
    page.locator(".modal-body").wait_for(state="detached")
    page.locator(".image-chooser .chosen").get_by_text("Quay").wait_for()


def preview(page: Any) -> str:  # noqa: F811
    return page.locator("[data-chooser-image]").get_attribute("src")  # type: ignore[no-any-return]


def test_the_better_picture_is_shown_where_it_was_chosen(at_page: Any) -> None:
    upload(at_page)
    before = preview(at_page)
    assert Job.objects.get().state == State.WAITING
    at_page.fill("[name=title]", "Not saved yet")
    work()
    at_page.get_by_role("status").get_by_text("“Quay”: Done. The restored picture").wait_for(timeout=20_000)
    image = get_image_model().objects.get()
    after = image.renditions.get(filter_spec="max-165x165", focal_point_key="")
    assert before != preview(at_page) == after.url
    assert at_page.locator("[data-chooser-image]").evaluate("img => img.complete && img.naturalWidth") == after.width
    assert at_page.locator("#id_picture").input_value() == str(image.pk)
    assert at_page.locator("[name=title]").input_value() == "Not saved yet"
    at_page.wait_for_timeout(500)
    del at_page.asked[:]
    at_page.wait_for_timeout(4000)
    assert at_page.asked == []
    assert at_page.wrong == []


@pytest.mark.parametrize(
    ("state", "code", "tone", "words"),
    [
        (State.FAILED, "out_of_memory", "error", "“Quay”: The worker ran out of memory."),
        (State.REVIEW, "review_asked", "warning", "“Quay”: Somebody should look at this"),
    ],
)
def test_what_came_of_it_instead_is_told(at_page: Any, state: State, code: str, tone: str, words: str) -> None:
    upload(at_page)
    before = preview(at_page)
    at_page.wait_for_timeout(500)
    job = jobs.claim(Job.objects.get().pk, "worker-1")
    assert job is not None
    jobs.finish(job, state, Note(code))
    at_page.locator(f".restore-news__item--{tone}").get_by_text(words).wait_for(timeout=20_000)
    assert preview(at_page) == before


def test_nothing_is_asked_where_nothing_is_waited_for(at_page: Any) -> None:
    at_page.wait_for_timeout(3000)
    assert at_page.asked == []
    upload(at_page, "no")
    at_page.wait_for_timeout(5000)
    assert len(at_page.asked) == 1


def test_an_image_of_the_library_is_followed_too_while_it_is_worked_on(
    at_page: Any, admin_user: Any, job_in: Any
) -> None:
    image = make_image(64, 48, title="Old harbour")
    job_in("waiting", about=image)
    choose(at_page).get_by_text("Old harbour").click()
    at_page.locator(".image-chooser .chosen").get_by_text("Old harbour").wait_for()
    work()
    at_page.get_by_role("status").get_by_text("“Old harbour”: Done.").wait_for(timeout=20_000)
    image.refresh_from_db()
    assert preview(at_page) == image.get_rendition("max-165x165").url


def test_the_chooser_offers_and_remembers_the_options(at_page: Any) -> None:
    modal = choose(at_page)
    modal.get_by_role("tab", name="Upload").click()
    prefix = "[name=image-chooser-upload-restore_"
    assert [modal.locator(f"{prefix}{name}]").is_visible() for name in ("clean_up", "upscale", "model")] == [True] * 3
    modal.locator(f"{prefix}clean_up]").select_option("dates")
    modal.locator(f"{prefix}upscale]").select_option("width")
    modal.locator(f"{prefix}upscale_width]").fill("900")
    modal.locator(f"{prefix}upscale_width]").blur()
    kept = json.loads(at_page.evaluate("localStorage.getItem('wagtail_restore:options')"))
    assert kept == {"restore_clean_up": "dates", "restore_upscale": "width", "restore_upscale_width": "900"}
    at_page.reload()
    modal = choose(at_page)
    modal.get_by_role("tab", name="Upload").click()
    modal.locator(f"{prefix}upscale_width]").wait_for()
    values = [modal.locator(f"{prefix}{name}]").input_value() for name in ("clean_up", "upscale", "upscale_width")]
    assert values == ["dates", "width", "900"]
    assert at_page.wrong == []


def test_of_very_many_that_were_chosen_none_is_forgotten(at_page: Any, job_in: Any) -> None:
    image = make_image(64, 48, title="The last one")
    job_in("waiting", about=image)
    keys = [*range(image.pk + 1, image.pk + 251), image.pk]
    answer = json.dumps({"step": "chosen", "result": [{"id": key} for key in keys]})
    tell = """answer => jQuery(document).trigger(
        'ajaxSuccess', [{ responseText: answer }, { url: '/admin/images/chooser/' }]
    )"""
    with at_page.expect_response(lambda answer: f"%2C{image.pk}&" in answer.url, timeout=30_000):
        at_page.evaluate(tell, answer)
    work()
    at_page.get_by_role("status").get_by_text("“The last one”: Done.").wait_for(timeout=20_000)
    counts = [len(parse_qs(urlsplit(url).query)["images"][0].split(",")) for url in at_page.asked]
    assert counts[:4] == [1, 100, 100, 50]
    assert at_page.wrong == []
