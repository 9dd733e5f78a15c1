"""Finding text and dates, and selecting an object: who may ask, whose answer it is, and what the worker answers."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.test import Client
from PIL import Image

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
    found = live.find_text(dated._meta.label, str(dated.pk), dated.file.name)
    dates = [region["text"] for region in found["regions"] if region["kind"] == "date"]
    assert dates == ["98 7 14"]
    assert (found["width"], found["height"]) == (dated.width, dated.height)


@pytest.mark.django_db(transaction=True)
def test_who_asks_gets_what_was_read(editor: Client, dated: Any, redis: Any) -> None:
    key = ask(editor, dated).json()["key"]
    assert look(editor, dated, key).json() == {"waiting": "waiting"}
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
    assert live.find_text(image._meta.label, str(image.pk), "before.jpg")["code"] == "superseded"


def test_without_redis_it_says_what_to_do(editor: Client, image: Any, dead_redis: None) -> None:
    response = ask(editor, image)
    assert (response.status_code, response.json()) == (503, {"error": UNANSWERED})


BALL = {"kind": "outline", "points": [60, 40, 260, 40, 260, 220, 60, 220], "size": 0}


def with_ball() -> Any:
    """A red ball before a grainy blue wall."""
    rng = np.random.default_rng(5)
    pixels = np.clip(np.array([70, 110, 170]) + rng.normal(0, 6, (260, 320, 1)), 0, 255).astype(np.uint8)
    yy, xx = np.mgrid[0:260, 0:320]
    pixels[(xx - 160) ** 2 + (yy - 130) ** 2 < 60**2] = (190, 60, 50)
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    return make_image(data=buffer.getvalue(), name="ball.png")


def select(client: Client, image: Any, drawn: Any) -> Any:
    told = drawn if isinstance(drawn, str) else json.dumps(drawn)
    return client.post(f"/admin/restore/image/{image.pk}/select-object/", {"file": image.file.name, "drawn": told})


@pytest.mark.django_db(transaction=True)
def test_the_outline_of_the_ball_comes_back(editor: Client, redis: Any) -> None:
    image = with_ball()
    key = select(editor, image, BALL).json()["key"]
    work()
    answer = editor.get(f"/admin/restore/image/{image.pk}/select-object/", {"key": key}).json()
    assert answer["said"] == "The object was added to the mask."
    (ring,) = answer["rings"]
    assert (min(ring[::2]), max(ring[::2])) == (pytest.approx(98, abs=4), pytest.approx(222, abs=4))
    assert (min(ring[1::2]), max(ring[1::2])) == (pytest.approx(68, abs=4), pytest.approx(192, abs=4))


@pytest.mark.parametrize(
    "drawn",
    [
        "",
        "[]",
        "{",
        {"kind": "painting", "points": [1, 2], "size": 3},
        {"kind": "stroke", "points": [], "size": 3},
        {"kind": "stroke", "points": [1, 2, 3], "size": 3},
        {"kind": "stroke", "points": [1, "2"], "size": 3},
        {"kind": "stroke", "points": [1, 1e9], "size": 3},
        '{"kind": "stroke", "points": [1, NaN], "size": 3}',
        '{"kind": "stroke", "points": [1, -Infinity], "size": 3}',
        '{"kind": "stroke", "points": [1, %s], "size": 3}' % ("9" * 400),
        "[" * 20_000,
        {"kind": "stroke", "points": [1, 2], "size": None},
        {"kind": "stroke", "points": [1, 2] * 501, "size": 3},
    ],
)
def test_what_no_page_of_ours_sends_is_refused(editor: Client, image: Any, redis: Any, drawn: Any) -> None:
    response = select(editor, image, drawn)
    assert response.status_code == 400
    assert response.json() == {"error": "What you drew could not be read. Draw it once more."}


def test_a_search_is_no_key_to_a_selection(editor: Client, image: Any, redis: Any) -> None:
    key = ask(editor, image).json()["key"]
    response = editor.get(f"/admin/restore/image/{image.pk}/select-object/", {"key": key})
    assert (response.status_code, response.json()) == (403, {"error": FOREIGN})


def test_who_may_not_change_the_image_may_not_select(plain: Client, stranger: Client, image: Any, redis: Any) -> None:
    for client in (plain, stranger):
        assert select(client, image, BALL).status_code == 403


def test_a_selection_in_a_replaced_picture_is_refused(image: Any) -> None:
    found = live.select_object(image._meta.label, str(image.pk), "before.jpg", json.dumps(BALL))
    assert found["code"] == "superseded"


# — questions that nobody waits for any more —


def drop(client: Client, image: Any, key: str) -> Any:
    return client.post(url(image), {"file": image.file.name, "dropped": key})


def waiting(redis: Any) -> int:
    return int(redis.llen("rq:queue:restore-live"))


def test_the_next_stroke_replaces_the_one_that_still_waits(editor: Client, redis: Any) -> None:
    image = with_ball()
    address = f"/admin/restore/image/{image.pk}/select-object/"
    first, second = (select(editor, image, BALL).json()["key"] for _ in range(2))
    assert waiting(redis) == 1
    assert editor.get(address, {"key": first}).status_code == 409
    assert editor.get(address, {"key": second}).json() == {"waiting": "waiting"}


def test_other_people_images_and_questions_are_left_alone(editor: Client, redis: Any) -> None:
    image = with_ball()
    other = browser(person("other", "use_restore"))
    keys = [ask(editor, image), ask(other, image), ask(editor, make_image()), select(editor, image, BALL)]
    assert waiting(redis) == len(keys) == 4
    assert look(editor, image, keys[0].json()["key"]).json() == {"waiting": "waiting"}


def test_a_question_is_dropped_by_whoever_asked(editor: Client, image: Any, redis: Any) -> None:
    key = ask(editor, image).json()["key"]
    other = browser(person("other", "use_restore"))
    for client, of in ((other, image), (editor, make_image())):
        assert (drop(client, of, key).status_code, waiting(redis)) == (403, 1)
    assert (drop(editor, image, key).json(), waiting(redis)) == ({}, 0)
    assert drop(editor, image, key).json() == {}, "as often as one likes"
    assert look(editor, image, key).status_code == 409


def test_too_many_open_questions_are_refused_until_one_is_over(editor: Client, redis: Any) -> None:
    images = [make_image() for _ in range(6)]
    keys = [ask(editor, each).json()["key"] for each in images[:5]]
    assert ask(editor, images[0]).status_code == 200, "which replaces one"
    response = ask(editor, images[5])
    told = "Several of your questions still wait for a worker. Try again when one of them has been answered."
    assert (response.status_code, response.json(), waiting(redis)) == (429, {"error": told}, 5)
    assert ask(browser(person("other", "use_restore")), images[5]).status_code == 200
    drop(editor, images[1], keys[1])
    assert ask(editor, images[5]).status_code == 200


def test_what_the_next_question_displaced_or_redis_forgot_is_no_breakdown(editor: Client, redis: Any) -> None:
    image = with_ball()
    keys = [ask(editor, image).json()["key"] for _tab in range(2)]
    searched = "You have searched this picture again in the meantime, or it was too long ago. Try again."
    answer = look(editor, image, keys[0])
    assert (answer.status_code, answer.json()) == (409, {"error": searched})
    key = select(editor, image, BALL).json()["key"]
    redis.flushall()
    assert look(editor, image, keys[1]).json() == {"error": searched}
    told = editor.get(f"/admin/restore/image/{image.pk}/select-object/", {"key": key}).json()
    selected = "You have selected something else in this picture in the meantime, or it was too long ago. Try again."
    assert told == {"error": selected}
