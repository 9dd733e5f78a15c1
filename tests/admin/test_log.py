"""What the site history says of restoration."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from wagtail.log_actions import log, registry
from wagtail.models import ModelLogEntry

from wagtail_restore.models import Job

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("action", "message"),
    [
        ("request", "Restoration asked for"),
        ("publish", "Restored picture published"),
        ("withdraw", "Went back to an earlier picture"),
        ("cancel", "Restoration cancelled"),
        ("discard", "Restored picture discarded"),
    ],
)
def test_every_action_has_a_message(image: Any, action: str, message: str) -> None:
    entry = log(instance=image, action=f"wagtail_restore.{action}")
    assert str(entry.message) == message
    assert registry.get_action_label(f"wagtail_restore.{action}")


def test_a_swap_is_told_with_its_sizes(admin: Client, image: Any, published: Job) -> None:
    entry = ModelLogEntry.objects.get(action="wagtail_restore.publish")
    assert entry.message == "Restored picture published: 64 × 48 → 128 × 96"
    history = admin.get("/admin/reports/site-history/").content.decode()
    assert "Restored picture published: 64 × 48 → 128 × 96" in history


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"versions": 1, "public": False}, "1 earlier version deleted"),
        (
            {"versions": 2, "public": True},
            "2 earlier versions deleted. Files of earlier pictures that were still public",
        ),
        ({"versions": 0, "public": True}, "Files of earlier pictures that were still public deleted"),
    ],
)
def test_the_deletion_of_versions_says_what_went(image: Any, data: dict[str, Any], message: str) -> None:
    entry = log(instance=image, action="wagtail_restore.delete_versions", data=data)
    assert str(entry.message).startswith(message)
