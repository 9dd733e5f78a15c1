"""What one person is told: their own images, what they may decide about, and not ten thousand lines of it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone, translation
from wagtail.models import Collection

from tests.admin.conftest import person
from tests.notify.conftest import MakeJob
from wagtail_restore.models import Job
from wagtail_restore.notify.digest import Told, summary, told_to
from wagtail_restore.testing import make_image

pytestmark = pytest.mark.django_db


def told(user: Any) -> Told:
    now = timezone.now()
    return told_to(user, now - timedelta(hours=24), now)


def numbers(user: Any) -> tuple[int, int, int]:
    found = told(user)
    return found.restored.count, found.waiting.count, found.failed.count


def test_nothing_is_nothing(ines: Any) -> None:
    assert not told(ines)


def test_it_tells_of_ones_own_images_and_of_all_that_await_a_decision(ines: Any, make_job: MakeJob) -> None:
    other = person("other", "use_restore")
    for who in (ines, other):
        make_job("published", who)
        make_job("failed", who)
        make_job("review", who)
        make_job("cancelled", who)
    assert numbers(ines) == (1, 2, 1)
    ((_, reason),) = told(ines).failed.reasons
    assert "memory" in reason


def test_what_was_told_before_is_not_told_again(ines: Any, make_job: MakeJob) -> None:
    make_job("published", ines, finished_at=timezone.now() - timedelta(hours=25))
    assert not told(ines)


def test_what_was_tried_again_has_not_failed(ines: Any, make_job: MakeJob) -> None:
    failed = make_job("failed", ines)
    make_job("waiting", ines, retry_of=failed)
    assert not told(ines)


def test_it_tells_of_no_image_that_one_may_not_change_any_more(make_job: MakeJob) -> None:
    news = Collection.get_first_root_node().add_child(name="News")
    reporter = person("reporter", "use_restore", collection=news)
    for state in ("published", "failed", "review"):
        make_job(state, reporter)
        make_job(state, reporter, make_image(64, 48, collection=news))
    assert numbers(reporter) == (1, 1, 1)


def test_a_deleted_image_is_not_told_of(ines: Any, make_job: MakeJob) -> None:
    image = make_image(64, 48)
    make_job("published", ines, image)
    image.delete()
    assert not told(ines)


def test_of_many_the_first_ten_are_named_in_a_few_queries(
    ines: Any, make_job: MakeJob, django_assert_max_num_queries: Any
) -> None:
    image = make_image(64, 48)
    first = make_job("published", ines, image)
    rows = [Job(**{**vars_of(first), "image_title": f"No. {number}"}) for number in range(10_000)]
    Job.objects.bulk_create(rows, batch_size=500)
    told(ines)
    with django_assert_max_num_queries(12):
        found = told(ines)
    assert (found.restored.count, len(found.restored.first), found.restored.more) == (10_001, 10, 9_991)
    assert found.summary == "10001 images restored"


def vars_of(job: Job) -> dict[str, Any]:
    names = ("state", "content_type_id", "object_id", "user_id", "finished_at")
    return {name: getattr(job, name) for name in names}


def test_the_summary_leaves_out_what_there_is_none_of() -> None:
    assert summary(1, 0, 2) == "1 image restored, 2 failed"
    assert summary(12, 2, 1) == "12 images restored, 2 await a decision, 1 failed"
    with translation.override("en"):
        assert summary(0, 0, 0) == ""
