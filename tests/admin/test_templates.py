"""The mask templates in the settings menu."""

from __future__ import annotations

import io
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.test import Client
from PIL import Image as Pillow
from wagtail.models import Collection

from tests.admin.conftest import browser, person
from tests.admin.test_painting_templates import save
from tests.admin.test_rules import FORM, NEW
from wagtail_restore.admin.templates import whereabouts
from wagtail_restore.models import MaskTemplate, ResolutionRule, private_storage

pytestmark = pytest.mark.django_db
INDEX = "/admin/restore/templates/"


@pytest.fixture
def template(admin: Client, image: Any) -> MaskTemplate:
    save(admin, image)
    return MaskTemplate.objects.get()


def test_an_empty_list_says_how_one_is_made(admin: Client) -> None:
    page = admin.get(INDEX).text
    assert "There are no templates yet. Open an image, choose Remove objects" in page
    assert "restore/templates/new" not in page


def test_the_list_tells_where_it_holds_and_who_uses_it(admin: Client, template: MaskTemplate, make_rule: Any) -> None:
    make_rule(name="Agency", action="erase", min_width=None, template=template)
    page = admin.get(INDEX).text
    for word in ("Agency logo", "Root", "Lower right corner", "“Agency”", f"template/{template.pk}/preview/"):
        assert word in page
    assert 'alt="16 × 12 % of the picture, at the lower right"' in page, "for those who do not see the preview"


@pytest.mark.parametrize(
    ("box", "words"),
    [
        ((2, 2, 60, 20), "6 × 4 % of the picture, at the upper left"),
        ((900, 10, 90, 1), "9 × 1 % of the picture, at the upper right"),
        ((10, 400, 300, 90), "30 × 18 % of the picture, at the lower left"),
        ((450, 200, 100, 100), "10 × 20 % of the picture, in the middle"),
        ((0, 450, 1000, 50), "100 × 10 % of the picture, from border to border"),
    ],
)
def test_the_place_of_a_mark_in_words(box: tuple[int, int, int, int], words: str) -> None:
    x, y, width, height = box
    made = {"box_x": x, "box_y": y, "box_width": width, "box_height": height}
    # Where it lies is told, whatever corner somebody chose for it to keep its place to.
    assert whereabouts(MaskTemplate(width=1000, height=500, anchor="top-left", **made)) == words


def test_the_preview_is_red_on_a_grey_plate(admin: Client, template: MaskTemplate) -> None:
    with Pillow.open(io.BytesIO(admin.get(f"/admin/restore/template/{template.pk}/preview/").content)) as picture:
        assert picture.size == (160, 120)
        assert (picture.getpixel((10, 10)), picture.getpixel((137, 107))) == ((154, 154, 154), (227, 0, 43))


def test_the_page_of_a_template_shows_what_it_marks(admin: Client, template: MaskTemplate) -> None:
    page = admin.get(f"{INDEX}edit/{template.pk}/").text
    assert f'src="/admin/restore/template/{template.pk}/preview/"' in page
    assert "of the picture, at the lower right" in page


def test_it_is_renamed(admin: Client, template: MaskTemplate) -> None:
    fields = {"name": "Stamp", "collection": template.collection_id, "anchor": "top-left"}
    assert admin.post(f"{INDEX}edit/{template.pk}/", fields).status_code == 302
    template.refresh_from_db()
    assert (template.name, template.anchor) == ("Stamp", "top-left")


def test_one_that_a_rule_uses_is_not_deleted_and_the_rule_is_told(
    admin: Client, template: MaskTemplate, make_rule: Any
) -> None:
    rule = make_rule(name="Agency", action="erase", min_width=None, template=template)
    response = admin.post(f"{INDEX}delete/{template.pk}/")
    (told,) = (str(message).strip() for message in get_messages(response.wsgi_request))
    assert "used by these rules, so it was not deleted: “Agency”." in told
    rule.delete()
    admin.post(f"{INDEX}delete/{template.pk}/")
    assert MaskTemplate.objects.count() == 0


