"""The page that deletes the earlier versions of an image: what it says, what it does, and who may."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.admin.test_panel import panel, words
from tests.admin.test_views import said
from tests.app import disk
from wagtail_restore import swap
from wagtail_restore.models import Job, Retired, Version
from wagtail_restore.testing import make_picture

pytestmark = pytest.mark.django_db


def address(image: Any) -> str:
    return f"/admin/restore/image/{image.pk}/delete-versions/"


def main(response: Any) -> str:
    return response.content.decode().partition("<main")[2]


def named(response: Any) -> list[str]:
    return re.findall(r'name="version" value="(\d+)"', main(response))


def test_the_panel_leads_there_only_where_there_is_something(
    editor: Client, plain: Client, image: Any, job_in: Any
) -> None:
    job_in("kept")
    assert "Delete earlier versions" not in panel(editor, image)
    assert "Delete earlier versions" not in panel(plain, image)


def test_the_panel_leads_there(editor: Client, plain: Client, image: Any, published: Job) -> None:
    assert f'href="{address(image)}">Delete earlier versions…' in panel(editor, image)
    assert "Delete earlier versions" not in panel(plain, image)


def test_the_panel_leads_there_while_something_is_public(editor: Client, image: Any, published: Job) -> None:
    swap.drop_earlier(image, [Version.objects.get().pk])
    assert "can still be opened at their addresses for a while." in words(panel(editor, image))
    assert "Delete earlier files that are still public…" in words(panel(editor, image))
    assert "Delete earlier versions" not in words(panel(editor, image))
    assert "Versions " not in words(panel(editor, image))
    Retired.objects.all().delete()
    assert "still public" not in panel(editor, image)


def test_the_page_says_what_goes_and_what_stays(editor: Client, image: Any, published: Job) -> None:
    response = editor.get(address(image))
    told = words(main(response))
    assert re.search(r"Delete one earlier version of “Picture” \([\d.]+\sKB\)\?", told)
    assert "As uploaded" in told
    assert "This cannot be undone: nobody can go back to a version that is deleted." in told
    assert "The picture that is shown now stays, and so does a result that is under review." in told
    assert "Delete earlier files that are still public, too" in told
    assert "Pages that visitors or caches have kept may show a broken picture until they are renewed." in told
    assert named(response) == [str(Version.objects.get().pk)]
    assert Version.objects.exists()


def test_the_page_has_neither_script_nor_style_of_its_own(editor: Client, image: Any, published: Job) -> None:
    html = main(editor.get(address(image))).partition("</main>")[0]
    assert "style=" not in html and "<script" not in html


def test_deleting_them(editor: Client, image: Any, published: Job) -> None:
    public = disk.public_files()
    response = editor.post(address(image), {"version": named(editor.get(address(image)))})
    assert response["Location"] == f"/admin/images/{image.pk}/"
    (sentence,) = said(response)
    assert sentence.startswith("One earlier version is deleted (")
    assert not Version.objects.exists()
    assert disk.public_files() == public


def test_deleting_what_is_public_too(editor: Client, image: Any, published: Job) -> None:
    response = editor.post(address(image), {"version": named(editor.get(address(image))), "public": "on"})
    assert said(response)[1:] == ["Earlier files are no longer public."]
    assert not swap.still_public(image).exists()


def test_where_only_public_files_are_left_it_is_about_them(editor: Client, image: Any, published: Job) -> None:
    editor.post(address(image), {"version": named(editor.get(address(image)))})
    response = editor.get(address(image))
    assert "that are still public?" in words(main(response))
    assert '<input type="hidden" name="public" value="on">' in main(response)
    assert said(editor.post(address(image), {"public": "on"}))[-1] == "Earlier files are no longer public."
    assert "no earlier file is public any more" in words(main(editor.get(address(image))))


def test_a_second_time_there_is_nothing_left(editor: Client, image: Any, published: Job) -> None:
    sent = {"version": named(editor.get(address(image))), "public": "on"}
    editor.post(address(image), sent)
    assert said(editor.post(address(image), sent))[-1] == "Nothing was left to delete."


@pytest.mark.parametrize("sent", [{}, {"version": ["x", "-1", "9" * 5000]}])
def test_what_the_page_did_not_name_stays(editor: Client, image: Any, published: Job, sent: dict[str, Any]) -> None:
    assert said(editor.post(address(image), sent)) == ["Nothing was left to delete."]
    assert Version.objects.exists()


def test_the_version_that_is_shown_is_not_named(editor: Client, image: Any, published: Job) -> None:
    shown = Version.objects.get()
    editor.post(f"/admin/restore/version/{shown.pk}/back/")
    assert str(shown.pk) not in named(editor.get(address(image)))
    editor.post(address(image), {"version": [shown.pk]})
    assert Version.objects.filter(pk=shown.pk).exists()


@pytest.mark.parametrize("who", ["plain", "stranger"])
def test_it_needs_both_rights(request: Any, image: Any, published: Job, who: str) -> None:
    client = request.getfixturevalue(who)
    assert client.get(address(image))["Location"] == "/admin/"
    sent = {"version": [Version.objects.get().pk], "public": "on"}
    assert client.post(address(image), sent)["Location"] == "/admin/"
    assert Version.objects.exists() and Retired.objects.exists()


def test_files_that_could_not_be_deleted_are_told(editor: Client, image: Any, published: Job, monkeypatch: Any) -> None:
    monkeypatch.setattr(swap.files.storage_of(type(image), "private"), "delete", _refuse)  # type: ignore[attr-defined]
    response = editor.post(address(image), {"version": named(editor.get(address(image)))})
    assert said(response)[1:] == ["Some files could not be deleted at once. This is tried again by itself."]


def test_many_versions_take_no_more_queries(
    editor: Client, image: Any, published: Job, django_assert_max_num_queries: Any
) -> None:
    editor.get(address(image))
    with CaptureQueriesContext(connection) as few:
        editor.get(address(image))
    (row,) = Version.objects.all()
    for number in range(5):
        row.pk, row.file_hash = None, f"{number:040}"
        row.file.save(f"versions/{number}.jpg", ContentFile(make_picture(64, 48)), save=False)
        row.save(force_insert=True)
    with django_assert_max_num_queries(len(few)):
        assert len(named(editor.get(address(image)))) == 6


def _refuse(name: str) -> None:
    raise OSError("no")
