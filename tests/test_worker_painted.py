"""What a worker does with a mask that somebody painted: only what was marked changes, softly at the edge."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
from PIL import Image as Pillow

from tests.old_library import content
from wagtail_restore import worker
from wagtail_restore.admin import actions
from wagtail_restore.imaging import masks
from wagtail_restore.models import Job, private_storage
from wagtail_restore.testing import make_image, make_picture, work

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _redis(redis: Any) -> None:
    worker.bench.pool.close()


def pixels(image: Any) -> Any:
    with Pillow.open(io.BytesIO(content(image))) as picture:
        return np.asarray(picture.convert("RGB"))


def mask_of(width: int, height: int, box: tuple[int, int, int, int], value: int = 255) -> bytes:
    mask = Pillow.new("L", (width, height))
    mask.paste(value, box)
    buffer = io.BytesIO()
    mask.save(buffer, "PNG")
    return buffer.getvalue()


def remove(image: Any, mask: bytes) -> Job:
    job = actions.remove(image, mask, None)
    work()
    job.refresh_from_db()
    return job


def changed(image: Any, mask: bytes) -> Any:
    """Which pixels the work has changed."""
    before = pixels(image)
    assert remove(image, mask).state == "published"
    return (pixels(image) != before).any(axis=2)


def test_what_was_painted_is_gone_and_nothing_else_changed() -> None:
    image = make_image(data=make_picture(96, 64, format="PNG"), name="picture.png")
    touched = changed(image, mask_of(96, 64, (30, 20, 46, 36)))
    assert touched[22:34, 32:44].mean() > 0.8
    touched[16:40, 26:50] = False
    assert not touched.any(), "four pixels beyond the mark, every value is what it was"
    assert private_storage().listdir("masks")[1] == []


def test_a_smaller_mask_is_stretched_over_the_picture() -> None:
    image = make_image(data=make_picture(96, 64, format="PNG"), name="picture.png")
    touched = changed(image, mask_of(48, 32, (15, 10, 23, 18)))
    assert touched[22:34, 32:44].mean() > 0.8
    touched[15:41, 25:51] = False
    assert not touched.any()


def test_a_picture_on_its_side_is_met_where_it_was_painted() -> None:
    exif = Pillow.Exif()
    exif[0x0112] = 6
    image = make_image(data=make_picture(64, 48, format="PNG", exif=exif), name="picture.png")
    with Pillow.open(io.BytesIO(content(image))) as picture:
        before = np.rot90(np.asarray(picture), -1)
    assert remove(image, mask_of(48, 64, (10, 20, 26, 36))).state == "published"
    touched = (pixels(image) != before).any(axis=2)
    assert touched[22:34, 12:24].mean() > 0.8
    touched[16:40, 6:30] = False
    assert not touched.any()


@pytest.mark.parametrize(("value", "left"), [(255, 255), (128, 128), (51, 51)])
def test_what_was_painted_softly_is_replaced_in_part(value: int, left: int) -> None:
    picture = Pillow.new("L", (96, 64), 255)
    picture.paste(0, (36, 26, 44, 34))
    buffer = io.BytesIO()
    picture.save(buffer, "PNG")
    image = make_image(data=buffer.getvalue(), name="picture.png")
    assert remove(image, mask_of(96, 64, (26, 16, 54, 44), value)).state == "published"
    assert pixels(image)[30, 40].tolist() == pytest.approx([left] * 3, abs=2), "so much of the white ground"


@pytest.mark.parametrize("value", [255, 51])
def test_a_site_may_have_more_erased_than_was_painted(value: int, settings: Any) -> None:
    settings.WAGTAIL_RESTORE = {**settings.WAGTAIL_RESTORE, "PAINTED_MARGIN": 6}
    image = make_image(data=make_picture(96, 64, format="PNG"), name="picture.png")
    touched = changed(image, mask_of(96, 64, (40, 24, 56, 40), value))
    rows, columns = np.flatnonzero(touched.any(axis=1)), np.flatnonzero(touched.any(axis=0))
    assert rows[0] in range(14, 20) and rows[-1] in range(44, 50)
    assert columns[0] in range(30, 36) and columns[-1] in range(60, 66)


def test_the_job_tells_what_it_does() -> None:
    image = make_image()
    job = remove(image, mask_of(64, 48, (10, 10, 20, 20)))
    (step,) = job.report["steps"]
    assert (step["kind"], step["outcome"], step["regions"]) == ("erase", "done", [])
    assert 0.03 < step["area"] < 0.12


def test_a_mask_of_everything_fails_and_leaves_the_image_as_it_was() -> None:
    image = make_image(data=make_picture(96, 64, format="PNG"), name="picture.png")
    before = content(image)
    job = remove(image, mask_of(96, 64, (0, 0, 96, 64)))
    assert (job.state, job.why and job.why.code, job.may_retry) == ("failed", "nothing_left", False)
    assert content(image) == before


def test_a_mask_that_is_gone_is_a_failure_of_the_storage() -> None:
    image = make_image()
    job = actions.remove(image, mask_of(64, 48, (10, 10, 20, 20)), None)
    private_storage().delete(str(job.mask))
    work()
    job.refresh_from_db()
    assert (job.state, job.why and job.why.code) == ("waiting", "storage_failed")


def test_a_mask_is_read_as_shares() -> None:
    weight = masks.read(mask_of(4, 2, (0, 0, 2, 2), 51), 4, 2)
    assert weight.dtype == np.float16
    assert weight == pytest.approx(np.array([[0.2, 0.2, 0, 0]] * 2), abs=1e-4)