def test_who_may_not_delete_it_does_not_learn_which_rules_use_it(template: MaskTemplate, make_rule: Any) -> None:
    make_rule(name="Agency", action="erase", min_width=None, template=template)
    for client in (browser(person("reader", "use_restore")), browser(person("changer", "change_masktemplate"))):
        response = client.get(f"{INDEX}delete/{template.pk}/")
        (told,) = (str(message).strip() for message in get_messages(response.wsgi_request))
        assert told == "Sorry, you do not have permission to access this area."


def test_it_stays_where_the_rules_are_that_use_it(
    admin: Client, template: MaskTemplate, make_rule: Any, news: Collection
) -> None:
    inside = news.add_child(name="Sport")
    make_rule(name="Agency", action="erase", min_width=None, template=template, collection=inside)
    make_rule(name="All of them", action="erase", min_width=None, template=template)
    fields = {"name": "Stamp", "anchor": "top-left"}
    other = Collection.get_first_root_node().add_child(name="Archive")
    refused = admin.post(f"{INDEX}edit/{template.pk}/", {**fields, "collection": other.pk})
    sentence = "These rules use the template in other collections: “Agency”. Change them first."
    assert refused.context["form"].errors == {"collection": [sentence]}
    assert admin.post(f"{INDEX}edit/{template.pk}/", {**fields, "collection": news.pk}).status_code == 302


def test_the_preview_is_for_whoever_sees_the_list(template: MaskTemplate) -> None:
    for right in ("view", "add", "change", "delete"):
        client = browser(person(right, f"{right}_masktemplate"))
        assert "Agency logo" in client.get(INDEX).text
        assert client.get(f"/admin/restore/template/{template.pk}/preview/").status_code == 200


def test_a_template_whose_file_is_missing_has_no_preview(admin: Client, template: MaskTemplate) -> None:
    private_storage().delete(str(template.file))
    assert admin.get(f"/admin/restore/template/{template.pk}/preview/").status_code == 404
    assert "Agency logo" in admin.get(INDEX).text


def test_templates_are_for_those_with_their_permissions(template: MaskTemplate) -> None:
    for client, status in (
        (browser(person("reader", "use_restore")), 302),
        (browser(person("keeper", "change_masktemplate")), 200),
    ):
        assert client.get(INDEX).status_code == status
        assert client.get(f"/admin/restore/template/{template.pk}/preview/").status_code == status


def test_a_rule_erases_with_it(admin: Client, template: MaskTemplate) -> None:
    form = {**FORM, "min_width": "", "action": "erase", "template": str(template.pk)}
    response = admin.post(NEW, form)
    assert response.status_code == 302, response.context["form"].errors
    assert ResolutionRule.objects.get().template == template
    assert "Erase with the template “Agency logo”" in admin.get("/admin/restore/rules/").text


def test_an_erasing_rule_needs_a_template_for_its_collection(admin: Client, template: MaskTemplate, news: Any) -> None:
    form = {**FORM, "min_width": "", "action": "erase", "template": ""}
    assert admin.post(NEW, form).context["form"].errors["template"] == ["Choose the template that says what to erase."]
    template.collection = news
    template.save()
    elsewhere = {**form, "template": template.pk, "collection": news.get_parent().pk}
    (told,) = admin.post(NEW, elsewhere).context["form"].errors["collection"]
    assert told == "This template is for “News” and what is inside it. Choose one of these collections."


def test_a_collection_with_templates_is_not_deleted_and_says_so(admin: Client, image: Any) -> None:
    news = Collection.get_first_root_node().add_child(name="News")
    save(admin, image)
    MaskTemplate.objects.update(collection=news)
    page = admin.post(f"/admin/collections/{news.pk}/delete/", follow=True).text
    assert Collection.objects.filter(pk=news.pk).exists()
    page = page if "mask template" in page else admin.get(f"/admin/collections/{news.pk}/delete/").text
    assert f'<a href="{INDEX}?collection={news.pk}">' in page and "1 mask template" in page
