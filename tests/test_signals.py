"""Every way in: saved, replaced and deleted images, and the site's own code."""

from __future__ import annotations

import io
from typing import Any

import pytest
from django.core import serializers
from django.core.files.base import ContentFile
from PIL import Image as Pillow
from wagtail.log_actions import LogContext
from wagtail.models import ModelLogEntry

from wagtail_restore import jobs, restore, rules
from wagtail_restore.imaging.planning import CleanUp, Note, Upscale, Wishes
from wagtail_restore.models import ImageFacts, Job, State
from wagtail_restore.testing import make_image, make_picture

pytestmark = pytest.mark.django_db


def animation() -> bytes:
    frames = [Pillow.new("RGB", (20, 20), color) for color in ("red", "green", "blue")]
    buffer = io.BytesIO()
    frames[0].save(buffer, "GIF", save_all=True, append_images=frames[1:], loop=0)
    return buffer.getvalue()


def plan_sizes(job: Job | None) -> tuple[int, int]:
    assert job is not None
    params = job.steps.steps[-1].params
    return params["width"], params["height"]


def test_a_new_image_is_measured() -> None:
    facts = ImageFacts.objects.for_image(make_image(64, 48)).get()
    assert (facts.width, facts.height, facts.format, facts.frames, facts.alpha) == (64, 48, "JPEG", 1, False)


def test_facts_are_of_the_picture_as_it_is_shown() -> None:
    exif = Pillow.Exif()
    exif[0x0112] = 6
    facts = ImageFacts.objects.for_image(make_image(data=make_picture(64, 48, exif=exif))).get()
    assert (facts.width, facts.height, facts.orientation) == (48, 64, 6)


def test_an_upload_that_breaks_a_rule_is_asked_for(rule: Any) -> None:
    mine = rule("Wide", min_width=128)
    job = jobs.latest(make_image(64, 48))
    assert plan_sizes(job) == (128, 96)
    assert job is not None and (job.rule, job.origin, job.state) == (mine, "upload", "waiting")


def test_an_upload_that_breaks_no_rule_leaves_no_job(rule: Any) -> None:
    rule("Wide", min_width=64)
    make_image(64, 48)
    assert Job.objects.count() == 0


def test_wishes_on_the_instance_are_taken_up_with_the_user(admin_user: Any) -> None:
    image = make_image(64, 48)
    rules.hang(image, Wishes(clean_up=CleanUp.DATES, upscale=Upscale.X2), admin_user)
    image.save()
    job = jobs.latest(image)
    assert job is not None
    assert [step.kind for step in job.steps.steps] == ["erase", "upscale"]
    assert (job.user, job.origin) == (admin_user, "edit")


def test_who_asked_for_what_is_in_wagtails_log(admin_user: Any) -> None:
    image = make_image(64, 48)
    job = restore(image, upscale="x2", by=admin_user)
    entry = ModelLogEntry.objects.get(action="wagtail_restore.request")
    assert job is not None
    assert (entry.user, entry.object_id) == (admin_user, str(image.pk))
    assert entry.data["job"] == job.pk and entry.data["wishes"]["upscale"] == "x2"
    again = restore(image, upscale="x2", by=admin_user)
    assert again == job and again.asked_before
    assert ModelLogEntry.objects.filter(action="wagtail_restore.request").count() == 1, "nothing was asked for"


def test_restore_asks_for_repair_and_strength_from_code() -> None:
    job = restore(make_image(64, 48), upscale="x2", repair="jpeg", strength=0.6, denoise=0.25)
    assert job is not None
    repair, upscale = job.steps.steps
    assert (repair.kind, repair.model) == ("denoise", "jpeg")
    assert (upscale.params["strength"], upscale.params["denoise"]) == (0.6, 0.25)
    with pytest.raises(ValueError, match="not between 0 and 1"):
        restore(make_image(64, 48), upscale="x2", strength=60)


def test_a_later_edit_of_the_title_asks_for_nothing(rule: Any) -> None:
    image = make_image(64, 48)
    rule("Wide", min_width=128)
    image.title = "Another"
    image.save()
    assert Job.objects.count() == 0


def test_a_new_title_for_an_image_from_before_we_were_installed_asks_for_nothing(rule: Any) -> None:
    image = make_image(64, 48)
    ImageFacts.objects.all().delete()
    rule("Wide", min_width=128)
    image.title = "Another"
    image.save()
    assert Job.objects.count() == 0
    assert ImageFacts.objects.for_image(image).get().width == 64


