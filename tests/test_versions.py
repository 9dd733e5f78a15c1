"""The kept files of an image, told apart by what was done to them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from wagtail_restore import jobs, versions
from wagtail_restore.imaging.planning import Note, Plan, Step, Wishes
from wagtail_restore.models import Job, State, Version
from wagtail_restore.models.links import image_type
from wagtail_restore.testing import make_image

pytestmark = pytest.mark.django_db
WHEN = datetime(2026, 11, 30, 12, tzinfo=UTC)


@pytest.fixture
def image(db: Any) -> Any:
    return make_image(64, 48)


def kept(image: Any, file_hash: str) -> Version:
    values = {"file": "versions/1.jpg", "name": "a.jpg", "file_hash": file_hash, "width": 64, "height": 48}
    row: Version = Version.objects.create(content_type=image_type(image), object_id=str(image.pk), **values)
    return row


def made(image: Any, sha1: str, *kinds: str, state: str = State.PUBLISHED) -> None:
    job = jobs.record(image, State.KEPT, Note("kept"), wishes=Wishes(), origin=Job.Origin.EDIT)
    steps = [{"kind": kind, "outcome": "done"} for kind in kinds]
    job.changed(
        state=state, report={"sha1": sha1, "steps": steps}, finished_at=WHEN, plan=Plan((Step("erase"),)).to_json()
    )


def labels(image: Any) -> list[tuple[str, bool]]:
    return [(each.label, each.shown) for each in versions.versions_of(image)]


def test_what_was_done_and_when_stands_on_each(image: Any) -> None:
    made(image, "a" * 40, "erase")
    made(image, "b" * 40, "erase", "upscale", state=State.WITHDRAWN)
    made(image, "d" * 40)
    for file_hash in ("c" * 40, "a" * 40, "b" * 40, "d" * 40):
        kept(image, file_hash)
    assert labels(image) == [
        ("Restored, Nov. 30, 2026", False),
        ("Cleaned up, enlarged, Nov. 30, 2026", False),
        ("Cleaned up, Nov. 30, 2026", False),
        ("As uploaded", False),
    ]
    assert versions.label_of(Version.objects.get(file_hash="a" * 40)) == "Cleaned up, Nov. 30, 2026"


def test_the_one_that_is_shown_comes_first(image: Any) -> None:
    kept(image, image.file_hash)
    made(image, "a" * 40, "upscale")
    kept(image, "a" * 40)
    assert labels(image) == [("As uploaded", True), ("Enlarged, Nov. 30, 2026", False)]


def test_of_many_versions_few_questions_are_asked(image: Any, django_assert_num_queries: Any) -> None:
    for number in range(8):
        kept(image, f"{number:040}")
    with django_assert_num_queries(2):
        labels(image)


def test_a_version_of_an_image_that_is_gone_has_a_label(image: Any) -> None:
    row = kept(image, "a" * 40)
    Version.objects.filter(pk=row.pk).update(object_id="99999")
    row.refresh_from_db()
    assert versions.label_of(row) == "As uploaded"
