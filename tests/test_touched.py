"""How many images each rule touches now: the same as the backfill would ask for, in as many queries for many."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from django.contrib.contenttypes.models import ContentType
from wagtail.images import get_image_model
from wagtail.models import Collection

from wagtail_restore import backfill, jobs
from wagtail_restore.backfill import Selection
from wagtail_restore.imaging.anchoring import place
from wagtail_restore.imaging.planning import Plan, Step, Wishes
from wagtail_restore.models import ImageFacts, Job, MaskTemplate, ResolutionRule, State
from wagtail_restore.testing import make_image
from wagtail_restore.touched import Reach

pytestmark = pytest.mark.django_db


@pytest.fixture
def news() -> Collection:
    return Collection.get_first_root_node().add_child(name="News")


@pytest.fixture
def sports(news: Collection) -> Collection:
    return news.add_child(name="Sports")


def template(collection: Collection, name: str = "Logo", **values: Any) -> MaskTemplate:
    """A mark of 20 × 10, 4 px from the upper left corner of 64 × 48, whose file is nowhere."""
    box = {"box_x": 4, "box_y": 4, "box_width": 20, "box_height": 10, "width": 64, "height": 48}
    where = {"collection": collection, "anchor": "top-left", "file": f"templates/{name}.png"}
    return MaskTemplate.objects.create(name=name, **{**box, **where, **values})


def counts() -> dict[str, int]:
    rules = list(ResolutionRule.objects.select_related("collection", "template__collection"))
    return {rule.name: count for rule, count in zip(rules, Reach(rules).counts, strict=True)}


def asked() -> dict[str, int]:
    """What the backfill would ask for."""
    return dict(backfill.survey(Selection()).by_rule)


def touched(number: int = 0) -> list[str]:
    rules = list(ResolutionRule.objects.select_related("collection", "template__collection"))
    images = Reach(rules).images(number, get_image_model().objects.order_by("title"))
    return [image.title for image in images]


def job_by(image: Any, state: str, rule: ResolutionRule, plan: Plan | None = None, **values: Any) -> Job:
    wanted = plan or Plan((Step("upscale", "auto", {"width": 90, "height": 90}),))
    job = jobs.request(image, wanted, wishes=Wishes(), origin="backfill", rule=rule.pk)
    job.changed(state=state, open_key=job.open_key if state in State.open() else None, **values)
    return job


def test_an_image_counts_for_the_first_rule_that_holds_where_it_is(news: Any, sports: Any, rule: Any) -> None:
    for width in (40, 60, 80):
        make_image(width, 30, title=f"{width} in Sports", collection=sports)
        make_image(width, 30, title=f"{width} in Root")
    rule("Sports", min_width=50, collection=sports, sort_order=0)
    rule("News", min_width=70, collection=news, sort_order=1)
    rule("Everywhere", min_width=65, sort_order=2)
    assert counts() == asked() == {"Sports": 1, "News": 1, "Everywhere": 2}
    assert touched(0) == ["40 in Sports"]
    assert touched(1) == ["60 in Sports"]
    assert touched(2) == ["40 in Root", "60 in Root"]
    ResolutionRule.objects.filter(name="Everywhere").update(sort_order=-1)
    assert {name: count for name, count in counts().items() if count} == asked() == {"Everywhere": 4}


@pytest.mark.parametrize("size", [{"min_width": 60}, {"min_height": 30}, {"min_width": 50, "min_height": 31}])
@pytest.mark.parametrize("megapixels", [None, "0.01"])
def test_every_border_is_where_the_backfill_has_it(rule: Any, size: dict[str, int], megapixels: str | None) -> None:
    for width, height in ((59, 29), (60, 29), (60, 30), (61, 31), (100, 100), (101, 99), (100, 101)):
        make_image(width, height)
    rule("Rule", **({"min_megapixels": megapixels} if megapixels else size))
    assert counts() == asked()


def test_what_no_step_can_work_on_is_not_counted(rule: Any, settings: Any) -> None:
    make_image(40, 30, title="Good")
    ImageFacts.objects.for_image(make_image(40, 30, title="Animated")).update(format="GIF", frames=3)
    ImageFacts.objects.for_image(make_image(40, 30, title="Drawing")).update(format="SVG")
    ImageFacts.objects.for_image(make_image(40, 30, title="Views")).update(format="MPO", frames=2)
    ImageFacts.objects.for_image(make_image(40, 30, title="Broken")).update(problem="unreadable")
    ImageFacts.objects.for_image(make_image(40, 30, title="Full")).update(format="WEBP", height=16383, pixels=655320)
    make_image(40, 300, title="Too large")
    settings.WAGTAIL_RESTORE = {**settings.WAGTAIL_RESTORE, "MAX_OUTPUT_PIXELS": 10_000}
    rule("Rule", min_width=80)
    assert touched() == ["Good", "Views"]
    assert counts() == asked()


def test_what_is_under_way_and_what_a_person_said_no_to_is_not_counted(rule: Any) -> None:
    mine = rule("Rule", min_width=90, active=False)
    for state in (State.WAITING, State.RUNNING, State.REVIEW, State.DISCARDED, State.WITHDRAWN):
        job_by(make_image(40, 30, title=state), state, mine)
    make_image(40, 30, title="Untouched")
    painted = Plan((Step("erase", params={"mask": "masks/1.png"}),))
    job_by(make_image(40, 30, title="Painted"), State.WITHDRAWN, mine, plan=painted)
    other = make_image(40, 30, title="Another file since")
    job_by(other, State.DISCARDED, mine, source_hash="0" * 40)
    ResolutionRule.objects.update(active=True)
    assert touched() == ["Another file since", "Painted", "Untouched"]
    assert counts() == asked()


def test_what_failed_is_still_too_small(rule: Any) -> None:
    image = make_image(40, 30)
    job_by(image, State.FAILED, rule("Rule", min_width=90))
    assert counts() == {"Rule": 1}


def test_a_rule_for_uploads_counts_as_if_the_images_were_uploaded_now(rule: Any) -> None:
    make_image(40, 30)
    other = make_image(55, 30)
    rule("Old ones", min_width=50, applies_to="backfill", sort_order=0)
    new = rule("New ones", min_width=60, applies_to="uploads", sort_order=1)
    job_by(other, State.DISCARDED, new)
    assert counts() == {"Old ones": 1, "New ones": 2}


def test_rules_that_refuse_count_what_they_would_refuse_each_for_itself(rule: Any) -> None:
    for width in (40, 60):
        make_image(width, 30)
    ImageFacts.objects.for_image(make_image(40, 30)).update(format="SVG")
    rule("Small", min_width=50, action="refuse", sort_order=0)
    rule("Large", min_width=80, action="refuse", sort_order=1)
    rule("Upscale", min_width=50, sort_order=2)
    assert counts() == {"Small": 1, "Large": 2, "Upscale": 1}


def test_a_template_counts_what_it_lies_on_and_has_not_been_erased_from(news: Any, rule: Any) -> None:
    logo = template(news)
    done, healed, replaced = (make_image(64, 48, title=title, collection=news) for title in ("Done", "Healed", "New"))
    make_image(64, 48, title="Untouched", collection=news)
    make_image(18, 9, title="Within the mark", collection=news)
    make_image(64, 48, title="Elsewhere")
    mine = rule("Logo", action="erase", template=logo, sort_order=0)
    rule("Behind it", action="erase", template=template(news, "Stamp"), sort_order=1)
    plan = Plan((Step("erase", params={"template": logo.stencil.to_json()}),))
    for image, made in ((done, done.file_hash), (healed, "1" * 40), (replaced, "2" * 40)):
        job_by(image, State.PUBLISHED, mine, plan=plan, report={"sha1": made})
    job_by(healed, State.PUBLISHED, mine, source_hash="1" * 40, report={"sha1": healed.file_hash})
    assert touched() == ["New", "Untouched"]
    assert counts() == {"Logo": 2, "Behind it": 0}
    assert asked() == {"Logo": 2}


@pytest.mark.parametrize("anchor", ["top-left", "top-right", "bottom-left", "bottom-right", "whole"])
@pytest.mark.parametrize("box", [(4, 4, 20, 10), (40, 30, 20, 15), (0, 40, 64, 8), (60, 0, 4, 48)])
def test_a_mark_lies_where_planning_places_it(news: Any, rule: Any, anchor: str, box: tuple[int, ...]) -> None:
    names = ("box_x", "box_y", "box_width", "box_height")
    logo = template(news, anchor=anchor, **dict(zip(names, box, strict=True)))
    image = make_image(64, 48, collection=news)
    rule("Logo", action="erase", template=logo)
    kind = ContentType.objects.get_for_model(get_image_model())
    sizes = list(itertools.product((3, 10, 20, 21, 48, 64, 90, 200), (3, 8, 10, 12, 47, 48, 64, 300)))
    facts = {"content_type": kind, "format": "PNG", "frames": 1}
    ImageFacts.objects.all().delete()
    for width, height in sizes:
        bear = place(logo.stencil, width, height) is not None
        row = ImageFacts(object_id=str(image.pk), width=width, height=height, pixels=width * height, **facts)
        row.save()
        assert counts() == {"Logo": int(bear)}, (width, height)
        row.delete()


def test_an_image_that_is_gone_is_not_counted(rule: Any) -> None:
    kind = ContentType.objects.get_for_model(get_image_model())
    ImageFacts.objects.create(content_type=kind, object_id="4711", width=4, height=3, pixels=12, format="PNG")
    rule("Rule", min_width=50)
    assert counts() == {"Rule": 0}


def test_many_rules_take_as_many_queries_as_few(news: Any, rule: Any, django_assert_num_queries: Any) -> None:
    make_image(40, 30)
    for number in range(12):
        rule(f"Rule {number}", min_width=20 + number, sort_order=number)
        rule(f"Logo {number}", action="erase", template=template(news, f"{number}"), sort_order=number)
    rules = list(ResolutionRule.objects.select_related("collection", "template__collection"))
    ContentType.objects.get_for_model(get_image_model())
    with django_assert_num_queries(2):
        assert sum(Reach(rules).counts) == 0
    assert Reach([]).counts == []
