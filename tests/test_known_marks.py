"""A logo or words that an administrator gave: taken off every upload to its collection, by a real worker."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from django.contrib.auth import get_user_model
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from PIL import Image as Pillow
from PIL import ImageDraw, ImageFont
from wagtail.images import get_image_model
from wagtail.models import Collection

from tests.imaging.test_known import photo, png, stamped
from tests.old_library import content
from wagtail_restore import known_marks, restore, worker
from wagtail_restore.account import account_of
from wagtail_restore.imaging.planning import Plan, Step
from wagtail_restore.models import Job, KnownMark, private_storage
from wagtail_restore.testing import make_image, work

pytestmark = pytest.mark.django_db(transaction=True)
LOOK = Plan((Step("erase", "auto", {"detect": ["date", "watermark"]}),))
HERE = (slice(70, 160), slice(120, 210))
"""Where the logo stands in ``marked``."""


@pytest.fixture
def news() -> Collection:
    return Collection.get_first_root_node().add_child(name="News")


@pytest.fixture
def make_mark(news: Collection) -> Callable[..., KnownMark]:
    def make(name: str = "Agency", data: bytes | None = None, **fields: Any) -> KnownMark:
        file = ContentFile(png() if data is None else data, "logo.png")
        return KnownMark.objects.create(**{"name": name, "collection": news, "picture": file, **fields})

    return make


@pytest.fixture
def ready(redis: Any) -> None:
    worker.bench.pool.close()


def marked(format: str = "PNG") -> bytes:
    """A photograph with the logo over it, half see-through."""
    values = np.rint(stamped(photo(), png(), 90, 0.5, (120, 70)) * 255).astype(np.uint8)
    buffer = io.BytesIO()
    Pillow.fromarray(values).save(buffer, format, quality=95)
    return buffer.getvalue()


def away(image: Any) -> Any:
    """By how many levels the published picture differs from the one without the logo, under the logo."""
    with Pillow.open(io.BytesIO(content(image))) as picture:
        values = np.asarray(picture.convert("RGB"), np.float32)
    return np.abs(values - photo() * 255)[HERE]


def names(image: Any, plan: Plan = LOOK) -> list[str]:
    pictures, _ = known_marks.wanted(image, plan, {})
    return [mark.name for mark in pictures]


@pytest.mark.parametrize("form", ["PNG", "JPEG"])
def test_an_upload_comes_out_as_it_was_under_the_mark(
    form: str, client: Client, ready: None, news: Collection, make_mark: Callable[..., KnownMark]
) -> None:
    client.force_login(get_user_model().objects.create_superuser("admin", password="x"))
    make_mark()
    inside = news.add_child(name="Sports")
    file = SimpleUploadedFile(f"photo.{form.lower()}", marked(form), f"image/{form.lower()}")
    form_data = {"title": "Photo", "files[]": file, "collection": inside.pk, "restore_clean_up": "marks"}
    headers = {"X-Requested-With": "XMLHttpRequest"}
    assert client.post(reverse("wagtailimages:add_multiple"), form_data, headers=headers).json()["success"]
    before = away(get_image_model().objects.get())
    assert before.mean() > 20, "the mark is there"
    work()
    job = Job.objects.get()
    assert (job.state, job.report["steps"][0]["unblended"]) == ("published", ["Agency"])
    after = away(get_image_model().objects.get())
    assert after.mean() < 4
    assert np.percentile(after, 95) < 10
    panel = client.get(reverse("wagtail_restore:panel", args=[job.object_id])).content.decode()
    assert "the mark “Agency” taken off" in panel


def lettered() -> Any:
    """A photograph with two lines of solid white writing, float32 (H, W, 3) in 0..255."""
    picture = Pillow.fromarray(np.rint(photo(720, 480) * 255).astype(np.uint8))
    pen = ImageDraw.Draw(picture)
    pen.text((60, 80), "Harbour museum", fill="white", font=ImageFont.load_default(34))
    pen.text((380, 380), "Nordwind Archiv", fill="white", font=ImageFont.load_default(34))
    return np.asarray(picture, np.float32)


def test_words_that_an_administrator_gave_are_taken_off_and_others_stay(
    client: Client, ready: None, news: Collection
) -> None:
    client.force_login(get_user_model().objects.create_superuser("admin", password="x"))
    form = {"name": "Archive", "active": "on", "collection": news.pk, "words": "© Nordwind Archiv"}
    assert client.post("/admin/restore/known-marks/new/", form).status_code == 302
    buffer = io.BytesIO()
    Pillow.fromarray(lettered().astype(np.uint8)).save(buffer, "PNG")
    image = make_image(data=buffer.getvalue(), name="photo.png", collection=news)
    job = restore(image, clean_up="marks")
    assert job is not None
    work()
    job.refresh_from_db()
    assert job.state == "published"
    assert [region["text"] for region in job.report["steps"][0]["regions"]] == ["Nordwind Archiv"]
    with Pillow.open(io.BytesIO(content(image))) as picture:
        values = np.asarray(picture.convert("RGB"), np.float32)
    assert (values[:240] == lettered()[:240]).all(), "the museum's name is part of the picture"
    clean = photo(720, 480) * 255
    here = (slice(375, 430), slice(375, 640))
    assert np.abs(lettered() - clean)[here].mean() > 15
    assert np.abs(values - clean)[here].mean() < 6


def test_the_marks_of_an_image_are_those_of_its_collection_and_above(
    news: Collection, make_mark: Callable[..., KnownMark]
) -> None:
    root, other = Collection.get_first_root_node(), Collection.get_first_root_node().add_child(name="Other")
    inside = news.add_child(name="Sports")
    make_mark("Everywhere", collection=root)
    make_mark("Of News")
    make_mark("Of Sports", collection=inside)
    make_mark("Of another", collection=other)
    make_mark("Asleep", active=False)
    assert names(make_image(collection=news)) == ["Everywhere", "Of News"]
    assert names(make_image(collection=inside)) == ["Everywhere", "Of News", "Of Sports"]
    assert names(make_image(collection=other)) == ["Everywhere", "Of another"]


@pytest.mark.parametrize(
    ("params", "found"),
    [
        ({"detect": ["date"]}, []),
        ({"detect": ["watermark"]}, ["Agency"]),
        ({"mask": "painted"}, []),
        ({"regions": [{"kind": "watermark", "mark": "Agency"}]}, ["Agency"]),
        ({"regions": [{"kind": "date"}]}, []),
    ],
)
def test_marks_are_read_where_they_are_of_use(
    params: dict[str, Any], found: list[str], news: Collection, make_mark: Callable[..., KnownMark]
) -> None:
    make_mark()
    assert names(make_image(collection=news), Plan((Step("erase", "auto", params),))) == found


def test_missing_and_broken_pictures_are_left_out_with_a_note(
    ready: None, news: Collection, make_mark: Callable[..., KnownMark]
) -> None:
    make_mark()
    make_mark("Broken", b"no picture")
    private_storage().delete(make_mark("Gone").picture.name)
    image = make_image(data=marked(), name="photo.png", collection=news)
    job = restore(image, clean_up="marks")
    assert job is not None
    work()
    job.refresh_from_db()
    assert (job.state, job.report["steps"][0]["unblended"]) == ("published", ["Agency"])
    assert job.report["marks_left_out"] == ["Broken", "Gone"]
    remarks = dict(account_of(job))["Remarks"]
    assert "The known mark “Gone” was not looked for, as its picture cannot be read. Upload it again." in remarks


def test_a_picture_that_is_left_as_it_is_tells_of_broken_marks_too(
    ready: None, news: Collection, make_mark: Callable[..., KnownMark]
) -> None:
    make_mark("Broken", b"no picture")
    job = restore(make_image(data=marked(), name="photo.png", collection=news), clean_up="marks")
    assert job is not None
    work()
    job.refresh_from_db()
    assert (job.state, job.report) == ("kept", {"marks_left_out": ["Broken"]})
    assert "“Broken” was not looked for" in dict(account_of(job))["Remarks"]


def test_a_mark_through_which_nothing_shone_is_told_apart() -> None:
    region = {"kind": "watermark", "text": "Agency", "mark": "Agency"}
    step = {"kind": "erase", "outcome": "done", "regions": [region], "model": "classic"}
    (line,) = account_of(Job(report={"steps": [step]}))
    assert line[1] == "the mark “Agency” erased and filled in; with the model “classic”"
