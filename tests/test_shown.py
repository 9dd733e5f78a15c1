"""Pages of ours stand whatever the file of an image is, and show a sign in place of the picture."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.cache import caches
from django.test import Client

from tests.admin.conftest import browser, person
from tests.admin.test_reviewing import REGIONS, to_review
from wagtail_restore.shown import rendition_of
from wagtail_restore.testing import make_image, make_picture

pytestmark = pytest.mark.django_db

WHOLE = make_picture(640, 480)
FILES = {
    "cut off": WHOLE[: len(WHOLE) // 2],
    "no picture": b"Not found",
    "empty": b"",
    "broken PNG": b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + b"\x00" * 30,
}


@pytest.fixture(autouse=True)
def nothing_remembered() -> None:
    """Wagtail keeps renditions in the cache by the keys of images, which come again in the next test."""
    for cache in caches.all():
        cache.clear()


@pytest.fixture
def person_for_all(db: Any) -> Client:
    """Somebody who may read the report, and decide."""
    return browser(person("reader", "view_job", "use_restore"))


def spoil(image: Any, data: bytes) -> Any:
    """The image as a request would find it, with this in its file."""
    with image.file.storage.open(image.file.name, "wb") as file:
        file.write(data)
    return type(image).objects.get(pk=image.pk)


@pytest.mark.parametrize("data", FILES.values(), ids=list(FILES))
def test_no_rendition_is_made_of_it(data: bytes) -> None:
    image = spoil(make_image(640, 480), data)
    assert rendition_of(image, "max-165x165") is None


def test_none_is_made_of_a_missing_file_either() -> None:
    image = make_image()
    image.file.storage.delete(image.file.name)
    image = type(image).objects.get(pk=image.pk)
    assert rendition_of(image, "max-165x165") is None


@pytest.mark.parametrize("marks", [None, REGIONS])
def test_every_page_about_a_job_stands(person_for_all: Client, marks: Any) -> None:
    job, later = to_review("Harbour", regions=marks), to_review("Market", regions=marks)
    for each in (job, later):
        spoil(each.image(), FILES["cut off"])
    paths = [f"report/{job.pk}/", "report/", f"review/{job.pk}/", "review/list/"]
    for path in paths:
        page = person_for_all.get(f"/admin/restore/{path}")
        assert page.status_code == 200, path
        assert "restore-no-picture" in page.content.decode(), path


def test_the_pages_to_restore_and_to_paint_lead_back(person_for_all: Client) -> None:
    image = make_image(640, 480)
    spoil(image, FILES["cut off"])
    for name in ("restore", "remove-objects"):
        page = person_for_all.get(f"/admin/restore/image/{image.pk}/{name}/")
        assert (page.status_code, page.get("location")) == (302, f"/admin/images/{image.pk}/"), name
