"""A preview: asked of a live worker, answered with a comparison, its pictures for whoever asked and nobody else."""

from __future__ import annotations

import io
from typing import Any

import pytest
from django.test import Client
from PIL import Image

from tests.admin.conftest import browser, person
from tests.admin.test_restoring import DOUBLE, url
from wagtail_restore import live
from wagtail_restore.models import RightsConfirmation, WorkerSign
from wagtail_restore.testing import make_image, work

FOREIGN = "This preview is somebody else's, or too old. Make it anew."


def ask(client: Client, image: Any, **values: Any) -> Any:
    sent = {"file": image.file.name, "x": 10, "y": 20, **DOUBLE, **values}
    return client.post(url(image, "preview/"), sent)


def look(client: Client, image: Any, key: str, **more: str) -> Any:
    return client.get(url(image, "preview/"), {"key": key, **more})


def picture(response: Any) -> Image.Image:
    return Image.open(io.BytesIO(b"".join(response.streaming_content)), formats=["WEBP"])


def answered(client: Client, image: Any, monkeypatch: Any, **found: Any) -> str:
    """What the page shows of an answer like this."""
    told = {
        "before": "", "after": "", "size": [1024, 1024], "box": [0, 0, 512, 512], "smaller": False, "models": ["m"],
        "seconds": 2.0, "whole": 90.0, "found": 0, "here": 0, "doubtful": 0, "changed": True, **found,
    }  # fmt: skip
    key = ask(client, image).json()["key"]
    monkeypatch.setattr("wagtail_restore.queue.answer", lambda key: ("done", told))
    answer = look(client, image, key).json()
    return str(answer.get("html") or answer["error"])


@pytest.mark.django_db(transaction=True)
def test_the_worker_answers_with_both_pictures(editor: Client, redis: Any) -> None:
    image = make_image(640, 480)
    key = ask(editor, image).json()["key"]
    assert look(editor, image, key).json() == {"waiting": "waiting"}
    work()
    answer = look(editor, image, key).json()
    assert (answer["box"], answer["said"]) == ([10, 0, 512, 480], "The preview is ready.")
    assert 'width="1024" height="960"' in answer["html"]
    assert "Made with compact-" in answer["html"] and "At this pace the whole picture takes about" in answer["html"]
    before, after = (look(editor, image, key, picture=part) for part in ("before", "after"))
    assert (picture(before).size, picture(after).size) == ((512, 480), (1024, 960))
    assert after["Content-Type"] == "image/webp" and "no-store" in after["Cache-Control"]
    for client in (browser(person("other", "use_restore")), browser(person("reader"))):
        assert look(client, image, key, picture="after").status_code == 403
    assert look(browser(person("another", "use_restore")), image, key).json() == {"error": FOREIGN}


@pytest.mark.django_db
def test_what_would_not_be_done_is_not_previewed(editor: Client, image: Any, redis: Any) -> None:
    response = ask(editor, image, restore_upscale="no")
    assert response.status_code == 422 and "Choose what is to be done" in response.json()["error"]
    assert redis.llen("rq:queue:restore-live") == 0


@pytest.mark.django_db
@pytest.mark.parametrize("place", [{"x": ""}, {"y": "far"}, {"x": "1e9"}])
def test_a_square_that_no_page_of_ours_sends_is_refused(
    editor: Client, image: Any, redis: Any, place: dict[str, str]
) -> None:
    response = ask(editor, image, **place)
    assert (response.status_code, response.json()["error"]) == (
        400,
        "The square could not be read. Move it and try again.",
    )


@pytest.mark.django_db
def test_a_square_beyond_the_border_is_moved_into_the_picture(editor: Client, monkeypatch: Any) -> None:
    asked: list[Any] = []
    monkeypatch.setattr("wagtail_restore.queue.ask", lambda *args, **named: asked.append(args) or "key")
    image = make_image(1600, 1200)
    ask(editor, image, x="99999", y="-5")
    assert '"box": [1088, 0, 512, 512]' in asked[0][-1]


