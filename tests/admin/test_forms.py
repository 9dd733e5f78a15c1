"""The other doors: chooser, single add, edit page, API; wishes, refusals and focal points at each."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.apps import apps
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image as Pillow
from wagtail.images import get_image_model

from tests.admin.conftest import person, upload
from tests.admin.test_uploads import jobs_of, values_in
from wagtail_restore import swap
from wagtail_restore.imaging.planning import CleanUp, Mode, Repair, Upscale, Wishes
from wagtail_restore.models import Job
from wagtail_restore.testing import make_image, make_picture

pytestmark = pytest.mark.django_db

CHOOSER = "/admin/images/chooser/create/"
SINGLE = "/admin/images/add/"


def chooser(client: Client, **data: Any) -> Any:
    prefixed = {f"image-chooser-upload-{name}": value for name, value in {"title": "Harbour", **data}.items()}
    return client.post(CHOOSER, {**prefixed, "image-chooser-upload-file": data.get("file", upload())})


def edit(client: Client, image: Any, **data: Any) -> Any:
    """Open the edit page and save it, with these changes."""
    url = f"/admin/images/{image.pk}/"
    shown = values_in(client.get(url).content.decode())
    focal = {name: getattr(image, name) or "" for name in ("focal_point_x", "focal_point_y")}
    focal |= {name: getattr(image, name) or "" for name in ("focal_point_width", "focal_point_height")}
    return client.post(url, {"title": image.title, **focal, **shown, **data})


def test_the_chooser_takes_wishes(editor: Client) -> None:
    assert "image-chooser-upload-restore_clean_up" in editor.get("/admin/images/chooser/").json()["html"]
    assert chooser(editor, restore_clean_up="dates").json()["step"] == "chosen"
    assert jobs_of() == [("waiting", "upload", Wishes(clean_up=CleanUp.DATES))]


def test_the_chooser_refuses_on_the_file(editor: Client, make_rule: Callable[..., Any]) -> None:
    make_rule(action="refuse")
    answer = chooser(editor).json()
    assert answer["step"] == "reshow_creation_form"
    assert "640 × 480" in answer["htmlFragment"]
    assert "photos in News" in answer["htmlFragment"]
    assert not get_image_model().objects.exists()


def test_single_add_takes_wishes(editor: Client) -> None:
    page = editor.get(SINGLE).content.decode()
    assert values_in(page)["restore_upscale"] == "rule"
    response = editor.post(SINGLE, {"title": "Harbour", "file": upload(), "restore_upscale": "x2"})
    assert response.status_code == 302
    assert jobs_of() == [("waiting", "upload", Wishes(upscale=Upscale.X2))]


def test_single_add_refuses_on_the_file(editor: Client, make_rule: Callable[..., Any]) -> None:
    make_rule(action="refuse", min_width=None, min_megapixels=2)
    response = editor.post(SINGLE, {"title": "Harbour", "file": upload()})
    (sentence,) = response.context["form"].errors["file"]
    assert "640 × 480" in sentence
    assert "photos in News" in sentence
    assert "2" in sentence


def test_a_drawing_is_never_too_small(editor: Client, make_rule: Callable[..., Any]) -> None:
    make_rule(action="refuse")
    drawing = SimpleUploadedFile("d.svg", b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>')
    assert editor.post(SINGLE, {"title": "Drawing", "file": drawing}).status_code == 302


def test_saving_the_edit_page_as_it_is_asks_for_nothing(editor: Client, image: Any, make_rule: Any) -> None:
    make_rule()
    assert edit(editor, image, title="Renamed").status_code == 302
    assert get_image_model().objects.get().title == "Renamed"
    assert jobs_of() == []


def test_the_edit_page_takes_wishes(editor: Client, image: Any) -> None:
    edit(editor, image, restore_upscale="width", restore_upscale_width="128")
    assert jobs_of() == [("waiting", "edit", Wishes(upscale=Upscale.WIDTH, width=128))]
    assert Job.objects.get().user.username == "editor"


def test_the_edit_page_takes_what_the_site_offers(editor: Client, image: Any, settings: Any) -> None:
    settings.WAGTAIL_RESTORE = {**settings.WAGTAIL_RESTORE, "OFFER": ("noise", "faces")}
    edit(editor, image, restore_faces="on", restore_repair="noise", restore_upscale_strength="40")
    assert jobs_of() == [("waiting", "edit", Wishes(mode=Mode.CREATIVE, strength=0.4, faces=True, repair=Repair.NOISE))]
    plan = Job.objects.get().steps
    assert [(step.kind, step.model) for step in plan.steps] == [("denoise", "noise"), ("face", "auto")]
    assert plan.mode is Mode.CREATIVE and plan.review


def test_a_wrong_amount_is_told_at_the_field(editor: Client, image: Any) -> None:
    response = edit(editor, image, restore_upscale="x2", restore_upscale_strength="250")
    assert response.context["form"].errors == {
        "restore_upscale": ["Give the strength as a whole number from 0 to 100."]
    }
    assert jobs_of() == []


def test_a_further_wish_on_the_edit_page_waits_behind_the_open_job(editor: Client, image: Any) -> None:
    edit(editor, image, restore_upscale="x2")
    edit(editor, image, restore_clean_up="dates")
    first, second = Job.objects.order_by("pk")
    assert (first.state, second.state) == ("waiting", "waiting")
    assert second.open_key == f"{first.open_key}:next"


def test_another_file_on_the_edit_page_is_held_against_the_rules(editor: Client, image: Any, make_rule: Any) -> None:
    make_rule(min_width=800)
    assert edit(editor, image, file=upload(500, 400)).status_code == 302
    assert jobs_of() == [("waiting", "edit", Wishes())]


def test_another_file_on_the_edit_page_may_be_refused(editor: Client, image: Any, make_rule: Any) -> None:
    make_rule(action="refuse", min_width=800)
    response = edit(editor, image, file=upload(500, 400))
    assert "500 × 400" in response.context["form"].errors["file"][0]
    assert edit(editor, image, title="Renamed").status_code == 302


def test_without_the_permission_the_edit_page_offers_nothing(plain: Client, image: Any) -> None:
    page = plain.get(f"/admin/images/{image.pk}/").content.decode()
    assert set(values_in(page)) == {"restore_base_size"}
    edit(plain, image, restore_upscale="x2")
    assert jobs_of() == []


# — focal points from a page that was opened before a swap —


def stale_edit(client: Client, image: Any, grow_to: tuple[int, int], **focal: int) -> Any:
    """Open the page, let the picture grow, then save what was opened."""
    url = f"/admin/images/{image.pk}/"
    shown = values_in(client.get(url).content.decode())
    swap.publish(image, make_picture(*grow_to), expected_name=image.file.name)
    response = client.post(url, {"title": "Saved late", **shown, **focal})
    assert response.status_code == 302
    return get_image_model().objects.get(pk=image.pk)


FOCAL = {"focal_point_x": 16, "focal_point_y": 12, "focal_point_width": 8, "focal_point_height": 6}


def focal_of(image: Any) -> tuple[Any, ...]:
    return image.focal_point_x, image.focal_point_y, image.focal_point_width, image.focal_point_height


def test_a_focal_point_from_before_the_swap_is_moved(editor: Client, image: Any) -> None:
    late = stale_edit(editor, image, (128, 96), **FOCAL)
    assert focal_of(late) == (32, 24, 16, 12)
    assert (late.width, late.title) == (128, "Saved late")


def test_no_focal_point_stays_none(editor: Client, image: Any) -> None:
    assert focal_of(stale_edit(editor, image, (128, 96))) == (None, None, None, None)


def test_a_focal_point_on_a_fresh_page_is_taken_as_it_is(editor: Client, image: Any) -> None:
    edit(editor, image, **FOCAL)
    assert focal_of(get_image_model().objects.get()) == (16, 12, 8, 6)


def test_a_focal_point_of_a_turned_picture_is_moved_in_upright_pixels(editor: Client) -> None:
    exif = Pillow.Exif()
    exif[0x0112] = 6
    turned = make_image(data=make_picture(64, 48, exif=exif.tobytes()))
    assert (turned.width, turned.height) == (64, 48)
    late = stale_edit(editor, turned, (96, 128), **FOCAL)
    assert focal_of(late) == (32, 24, 16, 12)


@pytest.mark.parametrize("posted", ["", "0x0", "64", "wide", "64x48x1", "99999999x1"])
def test_a_base_size_that_makes_no_sense_moves_nothing(editor: Client, image: Any, posted: str) -> None:
    edit(editor, image, **FOCAL, restore_base_size=posted)
    assert focal_of(get_image_model().objects.get()) == (16, 12, 8, 6)


def test_with_another_file_the_focal_point_is_taken_as_it_is(editor: Client, image: Any) -> None:
    edit(editor, image, **FOCAL, restore_base_size="32x24", file=upload(128, 96))
    assert focal_of(get_image_model().objects.get()) == (16, 12, 8, 6)


# — the API —


@pytest.fixture
def api(db: Any) -> dict[str, str]:
    pytest.importorskip("wagtail.api.v3", reason="Wagtail 7.4 has no API to write with")
    from wagtail.models import APIToken

    _, token = APIToken.create_token(user=person("robot", "use_restore"), name="robot")
    return {"HTTP_AUTHORIZATION": f"Bearer {token}"}


@pytest.mark.urls("tests.admin.api_urls")
def test_a_picture_from_the_api_is_left_to_the_rules(api: Any, make_rule: Any, client: Client) -> None:
    make_rule(min_width=800)
    response = client.post("/api/v3/images/", {"title": "Robot", "file": upload()}, **api)
    assert response.status_code == 201, response.content
    assert jobs_of() == [("waiting", "upload", Wishes())]


@pytest.mark.urls("tests.admin.api_urls")
def test_the_api_refuses_with_the_field_and_the_reason(api: Any, make_rule: Any, client: Client) -> None:
    make_rule(action="refuse")
    response = client.post("/api/v3/images/", {"title": "Robot", "file": upload()}, **api)
    assert response.status_code == 422
    (error,) = response.json()["errors"]
    assert error["loc"] == ["file"]
    assert "640 × 480" in error["msg"]


@pytest.mark.urls("tests.admin.api_urls")
def test_a_change_through_the_api_neither_asks_nor_cancels(
    api: Any, client: Client, job_in: Callable[..., Job], make_rule: Any
) -> None:
    if apps.is_installed("wagtail_ai"):
        pytest.skip("the form of wagtail-ai wants every field to be there, and the API brings those that it changes")
    job = job_in("waiting")
    make_rule()
    url = f"/api/v3/images/{job.object_id}/"
    response = client.patch(url, json.dumps({"title": "Renamed"}), content_type="application/json", **api)
    assert response.status_code == 200, response.content
    assert get_image_model().objects.get().title == "Renamed"
    assert [(state, origin) for state, origin, _ in jobs_of()] == [("waiting", "edit")]
