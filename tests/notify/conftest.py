"""People who want a digest, and Jobs that ended in some way."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from tests.admin.conftest import person
from wagtail_restore.imaging.planning import Note
from wagtail_restore.models import Digest, Job, State
from wagtail_restore.models.links import image_type
from wagtail_restore.testing import make_image

MakeJob = Callable[..., Job]


@pytest.fixture
def make_job(db: Any) -> MakeJob:
    """A Job that came to this state half an hour ago."""

    def make(state: str, user: Any = None, image: Any = None, **values: Any) -> Job:
        image = image or make_image(64, 48)
        ago = timezone.now() - timedelta(minutes=30)
        over = state not in State.open()
        defaults = {"image_title": image.title, "user": user, "started_at": ago, "finished_at": ago if over else None}
        about = {"content_type": image_type(image), "object_id": str(image.pk)}
        if state == State.REVIEW:
            defaults["review_since"] = ago
        if state == State.FAILED:
            defaults["reason"] = Note("out_of_memory", {"device": "cuda"}).to_json()
        return Job.objects.create(state=state, **about, **{**defaults, **values})

    return make


@pytest.fixture
def ines(db: Any) -> Any:
    """Somebody who may decide about every image, and has an address."""
    user = person("ines", "use_restore")
    user.email = "ines@example.com"
    user.save()
    return user


@pytest.fixture
def due(ines: Any) -> Digest:
    """Her digest, which is due; she was told yesterday."""
    now = timezone.now()
    return Digest.objects.create(user=ines, asked=True, told_until=now - timedelta(days=1), due_at=now)
