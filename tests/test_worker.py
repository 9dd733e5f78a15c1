"""What a worker does with one Job, with real Redis, real storage and the real bundled networks."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from PIL import Image as Pillow
from PIL import ImageChops, ImageDraw, ImageFont

from tests.old_library import content, plant
from wagtail_restore import jobs, restore, worker
from wagtail_restore.admin import actions
from wagtail_restore.imaging.planning import Mode, Note, Plan, Step, Wishes
from wagtail_restore.models import Job, State, Version, private_storage
from wagtail_restore.testing import make_image, make_picture, work

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _redis(redis: Any) -> None:
    worker.bench.pool.close()


@pytest.fixture
def ours(settings: Any) -> Any:
    def change(**values: Any) -> None:
        settings.WAGTAIL_RESTORE = {**settings.WAGTAIL_RESTORE, **values}

    return change


@pytest.fixture
def at_step() -> Any:
    """Calls a function when a Job comes to a step."""
    joined = []

    def connect(name: str, function: Any) -> None:
        def receive(sender: Any, job: Job | None, pk: int, step: str, **kwargs: Any) -> None:
            if step == name:
                function(pk)

        worker.stepping.connect(receive, weak=False)
        joined.append(receive)

    yield connect
    for receive in joined:
        worker.stepping.disconnect(receive)


def ended(job: Job | None) -> Job:
    work()
    assert job is not None
    job.refresh_from_db()
    return job


def fresh(image: Any) -> Any:
    return type(image).objects.get(pk=image.pk)


def test_a_job_ends_published_and_the_image_shows_the_result() -> None:
    image = make_image(64, 48)
    job = ended(restore(image, upscale="x2"))
    now = fresh(image)
    assert (job.state, job.open_key, job.progress, job.attempt) == ("published", None, 1.0, 1)
    assert (now.width, now.height) == (128, 96)
    assert now.file.name != image.file.name and now.file.name.endswith(".jpg")
    with Pillow.open(io.BytesIO(content(now))) as picture:
        picture.load()
        assert (picture.size, picture.format) == ((128, 96), "JPEG")


def test_the_report_says_what_was_done() -> None:
    job = ended(restore(make_image(64, 48), upscale="x2"))
    (step,) = job.report["steps"]
    assert (step["kind"], step["model"]) == ("upscale", "compact-x2")
    assert (job.report["from"], job.report["to"], job.report["device"]) == ([64, 48], [128, 96], "cpu")
    assert job.report["seconds"] > 0 and job.report["bytes"] > 0
    assert job.report["consistency"] > 28
    assert (job.result_width, job.result_height) == (128, 96)


def test_the_result_says_that_an_algorithm_enhanced_it() -> None:
    image = make_image(64, 48)
    ended(restore(image, upscale="x2"))
    data = content(image)
    assert b"http://cv.iptc.org/newscodes/digitalsourcetype/algorithmicallyEnhanced" in data
    assert b"compact-x2" in data


def test_the_earlier_original_is_kept_in_private_storage() -> None:
    image = make_image(64, 48)
    before = content(image)
    job = ended(restore(image, upscale="x2"))
    version = Version.objects.get()
    with version.file.open() as file:
        assert file.read() == before
    assert (version.job, version.width, version.height) == (job, 64, 48)


def test_clean_up_that_finds_nothing_leaves_the_file_as_it_is() -> None:
    image = make_image(96, 64)
    job = ended(restore(image, clean_up="dates"))
    assert (job.state, job.why.code if job.why else "") == ("kept", "nothing_to_clean")
    assert fresh(image).file.name == image.file.name


def test_a_damaged_file_is_skipped_and_untouched() -> None:
    damaged = make_picture(64, 48)[:-300]
    image = plant(damaged, "picture.jpg")
    job = ended(restore(image, upscale="x2"))
    assert (job.state, job.why) == ("skipped", Note("truncated"))
    assert content(image) == damaged


def test_a_file_under_a_false_name_is_skipped_with_the_reason() -> None:
    image = make_image(64, 48, data=make_picture(64, 48), name="picture.png")
    job = ended(restore(image, upscale="x2"))
    assert (job.state, job.why) == ("skipped", Note("mislabelled", {"extension": ".png", "format": "JPEG"}))


def test_an_unknown_model_fails_with_a_clear_cause() -> None:
    image = make_image(64, 48)
    job = ended(restore(image, upscale="x2", model="dreamer-x9"))
    assert (job.state, job.may_retry) == ("failed", True)
    assert job.why is not None and (job.why.code, job.why.params["model"]) == ("unknown_model", "dreamer-x9")
    assert "UnknownModel" in job.traceback
    assert fresh(image).file.name == image.file.name


def test_missing_weights_fail_with_a_clear_cause(ours: Any, tmp_path: Path) -> None:
    entry = {
        "kind": "upscale",
        "engine": "wagtail_restore.engines.upscale.Upscaler",
        "scale": 2,
        "file": str(tmp_path / "gone.safetensors"),
    }
    ours(MODELS={"mine": entry})
    worker.bench._pool = None
    job = ended(restore(make_image(64, 48), upscale="x2", model="mine"))
    worker.bench._pool = None
    assert job.state == State.FAILED and job.why is not None and job.why.code == "weights_missing"


def test_what_nobody_foresaw_ends_the_job_with_the_traceback(at_step: Any) -> None:
    def explode(pk: int) -> None:
        raise ZeroDivisionError("surprise")

    at_step("encode", explode)
    image = make_image(64, 48)
    job = ended(restore(image, upscale="x2"))
    assert (job.state, job.why) == ("failed", Note("error", {"detail": "ZeroDivisionError: surprise"}))
    assert "surprise" in job.traceback
    assert fresh(image).file.name == image.file.name


def test_a_file_that_cannot_be_read_is_tried_again_later() -> None:
    image = make_image(64, 48)
    image.file.storage.delete(image.file.name)
    job = ended(restore(image, upscale="x2"))
    assert (job.state, job.attempt) == ("waiting", 1)
    assert job.not_before is not None and job.why is not None and job.why.code == "storage_failed"


def test_a_job_takes_no_longer_than_it_may(ours: Any) -> None:
    ours(JOB_SECONDS=0)
    job = ended(restore(make_image(64, 48), upscale="x2"))
    assert (job.state, job.why) == ("failed", Note("timed_out", {"seconds": 0}))


def test_a_running_job_is_cancelled_between_tiles(at_step: Any) -> None:
    at_step("run", lambda pk: jobs.cancel(Job.objects.get(pk=pk)))
    image = make_image(64, 48)
    job = ended(restore(image, upscale="x2"))
    assert (job.state, job.why) == ("cancelled", Note("cancelled"))
    assert fresh(image).file.name == image.file.name


def test_a_file_that_an_editor_replaced_meanwhile_wins(at_step: Any) -> None:
    image = make_image(64, 48)

    def replace(pk: int) -> None:
        other = fresh(image)
        other.file = ContentFile(make_picture(70, 50), name="other.jpg")
        other._set_image_file_metadata()
        other.save()

    at_step("encode", replace)
    job = ended(restore(image, upscale="x2"))
    assert job.state == State.SUPERSEDED
    assert (fresh(image).width, Path(fresh(image).file.name).name) == (70, "other.jpg")


def test_an_image_that_was_deleted_meanwhile_is_not_brought_back(at_step: Any) -> None:
    image = make_image(64, 48)
    at_step("encode", lambda pk: fresh(image).delete())
    job = ended(restore(image, upscale="x2"))
    assert (job.state, job.why) == ("discarded", Note("image_gone"))
    assert not type(image).objects.filter(pk=image.pk).exists()


def test_a_rule_may_have_a_person_look_first(rule: Any) -> None:
    rule("Wide", min_width=128, publish="review")
    image = make_image(64, 48)
    job = ended(jobs.latest(image))
    assert (job.state, job.why, job.is_open) == ("review", Note("review_by_rule", {"rules": ["Wide"]}), True)
    assert fresh(image).file.name == image.file.name
    with private_storage().open(job.result.name) as file, Pillow.open(file) as picture:
        assert picture.size == (128, 96)


def test_a_result_below_the_threshold_goes_to_a_person(ours: Any) -> None:
    entry = {"kind": "upscale", "engine": "wagtail_restore.engines.resample.Resampler", "scale": 4, "threshold": 200}
    ours(MODELS={"doubtful": entry})
    worker.bench._pool = None
    job = ended(restore(make_image(64, 48), upscale="x2", model="doubtful"))
    worker.bench._pool = None
    assert job.state == State.REVIEW and job.why is not None and job.why.code == "not_faithful_enough"
    assert job.result.name


def test_a_result_in_which_much_text_was_erased_goes_to_a_person(monkeypatch: pytest.MonkeyPatch) -> None:
    much = {"count": 27, "percent": 12}
    run = worker.runner.run

    def ran(*args: Any, **more: Any) -> Any:
        outcome = run(*args, **more)
        steps = [{**step, "much_text": much} for step in outcome.report["steps"]]
        return replace(outcome, report={**outcome.report, "steps": steps})

    monkeypatch.setattr(worker.runner, "run", ran)
    image = make_image(64, 48)
    job = ended(restore(image, upscale="x2"))
    assert (job.state, job.why) == ("review", Note("much_text", much))
    assert job.result.name and fresh(image).file.name == image.file.name


def test_a_page_of_text_is_not_published_unseen(ours: Any) -> None:
    ours(SENSITIVITY=dict.fromkeys(("date", "watermark", "text"), "eager"))
    page = Pillow.new("RGB", (640, 480), "white")
    pen, font = ImageDraw.Draw(page), ImageFont.load_default(28)
    lines = ("On the nature of", "harbours and quays,", "of ships and sailors,", "and of the tides", "at Dover")
    for row, line in enumerate(lines):
        pen.text((60, 60 + 70 * row), line, "black", font)
    buffer = io.BytesIO()
    page.save(buffer, "PNG")
    image = make_image(data=buffer.getvalue(), name="page.png")
    job = ended(restore(image, clean_up="text"))
    assert job.state == State.REVIEW and job.why is not None
    assert job.why.code == "much_text"
    assert fresh(image).file.name == image.file.name


def test_a_turned_jpeg_that_is_cleaned_stays_stored_as_it_was_and_changes_in_one_place() -> None:
    pytest.importorskip("jpeglib", reason="jpeglib is not installed")
    exif = Pillow.Exif()
    exif[0x0112] = 6
    image = make_image(data=make_picture(320, 240, exif=exif))
    before = content(image)
    region = {"kind": "object", "box": [40, 100, 30, 20], "polygon": [[40, 100], [70, 100], [70, 120], [40, 120]]}
    params = {"regions": [{**region, "text": "", "confidence": 1.0}]}
    plan = Plan((Step("erase", "classic", params),), Mode.CREATIVE)
    job = ended(jobs.request(image, plan, wishes=Wishes()))
    now = fresh(image)
    after = content(now)
    assert (job.state, job.report["notes"]) == ("published", [])
    assert (now.width, now.height, job.result_width, job.result_height) == (320, 240, 240, 320)
    assert now.file.name != image.file.name
    with Pillow.open(io.BytesIO(before)) as old, Pillow.open(io.BytesIO(after)) as new:
        assert (new.size, new.getexif()[0x0112]) == ((320, 240), 6)
        changed = ImageChops.difference(old, new).getbbox()
    # Turned back, columns 40 to 70 and rows 100 to 120 are rows 169 to 200 and columns 100 to 120, up to whole blocks.
    assert changed is not None
    left, top, right, bottom = changed
    assert (80 <= left <= 100, 150 <= top <= 170, 120 <= right <= 140, 199 <= bottom <= 220) == (True,) * 4


def test_doubtful_regions_are_shown_first_and_erased_when_confirmed(data: Path, ours: Any) -> None:
    with Pillow.open(data / "photos" / "26_datestamp.jpg") as photo:
        small = photo.resize((photo.width // 2, photo.height // 2), Pillow.Resampling.LANCZOS)
    buffer = io.BytesIO()
    small.save(buffer, "JPEG", quality=92)
    ours(SENSITIVITY={"date": "ask"})
    image = make_image(data=buffer.getvalue())
    job = ended(restore(image, clean_up="dates"))
    assert (job.state, job.why, job.result.name) == ("review", Note("unsure", {"count": 1}), "")
    assert [region["kind"] for region in job.report["regions"]] == ["date"]
    assert fresh(image).file.name == image.file.name
    further = ended(actions.decide(job, {0}, by=None))
    assert further.state == State.PUBLISHED
    assert fresh(image).file.name != image.file.name
    job.refresh_from_db()
    assert (job.state, job.why) == ("superseded", Note("decided"))


def test_a_ring_for_a_row_that_is_claimed_already_ends_at_once() -> None:
    job = restore(make_image(64, 48), upscale="x2")
    assert job is not None and jobs.claim(job.pk, "somebody else") is not None
    worker.run_job(job.pk)
    job.refresh_from_db()
    assert (job.state, job.worker) == ("running", "somebody else")


def test_models_stay_loaded_between_jobs() -> None:
    for _ in range(2):
        restore(make_image(64, 48), upscale="x2")
    work()
    assert worker.bench.pool.loaded == ("compact-x2",)
    assert set(Job.objects.values_list("state", flat=True)) == {"published"}


def test_gps_is_dropped_where_the_site_says_so(data: Path, ours: Any) -> None:
    ours(KEEP_GPS=False)
    image = make_image(data=(data / "odd" / "exif_gps_jpeg.jpg").read_bytes())
    with Pillow.open(io.BytesIO(content(image))) as picture:
        assert picture.getexif().get_ifd(0x8825)
        taken = picture.getexif().get(0x0213)
        assert taken
    width = image.width + 20
    job = ended(restore(image, upscale="width", width=width, model="resample"))
    assert job.state == State.PUBLISHED
    with Pillow.open(io.BytesIO(content(image))) as picture:
        assert not picture.getexif().get_ifd(0x8825)
        assert picture.getexif().get(0x0213) == taken, "the rest stays"
