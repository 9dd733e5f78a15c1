"""Publishing many results, going back, and going forth again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.core.files.base import ContentFile
from django.test import Client
from wagtail.images import get_image_model

from tests.admin.bulk.test_restore import choose_url, hidden_in, posted, run, run_url, said, words_of
from tests.admin.conftest import DOUBLE, REPORT
from wagtail_restore import jobs, swap
from wagtail_restore.imaging.planning import Note, Wishes
from wagtail_restore.models import Job, State, Version
from wagtail_restore.testing import make_image, make_picture

pytestmark = pytest.mark.django_db


def reviewed(count: int, **values: Any) -> list[Any]:
    """Images whose result awaits a person, as a worker leaves it."""
    images = [make_image(64, 48, title=f"Harbour {number}") for number in range(count)]
    for number, image in enumerate(images):
        claimed = jobs.claim(jobs.request(image, DOUBLE, wishes=Wishes()).pk, "worker-1")
        assert claimed is not None
        picture = make_picture(128, 96, quality=90 - number)
        name = swap.store_private(image, f"results/{number}.jpg", ContentFile(picture))
        report = {**REPORT, "sha1": _sha1(picture)}
        made: dict[str, Any] = {"report": report, "result": name, "result_width": 128, "result_height": 96, **values}
        jobs.finish(claimed, State.REVIEW, Note("review_asked"), **made)
    return images


def _sha1(data: bytes) -> str:
    import hashlib

    return hashlib.sha1(data, usedforsecurity=False).hexdigest()


def buttons_of(response: Any) -> str:
    """The messages as they are shown, with their buttons."""
    return " ".join(str(each) for each in get_messages(response.wsgi_request))


def widths(images: list[Any]) -> list[int]:
    model = get_image_model()
    return [model.objects.get(pk=image.pk).width for image in images]


def test_results_are_published_and_taken_back_and_shown_again(editor: Client, redis: Any) -> None:
    images = reviewed(2)
    other = make_image(64, 48)
    asked = editor.get(choose_url("restore_publish"), {"id": [image.pk for image in (*images, other)]})
    page = words_of(asked)
    assert "The results of 2 images will be published." in page
    assert "1 image without a result under review" in page
    assert page.count("64 × 48 → 128 × 96") == 2
    assert widths(images) == [64, 64]

    response = editor.post(run_url("restore_publish"), hidden_in(asked.content.decode()))
    shown = buttons_of(response)
    assert "The results of 2 images were published. Left out: 1 image without a result" in shown
    assert "/together/restore_go_back/?images=" in shown
    assert widths(images) == [128, 128]

    page = words_of(editor.get(choose_url("restore_go_back"), {"id": [image.pk for image in (*images, other)]}))
    assert "2 images will show the version from before their last restoration." in page
    assert "1 image that does not show a restored picture" in page
    response = run(editor, [*images, other], "restore_go_back")
    assert "2 images show their earlier versions again." in said(response)
    assert widths(images) == [64, 64]
    assert {job.state for job in Job.objects.all()} == {"withdrawn"}

    response = run(editor, [*images, other], "restore_go_forth")
    assert "2 images show their restored pictures again. Left out: 1 image of which nothing was taken" in said(response)
    assert widths(images) == [128, 128]
    assert {job.state for job in Job.objects.all()} == {"published"}


def test_marks_to_decide_on_are_no_result(editor: Client) -> None:
    images = reviewed(1, result="")
    response = run(editor, images, "restore_publish")
    assert "None of these images has a result to publish. Left out: 1 image on whose marks" in said(response)
    assert Job.objects.get().state == "review"


def test_a_result_that_came_after_the_question_is_not_published(editor: Client, redis: Any) -> None:
    images = reviewed(2)
    asked = editor.get(choose_url("restore_publish"), {"id": [image.pk for image in images]})
    first = Job.objects.get(object_id=str(images[0].pk))
    jobs.discard(first)
    later = jobs.claim(jobs.request(images[0], DOUBLE, wishes=Wishes()).pk, "worker-1")
    assert later is not None
    jobs.finish(later, State.REVIEW, Note("review_asked"), result=first.result, report=first.report)
    response = editor.post(run_url("restore_publish"), hidden_in(asked.content.decode()))
    assert "The result of 1 image was published. Left out: 1 image without a result under review." in said(response)
    assert widths(images) == [64, 128]


def test_a_result_of_another_file_is_not_published(editor: Client, redis: Any) -> None:
    images = reviewed(2)
    Job.objects.filter(object_id=str(images[0].pk)).update(source_name="original_images/else.jpg")
    response = run(editor, images, "restore_publish")
    assert "The result of 1 image was published. Left out: 1 image that has changed meanwhile." in said(response)


def test_one_cannot_go_back_without_a_version_or_while_work_goes_on(editor: Client, redis: Any) -> None:
    images = reviewed(2)
    run(editor, images, "restore_publish")
    Version.objects.filter(object_id=str(images[0].pk)).delete()
    jobs.request(images[1], DOUBLE, wishes=Wishes())
    response = run(editor, images, "restore_go_back")
    assert "None of these images can go back." in said(response)
    assert "1 image of which that version is not kept any more" in said(response)
    assert "1 image that is being worked on" in said(response)
    assert widths(images) == [128, 128]


def test_nothing_is_changed_by_looking(editor: Client, redis: Any) -> None:
    images = reviewed(1)
    for action in ("restore_publish", "restore_go_back"):
        assert editor.post(choose_url(action), posted(images)).status_code == 200
    assert widths(images) == [64]


def test_the_queries_do_not_grow_with_the_images(
    editor: Client, django_assert_max_num_queries: Callable[..., Any]
) -> None:
    images = reviewed(6)
    for action in ("restore_publish", "restore_go_back"):
        with django_assert_max_num_queries(25):
            editor.get(choose_url(action), {"id": [image.pk for image in images]})


@pytest.mark.parametrize("action", ["restore_publish", "restore_go_back", "restore_go_forth", "restore_cancel"])
def test_nobody_without_the_permission_does_any_of_it(plain: Client, action: str) -> None:
    images = reviewed(1)
    run(plain, images, action)
    assert widths(images) == [64]
    assert Job.objects.get().state == "review"


@pytest.mark.parametrize("action", ["restore_publish", "restore_cancel"])
def test_nobody_without_a_right_on_the_images_does(stranger: Client, action: str) -> None:
    images = reviewed(1)
    assert "1 image that you may not change" in said(run(stranger, images, action))
    assert Job.objects.get().state == "review"
