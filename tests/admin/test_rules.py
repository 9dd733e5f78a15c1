"""The rules in the settings menu."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse
from wagtail.models import Collection, ReferenceIndex

from tests.admin.conftest import OF_OTHERS, browser, person
from wagtail_restore.admin.rules import condition, outcome
from wagtail_restore.models import MaskTemplate, ResolutionRule

pytestmark = pytest.mark.django_db

MakeRule = Callable[..., ResolutionRule]
INDEX = "/admin/restore/rules/"
NEW = "/admin/restore/rules/new/"
FORM = {
    "name": "Photos in News",
    "active": "on",
    "collection": "",
    "applies_to": "both",
    "min_width": "1600",
    "action": "upscale",
    "model": "auto",
    "mode": "strict",
    "publish": "now",
    "message": "",
}


def test_an_empty_list_says_what_that_means(admin: Client) -> None:
    page = admin.get(INDEX).content.decode()
    assert "There are no rules yet" in page
    assert f'href="{NEW}"' in page


def test_the_list_tells_each_rule_in_words(admin: Client, make_rule: MakeRule, news: Collection) -> None:
    make_rule(collection=news, target_width=2000)
    make_rule(name="No thumbnails", action="refuse", min_width=200, min_height=100, active=False)
    page = admin.get(INDEX).content.decode()
    for word in ("photos in News", "News", "1600 px wide", "Upscale to a width of 2000 px"):
        assert word in page
    for word in ("No thumbnails", "The whole library", "200 px wide or 100 px high", "Refuse the upload"):
        assert word in page


def test_a_rule_without_a_collection_holds_where_its_template_does(
    admin: Client, make_rule: MakeRule, news: Collection
) -> None:
    make_rule(name="Agency", action="erase", min_width=None, template=made(news))
    make_rule(name="Everywhere")
    rows = admin.get(INDEX).text.split("<tbody>")[1].split("</tr>")
    told = {name: "The whole library" in row for row in rows for name in ("Agency", "Everywhere") if name in row}
    assert told == {"Agency": False, "Everywhere": True}
    assert "News" in next(row for row in rows if "Agency" in row)
    form = admin.get(NEW).text
    assert "The whole library, or where the template holds" in form
    assert "Leave empty for the whole library, or, with a template, for the template&#x27;s collection." in form


def made(collection: Collection, name: str = "Logo") -> MaskTemplate:
    """A template whose file is nowhere."""
    box = {"box_x": 1, "box_y": 1, "box_width": 5, "box_height": 5}
    where = {"collection": collection, "anchor": "top-left", "file": f"templates/{name}.png"}
    return MaskTemplate.objects.create(name=name, width=64, height=48, **box, **where)


def test_the_list_stands_in_the_order_in_which_rules_are_looked_at(admin: Client, make_rule: MakeRule) -> None:
    make_rule(name="Second", sort_order=2)
    make_rule(name="First", sort_order=1)
    response = admin.get(INDEX)
    assert [rule.name for rule in response.context["object_list"]] == ["First", "Second"]
    assert "w-orderable" in response.content.decode()


def test_rules_are_dragged_into_another_order(admin: Client, make_rule: MakeRule) -> None:
    make_rule(name="First", sort_order=0)
    second = make_rule(name="Second", sort_order=1)
    assert admin.post(f"/admin/restore/rules/reorder/{second.pk}/?position=0").status_code == 200
    assert list(ResolutionRule.objects.values_list("name", flat=True)) == ["Second", "First"]


def test_a_rule_is_made_with_the_form(admin: Client, news: Collection) -> None:
    response = admin.post(NEW, {**FORM, "collection": str(news.pk), "target_width": "2000"})
    assert response.status_code == 302, response.context["form"].errors
    rule = ResolutionRule.objects.get()
    assert (rule.name, rule.collection, rule.min_width, rule.target_width) == ("Photos in News", news, 1600, 2000)


def test_a_new_rule_stands_behind_the_others(admin: Client, make_rule: MakeRule) -> None:
    make_rule(name="First", sort_order=4)
    admin.post(NEW, {**FORM, "name": "Last"})
    assert list(ResolutionRule.objects.values_list("name", flat=True)) == ["First", "Last"]


@pytest.mark.parametrize(
    ("changes", "field", "sentence"),
    [
        ({"min_width": ""}, "min_width", "Give a minimum width, a minimum height, or minimum megapixels."),
        ({"target_width": "800"}, "target_width", "The target is below the minimum width of this rule."),
        (
            {"action": "refuse", "applies_to": "backfill"},
            "applies_to",
            "A refusing rule concerns new uploads; images in the library stay.",
        ),
    ],
)
def test_a_rule_that_makes_no_sense_is_told(admin: Client, changes: dict[str, str], field: str, sentence: str) -> None:
    response = admin.post(NEW, {**FORM, **changes})
    assert response.context["form"].errors[field] == [sentence]


def test_collections_are_indented(admin: Client, news: Collection) -> None:
    news.add_child(name="Sports")
    page = admin.get(NEW).content.decode()
    assert "The whole library" in page
    assert "&nbsp;&nbsp;&nbsp;&nbsp;&#x21b3 Sports" in page


def test_the_form_shows_what_the_action_needs(admin: Client) -> None:
    page = admin.get(NEW).content.decode()
    assert 'data-controller="w-rules"' in page
    assert page.count("{&quot;action&quot;: [&quot;upscale&quot;]}") == 3
    assert page.count("{&quot;action&quot;: [&quot;upscale&quot;, &quot;erase&quot;]}") == 1, "when to publish"
    assert page.count("{&quot;action&quot;: [&quot;upscale&quot;, &quot;refuse&quot;]}") == 1, "what is too small"
    assert page.count("{&quot;action&quot;: [&quot;erase&quot;]}") == 1
    assert page.count("{&quot;action&quot;: [&quot;refuse&quot;]}") == 1


def test_the_list_can_be_filtered(admin: Client, make_rule: MakeRule) -> None:
    make_rule(name="Active one")
    make_rule(name="Sleeping one", active=False)
    response = admin.get(INDEX, {"active": "true"})
    assert [rule.name for rule in response.context["object_list"]] == ["Active one"]


def test_rules_are_for_those_with_their_permissions(make_rule: MakeRule) -> None:
    rule = make_rule()
    reader = browser(person("reader", "use_restore"))
    keeper = browser(person("keeper", "change_resolutionrule"))
    for client, allowed in ((reader, False), (keeper, True)):
        for url in (INDEX, f"/admin/restore/rules/edit/{rule.pk}/"):
            assert (client.get(url).status_code == 200) is allowed
    assert keeper.get(NEW).status_code == 302
    assert "Resolution rules" in keeper.get("/admin/").content.decode()
    assert "Resolution rules" not in reader.get("/admin/").content.decode()


def test_administrators_can_give_our_permissions_to_groups(admin: Client) -> None:
    page = admin.get(reverse("wagtailusers_groups:add")).content.decode()
    for codename in ("use_restore", "view_job", "add_resolutionrule", "change_resolutionrule"):
        assert f'value="{Permission.objects.get(codename=codename).pk}"' in page


def test_a_rule_is_no_use_of_its_collection() -> None:
    assert not ReferenceIndex.model_is_indexable(ResolutionRule) or ResolutionRule not in ReferenceIndex.tracked_models


@pytest.mark.parametrize(
    ("values", "words", "then"),
    [
        ({"min_width": 800}, "800 px wide", "Upscale to the minimum"),
        ({"min_height": 600, "target_width": 900}, "600 px high", "Upscale to a width of 900 px"),
        ({"min_megapixels": Decimal("2.50")}, "2.5 megapixels", "Upscale to the minimum"),
        ({"min_width": 9, "publish": "review"}, "9 px wide", "Upscale to the minimum, after a review"),
        ({"min_width": 8, "min_height": 6, "action": "refuse"}, "8 px wide or 6 px high", "Refuse the upload"),
    ],
)
def test_words_for_a_rule(values: dict[str, Any], words: str, then: str) -> None:
    rule = ResolutionRule(**values)
    assert (condition(rule), outcome(rule)) == (words, then)


def test_twenty_megapixels_are_not_written_in_powers_of_ten() -> None:
    assert condition(ResolutionRule(min_megapixels=Decimal("20.00"))) == "20 megapixels"


def test_the_list_takes_the_same_number_of_queries_however_many_rules_there_are(
    admin: Client, make_rule: Any, django_assert_max_num_queries: Any
) -> None:
    root = Collection.get_first_root_node()
    for number in range(8):
        collection = root.add_child(name=f"collection {number}")
        make_rule(name=f"rule {number}", collection=collection)
        make_rule(name=f"erase {number}", action="erase", min_width=None, template=made(collection, f"logo {number}"))
    admin.get(reverse("restore_rules:index"))
    with django_assert_max_num_queries(11 + OF_OTHERS):
        admin.get(reverse("restore_rules:index"))
