"""Asking while something else happens to the same image."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.utils import timezone

from tests.jobs.conftest import CLEAN, CLEAN_ALL, ask, claimed
from wagtail_restore import jobs
from wagtail_restore.exceptions import BadOutput, Superseded
from wagtail_restore.imaging.planning import Note, Plan
from wagtail_restore.jobs import asking
from wagtail_restore.models import Job, State
from wagtail_restore.testing import make_image, make_picture

pytestmark = pytest.mark.django_db(transaction=True)


def test_what_is_asked_while_the_same_is_being_cancelled_is_done_afterwards(image: Any) -> None:
    running = claimed(ask(image))
    assert jobs.cancel(running)
    again = ask(image)
    assert again.pk != running.pk
    jobs.finish(running, State.CANCELLED, Note("cancelled"))
    assert jobs.claim(again.pk, "worker") is not None


def test_a_job_for_an_earlier_file_cannot_be_tried_again_on_another_one(image: Any) -> None:
    failed = claimed(ask(image))
    jobs.fail(failed, BadOutput(model="compact-x2"))
    image.file = ContentFile(make_picture(30, 90), name="tall.jpg")
    image._set_image_file_metadata()
    image.save()
    with pytest.raises(Superseded):
        jobs.retry(failed)
    assert Job.objects.for_image(image).count() == 1


def test_a_wish_is_not_lost_when_the_follow_up_is_promoted_at_that_moment(image: Any, monkeypatch: Any) -> None:
    first, second = ask(image), ask(image, CLEAN)
    replace = asking._replace_follow_up

    def late(job: Job) -> Job | None:
        monkeypatch.undo()
        jobs.finish(claimed(first), State.PUBLISHED)
        return replace(job)

    monkeypatch.setattr(asking, "_replace_follow_up", late)
    third = ask(image, CLEAN_ALL)
    second.refresh_from_db()
    assert (second.open_key, second.steps) == (second.image_key, CLEAN), "it is the open one now, and as it was asked"
    assert third.pk not in (first.pk, second.pk)
    follow_up = jobs.follow_up(image)
    assert follow_up is not None and (follow_up.pk, follow_up.steps) == (third.pk, CLEAN_ALL)


@pytest.mark.parametrize("end", ["cancelled", "failed", "discarded", "published"])
def test_the_follow_up_has_its_turn_however_the_first_one_ends(image: Any, end: str) -> None:
    first, second = claimed(ask(image)), ask(image, CLEAN)
    if end == "discarded":
        jobs.finish(first, State.REVIEW, Note("review_asked"))
        assert jobs.claim(second.pk, "worker") is None, "a person is still to look at the first one"
        assert jobs.discard(first)
    elif end == "failed":
        jobs.fail(first, BadOutput(model="compact-x2"))
    else:
        jobs.finish(first, State(end))
    assert claimed(second).steps == CLEAN


def test_a_plan_that_is_empty_is_a_plan_like_another(image: Any) -> None:
    assert ask(image, Plan(())).steps == Plan(())


def test_before_what_somebody_waits_for_stands_no_bulk_work(image: Any) -> None:
    asked = {origin: ask(make_image(), origin=origin) for origin in ("listing", "backfill", "upload", "retry")}
    mine, later = ask(image, origin="edit"), ask(make_image(), origin="upload")
    bulk = ask(make_image(), origin="listing"), ask(make_image(), origin="backfill")
    assert [jobs.ahead(job, 99) for job in (asked["upload"], asked["retry"], mine, later)] == [0, 1, 2, 3]
    assert jobs.ahead(asked["listing"], 99) == 4, "all that somebody waits for, earlier or later"
    assert jobs.ahead(asked["backfill"], 99) == 5, "and the bulk work before it, be it of the listing"
    assert [jobs.ahead(job, 99) for job in bulk] == [6, 7]
    assert jobs.ahead(bulk[1], 3) == 3


def test_what_waits_for_something_else_stands_before_nobody(image: Any) -> None:
    other = make_image()
    first, _follow_up, delayed = ask(other), ask(other, CLEAN), ask(make_image())
    delayed.changed(not_before=timezone.now() + timedelta(minutes=5))
    mine = ask(image)
    assert jobs.ahead(mine, 99) == 1
    delayed.changed(not_before=timezone.now() - timedelta(minutes=5))
    assert jobs.ahead(mine, 99) == 2
    claimed(first)
    assert jobs.ahead(mine, 99) == 2, "one that is worked on has to be done first"
