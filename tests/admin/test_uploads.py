"""The multiple upload: options for the batch, for each file afterwards, and refusals."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from PIL import Image as Pillow
from PIL import ImageOps
from wagtail.images import get_image_model
from wagtail.images.forms import get_image_base_form
from wagtail.models import UploadedFile

from tests.admin.conftest import upload
from wagtail_restore.imaging.planning import CleanUp, Mode, Repair, Upscale, Wishes
from wagtail_restore.models import Job, State

pytestmark = pytest.mark.django_db

ADD = "/admin/images/multiple/add/"
NOTHING = {"restore_clean_up": "off", "restore_upscale": "rule", "restore_model": "auto"}


def post(client: Client, file: Any = None, **data: Any) -> dict[str, Any]:
    response = client.post(ADD, {"title": "Harbour", "files[]": file or upload(), **data})
    assert response.status_code == 200
    return response.json()  # type: ignore[no-any-return]


def values_in(html: str) -> dict[str, str]:
    """What the browser would post of our fields, from the HTML of a form."""
    found = {}
    for select in re.finditer(r'<select name="([^"]*restore[^"]*)"(.*?)</select>', html, re.S):
        chosen = re.search(r'<option value="([^"]*)" selected', select[2])
        found[select[1]] = chosen[1] if chosen else ""
    for field in re.finditer(r'<input type="(?:hidden|number)" name="([^"]*restore[^"]*)"([^>]*)>', html):
        value = re.search(r'value="([^"]*)"', field[2])
        found[field[1]] = value[1].replace("&quot;", '"') if value else ""
    for box in re.finditer(r'<input type="checkbox" name="([^"]*restore[^"]*)"([^>]*)>', html):
        if " checked" in box[2]:
            found[box[1]] = "on"
    return found


def jobs_of() -> list[tuple[str, str, Wishes]]:
    return [(job.state, job.origin, job.wished) for job in Job.objects.order_by("pk")]


def test_the_page_offers_the_options_before_the_files(editor: Client) -> None:
    page = editor.get(ADD).content.decode()
    assert values_in(page) == {**NOTHING, "restore_upscale_width": "", "restore_upscale_strength": "100"}
    assert page.index("restore_clean_up") < page.index('id="fileupload"')
    assert 'data-controller="restore-batch"' in page
    assert "wagtail_restore/batch.js" in page
    assert "wagtail_restore/fields.css" in page


def test_nothing_is_offered_without_the_permission(plain: Client) -> None:
    assert "restore_clean_up" not in editor_page(plain)
    post(plain, restore_upscale="x2")
    assert jobs_of() == []


def editor_page(client: Client) -> str:
    return client.get(ADD).content.decode()


def test_what_is_chosen_for_the_batch_is_asked_for_every_file(editor: Client) -> None:
    for _ in range(2):
        post(editor, restore_clean_up="dates", restore_upscale="x2", restore_model="photo")
    wishes = Wishes(CleanUp.DATES, Upscale.X2, None, "photo")
    assert jobs_of() == [("waiting", "upload", wishes), ("waiting", "upload", wishes)]
    assert {job.user.username for job in Job.objects.all()} == {"editor"}


OFFERED = {
    "restore_repair": "jpeg",
    "restore_faces": "on",
    "restore_upscale": "x2",
    "restore_upscale_strength": "60",
    "restore_upscale_denoise": "30",
}


@pytest.fixture
def offered(settings: Any) -> Wishes:
    """What ``OFFERED`` asks for, on a site that offers all of it."""
    offer = ("noise", "jpeg", "faces", "denoise")
    settings.WAGTAIL_RESTORE = {**settings.WAGTAIL_RESTORE, "OFFER": offer}
    return Wishes(upscale=Upscale.X2, mode=Mode.CREATIVE, strength=0.6, denoise=0.3, faces=True, repair=Repair.JPEG)


def test_what_the_site_offers_is_asked_for_with_the_batch_and_kept_for_each_file(
    editor: Client, offered: Wishes
) -> None:
    page = editor_page(editor)
    assert {"restore_repair", "restore_upscale_denoise"} <= set(values_in(page))
    assert 'name="restore_faces"' in page
    answer = post(editor, **OFFERED)
    assert jobs_of() == [("waiting", "upload", offered)]
    assert [step.kind for step in Job.objects.get().steps.steps] == ["denoise", "face", "upscale"]
    shown = values_in(answer["form"])
    prefix = f"image-{answer['image_id']}-"
    assert {name: shown[f"{prefix}{name}"] for name in OFFERED} == OFFERED
    assert update(editor, answer, title="A better title")["success"]
    assert jobs_of() == [("waiting", "upload", offered)]


def test_what_the_site_offers_survives_an_upload_that_lacks_a_field(
    editor: Client, offered: Wishes, credit_needed: None
) -> None:
    answer = post(editor, **OFFERED)
    pk = answer["uploaded_file_id"]
    data = {**values_in(answer["form"]), f"uploaded-image-{pk}-title": "Harbour", f"uploaded-image-{pk}-tags": "sea"}
    saved = editor.post(f"/admin/images/multiple/create_from_uploaded_image/{pk}/", data)
    assert saved.json()["success"]
    assert jobs_of() == [("waiting", "upload", offered)]


def test_the_form_of_each_file_shows_what_was_chosen_for_the_batch(editor: Client) -> None:
    answer = post(editor, restore_upscale="width", restore_upscale_width="1200", restore_clean_up="marks")
    assert "error-message" not in answer["form"]
    shown = values_in(answer["form"])
    prefix = f"image-{answer['image_id']}-"
    assert shown[f"{prefix}restore_clean_up"] == "marks"
    assert shown[f"{prefix}restore_upscale"] == "width"
    assert shown[f"{prefix}restore_upscale_width"] == "1200"


def test_saving_the_form_of_a_file_unchanged_asks_for_nothing_twice(editor: Client) -> None:
    answer = post(editor, restore_upscale="x2")
    Job.objects.update(state=State.PUBLISHED, open_key=None)
    saved = update(editor, answer, title="A better title")
    assert saved["success"]
    assert get_image_model().objects.get().title == "A better title"
    assert [state for state, _, _ in jobs_of()] == ["published"]


def test_a_changed_mind_takes_the_place_of_the_batch(editor: Client) -> None:
    answer = post(editor, restore_upscale="x2")
    update(editor, answer, restore_upscale="x4")
    assert jobs_of() == [
        ("cancelled", "upload", Wishes(upscale=Upscale.X2)),
        ("waiting", "edit", Wishes(upscale=Upscale.X4)),
    ]


def test_switching_everything_off_for_a_file_cancels_what_the_batch_asked(editor: Client) -> None:
    answer = post(editor, restore_clean_up="text")
    update(editor, answer, restore_clean_up="off")
    assert jobs_of() == [("cancelled", "upload", Wishes(clean_up=CleanUp.TEXT))]


def test_no_upscale_for_a_file_cancels_what_a_rule_asked(editor: Client, make_rule: Callable[..., Any]) -> None:
    make_rule()
    answer = post(editor)
    assert [state for state, _, _ in jobs_of()] == ["waiting"]
    update(editor, answer, restore_upscale="no")
    assert [state for state, _, _ in jobs_of()] == ["cancelled"]


def test_the_form_of_a_file_without_our_values_changes_nothing(editor: Client) -> None:
    answer = post(editor, restore_upscale="x2")
    prefix = f"image-{answer['image_id']}"
    saved = editor.post(f"/admin/images/multiple/{answer['image_id']}/", {f"{prefix}-title": "By a script"})
    assert saved.json()["success"]
    assert [state for state, _, _ in jobs_of()] == ["waiting"]


def update(client: Client, answer: dict[str, Any], **changes: str) -> dict[str, Any]:
    """Press *Update* below a file, as the browser does."""
    pk = answer["image_id"]
    data = {**values_in(answer["form"]), f"image-{pk}-title": "Harbour"}
    data |= {f"image-{pk}-{name}": value for name, value in changes.items()}
    return client.post(f"/admin/images/multiple/{pk}/", data).json()  # type: ignore[no-any-return]


def test_a_file_that_is_too_small_is_refused_with_rule_and_numbers(editor: Client, make_rule: Any) -> None:
    make_rule(action="refuse", message="Ask the agency.")
    answer = post(editor)
    assert answer["success"] is False
    assert "640 × 480" in answer["error_message"]
    assert "photos in News" in answer["error_message"]
    assert "1600" in answer["error_message"]
    assert "Ask the agency." in answer["error_message"]
    assert not get_image_model().objects.exists()


def test_the_reason_cannot_bring_markup_into_the_page(editor: Client, make_rule: Any) -> None:
    make_rule(action="refuse", message="<img src=x onerror=alert(1)>")
    assert "&lt;img src=x" in post(editor)["error_message"]


def test_a_rule_measures_the_picture_as_it_is_shown(editor: Client, make_rule: Any, data: Any) -> None:
    make_rule(action="refuse", min_width=None, min_height=700)
    sideways = data / "odd" / "exif_orientation_portrait_6.jpg"
    turned = upload(600, 800, name="turned.jpg")
    assert post(editor, turned)["success"]
    with sideways.open("rb") as file:
        answer = post(editor, file)
    with Pillow.open(sideways) as picture:
        height = ImageOps.exif_transpose(picture).height
    assert answer["success"] is (height >= 700)


def test_rules_hold_for_those_who_may_not_ask(plain: Client, make_rule: Any) -> None:
    make_rule(action="refuse")
    assert "photos in News" in post(plain)["error_message"]


def test_a_rule_of_another_collection_lets_the_file_pass(editor: Client, make_rule: Any, news: Any) -> None:
    make_rule(action="refuse", collection=news)
    assert post(editor, collection=str(news.get_parent().pk))["success"]
    assert not post(editor, collection=str(news.pk))["success"]


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"restore_upscale": "width"}, "Give the width in pixels."),
        ({"restore_upscale": "x2", "restore_upscale_strength": "250"}, "Give the strength as a whole number"),
    ],
)
def test_a_mistake_in_the_options_never_keeps_a_file_out_of_the_library(
    editor: Client, wrong: dict[str, str], sentence: str
) -> None:
    answer = post(editor, restore_clean_up="dates", **wrong)
    assert get_image_model().objects.count() == 1
    assert not UploadedFile.objects.exists()
    assert jobs_of() == [("waiting", "upload", Wishes(CleanUp.DATES))]
    assert sentence in answer["form"]
    assert "This was left out so far. Choose it again here, and press Update." in answer["form"]
    assert update(editor, answer, restore_upscale="x2")["success"]
    assert jobs_of()[1] == ("waiting", "edit", Wishes(CleanUp.DATES, Upscale.X2))


@pytest.fixture
def credit_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A site whose images need a field that the first post does not bring."""
    form_of_site: Any = get_image_base_form()
    original = form_of_site.clean_tags

    def clean_tags(form: Any) -> Any:
        tags = original(form)
        if not tags:
            form.add_error("tags", "Give a tag.")
        return tags

    monkeypatch.setattr(form_of_site, "clean_tags", clean_tags)


