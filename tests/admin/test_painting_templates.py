"""Templates in the mask editor: what is saved, by whom, and what is offered for which picture."""

from __future__ import annotations

import io
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.models.signals import pre_save
from django.test import Client
from PIL import Image as Pillow
from wagtail.models import Collection

from tests.admin.conftest import browser, person
from tests.admin.test_painting import page_of, png
from wagtail_restore.models import ImageFacts, MaskTemplate, Retired, private_storage
from wagtail_restore.testing import make_image

pytestmark = pytest.mark.django_db


def save(client: Client, image: Any, data: bytes | None = None, **fields: Any) -> Any:
    form = {"name": "Agency logo", "collection": image.collection_id, "anchor": "", "file": image.file.name, **fields}
    mask = SimpleUploadedFile("mask.png", png(marked=(50, 40, 60, 46)) if data is None else data, "image/png")
    return client.post(f"/admin/restore/image/{image.pk}/save-template/", {**form, "mask": mask})


def test_what_is_painted_is_kept_trimmed_with_its_place(admin: Client, admin_user: Any, image: Any) -> None:
    answer = save(admin, image).json()
    assert answer["said"] == "Saved as the template “Agency logo”."
    (template,) = MaskTemplate.objects.all()
    assert f'data-mask="/admin/restore/image/{image.pk}/template/{template.pk}/"' in answer["offered"]
    assert "<span>Agency logo</span>" in answer["offered"]
    assert '<rect x="50" y="40" width="10" height="6">' in answer["offered"], "what it marks on this picture"
    assert (template.stencil.size, template.stencil.box) == ((64, 48), (50, 40, 10, 6))
    assert (template.anchor, template.made_by, template.collection) == ("bottom-right", admin_user, image.collection)
    with Pillow.open(template.file) as mask:
        assert (mask.size, mask.mode, mask.getextrema()) == ((10, 6), "L", (255, 255))


def test_the_corner_can_be_chosen(admin: Client, image: Any) -> None:
    save(admin, image, anchor="whole")
    assert MaskTemplate.objects.get().anchor == "whole"


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"name": ""}, "This field is required."),
        ({"file": "another.jpg"}, "The picture was replaced since you opened this page. Open the page again and"),
        ({"data": png(marked=())}, "Nothing is marked. Paint over what is to go."),
    ],
)
def test_what_cannot_be_kept_is_told(admin: Client, image: Any, fields: dict[str, Any], sentence: str) -> None:
    response = save(admin, image, **fields)
    assert response.status_code == 422 and response.json()["error"].startswith(sentence)
    assert MaskTemplate.objects.count() == 0 and not private_storage().exists("templates")


def test_a_name_is_given_once(admin: Client, image: Any) -> None:
    save(admin, image)
    assert save(admin, image).json() == {"error": "Mask template with this Name already exists.", "field": "name"}


def test_saving_is_for_those_with_the_permission_and_in_collections_they_may_change(
    editor: Client, image: Any, news: Collection
) -> None:
    response = save(editor, image)
    assert (response.status_code, response.json()) == (403, {"error": "You may not save templates any more."})
    assert "Save as template" not in editor.get(page_of(image)).text
    keeper = browser(person("keeper", "use_restore", "add_masktemplate"))
    assert "Save as template" in keeper.get(page_of(image)).text
    assert save(keeper, image, collection=news.pk).status_code == 200


def test_templates_of_the_collection_and_those_above_it_are_offered_where_they_lie_on_the_picture(
    admin: Client, image: Any, news: Collection
) -> None:
    save(admin, image, name="For all")
    save(admin, image, name="For news", collection=news.pk)
    inside = make_image(48, 64, collection=news)
    assert ("For news" in admin.get(page_of(image)).text, "For all" in admin.get(page_of(image)).text) == (False, True)
    page = admin.get(page_of(inside)).text
    assert "For news" in page and "For all" in page
    assert 'data-box="[34, 56, 10, 6]"' in page, "upright: as far from the corner, as large"
    tiny = admin.get(page_of(make_image(8, 5, collection=news))).text
    assert "For news" not in tiny and "For all" not in tiny


def test_the_mask_is_for_those_who_may_change_the_image(admin: Client, stranger: Client, image: Any) -> None:
    save(admin, image)
    address = f"/admin/restore/image/{image.pk}/template/{MaskTemplate.objects.get().pk}/"
    with Pillow.open(io.BytesIO(admin.get(address).content)) as mask:
        assert mask.size == (10, 6)
    for response in (stranger.get(address), save(stranger, image, name="Another")):
        assert (response.status_code, response.json()) == (403, {"error": "You may not change this image any more."})


def test_the_mask_of_another_collection_is_not_shown_through_an_image(
    admin: Client, image: Any, news: Collection
) -> None:
    save(admin, image, collection=news.pk)
    template = MaskTemplate.objects.get()
    there, elsewhere = (admin.get(mask_of(each, template)) for each in (make_image(collection=news), image))
    assert (there.status_code, elsewhere.status_code) == (200, 404)


def test_a_mask_whose_file_is_missing_is_told(admin: Client, image: Any) -> None:
    save(admin, image)
    template = MaskTemplate.objects.get()
    private_storage().delete(str(template.file))
    response = admin.get(mask_of(image, template))
    told = {"error": "A file could not be read or written. Try again in a while."}
    assert (response.status_code, response.json()) == (503, told)


def test_an_image_from_before_we_were_installed_gives_a_template_too(admin: Client, image: Any) -> None:
    ImageFacts.objects.all().delete()
    assert save(admin, image).status_code == 200
    assert MaskTemplate.objects.get().stencil.size == (64, 48)


def test_a_picture_that_cannot_be_opened_gives_none(admin: Client, image: Any) -> None:
    ImageFacts.objects.update(problem="unreadable", width=0, height=0)
    response = save(admin, image)
    assert response.status_code == 409 and response.json()["error"].startswith("This file could not be opened")


def test_a_name_that_is_taken_while_it_is_saved_is_told(admin: Client, image: Any) -> None:
    def quicker(sender: Any, **kwargs: Any) -> None:
        fields = {"collection": image.collection, "anchor": "whole", "width": 1, "height": 1, "file": "templates/x.png"}
        box = {"box_x": 0, "box_y": 0, "box_width": 1, "box_height": 1}
        MaskTemplate.objects.bulk_create([MaskTemplate(name="Agency logo", **fields, **box)])

    pre_save.connect(quicker, sender=MaskTemplate)
    try:
        response = save(admin, image)
    finally:
        pre_save.disconnect(quicker, sender=MaskTemplate)
    told = {"error": "Mask template with this Name already exists.", "field": "name"}
    assert (response.status_code, response.json()) == (422, told)
    (kept,) = private_storage().listdir("templates")[1]
    assert Retired.objects.filter(name=f"templates/{kept}", intent=True).exists(), "upkeep deletes what nobody has"


def mask_of(image: Any, template: MaskTemplate) -> str:
    return f"/admin/restore/image/{image.pk}/template/{template.pk}/"
