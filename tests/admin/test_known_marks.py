"""The known marks in the settings menu."""

from __future__ import annotations

import io
import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from PIL import Image as Pillow
from wagtail.models import Collection, ModelLogEntry

from tests.admin.conftest import browser, person
from tests.admin.test_mark_picture import picture, sent
from wagtail_restore import swap
from wagtail_restore.models import KnownMark, private_storage

pytestmark = pytest.mark.django_db
INDEX = "/admin/restore/known-marks/"
NEW = "/admin/restore/known-marks/new/"


def posted(collection: Collection | None = None, **fields: Any) -> dict[str, Any]:
    root = collection or Collection.get_first_root_node()
    return {"name": "Agency", "active": "on", "collection": root.pk, "picture": sent(picture()), **fields}


@pytest.fixture
def mark(admin: Client, news: Collection) -> KnownMark:
    response = admin.post(NEW, posted(news))
    assert response.status_code == 302, response.context["form"].errors
    return KnownMark.objects.get()


def files() -> list[str]:
    try:
        return private_storage().listdir("known-marks")[1]
    except FileNotFoundError:
        return []


def test_an_empty_list_says_what_marks_are_for(admin: Client) -> None:
    page = admin.get(INDEX).content.decode()
    assert "There are no known marks yet." in page
    assert f'href="{NEW}"' in page


def test_a_search_without_a_hit_is_not_taken_for_an_empty_list(admin: Client, mark: KnownMark) -> None:
    page = admin.get(INDEX, {"q": "nothing of that name"}).content.decode()
    assert "There are no known marks yet." not in page
    assert "No known marks match your query." in page


def test_the_list_shows_name_picture_and_collection(admin: Client, mark: KnownMark) -> None:
    page = admin.get(INDEX).content.decode()
    shown = f'<img class="restore-mark" src="/admin/restore/known-mark/{mark.pk}/picture/" alt="Agency" loading="lazy">'
    for part in ("Agency", "News", shown):
        assert part in page


def test_the_picture_of_a_mark_is_named_for_those_who_do_not_see_it(admin: Client, news: Collection) -> None:
    admin.post(NEW, posted(news, name='"><b>'))
    assert 'alt="&quot;&gt;&lt;b&gt;"' in admin.get(INDEX).text


def test_the_picture_lies_in_private_storage_under_a_name_that_tells_nothing(mark: KnownMark) -> None:
    (name,) = files()
    assert mark.picture.name == f"known-marks/{name}"
    assert len(name) == 24 and name.endswith(".png") and "logo" not in name


def test_the_picture_is_shown_small_and_clear(admin: Client, mark: KnownMark) -> None:
    response = admin.get(reverse("wagtail_restore:known_mark", args=[mark.pk]))
    with Pillow.open(io.BytesIO(b"".join(response.streaming_content))) as shown:
        assert (shown.format, shown.size, shown.mode) == ("WEBP", (60, 40), "RGBA")
        assert shown.getpixel((0, 0))[3] == 0  # type: ignore[index]
    assert "no-store" in response["Cache-Control"]


def test_a_mark_may_be_words_alone(admin: Client) -> None:
    response = admin.post(NEW, posted(words="© Example Agency", picture=""))
    assert response.status_code == 302
    mark = KnownMark.objects.get()
    assert (mark.words, mark.picture.name) == ("© Example Agency", "")
    page = admin.get(INDEX).content.decode()
    assert "“© Example Agency”" in page and "restore-mark" not in page.split("<tbody>")[1]
    assert admin.get(f"{INDEX}?q=example").content.decode().count("“© Example Agency”") == 1
    assert admin.get(reverse("wagtail_restore:known_mark", args=[mark.pk])).status_code == 404
    assert admin.post(f"{INDEX}delete/{mark.pk}/").status_code == 302
    assert not KnownMark.objects.exists()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("", "Give a picture of the mark, or its words."),
        ("© AB", "These words are too short to know a mark by: give at least 4 letters or digits."),
        ("وكالة الأنباء", "The signs “وكالة” are not known to the reader, which reads Latin, Greek"),
    ],
)
def test_a_mark_that_could_not_be_looked_for_is_refused(admin: Client, words: str, told: str) -> None:
    response = admin.post(NEW, posted(words=words, picture=""))
    assert response.status_code == 200 and told in response.content.decode()
    assert not KnownMark.objects.exists()


def test_a_picture_that_is_refused_is_not_called_missing(admin: Client, db: Any) -> None:
    bad = SimpleUploadedFile("logo.png", b"no picture")
    response = admin.post(NEW, posted(picture=bad))
    assert list(response.context["form"].errors) == ["picture"]


