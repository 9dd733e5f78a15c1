"""Which rules hold for an image in its collection, and what they make of its Facts."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from wagtail.models import Collection

from wagtail_restore import rules
from wagtail_restore.imaging.planning import Note, Upscale, Wishes
from wagtail_restore.models import ImageFacts
from wagtail_restore.rules import Rulebook

pytestmark = pytest.mark.django_db


@pytest.fixture
def collections() -> SimpleNamespace:
    root = Collection.get_first_root_node()
    news = root.add_child(name="News")
    sport = news.add_child(name="Sport")
    shop = Collection.objects.get(pk=root.pk).add_child(name="Shop")
    return SimpleNamespace(root=root, news=news, sport=sport, shop=shop)


def facts(width: int, height: int, **fields: Any) -> ImageFacts:
    return ImageFacts(width=width, height=height, format=fields.pop("format", "JPEG"), **fields)


def names(book: Rulebook, collection: Any) -> list[str]:
    return [spec.name for spec in book.holding_in(collection)]


def test_a_rule_holds_in_its_collection_and_those_inside(rule: Any, collections: SimpleNamespace) -> None:
    rule("everywhere", min_width=100)
    rule("news", min_width=100, collection=collections.news)
    book = Rulebook.load("uploads")
    assert names(book, collections.sport) == ["everywhere", "news"]
    assert names(book, collections.news) == ["everywhere", "news"]
    assert names(book, collections.shop) == ["everywhere"]
    assert names(book, collections.root) == ["everywhere"]
    assert names(book, None) == ["everywhere"]


def test_rules_come_in_the_administrators_order(rule: Any) -> None:
    rule("second", min_width=100, sort_order=2)
    rule("first", min_width=100, sort_order=1)
    assert names(Rulebook.load("uploads"), None) == ["first", "second"]


def test_an_inactive_rule_does_not_hold(rule: Any) -> None:
    rule("asleep", min_width=100, active=False)
    assert names(Rulebook.load("uploads"), None) == []


def test_a_rule_holds_for_what_it_applies_to(rule: Any) -> None:
    rule("both", min_width=100)
    rule("uploads", min_width=100, applies_to="uploads")
    rule("backfill", min_width=100, applies_to="backfill")
    assert names(Rulebook.load("uploads"), None) == ["both", "uploads"]
    assert names(Rulebook.load("backfill"), None) == ["both", "backfill"]


def test_a_single_rule_can_be_picked(rule: Any) -> None:
    rule("one", min_width=100)
    two = rule("two", min_width=100)
    assert names(Rulebook.load("uploads", only=two.pk), None) == ["two"]


def test_refusal_tells_the_rule_and_the_numbers(rule: Any, collections: SimpleNamespace) -> None:
    rule("Photos in News", min_width=1600, action="refuse", collection=collections.news, message="Ask the agency.")
    book = Rulebook.load("uploads")
    note = rules.refusal_for(640, 480, collections.sport, book)
    assert note == Note(
        "refused",
        {
            "rule": "Photos in News",
            "width": 640,
            "height": 480,
            "min_width": 1600,
            "min_height": None,
            "min_megapixels": None,
            "message": "Ask the agency.",
        },
    )
    assert rules.refusal_for(640, 480, collections.shop, book) is None
    assert rules.refusal_for(1600, 10, collections.news, book) is None


def test_a_plan_keeps_to_the_longest_side_of_the_format(rule: Any) -> None:
    rule("Huge", min_height=20_000)
    decision = rules.decide(facts(400, 400, format="WEBP"), None, Wishes(), Rulebook.load("uploads"))
    assert decision.plan is not None
    assert decision.plan.steps[0].params == {"width": 11313, "height": 11313}  # 128 megapixels come first
    tall = rules.decide(facts(40, 400, format="WEBP"), None, Wishes(), Rulebook.load("uploads"))
    assert tall.plan is not None and tall.plan.steps[0].params == {"width": 1638, "height": 16383}


def test_the_sites_own_limit_counts(rule: Any, settings: Any) -> None:
    settings.WAGTAIL_RESTORE = {**settings.WAGTAIL_RESTORE, "MAX_OUTPUT_PIXELS": 1_000_000}
    decision = rules.decide(facts(500, 500), None, Wishes(upscale=Upscale.X4), Rulebook.load("uploads"))
    assert decision.plan is not None and decision.plan.steps[0].params == {"width": 1000, "height": 1000}


@pytest.mark.parametrize("row", [None, ImageFacts(), ImageFacts(problem="truncated", width=10, height=10)])
def test_a_file_that_could_not_be_read_is_never_planned(rule: Any, row: ImageFacts | None) -> None:
    rule("Wide", min_width=1600)
    decision = rules.decide(row, None, Wishes(), Rulebook.load("uploads"))
    assert decision.plan is None
    assert decision.reason.code == (row.problem if row and row.problem else "unreadable")


def test_wishes_are_taken_off_the_instance_once() -> None:
    image = SimpleNamespace()
    rules.hang(image, Wishes(upscale=Upscale.X2), "somebody")
    assert rules.unhang(image) == (Wishes(upscale=Upscale.X2), "somebody")
    assert rules.unhang(image) == (None, None)
