"""An image, and Plans to ask for."""

from __future__ import annotations

from typing import Any

import pytest

from wagtail_restore import jobs
from wagtail_restore.imaging.planning import Plan, Step, Upscale, Wishes
from wagtail_restore.models import Job
from wagtail_restore.testing import make_image

DOUBLE = Plan((Step("upscale", "auto", {"width": 128, "height": 96}),))
CLEAN = Plan((Step("erase", "auto", {"detect": ["date"]}),))
CLEAN_ALL = Plan((Step("erase", "auto", {"detect": ["date", "watermark"]}),))


@pytest.fixture
def image(redis: Any, transactional_db: None) -> Any:
    return make_image(64, 48)


def ask(image: Any, plan: Plan = DOUBLE, **fields: Any) -> Job:
    return jobs.request(image, plan, wishes=Wishes(upscale=Upscale.X2), **fields)


def claimed(job: Job, worker: str = "worker") -> Job:
    found = jobs.claim(job.pk, worker)
    assert found is not None
    return found
