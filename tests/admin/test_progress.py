"""Where many images stand, in one answer: whom it tells of which, in how many queries, and what is said of the ends."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.admin.conftest import DOUBLE, browser, person
from wagtail_restore import jobs
from wagtail_restore.admin import actions
from wagtail_restore.admin.news import news_of
from wagtail_restore.admin.progress import MOST
from wagtail_restore.imaging.planning import Note, Upscale, Wishes
from wagtail_restore.models import Job, State, Version
from wagtail_restore.testing import make_image, make_picture

pytestmark = pytest.mark.django_db

ADDRESS = "/admin/restore/progress/"
MakeJob = Callable[..., Job]


def told(client: Client, *images: Any, waited: tuple[Any, ...] = ()) -> dict[str, Any]:
    def joined(some: Any) -> str:
        return ",".join(str(image.pk) for image in some)

    answer = client.get(ADDRESS, {"images": joined(images), "open": joined(waited)})
    assert answer.status_code == 200
    assert "no-cache" in answer["Cache-Control"]
    return answer.json()  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    ("state", "words", "going", "final"),
    [
        ("waiting", "Waiting for a worker.", True, False),
        ("running", "Upscaling, 42%", True, False),
        ("review", "Somebody should look at this before it is published.", False, False),
        ("kept", "There was nothing to do.", False, True),
        ("skipped", "This file was left as it is.", False, True),
        ("failed", "The worker ran out of memory.", False, True),
        ("cancelled", "Cancelled. The image is as it was.", False, True),
    ],
)
def test_it_tells_where_an_image_stands(
    editor: Client, image: Any, job_in: MakeJob, state: str, words: str, going: bool, final: bool
) -> None:
    job_in(state)
    found = told(editor, image)["images"][str(image.pk)]
    assert words in found["html"]
    assert (found["going"], found["final"]) == (going, final)
    assert "restore-upload__before" not in found["html"]


def test_before_and_after_are_shown_of_a_published_one(editor: Client, image: Any, published: Job) -> None:
    found = told(editor, image)["images"][str(image.pk)]
    version = Version.objects.get(job=published)
    image.refresh_from_db()
    after = image.renditions.get(filter_spec="max-165x165", focal_point_key="")
    assert f"/admin/restore/version/{version.pk}/preview/" in found["html"]
    assert found["html"].count("<img") == found["html"].count(' loading="lazy"') == 2
    assert f'src="{after.url}"' in found["html"]
    assert found["preview"] == {"src": after.url, "width": after.width, "height": after.height}


def test_without_a_kept_version_only_the_picture_is_shown(editor: Client, image: Any, published: Job) -> None:
    Version.objects.all().delete()
    found = told(editor, image)["images"][str(image.pk)]
    assert "Done. The restored picture is shown wherever the image is used." in found["html"]
    assert "restore-upload__before" not in found["html"]


def test_an_image_without_a_job_is_left_out(editor: Client, image: Any) -> None:
    assert told(editor, image)["images"] == {}


def test_one_whose_file_was_replaced_since_is_left_out(editor: Client, image: Any, job_in: MakeJob) -> None:
    job_in("failed")
    other = make_image(32, 24, data=make_picture(32, 24))
    type(image).objects.filter(pk=image.pk).update(file=other.file.name, file_hash=other.file_hash)
    assert told(editor, image)["images"] == {}


def test_those_that_one_may_not_change_are_left_out(
    editor: Client, plain: Client, stranger: Client, news: Any, image: Any, job_in: MakeJob
) -> None:
    inside = make_image(64, 48, collection=news)
    job_in("waiting")
    job_in("failed", about=inside)
    local = browser(person("local", "use_restore", collection=news))
    assert set(told(editor, image, inside)["images"]) == {str(image.pk), str(inside.pk)}
    assert set(told(plain, image, inside)["images"]) == {str(image.pk), str(inside.pk)}
    assert set(told(local, image, inside, waited=(image, inside))["images"]) == {str(inside.pk)}
    assert len(told(local, image, inside, waited=(image,))["said"]) == 0
    assert told(stranger, image, inside)["images"] == {}


def test_only_who_may_decide_is_led_to_the_result(editor: Client, plain: Client, image: Any, job_in: MakeJob) -> None:
    job = job_in("review")
    link = f"/admin/restore/review/{job.pk}/"
    assert link in told(editor, image)["images"][str(image.pk)]["html"]
    assert link not in told(plain, image)["images"][str(image.pk)]["html"]


@pytest.mark.parametrize("keys", ["", "x", "1,,x,99999999999999999999", "-3"])
def test_what_can_be_no_image_is_left_out(editor: Client, keys: str) -> None:
    answer = editor.get(ADDRESS, {"images": keys, "open": keys})
    assert answer.json()["images"] == {}


def test_only_so_many_are_told(editor: Client, image: Any, job_in: MakeJob) -> None:
    job_in("waiting")
    before = ",".join(str(10_000 + number) for number in range(MOST - 1))
    assert len(editor.get(ADDRESS, {"images": f"{before},{image.pk}"}).json()["images"]) == 1
    assert editor.get(ADDRESS, {"images": f"{before},9,{image.pk}"}).json()["images"] == {}


def test_the_title_cannot_bring_markup_into_the_page(editor: Client, job_in: MakeJob) -> None:
    image = make_image(64, 48, title="<img src=x onerror=alert(1)>")
    job_in("waiting", about=image)
    assert "<img src=x" not in told(editor, image)["images"][str(image.pk)]["html"]


def test_it_says_that_no_worker_runs(editor: Client, image: Any, job_in: MakeJob) -> None:
    job_in("waiting", created_at=timezone.now() - timedelta(hours=1))
    assert "No worker has been running" in told(editor, image)["images"][str(image.pk)]["html"]


def test_the_stamp_changes_with_the_state_and_not_with_the_progress(
    editor: Client, image: Any, job_in: MakeJob
) -> None:
    job = job_in("running")
    first = told(editor, image)["images"][str(image.pk)]
    job.changed(progress=0.9)
    second = told(editor, image)["images"][str(image.pk)]
    assert (first["stamp"], first["percent"], second["percent"]) == (second["stamp"], 42, 90)
    jobs.finish(job, State.FAILED, Note("timed_out", {"seconds": 3}))
    assert told(editor, image)["images"][str(image.pk)]["stamp"] != first["stamp"]


def queries(client: Client, images: list[Any]) -> int:
    with CaptureQueriesContext(
        connection,
    ) as seen:
        assert len(told(client, *images, waited=tuple(images))["images"]) == len(images)
    return len(seen)


def test_the_queries_do_not_grow_with_the_images(editor: Client, admin_user: Any, job_in: MakeJob) -> None:
    def some() -> list[Any]:
        made = [make_image(64, 48) for _ in range(4)]
        for image, state in zip(made, ("waiting", "running", "failed", "review"), strict=True):
            job_in(
                state,
                about=image,
                **({"created_at": timezone.now() - timedelta(hours=1)} if state == "waiting" else {}),
            )
        actions.publish(job_in("review", about=(done := make_image(64, 48))), admin_user)
        return [*made, done]

    few = some()
    queries(editor, few)
    few_queries = queries(editor, few)
    many = [*few, *some(), *some(), *some()]
    assert queries(editor, many) == few_queries


def test_what_the_page_waited_for_is_said_once_it_is_over(editor: Client, image: Any, job_in: MakeJob) -> None:
    job_in("failed")
    assert told(editor, image)["said"] == []
    said = told(editor, image, waited=(image,))["said"]
    assert said == [
        {
            "type": "error",
            "text": f"“{image.title}”: {'The worker ran out of memory. Try again later, or ask for a smaller size.'}",
        }
    ]


def test_what_still_goes_on_is_no_news(editor: Client, image: Any, job_in: MakeJob) -> None:
    job_in("running")
    assert told(editor, image, waited=(image,))["said"] == []


def ended(state: State, code: str) -> tuple[Job, str]:
    return Job(state=state, reason=Note(code).to_json()), "Harbour"


@pytest.mark.parametrize(
    ("state", "code", "news"),
    [
        (
            State.PUBLISHED,
            "published",
            ("success", "“Harbour”: Done. The restored picture is shown wherever the image is used."),
        ),
        (
            State.KEPT,
            "nothing_to_clean",
            ("success", "“Harbour”: Nothing to clean up was found. The file was left as it is."),
        ),
        (State.REVIEW, "review_asked", ("warning", "“Harbour”: Somebody should look at this before it is published.")),
        (State.SKIPPED, "skipped", ("warning", "“Harbour”: This file was left as it is.")),
        (
            State.FAILED,
            "storage_failed",
            ("error", "“Harbour”: A file could not be read or written. Try again in a while."),
        ),
    ],
)
def test_the_news_of_one_are_its_own_words(state: State, code: str, news: tuple[str, str]) -> None:
    assert news_of([ended(state, code)]) == [dict(zip(("type", "text"), news, strict=True))]


def test_the_news_of_many_are_counted() -> None:
    some = [ended(state, "error") for state in (State.FAILED, State.PUBLISHED, State.FAILED, State.PUBLISHED)]
    some += [ended(state, "error") for state in (State.REVIEW, State.KEPT, State.SKIPPED)] * 2
    assert [news["text"] for news in news_of(some)] == [
        "2 images are restored.",
        "2 images were left as they are: there was nothing to do.",
        "2 results await a decision.",
        "2 files were left as they are.",
        "2 restorations have failed.",
    ]


@pytest.mark.parametrize("state", [State.CANCELLED, State.SUPERSEDED, State.DISCARDED, State.WITHDRAWN, State.RUNNING])
def test_what_a_person_did_is_no_news(state: State) -> None:
    assert news_of([ended(state, "cancelled")]) == []


def test_the_open_job_matters_more_than_a_later_one_that_is_over(image: Any, admin_user: Any, job_in: MakeJob) -> None:
    opened = job_in("waiting")
    jobs.record(image, State.SKIPPED, Note("skipped"), wishes=Wishes(), origin="edit")
    follow_up = jobs.request(image, DOUBLE, wishes=Wishes(upscale=Upscale.X4), by=admin_user)
    assert follow_up.pk == opened.pk or jobs.follow_up(image) is not None
    assert jobs.latest_of([image])[str(image.pk)].pk == opened.pk == jobs.latest(image).pk  # type: ignore[union-attr]
    assert jobs.latest_of([]) == {}
