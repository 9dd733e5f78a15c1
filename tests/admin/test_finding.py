"""Finding text and dates: who may ask, whose answer it is, and what the worker reads."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from tests.admin.conftest import browser, person
from wagtail_restore import live, worker
from wagtail_restore.testing import make_image, work

pytestmark = pytest.mark.django_db

UNANSWERED = "No worker answers just now. Mark it with the brush instead, or try again."
REPLACED = "The picture was replaced since you opened this page. Open the page again and mark it anew."
FOREIGN = "This search is somebody else's, or too old. Search again."


def url(image: Any) -> str:
    return f"/admin/restore/image/{image.pk}/find-text/"


def ask(client: Client, image: Any, name: str = "") -> Any:
    return client.post(url(image), {"file": name or image.file.name})


def look(client: Client, image: Any, key: str) -> Any:
    return client.get(url(image), {"key": key})


@pytest.fixture
def dated(data: Path, db: Any) -> Any:
    worker.bench.pool.close()
    return make_image(data=(data / "photos" / "26_datestamp.jpg").read_bytes(), name="dated.jpg")


def test_the_worker_reads_the_date(dated: Any) -> None:
    found = live.find_text("wagtailimages.Image", str(dated.pk), dated.file.name)
    dates = [region["text"] for region in found["regions"] if region["kind"] == "date"]
    assert dates == ["98 7 14"]
    assert (found["width"], found["height"]) == (dated.width, dated.height)


@pytest.mark.django_db(transaction=True)
def test_who_asks_gets_what_was_read(editor: Client, dated: Any, redis: Any) -> None:
    key = ask(editor, dated).json()["key"]
    assert look(editor, dated, key).json() == {"waiting": True}
    work()
    answer = look(editor, dated, key).json()
    assert "98 7 14" in [region["text"] for region in answer["regions"]]
    assert answer["said"].split(" ", 1)[0] == str(len(answer["regions"]))


@pytest.mark.django_db(transaction=True)
def test_a_picture_without_text_says_so(editor: Client, image: Any, redis: Any) -> None:
    key = ask(editor, image).json()["key"]
    work()
    assert look(editor, image, key).json() == {"regions": [], "said": "No text was found."}


def test_who_may_not_change_or_restore_is_refused(plain: Client, stranger: Client, image: Any, redis: Any) -> None:
    for client in (plain, stranger):
        response = ask(client, image)
        assert (response.status_code, response.json()) == (403, {"error": "You may not change this image any more."})


def test_a_key_is_good_for_its_user_and_image_alone(editor: Client, image: Any, redis: Any) -> None:
    key = ask(editor, image).json()["key"]
    other = browser(person("other", "use_restore"))
    for response in (look(other, image, key), look(editor, make_image(), key), look(editor, image, "live-1")):
        assert (response.status_code, response.json()) == (403, {"error": FOREIGN})


def test_a_replaced_picture_is_not_searched(editor: Client, image: Any, redis: Any) -> None:
    response = ask(editor, image, "original_images/before.jpg")
    assert (response.status_code, response.json()) == (409, {"error": REPLACED})
    assert live.find_text("wagtailimages.Image", str(image.pk), "before.jpg")["code"] == "superseded"


def test_without_redis_it_says_what_to_do(editor: Client, image: Any, dead_redis: None) -> None:
    response = ask(editor, image)
    assert (response.status_code, response.json()) == (503, {"error": UNANSWERED})
