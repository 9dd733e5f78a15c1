"""Known marks that are added or changed after the library was cleaned up: what was looked at without them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from wagtail.models import Collection

from wagtail_restore import backfill, jobs
from wagtail_restore.admin import actions
from wagtail_restore.backfill import Selection
from wagtail_restore.imaging.planning import CleanUp, Note
from wagtail_restore.models import Job, KnownMark, State
from wagtail_restore.testing import make_image

pytestmark = pytest.mark.django_db
MARKS = Selection(clean_up=CleanUp.MARKS)
REGION = {"kind": "date", "box": [2, 2, 9, 9], "polygon": [], "text": "1998", "confidence": 0.5}


@pytest.fixture(autouse=True)
def nobody_is_rung_for(redis: Any) -> None:
    """Asking rings for workers."""


@pytest.fixture
def news() -> Collection:
    return Collection.get_first_root_node().add_child(name="News")


@pytest.fixture
def make_mark(news: Collection) -> Callable[..., KnownMark]:
    def make(**fields: Any) -> KnownMark:
        return KnownMark.objects.create(**{"name": "Agency", "collection": news, "words": "Example Agency", **fields})

    return make


def left(selection: Selection = MARKS) -> dict[str, int]:
    return dict(backfill.survey(selection).left)


def cleaned(image: Any, state: State = State.KEPT, clean_up: CleanUp = CleanUp.MARKS) -> Job:
    """The Job of a clean-up that ended like this; a published one has another file than before."""
    backfill.ask(Selection(clean_up=clean_up, first_id=image.pk, last_id=image.pk))
    job = jobs.claim(Job.objects.latest("pk").pk, "worker")
    assert job is not None
    return ended(job, state)


def ended(job: Job, state: State) -> Job:
    made = f"{job.pk:040x}"
    jobs.finish(job, state, Note(str(state)), report={"sha1": made})
    if state == State.PUBLISHED:
        image = job.image()
        type(image).objects.filter(pk=image.pk).update(file_hash=made)
    return job


@pytest.mark.parametrize(
    ("state", "before"),
    [(State.KEPT, "asked_before"), (State.FAILED, "asked_before"), (State.PUBLISHED, "erased_before")],
)
def test_an_image_that_was_looked_at_before_a_mark_was_added_is_looked_at_again_once(
    news: Collection, make_mark: Callable[..., KnownMark], state: State, before: str
) -> None:
    image = make_image(collection=news)
    cleaned(image, state)
    assert left() == {before: 1}
    make_mark()
    assert backfill.survey(MARKS).asked == 1
    cleaned(image, State.KEPT)
    assert left() == {"asked_before": 1}


def test_a_mark_that_was_added_while_the_job_waited_was_looked_for(
    news: Collection, make_mark: Callable[..., KnownMark]
) -> None:
    backfill.ask(Selection(clean_up=CleanUp.MARKS, first_id=make_image(collection=news).pk))
    make_mark()
    job = jobs.claim(Job.objects.get().pk, "worker")
    assert job is not None
    ended(job, State.KEPT)
    job.refresh_from_db()
    assert job.started_at is not None
    assert job.created_at < KnownMark.objects.get().changed_at < job.started_at
    assert left() == {"asked_before": 1}


def test_what_was_looked_at_once_more_and_cleaned_stays(news: Collection, make_mark: Callable[..., KnownMark]) -> None:
    image = make_image(collection=news)
    cleaned(image, State.PUBLISHED)
    make_mark()
    cleaned(image, State.PUBLISHED)
    assert left() == {"erased_before": 1}


@pytest.mark.parametrize("state", [State.DISCARDED, State.WITHDRAWN])
def test_a_new_mark_does_not_touch_what_a_person_said_no_to(
    news: Collection, make_mark: Callable[..., KnownMark], state: State
) -> None:
    job = cleaned(make_image(collection=news))
    job.changed(state=state)
    make_mark()
    assert left() == {"said_no": 1}


@pytest.mark.parametrize(
    ("change", "asked"),
    [
        ({"words": "Another Agency"}, 1),
        ({"picture": "known-marks/another.png"}, 1),
        ({"name": "Agency, white"}, 0),
        ({"active": False}, 0),
    ],
)
def test_what_is_looked_for_counts_and_not_what_it_is_called(
    news: Collection, make_mark: Callable[..., KnownMark], change: dict[str, Any], asked: int
) -> None:
    mark = make_mark()
    cleaned(make_image(collection=news))
    for name, value in change.items():
        setattr(mark, name, value)
    mark.save(update_fields=list(change))
    assert backfill.survey(MARKS).asked == asked


def test_a_mark_that_is_looked_for_again_counts_as_new(news: Collection, make_mark: Callable[..., KnownMark]) -> None:
    mark = make_mark(active=False)
    cleaned(make_image(collection=news))
    mark.active = True
    mark.save()
    assert backfill.survey(MARKS).asked == 1


def test_a_mark_counts_in_its_collection_and_those_inside_it(
    news: Collection, make_mark: Callable[..., KnownMark]
) -> None:
    inside, beside = news.add_child(name="Sport"), Collection.get_first_root_node().add_child(name="Archive")
    images = [make_image(collection=each) for each in (inside, beside)]
    for image in images:
        cleaned(image)
    mark = make_mark()
    again = [each.image.pk for each in backfill.candidates(MARKS) if not each.left]
    assert again == [images[0].pk]
    mark.collection = beside
    mark.save()
    again = [each.image.pk for each in backfill.candidates(MARKS) if not each.left]
    assert again == [images[1].pk]


def test_dates_have_no_part_in_it(news: Collection, make_mark: Callable[..., KnownMark]) -> None:
    cleaned(make_image(collection=news), State.PUBLISHED)
    cleaned(make_image(collection=news), clean_up=CleanUp.DATES)
    make_mark()
    assert left(Selection(clean_up=CleanUp.DATES)) == {"erased_before": 1, "asked_before": 1}


def test_what_a_person_chose_was_found_when_it_was_proposed(
    news: Collection, make_mark: Callable[..., KnownMark], admin_user: Any
) -> None:
    image = make_image(collection=news)
    proposed = cleaned(image, State.REVIEW)
    proposed.changed(report={"regions": [REGION]})
    make_mark()
    further = actions.decide(proposed, [0], admin_user, confirms=True)
    assert further is not None
    claimed = jobs.claim(further.pk, "worker")
    assert claimed is not None
    ended(claimed, State.PUBLISHED)
    assert backfill.survey(MARKS).asked == 1, "the mark was not there when the picture was looked at"


def test_it_takes_one_query_however_many_images_there_are(
    news: Collection, make_mark: Callable[..., KnownMark], django_assert_max_num_queries: Any
) -> None:
    for _ in range(20):
        cleaned(make_image(collection=news))
    make_mark(), make_mark(name="Archive", collection=Collection.get_first_root_node())
    with django_assert_max_num_queries(7):
        assert backfill.survey(MARKS).asked == 20
