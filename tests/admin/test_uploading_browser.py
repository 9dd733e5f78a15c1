"""In a real browser: each image of a multiple upload tells where it stands, in its row and after that is put away."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.sessions.models import Session
from wagtail.images import get_image_model

from tests.admin.test_browser import log_in, page, strictly, to_review  # noqa: F401 — fixture
from wagtail_restore import jobs
from wagtail_restore.admin import actions
from wagtail_restore.imaging.planning import Note
from wagtail_restore.models import Job, State
from wagtail_restore.testing import make_picture, work

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def at_upload(page: Any, live_server: Any, redis: Any, editor_user: Any) -> Any:  # noqa: F811
    """The page of the multiple upload, asking for everything to be enlarged."""
    page.wrong = []
    page.on("pageerror", lambda error: page.wrong.append(str(error)))
    page.blocked = strictly(page)
    log_in(page, live_server, editor_user)
    page.goto(f"{live_server.url}/admin/images/multiple/add/")
    page.locator("[name=restore_upscale]").select_option("x2")
    return page


def drop(page: Any, *names: str) -> None:  # noqa: F811
    """Upload files and wait until all are stored."""
    pictures = [
        {"name": f"{name}.jpg", "mimeType": "image/jpeg", "buffer": make_picture(64 + 2 * index, 48)}
        for index, name in enumerate(names)
    ]
    stored = page.locator("#upload-list > li.upload-complete")
    before = stored.count()
    page.locator("#fileupload").set_input_files(files=pictures)
    stored.nth(before + len(names) - 1).wait_for(timeout=30_000)


def in_row(page: Any) -> Any:  # noqa: F811
    return page.locator("#upload-list .restore-upload")


def in_list(page: Any) -> Any:  # noqa: F811
    return page.locator("#restorations-section .restore-upload")


def update(page: Any) -> None:  # noqa: F811
    page.locator("#upload-list form").first.get_by_role("button", name="Update").click()


def fine(page: Any) -> bool:  # noqa: F811
    return page.wrong == [] and page.blocked == []


def test_the_row_tells_how_the_work_goes_until_before_and_after_can_be_seen(at_upload: Any) -> None:
    drop(at_upload, "harbour")
    row = in_row(at_upload)
    row.get_by_text("Waiting for a worker.").wait_for()
    job = jobs.claim(Job.objects.get().pk, "worker-1")
    assert job is not None
    job.changed(progress=0.42, doing="upscale")
    row.get_by_text("Upscaling, 42%").wait_for(timeout=20_000)
    job.changed(progress=0.77)
    row.get_by_text("Upscaling, 77%").wait_for(timeout=20_000)
    assert row.locator("progress").evaluate("bar => bar.value") == 77
    Job.objects.update(state=State.WAITING)
    work()
    row.get_by_text("Done. The restored picture is shown wherever the image is used.").wait_for(timeout=20_000)
    assert row.locator("img").count() == 2
    assert row.locator("img").evaluate_all("all => Promise.all(all.map((img) => img.decode())).then(() => true)")
    assert at_upload.get_by_role("status").get_by_text("“harbour”: Done.").is_visible()
    compare = row.get_by_role("link", name="Compare before and after").get_attribute("href")
    assert compare == f"/admin/images/{get_image_model().objects.get().pk}/#restore-compare"
    after = row.get_by_alt_text("After").get_attribute("src")
    large = at_upload.locator("#upload-list .thumb img")
    assert large.get_attribute("src").endswith(after) and large.evaluate("img => img.decode()") is None
    with at_upload.expect_popup() as opened:
        row.get_by_role("link", name="Compare before and after").click()
    opened.value.get_by_role("slider").wait_for()
    assert fine(at_upload)


def test_the_state_stays_on_the_page_when_the_row_is_put_away(at_upload: Any) -> None:
    drop(at_upload, "harbour", "market")
    in_row(at_upload).nth(1).wait_for()
    assert at_upload.locator("#restorations").is_hidden()
    update(at_upload)
    in_list(at_upload).get_by_text("harbour").wait_for()
    in_list(at_upload).get_by_text("Waiting for a worker.").wait_for()
    assert in_row(at_upload).count() == 1
    work()
    in_list(at_upload).get_by_text("Done. The restored picture is shown wherever the image is used.").wait_for(
        timeout=20_000
    )
    at_upload.get_by_role("status").get_by_text("2 images are restored.").wait_for()
    assert at_upload.locator("#upload-list > li").count() == 1
    assert fine(at_upload)


def test_an_image_that_is_deleted_again_is_not_followed(at_upload: Any) -> None:
    drop(at_upload, "harbour", "market")
    in_row(at_upload).nth(1).wait_for()
    get_image_model().objects.filter(title="harbour").delete()
    in_row(at_upload).nth(1).wait_for(state="detached", timeout=20_000)
    update(at_upload)
    update_again = at_upload.locator("#upload-list > li").last.get_by_role("button", name="Update")
    update_again.click()
    in_list(at_upload).get_by_text("market").wait_for()
    assert at_upload.wrong == []


def test_what_fails_and_what_awaits_a_look_says_so(at_upload: Any) -> None:
    drop(at_upload, "harbour", "market")
    in_row(at_upload).nth(1).wait_for()
    first, second = (jobs.claim(pk, "worker-1") for pk in Job.objects.order_by("pk").values_list("pk", flat=True))
    assert first is not None and second is not None
    jobs.finish(first, State.FAILED, Note("out_of_memory", {"device": "cpu"}))
    jobs.finish(second, State.REVIEW, Note("review_asked"))
    in_row(at_upload).get_by_text("The worker ran out of memory.").wait_for(timeout=20_000)
    look = in_row(at_upload).get_by_role("link", name="Look at the result")
    assert look.get_attribute("href") == f"/admin/restore/review/{second.pk}/"
    said = at_upload.get_by_role("status")
    said.get_by_text("“harbour”: The worker ran out of memory.").wait_for()
    said.get_by_text("“market”: Somebody should look at this").wait_for()
    assert fine(at_upload)


def test_it_asks_for_all_rows_at_once_and_rests_when_nothing_is_waited_for(at_upload: Any) -> None:
    asked: list[str] = []
    at_upload.on("request", lambda request: asked.append(request.url) if "/restore/progress/" in request.url else None)
    at_upload.locator("[name=restore_upscale]").select_option("no")
    drop(at_upload, "plain")
    at_upload.wait_for_timeout(5000)
    assert len(asked) == 1
    at_upload.locator("[name=restore_upscale]").select_option("x2")
    drop(at_upload, *(f"photo {number}" for number in range(5)))
    in_row(at_upload).nth(4).wait_for(timeout=20_000)
    del asked[:]
    at_upload.wait_for_timeout(6000)
    assert 1 <= len(asked) <= 3
    assert {url.count("%2C") for url in asked} == {8}  # five images, and five that it waits for
    work()
    in_row(at_upload).get_by_text("Done.").nth(4).wait_for(timeout=20_000)
    at_upload.wait_for_timeout(500)
    del asked[:]
    at_upload.wait_for_timeout(5000)
    assert asked == []


def test_a_lost_login_is_told_and_it_goes_on_after_the_next_one(
    at_upload: Any, live_server: Any, editor_user: Any
) -> None:
    drop(at_upload, "harbour")
    in_row(at_upload).wait_for()
    Session.objects.all().delete()
    at_upload.get_by_text("You are no longer logged in.").wait_for(timeout=20_000)
    log_in(at_upload, live_server, editor_user)
    at_upload.get_by_text("You are no longer logged in.").wait_for(state="hidden", timeout=30_000)
    work()
    in_row(at_upload).get_by_text("Done.").wait_for(timeout=30_000)
    update(at_upload)
    in_list(at_upload).get_by_text("harbour").wait_for()
    assert at_upload.wrong == []


def test_a_lost_network_is_told(at_upload: Any) -> None:
    drop(at_upload, "harbour")
    in_row(at_upload).wait_for()
    at_upload.route("**/restore/progress/**", lambda route: route.abort())
    at_upload.get_by_text("The connection is lost.").wait_for(timeout=20_000)
    at_upload.unroute("**/restore/progress/**")
    at_upload.get_by_text("The connection is lost.").wait_for(state="hidden", timeout=30_000)


def focused(page: Any) -> str:  # noqa: F811
    return page.evaluate("document.activeElement.textContent.trim()")  # type: ignore[no-any-return]


def test_who_has_come_to_a_link_by_the_keyboard_stays_there_when_the_row_changes(
    at_upload: Any, editor_user: Any
) -> None:
    drop(at_upload, "harbour")
    in_row(at_upload).get_by_text("Waiting for a worker.").wait_for()
    job = jobs.claim(Job.objects.get().pk, "worker-1")
    assert job is not None
    to_review(job)
    in_row(at_upload).get_by_role("link", name="Look at the result").focus()
    actions.publish(Job.objects.get(), editor_user)
    at_upload.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    in_row(at_upload).get_by_text("Done.").wait_for(timeout=20_000)
    assert focused(at_upload).startswith("Compare before and after")
    update(at_upload)
    in_list(at_upload).get_by_text("harbour").wait_for()


def test_the_focus_is_kept_in_the_list_below_too(at_upload: Any) -> None:
    drop(at_upload, "harbour")
    in_row(at_upload).get_by_text("Waiting for a worker.").wait_for()
    update(at_upload)
    in_list(at_upload).get_by_role("link", name="harbour").focus()
    work()
    in_list(at_upload).get_by_text("Done.").wait_for(timeout=20_000)
    assert focused(at_upload).startswith("harbour")
    assert fine(at_upload)
