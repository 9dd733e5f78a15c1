"""A mask is there as long as its Job may be carried out, and no longer, whichever way the Job ends."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage
from django.utils import timezone

from wagtail_restore import jobs, swap, upkeep
from wagtail_restore.admin import actions
from wagtail_restore.exceptions import LeaseLost, OutOfMemory
from wagtail_restore.imaging.planning import Note, Plan, Step, Wishes
from wagtail_restore.models import Job, Retired, State, private_storage
from wagtail_restore.testing import make_image, make_picture

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _redis(redis: Any) -> None:
    """Jobs ring."""


def masks() -> list[str]:
    storage = private_storage()
    return storage.listdir("masks")[1] if storage.exists("masks") else []


def ask(image: Any, mask: bytes = b"mask") -> Job:
    return actions.remove(image, mask, None)


ENDS = [s for s in State if s not in (*State.open(), State.WITHDRAWN, State.FAILED, State.CANCELLED)]


@pytest.mark.parametrize("state", ENDS)
def test_every_other_end_takes_the_mask_along(state: State) -> None:
    asked = ask(make_image())
    job = jobs.claim(asked.pk, "worker-1")
    assert job is not None and len(masks()) == 1
    jobs.finish(job, state, Note(str(state)), may_retry=True)
    job.refresh_from_db()
    assert (masks(), str(job.mask)) == ([], "")
    assert not job.may_retry, "there is nothing left to try again with"


def test_a_result_under_review_keeps_it_and_so_does_another_attempt() -> None:
    reviewed, tried = ask(make_image()), ask(make_image(), b"other")
    first, second = jobs.claim(reviewed.pk, "worker-1"), jobs.claim(tried.pk, "worker-1")
    assert first is not None and second is not None
    jobs.finish(first, State.REVIEW, Note("review_asked"))
    jobs.fail(second, OutOfMemory(device="cpu"))
    assert len(masks()) == 2
    jobs.discard(first)
    assert len(masks()) == 1


def test_cancelled_while_waiting_it_is_kept_and_deleted_with_the_image() -> None:
    image, other = make_image(), make_image()
    jobs.cancel(ask(image))
    ask(other)
    assert len(masks()) == 2
    image.delete()
    other.delete()
    assert masks() == []


@pytest.mark.parametrize("running", [False, True])
def test_what_was_cancelled_is_tried_again_with_the_same_mask(running: bool) -> None:
    job = ask(make_image())
    if running:
        claimed = jobs.claim(job.pk, "worker-1")
        assert claimed is not None and jobs.cancel(claimed)
        jobs.finish(claimed, State.CANCELLED, Note("cancelled"), may_retry=True)
    else:
        jobs.cancel(job)
    job.refresh_from_db()
    assert (job.state, job.may_retry, job.mask.read()) == ("cancelled", True, b"mask")
    upkeep.run()
    again = actions.retry(job, None)
    assert (again.state, again.mask.read(), len(masks())) == ("waiting", b"mask", 1)


def test_a_new_file_makes_it_meaningless() -> None:
    image = make_image()
    job = ask(image)
    image.file = ContentFile(make_picture(70, 50), name="other.jpg")
    image._set_image_file_metadata()
    image.save()
    job.refresh_from_db()
    assert (job.state, masks()) == ("superseded", [])


def test_what_was_painted_on_an_earlier_picture_is_not_done_to_a_later_one() -> None:
    image = make_image()
    first = jobs.request(image, Plan((Step("upscale", params={"width": 128, "height": 96}),)), wishes=Wishes())
    running = jobs.claim(first.pk, "worker-1")
    follow_up = ask(image)
    assert running is not None and follow_up.open_key is not None and follow_up.open_key.endswith(":next")
    type(image).objects.filter(pk=image.pk).update(file="original_images/swapped.jpg")
    jobs.finish(running, State.PUBLISHED, Note("published"))
    follow_up.refresh_from_db()
    assert (follow_up.state, masks()) == ("superseded", [])


def test_a_later_wish_takes_the_place_of_one_that_waits_with_a_mask() -> None:
    image = make_image()
    first = jobs.request(image, Plan((Step("upscale", params={"width": 128, "height": 96}),)), wishes=Wishes())
    assert jobs.claim(first.pk, "worker-1") is not None
    ask(image, b"one")
    last = ask(image, b"two")
    assert (Job.objects.count(), len(masks())) == (2, 1)
    assert last.mask.read() == b"two"


def test_upkeep_deletes_what_the_storage_would_not_give_up(monkeypatch: pytest.MonkeyPatch) -> None:
    job = ask(make_image())

    def away(self: Any, name: str) -> None:
        raise ConnectionError("the storage is away")

    claimed = jobs.claim(job.pk, "worker-1")
    assert claimed is not None
    with monkeypatch.context() as patch:
        patch.setattr(FileSystemStorage, "delete", away)
        jobs.finish(claimed, State.PUBLISHED, Note("published"))
    assert len(masks()) == 1
    upkeep.run()
    upkeep.run()
    job.refresh_from_db()
    assert (masks(), str(job.mask)) == ([], "")


def failed(image: Any, **values: Any) -> Job:
    asked = ask(image)
    job = jobs.claim(asked.pk, "worker-1")
    assert job is not None
    jobs.finish(job, State.FAILED, Note("out_of_memory"), **{"may_retry": True, **values})
    return Job.objects.get(pk=job.pk)


def test_what_failed_is_tried_again_with_the_same_mask() -> None:
    job = failed(make_image())
    assert (job.may_retry, job.mask.read()) == (True, b"mask")
    again = actions.retry(job, None)
    job.refresh_from_db()
    assert (str(job.mask), job.may_retry) == ("", False)
    assert (again.state, again.mask.read(), again.plan) == ("waiting", b"mask", job.plan)
    claimed = jobs.claim(again.pk, "worker-1")
    assert claimed is not None
    jobs.finish(claimed, State.PUBLISHED, Note("published"))
    assert masks() == []


def test_two_who_try_again_at_once_are_one_job() -> None:
    job = failed(make_image())
    same = Job.objects.get(pk=job.pk)
    again = actions.retry(job, None)
    with pytest.raises(LeaseLost):
        actions.retry(same, None)
    assert (Job.objects.exclude(pk=job.pk).get().pk, again.mask.read()) == (again.pk, b"mask")


def test_a_failure_that_no_try_helps_takes_the_mask_along() -> None:
    job = failed(make_image(), may_retry=False)
    assert (str(job.mask), masks()) == ("", [])


def test_a_site_may_keep_no_mask(settings: Any) -> None:
    settings.WAGTAIL_RESTORE = {**settings.WAGTAIL_RESTORE, "KEEP_MASKS_DAYS": 0}
    job = failed(make_image())
    assert (job.may_retry, masks()) == (False, [])
    cancelled = ask(make_image())
    jobs.cancel(cancelled)
    cancelled.refresh_from_db()
    assert (cancelled.state, cancelled.may_retry, masks()) == ("cancelled", False, [])


@pytest.mark.parametrize("state", ["failed", "cancelled"])
def test_upkeep_takes_what_was_not_tried_again(state: str) -> None:
    job = failed(make_image()) if state == "failed" else ask(make_image())
    if state == "cancelled":
        jobs.cancel(job)
    upkeep.run()
    job.refresh_from_db()
    assert (job.may_retry, job.mask.read()) == (True, b"mask")
    job.changed(finished_at=timezone.now() - timedelta(days=7, seconds=1))
    upkeep.run()
    upkeep.run()
    job.refresh_from_db()
    assert (job.may_retry, str(job.mask), masks()) == (False, "", [])


def test_another_file_or_no_image_takes_what_failed_along() -> None:
    image, other = make_image(), make_image()
    job = failed(image)
    failed(other)
    image.file = ContentFile(make_picture(70, 50), name="other.jpg")
    image._set_image_file_metadata()
    image.save()
    job.refresh_from_db()
    assert (job.may_retry, len(masks())) == (False, 1)
    other.delete()
    assert masks() == []


def test_upkeep_leaves_the_mask_of_an_open_job_alone() -> None:
    job = ask(make_image())
    Retired.objects.update(delete_after=job.created_at)
    assert swap.purge_due() == 0
    assert len(masks()) == 1
