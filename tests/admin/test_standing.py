"""Where an image stands, and which images a rule would enlarge: SQL against the same decisions in Python."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from wagtail.images import get_image_model

from tests.admin.conftest import DOUBLE
from wagtail_restore import backfill, jobs
from wagtail_restore.admin import actions
from wagtail_restore.admin.standing import Standing, standing_in, standings
from wagtail_restore.imaging.planning import Wishes
from wagtail_restore.models import ImageFacts, Job, Version
from wagtail_restore.testing import make_image

pytestmark = pytest.mark.django_db


def below() -> set[str]:
    return {image.title for image in standing_in(get_image_model(), [Standing.BELOW])}


def stands(image: Any) -> str | None:
    now = get_image_model().objects.get(pk=image.pk)
    found = standings([now])
    chosen = [each for each in Standing if each != Standing.BELOW and standing_in(type(now), [each]).exists()]
    assert chosen == list(found.values())
    return found.get(now.pk)


@pytest.fixture
def restored(published: Job) -> Any:
    """An image that shows a result, of which its Job knows the hash, as a worker leaves it."""
    image = published.image()
    published.changed(report={**published.report, "sha1": image.file_hash})
    return image


def test_a_published_result_is_restored_until_somebody_goes_back(restored: Any, admin_user: Any) -> None:
    assert stands(restored) == Standing.RESTORED
    actions.go_back(Version.objects.get(), admin_user)
    assert stands(restored) is None


def test_a_result_that_was_made_once_more_and_discarded_hides_no_published_one(restored: Any, admin_user: Any) -> None:
    shown = restored.file_hash
    actions.go_back(Version.objects.get(), admin_user)
    again = jobs.request(get_image_model().objects.get(pk=restored.pk), DOUBLE, wishes=Wishes())
    again.changed(state="discarded", open_key=None, report={"sha1": shown})
    actions.go_back(Version.objects.get(file_hash=shown), admin_user)
    assert stands(restored) == Standing.RESTORED


def test_pages_of_any_length_are_told_each_its_own_images(restored: Any) -> None:
    others = [make_image(name=f"other-{number}.jpg") for number in range(4)]
    for rows in ([restored], [*others, restored], [others[0]], [restored, others[3]], others):
        assert standings(rows) == ({restored.pk: Standing.RESTORED} if restored in rows else {})


def test_another_file_is_not_restored(restored: Any) -> None:
    restored.file = make_image(32, 32).file
    restored._set_image_file_metadata()
    restored.save()
    assert stands(restored) is None


def test_a_follow_up_does_not_hide_the_review(job_in: Callable[..., Job], image: Any) -> None:
    job_in("review")
    jobs.request(image, backfill.Plan(()), wishes=Wishes())
    assert stands(image) == Standing.REVIEW


def test_what_failed_before_the_result_is_forgotten(restored: Any) -> None:
    failed = jobs.request(restored, DOUBLE, wishes=Wishes())
    failed.changed(state="failed", open_key=None)
    assert stands(restored) == Standing.FAILED
    later = jobs.request(restored, DOUBLE, wishes=Wishes())
    assert stands(restored) == Standing.WORKING
    later.changed(state="kept", open_key=None)
    assert stands(restored) == Standing.RESTORED


def test_a_failure_of_an_earlier_file_is_not_told(job_in: Callable[..., Job], image: Any) -> None:
    job_in("failed").changed(source_name="original_images/other.jpg", source_hash="0" * 40)
    assert stands(image) is None


@pytest.mark.parametrize(
    ("code", "told"),
    [("truncated", Standing.FAILED), ("unreadable", Standing.FAILED), ("animated", None), ("mislabelled", None)],
)
def test_a_broken_file_needs_somebody(job_in: Callable[..., Job], image: Any, code: str, told: Standing | None) -> None:
    job_in("skipped").changed(reason={"code": code, "params": {}})
    assert stands(image) == told


def test_nothing_is_asked_for_no_image(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        assert standings([]) == {}


SIZES = ((64, 48), (48, 64), (200, 20), (99, 100), (100, 100), (400, 300))


@pytest.mark.parametrize(
    "rules",
    [
        [{"min_width": 100}],
        [{"min_height": 60}],
        [{"min_width": 100, "min_height": 60}],
        [{"min_megapixels": "0.01"}],
        [{"min_width": 50}, {"min_height": 101}],
        [{"min_width": 100, "applies_to": "uploads"}],
        [{"min_width": 100, "active": False}],
        [{"min_width": 100, "action": "refuse"}],
        [{"min_width": 100, "scoped": True}, {"min_height": 50}],
        [],
    ],
)
def test_it_is_what_the_backfill_would_touch(rules: list[dict[str, Any]], news: Any, make_rule: Any) -> None:
    make_rule(min_width=None, min_megapixels=None, active=False)
    for rule in rules:
        scoped = {"collection": news} if "scoped" in rule else {}
        fields = {name: value for name, value in rule.items() if name != "scoped"}
        make_rule(**{"min_width": None, "applies_to": "backfill", **scoped, **fields})
    inner = news.add_child(name="Sports")
    for width, height in SIZES:
        for place in ({}, {"collection": news}, {"collection": inner}):
            make_image(width, height, title=f"{width}x{height} {place.get('collection')}", **place)
    touched = {each.image.title for each in backfill.candidates(backfill.Selection()) if not each.left}
    assert below() == touched


def test_what_cannot_be_worked_on_is_not_below_a_rule(make_rule: Any, settings: Any) -> None:
    make_rule(min_width=100, applies_to="backfill")
    for title, facts in {
        "fine": {},
        "burst": {"format": "MPO", "frames": 2},
        "animated": {"frames": 3},
        "vector": {"format": "SVG"},
        "broken": {"problem": "unreadable"},
        "long": {"format": "WEBP", "height": 16383},
        "other file": {"file_name": "else.jpg"},
        "huge": {"pixels": 10**9},
    }.items():
        ImageFacts.objects.filter(object_id=str(make_image(title=title).pk)).update(**facts)
    assert below() == {"fine", "burst"}


def test_open_jobs_and_those_that_were_refused_are_left_out(
    make_rule: Any, image: Any, job_in: Callable[..., Job]
) -> None:
    make_rule(min_width=100, applies_to="backfill")
    assert below() == {"Picture"}
    job = job_in("review")
    assert below() == set()
    jobs.discard(job)
    assert below() == set()
    Job.objects.update(plan={"mode": "strict", "review": False, "steps": [{"params": {"mask": "0"}}]})
    assert below() == {"Picture"}