def test_what_was_chosen_survives_an_upload_that_lacks_a_field(editor: Client, credit_needed: None) -> None:
    answer = post(editor, restore_upscale="x4", restore_clean_up="dates")
    pk = answer["uploaded_file_id"]
    shown = values_in(answer["form"])
    assert shown[f"uploaded-image-{pk}-restore_upscale"] == "x4"
    assert shown[f"uploaded-image-{pk}-restore_clean_up"] == "dates"
    data = {**shown, f"uploaded-image-{pk}-title": "Harbour", f"uploaded-image-{pk}-tags": "sea"}
    saved = editor.post(f"/admin/images/multiple/create_from_uploaded_image/{pk}/", data)
    assert saved.json()["success"]
    assert jobs_of() == [("waiting", "upload", Wishes(CleanUp.DATES, Upscale.X4))]


def test_the_second_step_of_an_upload_refuses_too(
    editor: Client, credit_needed: None, make_rule: Any, news: Any
) -> None:
    make_rule(action="refuse", collection=news)
    answer = post(editor, collection=str(news.get_parent().pk))
    pk = answer["uploaded_file_id"]
    prefix = f"uploaded-image-{pk}"
    data = {f"{prefix}-title": "Harbour", f"{prefix}-tags": "sea", f"{prefix}-collection": str(news.pk)}
    saved = editor.post(f"/admin/images/multiple/create_from_uploaded_image/{pk}/", data).json()
    assert saved["success"] is False
    assert "640 × 480" in saved["form"]
    assert "photos in News" in saved["form"]
    assert UploadedFile.objects.filter(pk=pk).exists()
    assert not get_image_model().objects.exists()


def test_a_later_change_of_title_or_collection_is_never_refused(editor: Client, make_rule: Any, news: Any) -> None:
    answer = post(editor, collection=str(news.get_parent().pk))
    make_rule(action="refuse")
    assert update(editor, answer, title="Small but ours", collection=str(news.pk))["success"]
    assert get_image_model().objects.get().collection == news
