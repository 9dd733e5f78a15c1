"""What a rule would touch as it stands in the form."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from wagtail.models import Collection, GroupCollectionPermission

from tests.admin.conftest import browser, person
from tests.admin.test_rules import FORM, NEW, made
from wagtail_restore.models import ResolutionRule
from wagtail_restore.testing import make_image

pytestmark = pytest.mark.django_db

MakeRule = Callable[..., ResolutionRule]
TOUCHED = "/admin/restore/rules/touched/"


@pytest.fixture
def images(db: Any, news: Collection) -> list[Any]:
    return [make_image(width, 30, title=f"{width} wide", collection=news) for width in (40, 50, 60)]


def ask(client: Client, pk: int | None = None, **values: str) -> dict[str, Any]:
    response = client.post(f"{TOUCHED}{pk}/" if pk else TOUCHED, {**FORM, **values})
    assert response.status_code == 200
    answer: dict[str, Any] = response.json()
    return answer


def test_a_rule_that_is_not_saved_is_counted(admin: Client, images: list[Any]) -> None:
    answer = ask(admin, name="", min_width="55")
    assert (answer["say"], answer["wrong"]) == ("2 images are touched by this rule now.", False)
    assert answer["pictures"].index("50 wide") < answer["pictures"].index("40 wide"), "the newest come first"
    assert answer["pictures"].count("<img") == 2 and "60 wide" not in answer["pictures"]
    assert f'href="/admin/images/{images[0].pk}/"' in answer["pictures"]
    assert not ResolutionRule.objects.exists()


def test_the_words_fit_what_it_does(admin: Client, images: list[Any], news: Collection) -> None:
    assert ask(admin, min_width="10") == {
        "say": "No image is touched by this rule now.",
        "pictures": "",
        "wrong": False,
    }
    assert ask(admin, min_width="45")["say"] == "1 image is touched by this rule now."
    refused = ask(admin, min_width="55", action="refuse")
    assert refused["say"] == "2 images that are in the library would be refused."
    uploads = ask(admin, min_width="45", applies_to="uploads")
    assert uploads["say"] == "1 image that is in the library would be touched if it were uploaded now."
    logo = made(news)
    assert ask(admin, min_width="", action="erase", template=str(logo.pk))["say"].startswith("3 images are")


def test_what_is_wrong_with_the_condition_is_told(admin: Client, images: list[Any]) -> None:
    answer = ask(admin, min_width="")
    assert answer["say"] == "Minimum width: Give a minimum width, a minimum height, or minimum megapixels."
    assert (answer["pictures"], answer["wrong"]) == ("", True)
    assert ask(admin, min_width="many")["say"] == "Minimum width: Enter a whole number."


def test_a_rule_is_counted_in_its_place(admin: Client, images: list[Any], make_rule: MakeRule) -> None:
    first = make_rule(name="First", min_width=45, sort_order=0)
    second = make_rule(name="Second", min_width=55, sort_order=1)
    make_rule(name="Third", min_width=70, sort_order=2)
    make_rule(name="Asleep", min_width=70, sort_order=-1, active=False)
    assert ask(admin, first.pk, min_width="55")["say"].startswith("2 images")
    assert ask(admin, second.pk, min_width="55")["say"].startswith("1 image is")
    assert ask(admin, second.pk, min_width="55", active="")["say"].startswith("1 image is")
    assert ask(admin, min_width="900")["say"].startswith("No image")
    first.refresh_from_db()
    assert first.min_width == 45


def test_only_images_that_one_may_see_are_shown(images: list[Any], make_rule: MakeRule, news: Collection) -> None:
    make_image(40, 30, title="Elsewhere")
    keeper = person("keeper", "add_resolutionrule", images=())
    assert ask(browser(keeper), min_width="55")["say"].startswith("3 images")
    assert ask(browser(keeper), min_width="55")["pictures"] == ""
    chooser = person("chooser", "add_resolutionrule", images=("choose",))
    GroupCollectionPermission.objects.filter(group__name="chooser").update(collection=news)
    pictures = ask(browser(chooser), min_width="55")["pictures"]
    assert pictures.count("<img") == 2 and "href" not in pictures and "Elsewhere" not in pictures


def test_the_answer_is_for_those_who_may_write_the_rule(images: list[Any], make_rule: MakeRule) -> None:
    rule = make_rule()
    keeper = browser(person("keeper", "change_resolutionrule"))
    maker = browser(person("maker", "add_resolutionrule"))
    reader = browser(person("reader", "view_resolutionrule", "view_job"))
    allowed = {(client, pk) for client in (keeper, maker, reader) for pk in ("", f"{rule.pk}/")}
    answered = {each for each in allowed if each[0].post(TOUCHED + each[1], FORM).status_code == 200}
    assert answered == {(keeper, f"{rule.pk}/"), (maker, "")}
    assert keeper.get(f"{TOUCHED}{rule.pk}/").status_code == 405
    assert keeper.post(f"{TOUCHED}4711/", FORM).status_code == 404


def test_twelve_are_shown_in_as_many_queries_as_one(
    admin: Client, images: list[Any], django_assert_max_num_queries: Any
) -> None:
    for number in range(12):
        make_image(40, 30, title=f"More {number}")
    assert ask(admin, min_width="55")["pictures"].count("<img") == 12
    with django_assert_max_num_queries(10):
        assert ask(admin, min_width="55")["say"].startswith("14 images")


def test_the_forms_ask_for_it(admin: Client, make_rule: MakeRule) -> None:
    assert f'data-restore-touched-url-value="{TOUCHED}"' in admin.get(NEW).text
    rule = make_rule()
    assert f'url-value="{TOUCHED}{rule.pk}/"' in admin.get(f"/admin/restore/rules/edit/{rule.pk}/").text
    assert f'url-value="{TOUCHED}"' in admin.get(f"/admin/restore/rules/copy/{rule.pk}/").text
