"""What is known of a file before anything is chosen: once, and also where the image is deleted at that moment."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.admin.bulk.test_restore import DOUBLE, choose_url, posted, said, words_of
from tests.admin.test_restoring import SCRIPT, foresee, send, url
from wagtail_restore import swap
from wagtail_restore.admin.hindered import facts_or_obstacle
from wagtail_restore.imaging.planning import Note
from wagtail_restore.models import ImageFacts, Job
from wagtail_restore.testing import make_image

pytestmark = pytest.mark.django_db

GONE = "The image was deleted meanwhile."


@pytest.fixture
def deleted(image: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """An image that nobody has measured, and that somebody else deletes as soon as anybody does."""
    ImageFacts.objects.all().delete()
    measure = swap.measure

    def late(about: Any) -> ImageFacts:
        type(image).objects.filter(pk=image.pk).delete()
        return measure(about)

    monkeypatch.setattr(swap, "measure", late)
    return image


def test_the_facts_come_back_also_of_what_was_never_measured(image: Any) -> None:
    ImageFacts.objects.all().delete()
    known = facts_or_obstacle(image)
    assert isinstance(known, ImageFacts) and (known.width, known.height) == (64, 48)
    drawing = make_image(data=b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>', name="drawing.svg")
    assert isinstance(facts_or_obstacle(drawing), Note)


def test_a_file_with_the_ending_of_another_format_is_not_promised_to_be_worked_on(
    editor: Client, data: Path, redis: Any
) -> None:
    """As the worker refuses it, which sees the name too."""
    told = "The name ends in .png, but the file holds JPEG. Rename it and upload it again."
    image = make_image(data=(data / "odd" / "wrong_ext_jpeg.png").read_bytes(), name="wrong_ext_jpeg.png")
    assert facts_or_obstacle(image) == Note("mislabelled", {"extension": ".png", "format": "JPEG"})
    assert told in said(editor.get(url(image)))
    response = editor.post(url(image), {"file": image.file.name, "restore_upscale": "x2"}, headers=SCRIPT)
    assert response.status_code == 409 and told in response.json()["error"]
    page = words_of(editor.post(choose_url(), posted([image], **DOUBLE)))
    assert "There is nothing to do for these images." in page and "1 file that cannot be opened as a picture" in page
    assert not Job.objects.exists()


@pytest.mark.parametrize("part", ["", "forecast/", "preview/"])
def test_an_image_that_is_deleted_at_that_moment_is_said_to_be_gone(editor: Client, deleted: Any, part: str) -> None:
    sent = {"file": deleted.file.name, "restore_upscale": "x2", "x": 0, "y": 0}
    response = editor.post(url(deleted, part), sent, headers=SCRIPT)
    assert (response.status_code, response.json()) == (409, {"error": GONE})
    assert not Job.objects.exists()


def test_nothing_is_painted_on_an_image_that_is_deleted_at_that_moment(editor: Client, deleted: Any) -> None:
    response = editor.get(f"/admin/restore/image/{deleted.pk}/remove-objects/", headers=SCRIPT)
    assert (response.status_code, response.json()) == (409, {"error": GONE})


def test_the_facts_are_read_once(editor: Client, image: Any) -> None:
    for asked in (lambda: foresee(editor, image), lambda: send(editor, image, SCRIPT, restore_upscale="no")):
        with CaptureQueriesContext(connection) as queries:
            asked()
        read = [
            each
            for each in queries
            if each["sql"].startswith("SELECT") and 'FROM "wagtail_restore_imagefacts"' in each["sql"]
        ]
        assert len(read) == 1