def test_a_picture_that_is_gone_is_not_found(admin: Client, mark: KnownMark) -> None:
    private_storage().delete(mark.picture.name)
    assert admin.get(reverse("wagtail_restore:known_mark", args=[mark.pk])).status_code == 404


def test_a_mark_whose_picture_is_gone_is_given_another(admin: Client, mark: KnownMark) -> None:
    private_storage().delete(mark.picture.name)
    assert [admin.get(url).status_code for url in (INDEX, f"{INDEX}edit/{mark.pk}/")] == [200, 200]
    assert admin.post(f"{INDEX}edit/{mark.pk}/", posted(mark.collection)).status_code == 302
    assert admin.get(reverse("wagtail_restore:known_mark", args=[mark.pk])).status_code == 200


def test_marks_are_for_those_with_their_permissions(mark: KnownMark) -> None:
    address = reverse("wagtail_restore:known_mark", args=[mark.pk])
    reader, keeper = browser(person("reader", "use_restore")), browser(person("keeper", "change_knownmark"))
    for client, status in ((reader, 302), (keeper, 200)):
        assert [client.get(url).status_code for url in (INDEX, f"{INDEX}edit/{mark.pk}/", address)] == [status] * 3
    assert Client().get(address).status_code == 302
    assert "Known marks" in keeper.get("/admin/").content.decode()
    assert "Known marks" not in reader.get("/admin/").content.decode()


def test_two_marks_cannot_have_one_name(admin: Client, mark: KnownMark) -> None:
    assert admin.post(NEW, posted()).context["form"].errors["name"] == ["Known mark with this Name already exists."]
    assert len(files()) == 1


def test_changing_another_field_keeps_the_picture(admin: Client, mark: KnownMark) -> None:
    page = admin.get(f"{INDEX}edit/{mark.pk}/").content.decode()
    assert f'src="/admin/restore/known-mark/{mark.pk}/picture/"' in page
    assert "/media/" not in page, "a private file has no public address"
    fields = posted(mark.collection, name="Agency, white")
    del fields["picture"], fields["active"]
    assert admin.post(f"{INDEX}edit/{mark.pk}/", fields).status_code == 302
    changed = KnownMark.objects.get()
    assert (changed.name, changed.active, changed.picture.name) == ("Agency, white", False, mark.picture.name)


def test_the_picture_is_removed_where_words_are_left(admin: Client, mark: KnownMark) -> None:
    url = f"{INDEX}edit/{mark.pk}/"
    page = admin.get(url).text
    assert 'name="picture-clear"' in page and "Remove this picture" in page
    assert "picture-clear" not in admin.get(NEW).text, "there is none to remove"
    cleared = posted(mark.collection, words="Example Agency", **{"picture-clear": "on"})
    del cleared["picture"]
    assert admin.post(url, cleared).status_code == 302
    mark.refresh_from_db()
    swap.purge_due()
    assert (mark.picture.name, mark.words, files()) == ("", "Example Agency", [])
    assert "picture-clear" not in admin.get(url).text


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"words": "", "picture": ""}, "Give a picture of the mark, or its words."),
        ({"words": "Example Agency"}, "Please either submit a file or check the clear checkbox, not both."),
    ],
    ids=["neither", "both"],
)
def test_a_removal_that_makes_no_sense_is_refused(
    admin: Client, mark: KnownMark, fields: dict[str, Any], told: str
) -> None:
    response = admin.post(f"{INDEX}edit/{mark.pk}/", posted(mark.collection, **{"picture-clear": "on", **fields}))
    assert response.status_code == 200 and told in response.text
    (box,) = re.findall(r'<input type="checkbox" name="picture-clear"[^>]*>', response.text)
    assert box.endswith(" checked>"), "what was ticked is still ticked, beside the picture that is still there"
    assert f'src="/admin/restore/known-mark/{mark.pk}/picture/"' in response.text
    mark.refresh_from_db()
    assert len(files()) == 1 and mark.picture.name


def test_a_collection_with_marks_is_not_deleted_and_says_so(admin: Client, mark: KnownMark, news: Collection) -> None:
    response = admin.post(reverse("wagtailadmin_collections:delete", args=[news.pk]))
    assert Collection.objects.filter(pk=news.pk).exists()
    page = response.content.decode() or admin.get(reverse("wagtailadmin_collections:delete", args=[news.pk])).text
    assert f'<a href="{INDEX}?collection={news.pk}">' in page and "1 known mark" in page


def test_the_log_tells_who_made_a_mark(mark: KnownMark, admin_user: Any) -> None:
    entry = ModelLogEntry.objects.for_instance(mark).get()
    assert (entry.action, entry.user) == ("wagtail.create", admin_user)
