"""What a person decides about a Job or a Version, and what is left of it in rows, files and the log."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from wagtail.images import get_image_model
from wagtail.models import ModelLogEntry

from wagtail_restore import jobs
from wagtail_restore.admin import actions
from wagtail_restore.exceptions import Cancelled, ImageGone, LeaseLost, StorageFailed, Superseded
from wagtail_restore.imaging.planning import Note, Plan, Step, Wishes
from wagtail_restore.models import Job, State, Version
from wagtail_restore.testing import make_picture

pytestmark = pytest.mark.django_db

MakeJob = Callable[..., Job]
REGIONS = [
    {"kind": "date", "box": [1, 2, 3, 4], "polygon": [[1, 2], [4, 2], [4, 6]], "text": "1998", "confidence": 0.5},
    {"kind": "text", "box": [9, 9, 3, 4], "polygon": [[9, 9], [12, 9], [12, 13]], "text": "Café", "confidence": 0.4},
]


def logged(image: Any) -> list[str]:
    return list(ModelLogEntry.objects.filter(object_id=str(image.pk)).order_by("pk").values_list("action", flat=True))


def size(image: Any) -> tuple[int, int]:
    now = get_image_model().objects.get(pk=image.pk)
    return now.width, now.height


def state(job: Job) -> str:
    return str(Job.objects.get(pk=job.pk).state)


def test_a_waiting_job_is_cancelled_at_once(image: Any, job_in: MakeJob, editor_user: Any) -> None:
    job = job_in("waiting")
    assert actions.cancel(job, editor_user)
    assert state(job) == State.CANCELLED
    assert logged(image) == ["wagtail_restore.cancel"]


def test_what_is_asked_for_again_while_it_is_open_is_not_logged_again(image: Any, editor_user: Any) -> None:
    first, again = (actions.remove(image, b"the same", editor_user) for _ in range(2))
    assert (first.asked_before, again.asked_before, again.pk) == (False, True, first.pk)
    assert logged(image) == ["wagtail_restore.request"]


def test_a_running_job_ends_at_its_next_word(job_in: MakeJob, editor_user: Any) -> None:
    job = job_in("running")
    assert actions.cancel(Job.objects.get(pk=job.pk), editor_user)
    with pytest.raises((Cancelled, LeaseLost)):
        jobs.tell(job, 0.5, "upscale")


def test_what_is_over_cannot_be_cancelled(image: Any, job_in: MakeJob, editor_user: Any) -> None:
    assert not actions.cancel(job_in("kept"), editor_user)
    assert logged(image) == []


def test_a_failed_job_is_asked_for_again(image: Any, job_in: MakeJob, editor_user: Any) -> None:
    failed = job_in("failed")
    again = actions.retry(failed, editor_user)
    assert (again.state, again.origin, again.retry_of, again.user) == ("waiting", "retry", failed, editor_user)
    assert again.plan == failed.plan
    assert logged(image) == ["wagtail_restore.request"]


@pytest.mark.parametrize(("where", "may"), [("failed", False), ("kept", True), ("review", True), ("waiting", True)])
def test_only_what_may_help_is_tried_again(job_in: MakeJob, editor_user: Any, where: str, may: bool) -> None:
    job = job_in(where, may_retry=may)
    with pytest.raises(LeaseLost):
        actions.retry(job, editor_user)


def test_nothing_is_tried_again_for_an_image_that_is_gone(image: Any, job_in: MakeJob, editor_user: Any) -> None:
    job = job_in("failed")
    get_image_model().objects.filter(pk=image.pk)._raw_delete("default")
    with pytest.raises(ImageGone):
        actions.retry(job, editor_user)


def test_publishing_shows_the_result_and_keeps_the_earlier_file(image: Any, job_in: MakeJob, editor_user: Any) -> None:
    job = job_in("review")
    actions.publish(job, editor_user)
    assert size(image) == (128, 96)
    assert state(job) == State.PUBLISHED
    (version,) = Version.objects.for_image(image)
    assert (version.width, version.height, version.job) == (64, 48, job)
    assert logged(image) == ["wagtail_restore.publish"]


def test_what_is_not_under_review_cannot_be_published(image: Any, job_in: MakeJob, editor_user: Any) -> None:
    job = job_in("discarded")
    with pytest.raises(LeaseLost):
        actions.publish(job, editor_user)
    assert size(image) == (64, 48)


def test_a_second_click_publishes_nothing_twice(image: Any, job_in: MakeJob, editor_user: Any) -> None:
    job = job_in("review")
    other = Job.objects.get(pk=job.pk)
    actions.publish(job, editor_user)
    with pytest.raises(LeaseLost):
        actions.publish(other, editor_user)
    assert (state(job), Version.objects.count()) == ("published", 1)


def test_a_result_for_a_file_that_was_replaced_is_dropped(image: Any, job_in: MakeJob, editor_user: Any) -> None:
    job = job_in("review")
    get_image_model().objects.filter(pk=image.pk).update(file="original_images/another.jpg")
    with pytest.raises(Superseded):
        actions.publish(job, editor_user)
    assert state(job) == State.SUPERSEDED


def test_a_result_whose_file_is_gone_is_told(image: Any, job_in: MakeJob, editor_user: Any) -> None:
    job = job_in("review")
    job.result.storage.delete(job.result.name)
    with pytest.raises(StorageFailed):
        actions.publish(job, editor_user)
    assert (state(job), size(image)) == ("review", (64, 48))


def test_a_result_is_discarded_once(image: Any, job_in: MakeJob, editor_user: Any) -> None:
    job = job_in("review")
    assert actions.discard(job, editor_user)
    assert not actions.discard(Job.objects.get(pk=job.pk), editor_user)
    assert (state(job), size(image)) == ("discarded", (64, 48))
    assert logged(image) == ["wagtail_restore.discard"]


def test_going_back_shows_the_earlier_file_and_keeps_the_result(image: Any, published: Job, editor_user: Any) -> None:
    actions.go_back(Version.objects.get(), editor_user)
    assert size(image) == (64, 48)
    assert state(published) == State.WITHDRAWN
    assert sorted(Version.objects.values_list("width", flat=True)) == [64, 128]
    assert logged(image)[-1] == "wagtail_restore.withdraw"


def test_one_can_go_forth_again(image: Any, published: Job, editor_user: Any) -> None:
    actions.go_back(Version.objects.get(), editor_user)
    actions.go_back(Version.objects.get(width=128), editor_user)
    assert size(image) == (128, 96)


def test_nothing_to_go_back_to_where_the_image_is_gone(published: Job, editor_user: Any) -> None:
    version = Version.objects.get()
    version.object_id = "0"
    with pytest.raises(ImageGone):
        actions.go_back(version, editor_user)


# — marks that the detector was not sure of —


@pytest.fixture
def doubtful(image: Any) -> Callable[..., Job]:
    def make(*steps: Step) -> Job:
        job = jobs.request(image, Plan(steps), wishes=Wishes(), origin="upload")
        claimed = jobs.claim(job.pk, "worker-1")
        assert claimed is not None
        jobs.finish(claimed, State.REVIEW, report={"regions": REGIONS, "from": [64, 48]})
        return claimed

    return make


ERASE = Step("erase", "auto", {"detect": ["date", "text"]})
UPSCALE = Step("upscale", "auto", {"width": 128, "height": 96})


def test_the_work_goes_on_with_the_marks_that_were_chosen(doubtful: MakeJob, editor_user: Any) -> None:
    job = doubtful(ERASE, UPSCALE)
    further = actions.decide(job, {0}, editor_user)
    assert further is not None
    erase, upscale = further.steps.steps
    assert erase.params == {"detect": ["date", "text"], "regions": [REGIONS[0]]}
    assert upscale == UPSCALE
    assert (state(job), further.state, further.retry_of) == ("superseded", "waiting", job)


def test_with_no_mark_chosen_the_rest_of_the_plan_is_left(doubtful: MakeJob, editor_user: Any) -> None:
    further = actions.decide(doubtful(ERASE, UPSCALE), set(), editor_user)
    assert further is not None
    assert further.steps.steps == (UPSCALE,)


def test_with_no_mark_and_nothing_else_to_do_the_job_is_discarded(doubtful: MakeJob, editor_user: Any) -> None:
    job = doubtful(ERASE)
    assert actions.decide(job, {7}, editor_user) is None
    assert state(job) == State.DISCARDED


def test_a_decision_is_taken_once(doubtful: MakeJob, editor_user: Any) -> None:
    job = doubtful(ERASE)
    late = Job.objects.get(pk=job.pk)
    actions.decide(job, {0, 1}, editor_user)
    with pytest.raises(LeaseLost):
        actions.decide(late, {0}, editor_user)
    assert Job.objects.filter(state=State.WAITING).count() == 1


def test_a_wish_that_waited_waits_on_behind_what_was_decided(image: Any, doubtful: MakeJob, editor_user: Any) -> None:
    job = doubtful(ERASE)
    waiting = jobs.request(image, Plan((UPSCALE,)), wishes=Wishes(), origin="edit")
    further = actions.decide(job, {0}, editor_user)
    assert further is not None and further != waiting
    assert (jobs.latest(image), jobs.follow_up(image)) == (further, waiting)
    claimed = jobs.claim(further.pk, "worker-1")
    assert claimed is not None and jobs.claim(waiting.pk, "worker-2") is None
    jobs.finish(claimed, State.KEPT)
    assert jobs.claim(waiting.pk, "worker-2") is not None


def test_marks_are_not_erased_from_another_file_than_they_were_found_in(
    image: Any, doubtful: MakeJob, editor_user: Any
) -> None:
    job = doubtful(ERASE)
    get_image_model().objects.filter(pk=image.pk).update(file="original_images/another.jpg")
    with pytest.raises(Superseded):
        actions.decide(job, {0}, editor_user)
    (job,) = Job.objects.all()
    assert (job.state, job.open_key, job.why) == ("superseded", None, Note("marks_elsewhere"))


def test_an_image_that_cannot_be_read_goes_back_to_nothing(published: Job, editor_user: Any) -> None:
    version = Version.objects.get()
    version.file.storage.delete(version.file.name)
    with pytest.raises(StorageFailed):
        actions.go_back(version, editor_user)
    assert state(published) == State.PUBLISHED


def test_a_result_as_large_as_it_was_promised(job_in: MakeJob) -> None:
    job = job_in("review")
    with job.result.open("rb") as file:
        assert file.read() == make_picture(128, 96)
