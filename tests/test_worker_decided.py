"""What a worker does with marks that a person has decided on: they go where they were found, whatever was asked."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
from PIL import Image as Pillow

from tests.old_library import content
from wagtail_restore import jobs, worker
from wagtail_restore.admin import actions
from wagtail_restore.imaging.planning import Plan, Step, Wishes
from wagtail_restore.models import State
from wagtail_restore.testing import make_image, make_picture, work

pytestmark = pytest.mark.django_db(transaction=True)

FOUND = {
    "kind": "date",
    "box": [100, 70, 40, 14],
    "polygon": [[100, 70], [140, 70], [140, 84], [100, 84]],
    "text": "1998",
    "confidence": 0.5,
}


def test_a_wish_to_enlarge_that_came_first_does_not_move_the_marks(redis: Any) -> None:
    worker.bench.pool.close()
    image = make_image(data=make_picture(160, 96, format="PNG"), name="picture.png")
    looks, double = Step("erase", params={"detect": ["date"]}), Step("upscale", params={"width": 320, "height": 192})
    job = jobs.claim(jobs.request(image, Plan((looks,)), wishes=Wishes()).pk, "worker")
    assert job is not None
    jobs.finish(job, State.REVIEW, report={"regions": [FOUND], "from": [160, 96]})
    jobs.request(image, Plan((double,)), wishes=Wishes())
    before = pixels(content(image))
    further = actions.decide(job, {0}, None)
    assert further is not None
    worker.run_job(further.pk)
    image.refresh_from_db()
    touched = (pixels(content(image)) != before).any(axis=2)
    assert touched[72:82, 102:138].mean() > 0.5
    touched[58:96, 88:152] = False
    assert not touched.any()
    work()
    image.refresh_from_db()
    assert (image.width, image.height) == (320, 192), "and what had waited is done after that"


def pixels(data: bytes) -> Any:
    with Pillow.open(io.BytesIO(data)) as picture:
        return np.asarray(picture.convert("RGB"))
