"""The list of rules: what each touches now, what waits by it, and its place in the order."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from wagtail.models import Collection

from tests.admin.conftest import OF_OTHERS, browser, person
from tests.admin.test_rules import made
from wagtail_restore import jobs
from wagtail_restore.imaging.planning import Plan, Step, Wishes
from wagtail_restore.models import ResolutionRule
from wagtail_restore.testing import make_image

pytestmark = pytest.mark.django_db

MakeRule = Callable[..., ResolutionRule]
INDEX = "/admin/restore/rules/"
PLAN = Plan((Step("upscale", "auto", {"width": 90, "height": 90}),))


def cells(client: Client, url: str = INDEX) -> dict[int, str]:
    """What each rule touches, as a reader reads it."""
    found = re.findall(r'data-restore-counts="(\d+)">(.*?)</td>', client.get(url).text, re.DOTALL)
    return {int(pk): " ".join(re.sub(r"<[^>]+>", " ", cell).split()) for pk, cell in found}


def asked_by(rule: ResolutionRule, *states: str) -> None:
    """Jobs of images that no rule has seen coming."""
    awake = list(ResolutionRule.objects.filter(active=True).values_list("pk", flat=True))
    ResolutionRule.objects.update(active=False)
    for state in states:
        jobs.request(make_image(30, 30), PLAN, wishes=Wishes(), rule=rule.pk).changed(state=state)
    ResolutionRule.objects.filter(pk__in=awake).update(active=True)


def test_each_active_rule_tells_how_many_images_it_touches_and_what_waits_by_it(
    admin: Client, make_rule: MakeRule
) -> None:
    for width in (40, 60, 75):
        make_image(width, 30)
    first = make_rule(name="First", min_width=50, sort_order=0)
    second = make_rule(name="Second", min_width=70, sort_order=1)
    refusing = make_rule(name="Refusing", min_width=70, action="refuse", sort_order=2)
    uploads = make_rule(name="Uploads", min_width=80, applies_to="uploads", sort_order=3)
    idle = make_rule(name="Idle", min_width=20, sort_order=4)
    asleep = make_rule(name="Asleep", min_width=900, active=False, sort_order=5)
    asked_by(first, "waiting", "waiting", "running")
    assert cells(admin) == {
        first.pk: "1 image 2 waiting, 1 in work",
        second.pk: "1 image",
        refusing.pk: "5 would be refused",
        uploads.pk: "1 if uploaded now",
        idle.pk: "No image",
        asleep.pk: "—",
    }


def test_whoever_may_see_jobs_is_led_to_them(make_rule: MakeRule) -> None:
    asked_by(rule := make_rule(), "waiting")
    keeper = browser(person("keeper", "change_resolutionrule"))
    reader = browser(person("reader", "change_resolutionrule", "view_job"))
    assert "1 waiting" in keeper.get(INDEX).text
    address = f"/admin/restore/report/?rule={rule.pk}&amp;state=waiting&amp;state=running"
    assert address not in keeper.get(INDEX).text
    assert address in reader.get(INDEX).text
    assert len(reader.get(address.replace("&amp;", "&")).context["object_list"]) == 1


def test_the_order_decides_what_counts(admin: Client, make_rule: MakeRule) -> None:
    make_image(40, 30)
    make_rule(name="First", min_width=50, sort_order=0)
    second = make_rule(name="Second", min_width=60, sort_order=1)
    assert list(cells(admin).values()) == ["1 image", "No image"]
    admin.post(f"{INDEX}reorder/{second.pk}/?position=0")
    assert list(cells(admin, f"{INDEX}results/").values()) == ["1 image", "No image"]
    assert next(iter(cells(admin))) == second.pk


def test_rules_that_code_gave_the_same_number_can_be_moved_too(admin: Client, make_rule: MakeRule) -> None:
    rules = [make_rule(name=name) for name in "ABC"]
    assert admin.post(f"{INDEX}reorder/{rules[2].pk}/?position=0").status_code == 200
    assert list(ResolutionRule.objects.values_list("name", "sort_order")) == [("C", 0), ("A", 1), ("B", 2)]


def test_whoever_may_only_read_does_not_change_the_order(make_rule: MakeRule) -> None:
    make_rule(name="First", sort_order=0)
    second = make_rule(name="Second", sort_order=1)
    reader = browser(person("reader", "view_resolutionrule"))
    assert "w-orderable" not in reader.get(INDEX).text
    reader.post(f"{INDEX}reorder/{second.pk}/?position=0")
    assert list(ResolutionRule.objects.values_list("name", flat=True)) == ["First", "Second"]


def test_the_numbers_take_as_many_queries_for_many_rules_as_for_few(
    admin: Client, make_rule: MakeRule, news: Collection, django_assert_max_num_queries: Any
) -> None:
    make_image(40, 30)
    for number in range(8):
        asked_by(make_rule(name=f"rule {number}", min_width=20 + number, collection=news), "waiting")
        make_rule(name=f"erase {number}", action="erase", min_width=None, template=made(news, f"logo {number}"))
    admin.get(INDEX)
    with django_assert_max_num_queries(13 + OF_OTHERS):
        admin.get(INDEX)
    with django_assert_max_num_queries(9):
        assert admin.get(INDEX, {"export": "csv"}).getvalue().count(b"rule ") == 8
