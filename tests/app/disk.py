"""What lies in the storages, and what the rows say should lie there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from wagtail.images.models import Image, Rendition

from tests.app.models import CustomImage, CustomRendition
from wagtail_restore.models import Job, Retired, Store, Version


def _files(folder: str) -> set[str]:
    root = Path(folder)
    return {str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()}


def public_files() -> set[str]:
    return _files(settings.MEDIA_ROOT)


def private_files() -> set[str]:
    return _files(settings.STORAGES["private"]["OPTIONS"]["location"])


def _named(model: Any, column: str = "file") -> set[str]:
    return set(model.objects.exclude(**{column: ""}).values_list(column, flat=True))


def public_names() -> set[str]:
    """Public files that the site needs."""
    return _named(Image) | _named(Rendition) | _named(CustomImage) | _named(CustomRendition)


def private_names() -> set[str]:
    """Private files that the site needs."""
    return _named(Version) | _named(Job, "result")


def waiting_names() -> set[str]:
    """Public files that wait out their grace."""
    return set(Retired.objects.exclude(store=Store.PRIVATE).values_list("name", flat=True))
