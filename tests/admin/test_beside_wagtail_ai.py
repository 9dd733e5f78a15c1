"""With wagtail-ai installed beside us, each image form shows what both of us add, and both work."""

from __future__ import annotations

from typing import Any

import pytest
from django.apps import apps
from django.test import Client
from wagtail.images import get_image_model
from wagtail.models import Page

from tests.admin.conftest import upload
from tests.admin.test_browser import log_in, page  # noqa: F401
from tests.admin.test_forms import CHOOSER, chooser, edit
from tests.admin.test_uploads import ADD, jobs_of, post, update, values_in
from wagtail_restore import checks
from wagtail_restore.imaging.planning import CleanUp, Upscale, Wishes
from wagtail_restore.testing import make_picture

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(not apps.is_installed("wagtail_ai"), reason="RESTORE_TEST_BESIDE=wagtail-ai runs these"),
]

THEIRS = 'data-controller="wai-field-panel"'


def test_the_checks_find_our_form_below_theirs() -> None:
    assert checks.check_form(None) == []
    assert checks.check_app_order(None) == []


def test_a_file_of_the_multiple_upload_has_both(editor: Client) -> None:
    answer = post(editor, restore_clean_up="dates")
    assert answer["form"].count(THEIRS) == 2
    assert values_in(answer["form"])[f"image-{answer['image_id']}-restore_clean_up"] == "dates"
    assert update(editor, answer, title="Harbour at dusk")["success"]
    assert get_image_model().objects.get().title == "Harbour at dusk"
    assert jobs_of() == [("waiting", "upload", Wishes(clean_up=CleanUp.DATES))]


def test_the_edit_page_has_both(editor: Client, image: Any) -> None:
    shown = editor.get(f"/admin/images/{image.pk}/").content.decode()
    assert shown.count(THEIRS) == 2
    assert f'data-wai-field-panel-image-id="{image.pk}"' in shown
    assert "restore_upscale" in shown and 'data-controller="restore-panel"' in shown
    edit(editor, image, title="Renamed", description="A harbour", restore_upscale="x2")
    image.refresh_from_db()
    assert (image.title, image.description) == ("Renamed", "A harbour")
    assert jobs_of() == [("waiting", "edit", Wishes(upscale=Upscale.X2))]


def test_the_chooser_has_both(editor: Client) -> None:
    shown = editor.get("/admin/images/chooser/").json()["html"]
    assert shown.count(THEIRS) == 2
    assert "image-chooser-upload-restore_clean_up" in shown
    assert chooser(editor, restore_clean_up="dates").json()["step"] == "chosen"
    assert jobs_of() == [("waiting", "upload", Wishes(clean_up=CleanUp.DATES))]


def test_a_refusal_keeps_both(editor: Client, make_rule: Any) -> None:
    make_rule(action="refuse")
    prefixed = {"image-chooser-upload-title": "Harbour", "image-chooser-upload-file": upload()}
    shown = editor.post(CHOOSER, prefixed).json()["htmlFragment"]
    assert shown.count(THEIRS) == 2
    assert "640 × 480" in shown and "restore_clean_up" in shown


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_neither_breaks_the_other_in_the_browser(
    page: Any,  # noqa: F811
    live_server: Any,
    redis: Any,
    admin_user: Any,
    image: Any,
) -> None:
    broken: list[Any] = []
    page.on("pageerror", lambda error: broken.append(error))
    log_in(page, live_server, admin_user)

    page.goto(f"{live_server.url}/admin/images/{image.pk}/")
    page.get_by_label("AI Actions").nth(1).wait_for(timeout=30_000)
    page.locator("select[name=restore_upscale]").select_option("x2")
    page.get_by_role("button", name="Save", exact=True).first.click()
    page.get_by_text("Image 'Picture' updated").wait_for(timeout=30_000)
    assert jobs_of() == [("waiting", "edit", Wishes(upscale=Upscale.X2))]

    page.goto(f"{live_server.url}{ADD}")
    picture = {"name": "harbour.jpg", "mimeType": "image/jpeg", "buffer": make_picture(96, 64)}
    page.locator("#fileupload").set_input_files(files=[picture])
    form = page.locator("#upload-list form").first
    form.get_by_label("AI Actions").first.wait_for(timeout=30_000)
    assert form.locator("[name$=restore_clean_up]").is_visible()

    home = Page.objects.get(slug="home")
    page.goto(f"{live_server.url}/admin/pages/add/tests_app/picturepage/{home.pk}/")
    page.get_by_role("button", name="Choose an image").click()
    page.get_by_role("tab", name="Upload").click()
    assert page.locator("[name=image-chooser-upload-restore_clean_up]").is_visible()
    page.locator(".modal").get_by_label("AI Actions").first.wait_for(timeout=30_000)
    assert broken == []
