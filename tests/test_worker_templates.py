"""A rule that erases with a template, from the upload to what every page shows: only the mark, at the right place."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
from django.core.files.base import ContentFile
from django.core.management import call_command
from PIL import Image as Pillow
from wagtail.models import Collection, ModelLogEntry

from tests.old_library import content
from tests.processes import run_worker
from wagtail_restore import backfill, jobs, upkeep, worker
from wagtail_restore.models import Job, MaskTemplate, private_storage
from wagtail_restore.testing import make_image, make_picture, work

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _redis(redis: Any) -> None:
    worker.bench.pool.close()


@pytest.fixture
def news() -> Collection:
    return Collection.get_first_root_node().add_child(name="News")


@pytest.fixture
def template(news: Collection) -> MaskTemplate:
    """A logo of 24 × 12 in the lower right corner, 6 px from either border of a picture of 120 × 80."""
    buffer = io.BytesIO()
    Pillow.new("L", (24, 12), 255).save(buffer, "PNG")
    name = private_storage().save("templates/logo.png", ContentFile(buffer.getvalue()))
    return MaskTemplate.objects.create(
        name="Agency logo",
        collection=news,
        anchor="bottom-right",
        file=name,
        width=120,
        height=80,
        box_x=90,
        box_y=62,
        box_width=24,
        box_height=12,
    )


def upload(width: int, height: int, collection: Any) -> Any:
    data = make_picture(width, height, format="PNG")
    return make_image(data=data, name="picture.png", collection=collection)


def pixels(image: Any) -> Any:
    with Pillow.open(io.BytesIO(content(image))) as picture:
        return np.asarray(picture.convert("RGB"))


def files() -> list[str]:
    return private_storage().listdir("templates")[1]


@pytest.mark.parametrize(
    ("width", "height", "rows", "columns"),
    [
        (120, 80, (62, 74), (90, 114)),
        (80, 120, (102, 114), (50, 74)),  # upright: as large, as far from the corner
        (240, 80, (62, 74), (210, 234)),  # a panorama: not stretched
        (240, 160, (124, 148), (180, 228)),
    ],
)
def test_an_upload_into_the_collection_loses_the_mark_and_nothing_else(
    template: MaskTemplate,
    news: Collection,
    rule: Any,
    width: int,
    height: int,
    rows: tuple[int, int],
    columns: tuple[int, int],
) -> None:
    mine = rule("Agency", action="erase", template=template, collection=news)
    image = upload(width, height, news)
    before = pixels(image)
    work()
    job = Job.objects.get()
    assert (job.state, job.rule, job.mask.name) == ("published", mine, "")
    touched = (pixels(image) != before).any(axis=2)
    assert touched[slice(*rows), slice(*columns)].mean() > 0.8
    touched[rows[0] - 4 : rows[1] + 4, columns[0] - 4 : columns[1] + 4] = False
    assert not touched.any(), "four pixels beyond the mark, every value is what it was"
    assert files() == ["logo.png"], "the template keeps its mask"
    assert b"mask template: Agency logo" in content(image)
    (step,) = job.report["steps"]
    assert step["template"] == "Agency logo"
    asked = ModelLogEntry.objects.get(action="wagtail_restore.request")
    assert asked.formatter.format_message(asked) == "Restoration asked for, with the mask template “Agency logo”"


def test_a_real_worker_takes_an_image_of_the_library_once(template: MaskTemplate, news: Collection, rule: Any) -> None:
    image, other = upload(120, 80, news), upload(120, 80, Collection.get_first_root_node())
    rule("Agency", action="erase", template=template)
    out = io.StringIO()
    call_command("restore_backfill", rule="Agency", dry_run=True, stdout=out)
    assert out.getvalue().startswith("1 of 2 images would be restored")
    assert backfill.ask(backfill.Selection()).asked == 1
    code, said = run_worker()
    assert code == 0, said
    job = Job.objects.get()
    assert (job.state, job.object_id) == ("published", str(image.pk)), job.traceback
    assert jobs.latest(other) is None
    for again in (False, True):
        assert backfill.survey(backfill.Selection(again=again)).left == {"erased_before": 1, "nothing_asked": 1}


def test_a_later_wish_for_the_picture_does_not_erase_again(template: MaskTemplate, news: Collection, rule: Any) -> None:
    from wagtail_restore import restore

    rule("Agency", action="erase", template=template, collection=news)
    image = upload(120, 80, news)
    work()
    image.refresh_from_db()
    job = restore(image, upscale="x2")
    assert job is not None and [step.kind for step in job.steps.steps] == ["upscale"]


def test_a_template_that_goes_meanwhile_is_still_followed_and_its_file_goes_last(
    template: MaskTemplate, news: Collection, rule: Any
) -> None:
    mine = rule("Agency", action="erase", template=template, collection=news)
    image = upload(120, 80, news)
    mine.delete()
    template.delete()
    upkeep.run()
    assert files() == ["logo.png"], "an open job needs it"
    work()
    assert jobs.latest(image).state == "published"  # type: ignore[union-attr]
    upkeep.run()
    assert files() == []


@pytest.mark.parametrize("together", [False, True])
def test_without_open_jobs_the_file_goes_with_the_template(template: MaskTemplate, together: bool) -> None:
    MaskTemplate.objects.all().delete() if together else template.delete()
    upkeep.run()
    assert files() == []


def test_a_picture_no_larger_than_the_mark_ends_as_nothing_to_clean(
    template: MaskTemplate, news: Collection, rule: Any
) -> None:
    rule("Agency", action="erase", template=template, collection=news)
    job = jobs.latest(upload(20, 10, news))
    assert job is not None and (job.state, job.why and job.why.code) == ("kept", "nothing_to_clean")


def test_asked_for_again_after_the_template_is_gone_the_reason_is_told(
    template: MaskTemplate, news: Collection, rule: Any
) -> None:
    mine = rule("Agency", action="erase", template=template, collection=news)
    image = upload(120, 80, news)
    first = jobs.latest(image)
    assert first is not None and jobs.cancel(first)
    mine.delete()
    template.delete()
    upkeep.run()
    first.refresh_from_db()
    again = jobs.retry(first)
    work()
    assert again is not None
    again.refresh_from_db()
    assert (again.state, again.why and again.why.code) == ("failed", "template_gone")
