"""A worker that is killed at any step: every image is whole, every Job ends, and no file is left over."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from PIL import Image as Pillow

from tests.app import disk
from tests.processes import run_worker
from wagtail_restore import restore, upkeep
from wagtail_restore.models import ImageFacts, Job, Retired, UpkeepLock
from wagtail_restore.testing import make_image, work

pytestmark = pytest.mark.django_db(transaction=True)

STEPS = ("claim", "read", "decode", "run", "check", "encode", "store", "publish")
WITHIN = ("save-1", "save-2", "save-4", "save-6", "commit")
"""Before the first, second, … file that the swap writes, and right after its transaction is committed."""
KILLED = -9
RENDITIONS = ("width-40", "fill-20x20", "max-165x165")


def look(image: Any) -> tuple[int, set[int]]:
    """The width of the image, and of the originals that its renditions were made of; every file must open."""
    now = type(image).objects.get(pk=image.pk)
    sizes = []
    for row in (now, *now.renditions.all()):
        with row.file.storage.open(row.file.name) as file, Pillow.open(io.BytesIO(file.read())) as picture:
            picture.load()
            sizes.append(picture.size)
            assert picture.size == (row.width, row.height)
    originals = {row.width for row in now.renditions.filter(filter_spec="original")}
    return now.width, originals


def pass_time() -> None:
    """Every lease has run out, every wait is over, every grace has passed."""
    long_ago = timezone.now() - timedelta(days=30)
    Job.objects.filter(state="running").update(lease_until=long_ago)
    Job.objects.filter(state="waiting").update(not_before=None)
    Retired.objects.update(delete_after=long_ago, claimed_at=None)
    ImageFacts.objects.filter(settle_after__isnull=False).update(settle_after=long_ago)
    UpkeepLock.objects.update(held_until=None)


@pytest.mark.parametrize("step", [*STEPS, *WITHIN])
def test_a_killed_worker_leaves_nothing_broken(redis: Any, step: str) -> None:
    image = make_image(64, 48)
    for spec in RENDITIONS:
        image.get_rendition(spec)
    job = restore(image, upscale="x2", model="resample")
    assert job is not None

    code, said = run_worker(kill_at=step)
    assert code == KILLED, said
    width, originals = look(image)
    assert width in (64, 128) and originals <= {width}, "old or new, never mixed"

    pass_time()
    upkeep.run()
    pass_time()
    work()
    pass_time()
    upkeep.run()
    upkeep.run()

    job.refresh_from_db()
    assert (job.state, job.open_key) == ("published", None)
    assert look(image) == (128, {128})
    assert disk.public_files() == disk.public_names()
    assert disk.private_files() == disk.private_names()