def test_a_new_file_for_an_image_from_before_we_were_installed_is_held_against_the_rules(rule: Any) -> None:
    image = make_image(100, 75)
    ImageFacts.objects.all().delete()
    rule("Wide", min_width=128)
    image.file = ContentFile(make_picture(64, 48), name="other.jpg")
    image._set_image_file_metadata()
    image.save()
    assert plan_sizes(jobs.latest(image)) == (128, 96)


def test_a_job_is_its_uploaders_or_the_one_who_put_in_another_file(
    rule: Any, admin_user: Any, django_user_model: Any
) -> None:
    rule("Wide", min_width=128)
    editor = django_user_model.objects.create_user("editor")
    image = make_image(64, 48, uploaded_by_user=admin_user)
    first = jobs.latest(image)
    with LogContext(user=editor):
        image.file = ContentFile(make_picture(60, 45), name="other.jpg")
        image._set_image_file_metadata()
        image.save()
    second = jobs.latest(image)
    image.file = ContentFile(make_picture(70, 50), name="third.jpg")
    image._set_image_file_metadata()
    image.save()
    third = jobs.latest(image)
    assert [job.user for job in (first, second, third) if job] == [admin_user, editor, None]


def test_another_file_is_measured_and_ends_what_was_asked(rule: Any) -> None:
    rule("Wide", min_width=128)
    image = make_image(64, 48)
    first = jobs.latest(image)
    image.file = ContentFile(make_picture(100, 50), name="other.jpg")
    image._set_image_file_metadata()
    image.save()
    second = jobs.latest(image)
    assert first is not None and second is not None
    first.refresh_from_db()
    assert first.state == State.SUPERSEDED
    assert plan_sizes(second) == (128, 64)
    assert ImageFacts.objects.for_image(image).get().width == 100


def test_a_fixture_is_left_alone(rule: Any) -> None:
    rule("Wide", min_width=128)
    image = make_image(64, 48)
    text = serializers.serialize("json", [image])
    Job.objects.all().delete()
    ImageFacts.objects.all().delete()
    for item in serializers.deserialize("json", text):
        item.save()
    assert (Job.objects.count(), ImageFacts.objects.count()) == (0, 0)


def test_an_animation_that_a_rule_touches_says_why_it_is_skipped(rule: Any) -> None:
    rule("Wide", min_width=128)
    job = jobs.latest(make_image(data=animation(), name="moving.gif"))
    assert job is not None
    assert (job.state, job.why) == ("skipped", Note("animated", {"frames": 3}))


def test_an_animation_that_nothing_touches_leaves_no_job() -> None:
    make_image(data=animation(), name="moving.gif")
    assert Job.objects.count() == 0


def test_a_deleted_image_ends_its_jobs_and_leaves_no_facts() -> None:
    image = make_image(64, 48)
    job = restore(image, upscale="x2")
    image.delete()
    assert job is not None
    job.refresh_from_db()
    assert (job.state, job.why) == ("discarded", Note("image_gone"))
    assert ImageFacts.objects.count() == 0


def test_code_may_ask_for_a_width() -> None:
    assert plan_sizes(restore(make_image(64, 48), upscale="width", width=100)) == (100, 75)


def test_code_that_asks_for_what_is_there_already_is_told_so() -> None:
    job = restore(make_image(64, 48), upscale="width", width=50)
    assert job is not None
    assert (job.state, job.why) == ("kept", Note("large_enough", {"width": 64, "height": 48}))


def test_code_that_asks_for_nothing_gets_what_the_rules_say(rule: Any) -> None:
    image = make_image(64, 48)
    assert restore(image) is None
    rule("Wide", min_width=128)
    assert plan_sizes(restore(image)) == (128, 96)


def test_an_image_from_before_we_were_installed_is_measured_when_asked_for() -> None:
    image = make_image(64, 48)
    ImageFacts.objects.all().delete()
    assert plan_sizes(restore(image, upscale="x4")) == (256, 192)


@pytest.mark.parametrize(
    "choice",
    [
        {"clean_up": "everything"},
        {"upscale": "x3"},
        {"upscale": "width"},
    ],
)
def test_a_choice_that_does_not_exist_is_refused(choice: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        restore(make_image(64, 48), **choice)
