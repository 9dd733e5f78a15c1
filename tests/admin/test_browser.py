"""In a real browser: the live panel with its comparison and the swap of the picture, and the options of a batch."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.core.files.base import ContentFile

from tests.admin.conftest import DOUBLE, REPORT, browser
from wagtail_restore import jobs, swap
from wagtail_restore.admin import actions
from wagtail_restore.imaging.planning import Mode, Note, Repair, Upscale, Wishes
from wagtail_restore.models import Job, State
from wagtail_restore.testing import make_image, make_picture

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]
FLAGS += ["--disable-background-networking", "--disable-component-update", "--disable-sync"]
STRICT = "default-src 'self'; img-src 'self' data: blob:; style-src 'self'; script-src 'self'"


@pytest.fixture
def page(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A page in Chromium that counts what a strict content security policy would block of ours."""
    chromium = os.environ.get("RESTORE_TEST_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if not chromium:
        pytest.skip("no Chromium here; install one, or name it in RESTORE_TEST_CHROMIUM")
    from playwright.sync_api import sync_playwright

    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")  # Playwright runs its loop in this thread
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield started.new_page()
        started.close()


@pytest.fixture
def running(redis: Any, admin_user: Any) -> Job:
    image = make_image(64, 48)
    asked = jobs.request(image, DOUBLE, wishes=Wishes(upscale=Upscale.X2), by=admin_user)
    job = jobs.claim(asked.pk, "worker-1")
    assert job is not None
    job.changed(progress=0.42, doing="upscale")
    return job


def log_in(page: Any, live_server: Any, user: Any) -> None:
    cookie = browser(user).cookies[settings.SESSION_COOKIE_NAME]
    page.context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": live_server.url}])


def strictly(page: Any) -> list[str]:
    """Serve the page with a strict policy; what it blocks is collected, save what Wagtail's own page breaks."""
    blocked: list[str] = []

    def listen(message: Any) -> None:
        ours = "gravatar.com" not in message.text and "Jcrop" not in message.location["url"]
        if "Content Security" in message.text and ours:
            blocked.append(message.text)

    page.on("console", listen)

    def answer(route: Any) -> None:
        response = route.fetch()
        route.fulfill(response=response, headers={**response.headers, "content-security-policy": STRICT})

    for ours in ("**/admin/images/**", "**/admin/restore/**"):
        page.route(ours, answer)
    return blocked


def becomes(page: Any, script: str, arg: Any = None) -> None:
    """Wait until the script is true: asked from here, as a strict policy lets no page evaluate words by itself."""
    end = time.monotonic() + 30
    while not page.evaluate(script, arg):
        assert time.monotonic() < end, f"never true: {script}"
        page.wait_for_timeout(50)


def to_review(job: Job) -> None:
    image = job.image()
    name = swap.store_private(image, "results/1-1.jpg", ContentFile(make_picture(128, 96)))
    made: dict[str, Any] = {"report": REPORT, "result": name, "result_width": 128, "result_height": 96}
    jobs.finish(job, State.REVIEW, Note("review_asked"), **made)


def test_the_edit_page_follows_the_work(
    page: Any, live_server: Any, running: Job, admin_user: Any, wait_for: Callable[..., Any]
) -> None:
    blocked = strictly(page)
    log_in(page, live_server, admin_user)
    page.goto(f"{live_server.url}/admin/images/{running.object_id}/")
    wait_for(page, "Upscaling, 42%")
    page.fill("[name=title]", "Not saved yet")

    running.changed(progress=0.77)
    wait_for(page, "Upscaling, 77%")
    assert page.locator("progress").evaluate("bar => bar.value") == 77

    Session.objects.all().delete()
    wait_for(page, "You are no longer logged in.")
    log_in(page, live_server, admin_user)

    to_review(running)
    wait_for(page, "Somebody should look at this before it is published.")
    news = page.locator(".restore-news__item--warning").inner_text()
    assert news.strip() == "Somebody should look at this before it is published."
    assert page.locator("[data-restore-panel-target=trouble]").is_hidden()
    page.locator("input[type=range]").fill("20")
    split = page.locator(".restore-compare__stage").evaluate("e => e.style.getPropertyValue('--restore-split')")
    assert split == "20%"
    page.get_by_label("Full size").check()
    assert page.locator(".restore-compare__after").evaluate("e => e.clientWidth") == 128

    before = page.locator(".focal-point-chooser img").first.get_attribute("src")
    actions.publish(Job.objects.get(pk=running.pk), admin_user)
    wait_for(page, "Done. The restored picture is shown wherever the image is used.")
    assert page.locator("[data-restore-stats] dd").first.inner_text() == "128x96"
    assert page.locator(".focal-point-chooser img").first.get_attribute("src") != before
    assert page.locator("[name=title]").input_value() == "Not saved yet"
    said = page.locator(".restore-news__item--success")
    assert said.inner_text().strip() == "Done. The restored picture is shown wherever the image is used."
    assert page.locator("[data-restore-panel-target=announce]").inner_text() == ""
    assert blocked == []


def test_the_options_of_the_batch_travel_with_every_file(
    page: Any, live_server: Any, redis: Any, editor_user: Any, settings: Any
) -> None:
    settings.WAGTAIL_RESTORE = {**settings.WAGTAIL_RESTORE, "OFFER": ("jpeg", "faces", "denoise")}
    blocked = strictly(page)
    log_in(page, live_server, editor_user)
    page.goto(f"{live_server.url}/admin/images/multiple/add/")
    strength = page.get_by_label("Strength (%)")
    assert strength.is_hidden()
    page.get_by_text("Advanced").click()
    page.locator("[name=restore_upscale]").select_option("no")
    page.locator(".restore-upscale details").wait_for(state="hidden")
    page.locator("[name=restore_upscale]").select_option("x2")
    strength.wait_for()
    strength.fill("60")
    page.get_by_label("Noise removed while enlarging (%)").fill("30")
    page.get_by_label("Repair").select_option("jpeg")
    page.locator("[name=restore_faces]").check()
    picture = {"name": "harbour.jpg", "mimeType": "image/jpeg", "buffer": make_picture(64, 48)}
    page.locator("#fileupload").set_input_files(files=[picture])
    page.locator("#upload-list .upload-success").wait_for(timeout=30_000)
    form = page.locator("#upload-list form").first
    assert form.locator("[name$=restore_upscale_strength]").input_value() == "60"
    assert form.locator("[name$=restore_faces]").is_checked()
    asked = Wishes(upscale=Upscale.X2, mode=Mode.CREATIVE, strength=0.6, denoise=0.3, faces=True, repair=Repair.JPEG)
    assert [job.wished for job in Job.objects.all()] == [asked]
    assert blocked == []


@pytest.fixture
def wait_for() -> Callable[..., Any]:
    def wait(page: Any, words: str) -> None:
        page.locator("#restoration-section").get_by_text(words).first.wait_for(timeout=30_000)

    return wait


def test_the_statement_is_asked_for_only_where_a_watermark_goes(
    page: Any, live_server: Any, admin_user: Any, settings: Any
) -> None:
    settings.WAGTAIL_RESTORE = {**settings.WAGTAIL_RESTORE, "RIGHTS_STATEMENT": "The pictures are ours."}
    log_in(page, live_server, admin_user)
    blocked = strictly(page)
    page.goto(f"{live_server.url}/admin/images/multiple/add/")
    statement, box = page.get_by_text("The pictures are ours."), page.locator("[name=restore_clean_up_rights]")
    assert (statement.is_visible(), box.is_enabled()) == (False, False)
    page.select_option("[name=restore_clean_up]", "marks")
    statement.wait_for()
    assert box.is_enabled()
    statement.click()
    assert box.is_checked()
    page.select_option("[name=restore_clean_up]", "dates")
    statement.wait_for(state="hidden")
    assert not box.is_enabled()
    assert blocked == []
