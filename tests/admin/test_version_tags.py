"""Beside every button that changes what pages show, it is told which pages these are."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.test import Client
from wagtail.models import Page

from tests.admin.test_panel import MakeJob, panel, words
from tests.test_usage import shown_on
from wagtail_restore import swap
from wagtail_restore.models import Job, Version

pytestmark = pytest.mark.django_db

USED = "Used on 2 pages"


def test_where_an_image_is_used_nowhere_nothing_is_said(editor: Client, image: Any, published: Job) -> None:
    assert "Used on" not in panel(editor, image)
    assert "Show all uses" not in panel(editor, image)


def test_beside_publish(admin: Client, image: Any, job_in: MakeJob) -> None:
    shown_on(image, "Harbour", "Market")
    job_in("review")
    told = words(panel(admin, image))
    assert told.index("Publish Discard") < told.index(f"{USED} Harbour Market Show all uses")
    assert f'href="/admin/images/usage/{image.pk}/"' in panel(admin, image)


def test_beside_the_versions(admin: Client, image: Any, published: Job) -> None:
    shown_on(image, "Harbour", "Market")
    told = words(panel(admin, image))
    assert told.index("Show this version") < told.index(USED) < told.index("Delete earlier versions…")


def test_once_where_both_can_be_decided(admin: Client, image: Any, published: Job, job_in: MakeJob) -> None:
    shown_on(image, "Harbour", "Market")
    image.refresh_from_db()
    job_in("review")
    assert words(panel(admin, image)).count(USED) == 1


def test_a_draft_is_marked(admin: Client, image: Any, job_in: MakeJob) -> None:
    shown_on(image, "Harbour", live=False)
    job_in("review")
    assert "Used on one page Harbour Draft" in words(panel(admin, image))


def test_in_the_queue(admin: Client, image: Any, job_in: MakeJob) -> None:
    shown_on(image, "Harbour", "Market")
    job = job_in("review")
    assert USED in words(admin.get(f"/admin/restore/review/{job.pk}/").content.decode())


@pytest.mark.parametrize("state", ["waiting", "running", "failed", "kept"])
def test_where_nothing_is_to_be_decided_nothing_is_asked(
    admin: Client, image: Any, job_in: MakeJob, state: str, monkeypatch: Any
) -> None:
    shown_on(image, "Harbour")
    job_in(state)
    monkeypatch.setattr("wagtail_restore.templatetags.restore_version_tags.usage_of", None)
    assert "Used on one page" not in panel(admin, image)


def test_who_may_not_decide_is_told_nothing(plain: Client, image: Any, published: Job) -> None:
    shown_on(image, "Harbour")
    assert "Used on one page" not in panel(plain, image)


def test_marks_to_choose_from_change_no_page_yet(admin: Client, image: Any, job_in: MakeJob) -> None:
    shown_on(image, "Harbour")
    job_in("review", result="", report={"regions": [], "from": [64, 48], "steps": []})
    assert "Used on one page" not in panel(admin, image)


def test_the_titles_of_pages_are_text(admin: Client, image: Any, job_in: MakeJob) -> None:
    shown_on(image, "<b>Harbour</b>")
    job_in("review")
    assert "&lt;b&gt;Harbour" in panel(admin, image)


def test_many_pages_take_no_more_queries(
    admin: Client, image: Any, published: Job, django_assert_max_num_queries: Any
) -> None:
    shown_on(image, *(f"Page {number}" for number in range(20)))
    assert Page.objects.count() > 20
    panel(admin, image)
    with django_assert_max_num_queries(21):
        admin.get(f"/admin/restore/image/{image.pk}/")


def test_versions_of_a_file_that_was_replaced_behind_our_back_can_still_be_gone_back_to(
    admin: Client, image: Any, published: Job
) -> None:
    type(image).objects.filter(pk=image.pk).update(file=Version.objects.get().name)
    swap.measure(type(image).objects.get())
    assert "Show this version" in panel(admin, image) and "Delete earlier versions…" in panel(admin, image)


def test_what_is_still_public_can_be_deleted_where_the_original_was_put_in_again(
    admin: Client, image: Any, published: Job
) -> None:
    version = Version.objects.get()
    published.changed(source_hash=version.file_hash)
    again = published.image()
    again.file = ContentFile(version.file.open().read(), name="again.jpg")
    again._set_image_file_metadata()
    again.save()
    assert not Version.objects.exists()
    assert "Delete earlier files that are still public…" in panel(admin, image)
