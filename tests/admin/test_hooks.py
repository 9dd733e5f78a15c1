"""What is registered with Wagtail, and what a site can switch off."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import resolve, reverse
from wagtail.models import Page

from wagtail_restore import wagtail_hooks
from wagtail_restore.admin.uploads import BatchAddView

pytestmark = pytest.mark.django_db


def test_our_multiple_upload_stands_at_wagtails_address() -> None:
    assert resolve(reverse("wagtailimages:add_multiple")).func.view_class is BatchAddView


def test_a_site_can_keep_wagtails_own_multiple_upload(settings: Any) -> None:
    settings.WAGTAIL_RESTORE = {**settings.WAGTAIL_RESTORE, "BATCH_OPTIONS": False}
    assert wagtail_hooks.register_batch_upload() == []


@pytest.mark.parametrize("page", ["/admin/", "/admin/images/add/", "/admin/images/multiple/add/"])
def test_our_style_is_on_every_page_that_may_show_our_fields(admin: Client, page: str) -> None:
    assert admin.get(page).content.decode().count("wagtail_restore/fields.css") == 1


@pytest.mark.parametrize("page", ["/admin/images/add/", "/admin/images/{image}/", "/admin/pages/{home}/edit/"])
def test_each_script_is_once_on_every_page_with_a_form(admin: Client, image: Any, page: str) -> None:
    home = Page.objects.get(depth=2)
    html = admin.get(page.format(image=image.pk, home=home.pk)).content.decode()
    assert [html.count(f"wagtail_restore/{name}.js") for name in ("following", "remember", "chosen")] == [1, 1, 1]
    assert 'data-url="/admin/restore/progress/"' in html


def test_the_icon_is_in_the_sprite(admin: Client) -> None:
    assert 'id="icon-restore"' in admin.get("/admin/sprite/").content.decode()
