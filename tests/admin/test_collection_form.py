"""For which collections somebody may keep templates and known marks: those in which they may change images."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from wagtail.models import Collection, GroupCollectionPermission

from tests.admin.conftest import browser, person
from tests.admin.test_rules import made
from wagtail_restore.models import KnownMark, MaskTemplate

pytestmark = pytest.mark.django_db
TEMPLATES, MARKS = "/admin/restore/templates/", "/admin/restore/known-marks/"


@pytest.fixture
def archive(db: Any) -> Collection:
    return Collection.get_first_root_node().add_child(name="Archive")


@pytest.fixture
def keeper(news: Collection) -> Client:
    """Somebody who keeps marks and templates, and may change images in News alone."""
    rights = [f"{right}_{kind}" for right in ("add", "change") for kind in ("masktemplate", "knownmark")]
    user = person("keeper", "use_restore", *rights, images=())
    may_change = Permission.objects.get(codename="change_image", content_type__app_label="wagtailimages")
    GroupCollectionPermission.objects.create(group=user.groups.get(), collection=news, permission=may_change)
    return browser(user)


def choices(response: Any) -> list[str]:
    return [each.name for each in response.context["form"].fields["collection"].queryset]


def test_a_template_is_moved_only_to_where_one_may_change_images(
    keeper: Client, news: Collection, archive: Collection
) -> None:
    template = made(news)
    inside = news.add_child(name="Sport")
    url = f"{TEMPLATES}edit/{template.pk}/"
    assert choices(keeper.get(url)) == ["News", "Sport"]
    fields = {"name": "Logo", "anchor": "top-left"}
    refused = keeper.post(url, {**fields, "collection": archive.pk})
    told = "Select a valid choice. That choice is not one of the available choices."
    assert refused.context["form"].errors == {"collection": [told]}
    assert keeper.post(url, {**fields, "collection": inside.pk}).status_code == 302
    template.refresh_from_db()
    assert template.collection == inside


def test_a_template_of_another_collection_can_be_renamed_where_it_is(keeper: Client, archive: Collection) -> None:
    template = made(archive)
    url = f"{TEMPLATES}edit/{template.pk}/"
    assert choices(keeper.get(url)) == ["Archive", "News"]
    fields = {"name": "Stamp", "anchor": "top-left", "collection": archive.pk}
    assert keeper.post(url, fields).status_code == 302
    assert MaskTemplate.objects.get().name == "Stamp"


def test_a_mark_is_added_only_to_where_one_may_change_images(
    keeper: Client, news: Collection, archive: Collection
) -> None:
    assert choices(keeper.get(f"{MARKS}new/")) == ["News"]
    fields = {"name": "Agency", "active": "on", "words": "Example Agency"}
    assert "collection" in keeper.post(f"{MARKS}new/", {**fields, "collection": archive.pk}).context["form"].errors
    assert keeper.post(f"{MARKS}new/", {**fields, "collection": news.pk}).status_code == 302
    mark = KnownMark.objects.get()
    assert choices(keeper.get(f"{MARKS}edit/{mark.pk}/")) == ["News"]


def test_superusers_choose_from_all(admin: Client, news: Collection, archive: Collection) -> None:
    url = f"{TEMPLATES}edit/{made(news).pk}/"
    assert choices(admin.get(url)) == choices(admin.get(f"{MARKS}new/")) == ["Root", "Archive", "News"]
