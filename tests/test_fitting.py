"""What Facts fit, told in SQL, is what planning says of each picture."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.contenttypes.models import ContentType
from wagtail.images import get_image_model

from wagtail_restore.fitting import growing, measured, too_small, workable
from wagtail_restore.imaging.planning import Condition
from wagtail_restore.models import ImageFacts

pytestmark = pytest.mark.django_db


def facts(width: int = 800, height: int = 600, **others: Any) -> ImageFacts:
    """Of a picture that there is not."""
    number = str(ImageFacts.objects.count() + 1)
    values = {"format": "JPEG", "frames": 1, **others}
    kind = ContentType.objects.get_for_model(get_image_model())
    return ImageFacts.objects.create(
        content_type=kind, object_id=number, width=width, height=height, pixels=width * height, **values
    )


@pytest.mark.parametrize(
    "condition",
    [
        Condition(800, None, None),
        Condition(801, None, None),
        Condition(None, 601, None),
        Condition(900, 700, None),
        Condition(None, None, 0.48),
        Condition(None, None, 0.480001),
        Condition(None, None, None),
    ],
)
def test_too_small_is_what_fails_the_condition(condition: Condition) -> None:
    facts()
    assert ImageFacts.objects.filter(too_small(condition)).exists() is condition.fails(800, 600)


def test_drawings_and_animations_are_not_worked_on() -> None:
    plain, phone = facts(), facts(format="MPO", frames=3)
    facts(format="SVG")
    facts(format="GIF", frames=9)
    assert list(ImageFacts.objects.filter(workable()).order_by("pk")) == [plain, phone]


def test_what_is_as_large_as_it_may_be_does_not_grow(settings: Any) -> None:
    settings.WAGTAIL_RESTORE = {**settings.WAGTAIL_RESTORE, "MAX_OUTPUT_PIXELS": 1_000_000}
    small = facts(999, 1000)
    facts(1000, 1000)
    facts(16383, 10, format="WEBP")
    assert list(ImageFacts.objects.filter(growing())) == [small]


def test_what_could_not_be_read_was_not_measured() -> None:
    read = facts()
    facts(0, 0, problem="unreadable")
    assert list(ImageFacts.objects.filter(measured())) == [read]