@pytest.mark.django_db
def test_whoever_confirms_for_a_preview_has_confirmed(editor: Client, image: Any, settings: Any, redis: Any) -> None:
    settings.WAGTAIL_RESTORE = {**settings.WAGTAIL_RESTORE, "RIGHTS_STATEMENT": "The pictures are ours."}
    assert ask(editor, image, restore_clean_up="marks").status_code == 422
    assert not RightsConfirmation.objects.exists()
    assert ask(editor, image, restore_clean_up="marks", restore_clean_up_rights="on").status_code == 200
    assert RightsConfirmation.objects.count() == 1


@pytest.mark.django_db
def test_who_may_not_is_refused(plain: Client, stranger: Client, image: Any, redis: Any) -> None:
    for client in (plain, stranger):
        assert ask(client, image).status_code == 403


@pytest.mark.django_db
def test_a_replaced_picture_is_not_previewed(editor: Client, image: Any, redis: Any) -> None:
    response = ask(editor, image, file="original_images/before.jpg")
    assert response.status_code == 409 and "was replaced since you opened this page" in response.json()["error"]


@pytest.mark.django_db
def test_without_redis_it_says_what_to_do(editor: Client, image: Any, dead_redis: None) -> None:
    response = ask(editor, image)
    told = "No worker answers just now. Try again in a moment, or restore the picture without a preview."
    assert (response.status_code, response.json()) == (503, {"error": told})


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("found", "sentence"),
    [
        ({"changed": False}, "Nothing changes in this square."),
        ({"found": 3, "here": 1}, "2 marks that would be erased lie outside of the square."),
        ({"found": 1, "here": 1, "doubtful": 1}, "The worker is not sure of all marks"),
        ({"smaller": True}, "The model is slow here, so the preview shows less than the square."),
        ({}, "Made with m in 2 seconds."),
        ({}, "At this pace the whole picture takes about 2 minutes."),
        ({"code": "timed_out", "params": {"seconds": 30}}, "A preview with this model takes too long"),
        ({"code": "superseded", "params": {}}, "was replaced since you opened this page"),
        ({"code": "out_of_memory", "params": {"device": "cpu"}}, "memory"),
    ],
)
def test_what_one_should_know_of_it_is_said(
    editor: Client, image: Any, redis: Any, monkeypatch: Any, found: dict[str, Any], sentence: str
) -> None:
    assert sentence in answered(editor, image, monkeypatch, **found)


@pytest.mark.django_db
def test_the_pace_says_nothing_of_workers_with_a_graphics_card(
    editor: Client, image: Any, redis: Any, monkeypatch: Any
) -> None:
    from django.utils import timezone

    now = timezone.now()
    WorkerSign.objects.create(name="a", device="cuda:0", serves=["restore", "bulk"], started_at=now, seen_at=now)
    html = answered(editor, image, monkeypatch)
    assert "Made with m in 2 seconds." in html and "At this pace" not in html


@pytest.mark.django_db
def test_a_worker_that_broke_down_is_told_of(editor: Client, image: Any, redis: Any, monkeypatch: Any) -> None:
    key = ask(editor, image).json()["key"]
    monkeypatch.setattr("wagtail_restore.queue.answer", lambda key: ("failed", None))
    told = "The preview could not be made. Try again, or restore the picture without it."
    assert look(editor, image, key).json() == {"error": told}


@pytest.mark.django_db
def test_one_that_another_tab_displaced_or_that_was_forgotten_is_no_breakdown(
    editor: Client, image: Any, redis: Any
) -> None:
    first, second = (ask(editor, image).json()["key"] for _tab in range(2))
    told = "You have asked for another preview of this picture in the meantime, or it was too long ago. Ask again."
    assert look(editor, image, first).json() == {"error": told}
    assert look(editor, image, second).json() == {"waiting": "waiting"}
    redis.flushall()
    assert look(editor, image, second).json() == {"error": told}


def test_the_worker_knows_the_function_that_is_asked_for() -> None:
    from wagtail_restore.admin.previewing import Preview

    assert Preview.function == f"{live.__name__}.{live.preview.__name__}"
