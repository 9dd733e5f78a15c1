"""An image that was read from a replica is asked for, restored and changed in the database that is written to."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import models, router
from django.utils import timezone

from tests.app import disk
from wagtail_restore import jobs, restore, swap, worker
from wagtail_restore.admin import actions
from wagtail_restore.models import ImageFacts, Job, KnownMark, MaskTemplate, Retired, Version
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


# — deleting: what a lagging replica says of a file must not decide whether it stays —


class Lagging(Primary):
    """Nothing may be read at the replica that says what is still public, kept, or named by a row."""

    def db_for_read(self, model: type[models.Model], **hints: Any) -> str:
        ours = (ImageFacts, Job, KnownMark, MaskTemplate, Retired, Version)
        rendition = model._meta.object_name in ("Image", "Rendition")
        return "replica" if rendition or model in ours else "default"


@pytest.fixture
def restored(image: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """An image that shows a larger file; the earlier one is kept, and still public. Reads go to the replica now."""
    swap.publish(image, make_picture(128, 96), expected_name=image.file.name)
    shown = type(image).objects.get()
    monkeypatch.setattr(router, "routers", [Lagging()])
    shown._state.db = "replica"
    return shown


def at_default(model: Any) -> Any:
    return model.objects.using("default")


def public() -> Any:
    return at_default(Retired).filter(intent=False).exclude(store="private")


def test_what_is_said_to_be_no_longer_public_is_not(restored: Any) -> None:
    assert swap.still_public(restored).exists()
    keys = [each.pk for each in at_default(Version)]
    dropped = swap.drop_earlier(restored, keys, public=True)
    assert (dropped.versions, dropped.public, dropped.left) == (1, True, False)
    assert not public().exists()
    shown = {each.file.name for model in (type(restored), restored.get_rendition_model()) for each in at_default(model)}
    assert (disk.public_files(), disk.private_files()) == (shown, set())


def test_only_versions_go_and_their_files_with_them(restored: Any) -> None:
    keys = [each.pk for each in at_default(Version)]
    assert swap.drop_earlier(restored, keys) == swap.Dropped(1, restored_size(), False, False)
    assert disk.private_files() == set()
    assert public().exists()


def restored_size() -> int:
    return len(make_picture(64, 48))


def test_the_grace_of_an_image_is_ended_with_its_versions(restored: Any) -> None:
    swap.purge_now(restored, versions=True)
    assert not public().exists()
    assert disk.private_files() == set()


def test_what_has_expired_is_deleted(restored: Any) -> None:
    later = timezone.now() + timedelta(days=400)
    assert swap.expire_due(later) == 1
    assert swap.purge_due(later) > 1
    assert disk.private_files() == set()
