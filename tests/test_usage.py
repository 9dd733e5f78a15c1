"""Where an image is used: what is counted, what is named to whom, and what is left unsaid."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.test.utils import CaptureQueriesContext
from wagtail.models import GroupPagePermission, Page, ReferenceIndex, Site

from tests.admin.conftest import person
from tests.app.models import PicturePage
from wagtail_restore import usage
from wagtail_restore.testing import make_image

pytestmark = pytest.mark.django_db


@pytest.fixture
def image(db: Any) -> Any:
    return make_image(64, 48)


@pytest.fixture
def boss(django_user_model: Any) -> Any:
    return django_user_model.objects.create_superuser("boss", password="x")


def shown_on(image: Any, *titles: str, under: Page | None = None, live: bool = True) -> list[Page]:
    parent = under or Page.objects.get(slug="home")
    return [parent.add_child(instance=PicturePage(title=title, picture=image, live=live)) for title in titles]


def refer(image: Any, model: Any, key: Any, path: str = "image") -> None:
    """What the index would hold if a row of this model referred to the image."""
    kinds = ContentType.objects
    ReferenceIndex.objects.create(
        content_type=kinds.get_for_model(model),
        base_content_type=kinds.get_for_model(model),
        object_id=str(key),
        to_content_type=kinds.get_for_model(image),
        to_object_id=str(image.pk),
        model_path=path,
        content_path=path,
        content_path_hash=uuid.uuid4(),
    )


def editor_of(page: Page) -> Any:
    """Somebody who may change what is below this page."""
    user = person("editor")
    permission = Permission.objects.get(codename="change_page", content_type__app_label="wagtailcore")
    GroupPagePermission.objects.create(group=user.groups.get(), page=page, permission=permission)
    return user


def test_an_image_that_is_used_nowhere(image: Any, boss: Any) -> None:
    found = usage.usage_of(image, boss)
    assert not found
    assert found == usage.Usage()


@pytest.mark.parametrize(
    ("titles", "sentence"), [(["Harbour"], "Used on one page"), (["Harbour", "Market"], "Used on 2 pages")]
)
def test_pages_are_counted_and_named(image: Any, boss: Any, titles: list[str], sentence: str) -> None:
    pages = shown_on(image, *titles)
    found = usage.usage_of(image, boss)
    assert str(found) == sentence
    assert [(each.title, each.url) for each in found.named] == [
        (page.title, f"/admin/pages/{page.pk}/edit/") for page in pages
    ]
    assert (found.more, found.unpublished) == (0, "")


def test_a_page_that_shows_it_twice_is_one(image: Any, boss: Any) -> None:
    (page,) = shown_on(image, "Harbour")
    refer(image, Page, page.pk, "body")
    assert str(usage.usage_of(image, boss)) == "Used on one page"


def test_what_visitors_see_comes_first_and_drafts_are_told(image: Any, boss: Any) -> None:
    shown_on(image, "A draft", live=False)
    shown_on(image, "Published")
    found = usage.usage_of(image, boss)
    assert [(each.title, each.live) for each in found.named] == [("Published", True), ("A draft", False)]
    assert found.unpublished == ""
    shown_on(image, *"bcde")
    found = usage.usage_of(image, boss)
    assert (found.pages, found.more, found.unpublished) == (6, 1, "One of these pages is not published.")


def test_pages_that_one_may_not_find_are_counted_only(image: Any) -> None:
    home = Page.objects.get(slug="home")
    (mine,) = shown_on(image, "Mine")
    shown_on(image, "Not mine", under=home)
    found = usage.usage_of(image, editor_of(mine))
    assert (str(found), [each.title for each in found.named], found.more) == ("Used on 2 pages", ["Mine"], 1)


def test_a_page_that_one_may_only_find_is_shown_in_the_tree(image: Any) -> None:
    (outer,) = shown_on(image, "Outer")
    (inner,) = shown_on(image, "Inner", under=outer)
    inner.refresh_from_db()
    (innermost,) = shown_on(image, "Innermost", under=inner)
    user = editor_of(innermost)
    other = shown_on(image, "Elsewhere")[0]
    permission = Permission.objects.get(codename="change_page", content_type__app_label="wagtailcore")
    GroupPagePermission.objects.create(group=user.groups.get(), page=other, permission=permission)
    urls = {each.title: each.url for each in usage.usage_of(image, user).named}
    assert urls["Innermost"] == f"/admin/pages/{innermost.pk}/edit/"
    assert urls["Inner"] == f"/admin/pages/{inner.pk}/"


def test_nobody_without_rights_on_pages_is_told_a_title(image: Any) -> None:
    shown_on(image, "Harbour")
    found = usage.usage_of(image, person("plain"))
    assert (str(found), found.named, found.more) == ("Used on one page", (), 1)


def test_other_rows_are_places(image: Any, boss: Any) -> None:
    refer(image, Site, Site.objects.get().pk)
    assert str(usage.usage_of(image, boss)) == "Used in one place"
    shown_on(image, "Harbour", "Market")
    assert str(usage.usage_of(image, boss)) == "Used on 2 pages and in one other place"


def test_what_is_gone_is_not_counted(image: Any, boss: Any) -> None:
    for model, key in ((Page, 99999), (Site, 99999), (Site, "no number")):
        refer(image, model, key)
    stranger = ContentType.objects.create(app_label="removed", model="gone")
    ReferenceIndex.objects.filter(object_id="no number").update(base_content_type=stranger)
    refer(image, Site, "no number either")
    assert not usage.usage_of(image, boss)


def test_of_very_many_places_there_is_no_exact_number(image: Any, boss: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(usage, "MOST", 2)
    shown_on(image, "a", "b", "c")
    found = usage.usage_of(image, boss)
    assert (str(found), found.more, found.unpublished) == ("Used in more than 2 places", 0, "")
    assert len(found.named) == 2


def test_more_pages_take_no_more_queries(image: Any, django_assert_num_queries: Any) -> None:
    shown_on(image, "Harbour")
    user = editor_of(Page.objects.get(slug="home"))
    usage.usage_of(image, type(user).objects.get(pk=user.pk))
    with CaptureQueriesContext(connection) as few:
        usage.usage_of(image, type(user).objects.get(pk=user.pk))
    shown_on(image, *(f"Page {number}" for number in range(12)))
    with django_assert_num_queries(len(few)):
        found = usage.usage_of(image, type(user).objects.get(pk=user.pk))
    assert (found.pages, len(found.named), found.more) == (13, 5, 8)
