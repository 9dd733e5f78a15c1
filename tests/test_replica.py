"""An image that was read from a replica is asked for, restored and changed in the database that is written to."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import models, router

from wagtail_restore import jobs, restore, swap, worker
from wagtail_restore.admin import actions
from wagtail_restore.models import ImageFacts, Job, Version
from wagtail_restore.models.links import database_of
from wagtail_restore.testing import make_image, make_picture

pytestmark = pytest.mark.django_db(transaction=True)


class Primary:
    """Relations are read, and all is written, at ``default``; there is no other database, so any other use fails."""

    def db_for_read(self, model: type[models.Model], **hints: Any) -> str:
        return "default"

    db_for_write = db_for_read

    def allow_relation(self, *args: Any, **hints: Any) -> bool:
        return True


@pytest.fixture
def image(monkeypatch: pytest.MonkeyPatch, dead_redis: None) -> Any:
    monkeypatch.setattr(router, "routers", [Primary()])
    found = make_image(64, 48)
    found._state.db = "replica"
    return found


def test_it_is_written_where_the_router_says(image: Any) -> None:
    assert database_of(image) == "default"


def test_a_job_is_asked_for_carried_out_and_taken_back(image: Any) -> None:
    ImageFacts.objects.all().delete()
    job = restore(image, upscale="x2", model="resample")
    assert job is not None
    job._state.db = "replica"
    assert jobs.latest(image) == job
    worker.run_job(job.pk)
    assert (Job.objects.get().state, type(image).objects.get().width) == ("published", 128)
    version = Version.objects.get()
    version._state.db = "replica"
    actions.go_back(version, None)
    assert (Job.objects.get().state, type(image).objects.get().width) == ("withdrawn", 64)


def test_a_swap_by_code_is_made_there(image: Any) -> None:
    swap.publish(image, make_picture(128, 96), expected_name=image.file.name)
    assert type(image).objects.get().width == 128


def test_a_waiting_job_is_cancelled_there(image: Any) -> None:
    job = restore(image, upscale="x2")
    assert job is not None
    job._state.db = "replica"
    assert jobs.cancel(job)
    assert Job.objects.get().state == "cancelled"
