"""Images that were in the library before the rule."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse
from wagtail.images import get_image_model
from wagtail.models import Collection

from wagtail_restore import backfill, jobs, queue
from wagtail_restore.backfill import Selection
from wagtail_restore.imaging.planning import Note, Plan, Step, Wishes
from wagtail_restore.models import ImageFacts, Job, State
from wagtail_restore.testing import make_image

pytestmark = pytest.mark.django_db


@pytest.fixture
def images() -> list[Any]:
    """Five images, 40 to 80 wide, that were there before any rule."""
    return [make_image(width, 30, title=f"{width} wide") for width in (40, 50, 60, 70, 80)]


def run(**options: Any) -> dict[str, Any]:
    out = io.StringIO()
    call_command("restore_backfill", json=True, stdout=out, **options)
    result: dict[str, Any] = json.loads(out.getvalue())
    return result


def asked() -> list[str]:
    return list(Job.objects.order_by("pk").values_list("image_title", flat=True))


def test_every_image_that_a_rule_touches_is_asked_for(images: list[Any], rule: Any, redis: Any) -> None:
    mine = rule("Wide", min_width=65)
    assert run() == {
        "dry_run": False,
        "clean_up": "off",
        "seen": 5,
        "asked": 3,
        "touched": 3,
        "megapixels": 0.008,
        "by_rule": {"Wide": 3},
        "left": {"nothing_asked": 2},
        "seconds": None,
    }
    assert asked() == ["40 wide", "50 wide", "60 wide"]
    job = Job.objects.order_by("pk")[0]
    assert (job.origin, job.rule, job.steps.steps[0].params) == ("backfill", mine, {"width": 65, "height": 49})
    assert len(queue.rung("bulk")) == 3


def test_a_dry_run_asks_for_nothing(images: list[Any], rule: Any) -> None:
    rule("Wide", min_width=65)
    result = run(dry_run=True)
    assert (result["asked"], result["touched"]) == (0, 3)
    assert asked() == []


def test_a_second_run_asks_for_nothing_twice(images: list[Any], rule: Any, redis: Any) -> None:
    rule("Wide", min_width=65)
    run()
    assert run()["left"] == {"nothing_asked": 2, "under_way": 3}
    for job in Job.objects.all():
        claimed = jobs.claim(job.pk, "worker")
        assert claimed is not None
        jobs.finish(claimed, State.FAILED, Note("bad_output"))
    result = run()
    assert (result["asked"], result["left"]) == (0, {"nothing_asked": 2, "asked_before": 3})
    assert run(again=True)["asked"] == 3


def test_a_run_that_was_stopped_goes_on_where_it_was(images: list[Any], rule: Any, redis: Any) -> None:
    rule("Wide", min_width=65)
    assert run(limit=2)["asked"] == 2
    assert run()["asked"] == 1
    assert asked() == ["40 wide", "50 wide", "60 wide"]


def test_who_takes_back_what_was_painted_has_said_nothing_of_rules(images: list[Any], rule: Any, redis: Any) -> None:
    rule("Wide", min_width=45)
    painted = Plan((Step("erase", params={"mask": "abc"}),))
    claimed = jobs.claim(jobs.request(images[0], painted, wishes=Wishes(), mask="masks/abc.png").pk, "worker")
    assert claimed is not None
    jobs.finish(claimed, State.REVIEW)
    jobs.discard(claimed)
    assert run()["asked"] == 1


def test_what_a_person_took_back_is_left_alone_unless_told(images: list[Any], rule: Any, redis: Any) -> None:
    rule("Wide", min_width=45)
    run()
    claimed = jobs.claim(Job.objects.get().pk, "worker")
    assert claimed is not None
    jobs.finish(claimed, State.REVIEW)
    jobs.discard(claimed)
    assert run()["left"] == {"said_no": 1, "nothing_asked": 4}
    assert run(again=True)["asked"] == 1


def test_a_rule_for_uploads_alone_is_not_for_the_backfill(images: list[Any], rule: Any) -> None:
    rule("Uploads", min_width=65, applies_to="uploads")
    with pytest.raises(CommandError, match="No active rule applies to the backfill"):
        run()


def test_a_rule_that_refuses_uploads_leaves_the_library_alone(images: list[Any], rule: Any) -> None:
    rule("No small ones", min_width=65, action="refuse")
    assert run()["asked"] == 0


def test_selection_by_rule(images: list[Any], rule: Any, redis: Any) -> None:
    rule("Wide", min_width=65)
    rule("High", min_height=31)
    assert run(rule="High", dry_run=True)["touched"] == 5
    assert run(rule="Wide", dry_run=True)["touched"] == 3
    with pytest.raises(CommandError, match=r"No rules are called 'Broad'\. There are: Wide, High\."):
        run(rule="Broad")


def test_selection_by_collection_with_those_inside(images: list[Any], rule: Any) -> None:
    rule("Wide", min_width=65)
    root = Collection.get_first_root_node()
    news = root.add_child(name="News")
    sport = news.add_child(name="Sport")
    make_image(30, 30, collection=sport, title="in sport")
    Job.objects.all().delete()
    assert run(collection="News", dry_run=True)["touched"] == 1


def test_selection_by_width_and_number(images: list[Any], rule: Any) -> None:
    rule("Wide", min_width=65)
    assert run(narrower_than=55, dry_run=True)["touched"] == 2
    assert run(first_id=str(images[1].pk), last_id=str(images[2].pk), dry_run=True)["touched"] == 2
    with pytest.raises(CommandError, match="'first' is not the number of an image"):
        run(first_id="first")


def test_images_without_facts_are_measured_on_the_way(images: list[Any], rule: Any) -> None:
    rule("Wide", min_width=65)
    ImageFacts.objects.all().delete()
    assert run(dry_run=True)["touched"] == 3
    assert ImageFacts.objects.count() == 5


def test_batches_cover_every_image_once(images: list[Any], rule: Any, monkeypatch: Any) -> None:
    rule("Wide", min_width=65)
    monkeypatch.setattr(backfill, "BATCH", 2)
    seen = [candidate.image.pk for candidate in backfill.candidates(Selection())]
    assert seen == list(get_image_model().objects.order_by("pk").values_list("pk", flat=True))


def test_queries_grow_with_batches_not_with_images(
    images: list[Any], rule: Any, django_assert_max_num_queries: Any
) -> None:
    rule("Wide", min_width=10_000)
    for _ in range(20):
        make_image(20, 20)
    with django_assert_max_num_queries(6):
        assert sum(1 for candidate in backfill.candidates(Selection()) if not candidate.left) == 5


def test_the_estimate_rests_on_what_was_measured(images: list[Any], rule: Any) -> None:
    rule("Wide", min_width=1000, target_width=2000)
    Job.objects.all().delete()
    done = {"state": State.PUBLISHED, "result_width": 2000, "result_height": 1000, "report": {"seconds": 4.0}}
    for _ in range(2):
        jobs.record(images[0], State.PUBLISHED, Note("published"), wishes=backfill.Wishes(), origin="code").changed(
            **done
        )
    assert backfill.throughput() == 0.5
    result = run(dry_run=True)
    assert result["seconds"] == pytest.approx(result["megapixels"] / 0.5, abs=0.1)


def test_the_account_is_readable(images: list[Any], rule: Any, redis: Any) -> None:
    rule("Wide", min_width=65)
    out = io.StringIO()
    call_command("restore_backfill", stdout=out, stderr=io.StringIO())
    assert out.getvalue().splitlines() == [
        "3 of 5 images will be restored: 0.0 megapixels.",
        "        3 by the rule Wide",
        "        2 left alone: no rule touches them",
        "How long it takes is not known yet: no picture has been restored on this site.",
    ]


def test_the_progress_bar_stays_on_one_line(images: list[Any], rule: Any, redis: Any) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    rule("Wide", min_width=65)
    bar = Terminal()
    call_command("restore_backfill", dry_run=True, stdout=io.StringIO(), stderr=bar, force_color=True)
    assert "5/5" in bar.getvalue()
    assert bar.getvalue().count("\n") == 1
    assert "\x1b" not in bar.getvalue().replace("\x1b[A", "")


def test_where_no_terminal_shows_it_there_is_no_bar(images: list[Any], rule: Any, redis: Any) -> None:
    rule("Wide", min_width=65)
    log = io.StringIO()
    call_command("restore_backfill", dry_run=True, stdout=io.StringIO(), stderr=log)
    assert log.getvalue() == ""


def test_a_capped_enlargement_counts_for_its_rule(images: list[Any], rule: Any, settings: Any) -> None:
    settings.WAGTAIL_RESTORE = {**settings.WAGTAIL_RESTORE, "MAX_OUTPUT_PIXELS": 20_000}
    rule("Huge", min_width=10_000)
    assert set(run(dry_run=True)["by_rule"]) == {"Huge"}


def test_images_that_were_moved_in_bulk_are_under_the_rules_of_their_new_collection(
    images: list[Any], rule: Any, admin_client: Any
) -> None:
    news = Collection.get_first_root_node().add_child(name="News")
    rule("Wide news", min_width=10_000, collection=news)
    model = get_image_model()
    action = reverse("wagtail_bulk_action", args=(model._meta.app_label, model._meta.model_name, "add_to_collection"))
    assert run(dry_run=True)["touched"] == 0
    moved = [images[0], images[1]]
    query = "&".join(f"id={image.pk}" for image in moved)
    answer = admin_client.post(f"{action}?{query}", {"collection": news.pk})
    assert answer.status_code == 302
    assert Job.objects.count() == 0, "moving asks for nothing by itself"
    assert run(dry_run=True)["touched"] == 2
