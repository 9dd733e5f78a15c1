"""In a real browser: an upload whose watermarks may not go yet is in the library, and its form says what was left."""

from __future__ import annotations

from typing import Any

import pytest
from wagtail.images import get_image_model

from tests.admin.test_browser import log_in, page, strictly  # noqa: F401
from tests.admin.test_finding_browser import photo
from wagtail_restore.imaging.planning import CleanUp, Wishes
from wagtail_restore.models import Job
from wagtail_restore.testing import make_picture

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def at_upload(page: Any, live_server: Any, redis: Any, editor_user: Any, settings: Any) -> Any:  # noqa: F811
    """The page of the multiple upload, for somebody who has yet to confirm that watermarks may go."""
    settings.WAGTAIL_RESTORE = {**settings.WAGTAIL_RESTORE, "RIGHTS_STATEMENT": "The pictures are ours."}
    log_in(page, live_server, editor_user)
    page.goto(f"{live_server.url}/admin/images/multiple/add/")
    return page


def drop(page: Any) -> Any:  # noqa: F811
    """Upload one file; its form."""
    picture = {"name": "harbour.jpg", "mimeType": "image/jpeg", "buffer": make_picture(64, 48)}
    page.locator("#fileupload").set_input_files(files=[picture])
    page.locator("#upload-list .upload-success").wait_for(timeout=30_000)
    return page.locator("#upload-list form").first


def test_without_the_confirmation_the_picture_is_stored_and_the_reason_stands_below_it(at_upload: Any) -> None:
    blocked = strictly(at_upload)
    at_upload.select_option("[name=restore_clean_up]", "marks")
    at_upload.get_by_text("Without it watermarks stay in; the pictures are stored").wait_for()
    form = drop(at_upload)
    form.get_by_text("Watermarks stay in, because you have not confirmed").wait_for()
    assert get_image_model().objects.count() == 1
    assert [job.wished for job in Job.objects.all()] == [Wishes(CleanUp.DATES)]

    form.locator("[name$=restore_clean_up]").select_option("marks")
    form.get_by_text("The pictures are ours.").click()
    form.get_by_role("button", name="Update").click()
    form.wait_for(state="hidden", timeout=30_000)
    assert [job.wished for job in Job.objects.order_by("pk")] == [Wishes(CleanUp.DATES), Wishes(CleanUp.MARKS)]
    assert blocked == []


def test_a_duplicate_says_that_watermarks_stay_in_also_before_it_is_kept(at_upload: Any) -> None:
    at_upload.set_viewport_size({"width": 1440, "height": 1000})
    drop(at_upload)
    at_upload.select_option("[name=restore_clean_up]", "marks")
    picture = {"name": "again.jpg", "mimeType": "image/jpeg", "buffer": make_picture(64, 48)}
    at_upload.locator("#fileupload").set_input_files(files=[picture])
    row = at_upload.locator("#upload-list .upload-duplicate")
    row.get_by_role("button", name="Keep new image").wait_for(timeout=30_000)
    told = row.get_by_text("Watermarks stay in, because you have not confirmed")
    assert told.is_visible()
    row.locator(".restore-held").scroll_into_view_if_needed()
    photo(at_upload, "duplicate-held")
    row.get_by_role("button", name="Keep new image").click()
    row.locator("form").wait_for()
    assert [each.is_visible() for each in told.all()] == [False, True], "the form says it"


def test_all_text_says_what_goes_too(at_upload: Any) -> None:
    hint = at_upload.get_by_text("Printed and painted text goes too")
    assert hint.is_hidden()
    at_upload.select_option("[name=restore_clean_up]", "text")
    hint.wait_for()


@pytest.mark.parametrize("width", [1440, 1100])
def test_the_longest_choice_is_not_cut_off(at_upload: Any, width: int) -> None:
    at_upload.set_viewport_size({"width": width, "height": 900})
    at_upload.reload()
    select = at_upload.locator("select[name=restore_clean_up]")
    select.select_option("marks")
    wanted, free = select.evaluate(
        """select => {
            const style = getComputedStyle(select);
            const pen = document.createElement('canvas').getContext('2d');
            pen.font = style.font;
            const free = select.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
            return [pen.measureText(select.selectedOptions[0].text).width, free];
        }"""
    )
    assert wanted <= free
