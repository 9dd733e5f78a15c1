"""A file that is uploaded again is known, though the image shows by now what was made of it."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from wagtail.images import get_image_model

from tests.admin.conftest import browser, person, upload
from tests.admin.test_uploads import post
from wagtail_restore import swap
from wagtail_restore.models import Job, State, Version
from wagtail_restore.testing import work

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def restored(editor: Client, redis: Any) -> Any:
    """An image that shows what was made of ``upload()``."""
    post(editor, restore_upscale="x2", file=upload(64, 48))
    work()
    image = get_image_model().objects.get()
    assert Job.objects.get().state == State.PUBLISHED
    assert (image.width, image.height) == (128, 96)
    return image


def again(client: Client) -> dict[str, Any]:
    return post(client, file=upload(64, 48))


def test_the_same_file_again_is_a_duplicate(editor: Client, restored: Any) -> None:
    answer = again(editor)
    new = get_image_model().objects.latest("pk")
    assert answer["duplicate"] is True
    assert restored.title in answer["confirm_duplicate_upload"]
    assert f"/admin/images/multiple/{new.pk}/delete/" in answer["confirm_duplicate_upload"]


def test_also_when_the_earlier_file_is_no_longer_kept(editor: Client, restored: Any) -> None:
    Version.objects.all().delete()
    assert again(editor)["duplicate"] is True


def test_also_when_it_was_restored_once_more(editor: Client, restored: Any) -> None:
    page = editor.get(f"/admin/images/{restored.pk}/").content.decode()
    base = re.search(r'name="restore_base_size" value="([^"]*)"', page)
    data = {"title": "Harbour", "restore_upscale": "x2", "restore_base_size": base[1] if base else ""}
    editor.post(f"/admin/images/{restored.pk}/", data)
    work()
    restored.refresh_from_db()
    assert restored.width == 256
    assert again(editor)["duplicate"] is True


def test_another_file_is_none(editor: Client, restored: Any) -> None:
    assert post(editor, file=upload(66, 48))["duplicate"] is False


def test_an_image_that_has_got_another_file_since_is_none(editor: Client, restored: Any) -> None:
    get_image_model().objects.filter(pk=restored.pk).update(file_hash="0" * 40)
    assert again(editor)["duplicate"] is False


def test_where_the_picture_went_back_wagtail_finds_it_itself(editor: Client, restored: Any, editor_user: Any) -> None:
    swap.withdraw(Version.objects.get(), by=editor_user)
    assert again(editor)["duplicate"] is True


def test_one_that_the_user_may_not_choose_is_not_shown(restored: Any, news: Any) -> None:
    get_image_model().objects.update(title="Secret")
    answer = post(browser(person("local", "use_restore", collection=news)), file=upload(64, 48), collection=news.pk)
    assert answer["duplicate"] is False
    assert "Secret" not in str(answer)


def test_what_was_just_uploaded_can_be_chosen_at_once(editor: Client, redis: Any) -> None:
    answer = post(editor, restore_upscale="x2", file=upload(64, 48))
    assert Job.objects.get().state == State.WAITING
    chooser = editor.get("/admin/images/chooser/").json()["html"]
    address = reverse("wagtailimages_chooser:chosen", args=[answer["image_id"]])
    assert address in chooser
    chosen = editor.get(address).json()
    assert (chosen["step"], chosen["result"]["id"]) == ("chosen", str(answer["image_id"]))
    assert chosen["result"]["preview"]["url"]


def test_what_is_uploaded_in_the_chooser_is_chosen_while_it_waits(editor: Client, redis: Any) -> None:
    prefix = "image-chooser-upload"
    data = {f"{prefix}-title": "Quay", f"{prefix}-restore_upscale": "x2", f"{prefix}-file": upload(64, 48)}
    chosen = editor.post("/admin/images/chooser/create/", data).json()
    job = Job.objects.get()
    assert (chosen["step"], chosen["result"]["title"], job.state) == ("chosen", "Quay", State.WAITING)
    work()
    assert Job.objects.get().state == State.PUBLISHED
