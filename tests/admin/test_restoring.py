"""Restore… on one image: who may, what is told beforehand, what is asked for, and what stands against it."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse
from wagtail.models import ModelLogEntry

from tests.admin.bulk.test_restore import words_of
from tests.admin.conftest import browser, person
from tests.test_usage import shown_on
from wagtail_restore.imaging.planning import Upscale, Wishes
from wagtail_restore.models import Job, RightsConfirmation
from wagtail_restore.testing import make_image

pytestmark = pytest.mark.django_db

DOUBLE = {"restore_upscale": "x2", "restore_model": "photo"}
SCRIPT = {"X-Requested-With": "XMLHttpRequest"}


def url(image: Any, part: str = "") -> str:
    return f"/admin/restore/image/{image.pk}/restore/{part}"


def send(client: Client, image: Any, headers: dict[str, str] | None = None, **values: Any) -> Any:
    return client.post(url(image), {"file": image.file.name, **DOUBLE, **values}, headers=headers or {})


def foresee(client: Client, image: Any, **values: Any) -> Any:
    return client.post(url(image, "forecast/"), {"file": image.file.name, **DOUBLE, **values})


def requests_of(image: Any) -> int:
    """How often the log says that somebody asked."""
    entries = ModelLogEntry.objects.for_instance(image).filter(action="wagtail_restore.request")
    return int(entries.count())


def said(response: Any) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", str(each)) for each in get_messages(response.wsgi_request))


def test_the_panel_leads_there_also_while_other_work_is_open(editor: Client, image: Any, job_in: Any) -> None:
    assert url(image) in editor.get(f"/admin/images/{image.pk}/").content.decode()
    job_in("waiting")
    page = editor.get(f"/admin/images/{image.pk}/").content.decode()
    assert url(image) in page and "remove-objects/" not in page


def test_the_panel_offers_it_to_nobody_who_may_not(plain: Client, image: Any, job_in: Any) -> None:
    job_in("waiting")
    assert url(image) not in plain.get(f"/admin/images/{image.pk}/").content.decode()


def test_the_page_has_the_fields_of_an_upload_and_says_what_would_be(editor: Client, image: Any) -> None:
    page = editor.get(url(image))
    html = page.content.decode()
    for name in ("restore_clean_up", "restore_upscale", "restore_upscale_strength", "restore_model"):
        assert f'name="{name}"' in html
    assert '<option value="x2" selected>' in html
    assert "From 64 × 48 to 128 × 96 pixels." in words_of(page)


def test_the_header_says_which_image_it_is_about(editor: Client) -> None:
    html = editor.get(url(make_image(64, 48, title="Harbour"))).content.decode()
    for tag in ("title", "h1"):
        found = re.search(rf"<{tag}[ >](.*?)</{tag}>", html, re.S)
        assert found and "Restore: Harbour" in found[1]
    crumbs = html.partition("data-w-breadcrumbs-target")[2].partition("<main")[0]
    assert "Restore: Harbour" in crumbs


def test_the_square_begins_at_the_focal_point(editor: Client) -> None:
    image = make_image(1600, 1200, focal_point_x=1500, focal_point_y=300, focal_point_width=9, focal_point_height=9)
    assert 'corner-value="[1088, 44]"' in editor.get(url(image)).content.decode()
    assert 'corner-value="[0, 0]"' in editor.get(url(make_image(64, 48))).content.decode()


def test_a_job_is_asked_for_as_from_the_edit_page(
    editor: Client, editor_user: Any, image: Any, redis: Any, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        response = send(editor, image, restore_upscale_strength="40")
    assert response.url == f"/admin/images/{image.pk}/"
    assert "The picture is being restored." in said(response)
    job = Job.objects.get()
    assert (job.origin, job.user, job.state) == ("edit", editor_user, "waiting")
    assert job.wished == Wishes(upscale=Upscale.X2, model="photo", strength=0.4)
    assert redis.llen("rq:queue:restore") == 1


def test_a_script_is_told_where_to_go(editor: Client, image: Any, redis: Any) -> None:
    assert send(editor, image, SCRIPT).json() == {"url": f"/admin/images/{image.pk}/"}


def test_while_other_work_is_open_it_waits_and_says_so(editor: Client, image: Any, job_in: Any, redis: Any) -> None:
    job_in("waiting")
    assert "This image is being worked on. What you ask for now waits" in words_of(editor.get(url(image)))
    response = send(editor, image, restore_upscale="x4")
    assert "waits until the work that is open is over." in said(response)
    assert Job.objects.count() == 2
    assert "It takes the place of the request that waits already." in words_of(editor.get(url(image)))


def test_a_result_under_review_is_told_of(editor: Client, image: Any, job_in: Any) -> None:
    job_in("review")
    assert "A result for this image awaits a decision." in words_of(editor.get(url(image)))


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"restore_upscale": "no"}, "Choose what is to be done: as it is, nothing would be."),
        ({"restore_upscale": "rule"}, "No rule would enlarge this image."),
        ({"restore_upscale": "width", "restore_upscale_width": "20"}, "The picture is as large as that already"),
        ({"restore_upscale": "width"}, "Give the width in pixels."),
        ({"restore_upscale_strength": "140"}, "Give the strength as a whole number from 0 to 100."),
    ],
)
def test_what_cannot_be_done_is_said_with_a_next_step(
    editor: Client, image: Any, values: dict[str, str], sentence: str
) -> None:
    told = foresee(editor, image, **values).json()
    assert sentence in told["html"] and told["able"] is False
    assert sentence in words_of(send(editor, image, **values))
    response = send(editor, image, SCRIPT, **values)
    assert response.status_code == 422 and sentence in response.json()["error"]
    assert not Job.objects.exists()


def test_by_rule_is_what_rules_for_the_library_ask_for(editor: Client, image: Any, make_rule: Any) -> None:
    make_rule(min_width=100, applies_to="backfill")
    assert "From 64 × 48 to 100 × 75 pixels." in foresee(editor, image, restore_upscale="rule").json()["html"]


def test_the_forecast_tells_what_is_done_how_large_and_how_long(editor: Client, published: Job) -> None:
    published.changed(report={"seconds": 2.0}, result_width=1000, result_height=1000)
    image = make_image(1600, 1200)
    told = foresee(editor, image, restore_clean_up="dates").json()
    for sentence in (
        "From 1600 × 1200 to 3200 × 2400 pixels.",
        "<li>Clean up: date stamps</li>",
        "<li>Upscale to 3200 × 2400 (as a photo)</li>",
        "About 15 seconds on one worker",
    ):
        assert sentence in told["html"]
    assert (told["able"], told["side"]) == (True, 512)
    assert foresee(editor, image, restore_upscale="width", restore_upscale_width="12800").json()["side"] == 256


def test_where_the_size_stays_it_is_said(editor: Client, image: Any) -> None:
    told = foresee(editor, image, restore_clean_up="dates", restore_upscale="no").json()
    assert "It stays as large as it is, 64 × 48 pixels." in told["html"]


def test_a_result_that_is_capped_says_so(editor: Client, image: Any, settings: Any) -> None:
    settings.WAGTAIL_RESTORE = {**settings.WAGTAIL_RESTORE, "MAX_OUTPUT_PIXELS": 5000}
    assert "Enlarged as far as this site and the file format allow." in foresee(editor, image).json()["html"]


def test_faces_are_said_to_be_compared_first(editor: Client, image: Any, settings: Any) -> None:
    settings.WAGTAIL_RESTORE = {**settings.WAGTAIL_RESTORE, "OFFER": ("faces",)}
    told = foresee(editor, image, restore_faces="on").json()
    assert "The result waits for your decision before it is shown." in told["html"]
    told = foresee(editor, image).json()
    assert "The result is published as soon as it is done, unless the worker is not sure of it." in told["html"]


def test_on_how_many_pages_it_is_used_is_said(editor: Client, image: Any) -> None:
    assert "Used on" not in words_of(editor.get(url(image)))
    shown_on(image, "Harbour", "Market")
    assert "Used on 2 pages" in words_of(editor.get(url(image)))


def test_a_picture_smaller_than_the_square_has_nothing_to_move(editor: Client, image: Any) -> None:
    small, large = (editor.get(url(each)).content.decode() for each in (image, make_image(1600, 1200)))
    assert 'data-restore-wish-target="part" hidden' in small and 'data-restore-wish-target="whole" hidden' in large


def test_what_is_not_confirmed_yet_is_not_told_as_something_that_failed(
    editor: Client, image: Any, settings: Any
) -> None:
    settings.WAGTAIL_RESTORE = {**settings.WAGTAIL_RESTORE, "RIGHTS_STATEMENT": "The pictures are ours."}
    html = foresee(editor, image, restore_clean_up="marks").json()["html"]
    assert "Confirm first that you may remove watermarks, or ask for something else." in html
    assert "Nothing was removed" not in html


def test_watermarks_go_only_once_it_is_confirmed(editor: Client, image: Any, settings: Any, redis: Any) -> None:
    settings.WAGTAIL_RESTORE = {**settings.WAGTAIL_RESTORE, "RIGHTS_STATEMENT": "The pictures are ours."}
    assert send(editor, image, SCRIPT, restore_clean_up="marks").status_code == 422
    assert not RightsConfirmation.objects.exists() and not Job.objects.exists()
    assert send(editor, image, restore_clean_up="marks", restore_clean_up_rights="on").status_code == 302
    assert RightsConfirmation.objects.get().statement == "The pictures are ours."
    assert Job.objects.get().rights["statement"] == "The pictures are ours."


def test_what_is_under_review_already_is_shown_and_not_asked_for_again(editor: Client, image: Any) -> None:
    send(editor, image)
    job = Job.objects.get()
    assert requests_of(image) == 1
    response = send(editor, image, SCRIPT)
    assert response.json() == {"url": f"/admin/images/{image.pk}/"}
    assert "What you chose is being done already. You can follow the work here." in said(response)
    job.changed(state="review")
    page = editor.get(url(image)).text
    review = reverse("wagtail_restore:review_one", args=[job.pk])
    assert "Whatever else you ask for waits until that is made." in page and f'href="{review}"' in page
    response = send(editor, image, SCRIPT)
    assert response.json() == {"url": review}
    assert "What you chose is done already. Here is the result; decide about it first." in said(response)
    assert send(editor, image).url == review
    assert (Job.objects.count(), requests_of(image)) == (1, 1), "nothing was asked for, and nothing is in the log"
    assert send(editor, image, SCRIPT, restore_upscale="x4").json() == {"url": f"/admin/images/{image.pk}/"}
    assert (Job.objects.count(), requests_of(image)) == (2, 2)


def test_a_picture_that_was_replaced_is_not_restored_unseen(editor: Client, image: Any) -> None:
    response = send(editor, image, SCRIPT, file="original_images/before.jpg")
    assert response.status_code == 409 and "was replaced since you opened this page" in response.json()["error"]
    assert "was replaced since you opened this page" in words_of(send(editor, image, file="before.jpg"))
    assert "was replaced since you opened this page" in foresee(editor, image, file="before.jpg").json()["error"]
    assert not Job.objects.exists()


def test_what_cannot_be_opened_leads_back_with_the_reason(editor: Client) -> None:
    drawing = make_image(data=b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>', name="drawing.svg")
    response = editor.get(url(drawing))
    assert response.url == f"/admin/images/{drawing.pk}/" and said(response)
    assert foresee(editor, drawing).status_code == send(editor, drawing, SCRIPT).status_code == 409
    assert url(drawing) not in editor.get(f"/admin/images/{drawing.pk}/").content.decode()


def test_who_may_not_change_the_image_or_restore_is_refused(plain: Client, stranger: Client, image: Any) -> None:
    for client in (plain, stranger, browser(person("reader", "use_restore", images=("choose",)))):
        assert client.get(url(image)).url == "/admin/"
        assert foresee(client, image).status_code == send(client, image, SCRIPT).status_code == 403
    assert not Job.objects.exists()
