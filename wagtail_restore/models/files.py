"""What is known of an image's file, the earlier files that are kept, and the ones that wait to be deleted."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.core.files.storage import Storage, storages
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from wagtail.images import get_image_model

from wagtail_restore.conf import conf
from wagtail_restore.models.links import ImageLink

UNFINISHED = timedelta(hours=6)
"""A file that was written this long ago and is no row's yet belongs to a process that died."""


def private_storage() -> Storage:
    """Where Results and Versions lie: the storage that ``WAGTAIL_RESTORE["PRIVATE_STORAGE"]`` names."""
    return storages[conf.PRIVATE_STORAGE]


class ImageFacts(ImageLink):
    """What is known of the file that an image has now; written when an image is saved, and by every swap.

    ``width`` and ``height`` are oriented pixels; ``state`` is the image row's file columns as this file was put in
    place (see ``swap.snapshot``), so that a stale save that brings an old file back can be undone.
    """

    file_name = models.CharField(max_length=255)
    width = models.PositiveIntegerField(default=0)
    height = models.PositiveIntegerField(default=0)
    pixels = models.PositiveBigIntegerField(default=0, db_index=True)
    format = models.CharField(max_length=16, blank=True)
    frames = models.PositiveIntegerField(default=1)
    alpha = models.BooleanField(default=False)
    orientation = models.PositiveSmallIntegerField(default=1)
    problem = models.CharField(max_length=32, blank=True, help_text="Code of the error if the file could not be read.")
    file_hash = models.CharField(max_length=40, blank=True)
    state = models.JSONField(default=dict)
    token = models.CharField(max_length=16, blank=True, help_text="In the names of the files that the last swap wrote.")
    settle_after = models.DateTimeField(null=True, db_index=True, help_text="When the last swap is looked over again.")
    leftovers = models.JSONField(default=dict, help_text="Cache keys to purge once more, and files that are in order.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["content_type", "object_id"], name="restore_facts_image")]

    def __str__(self) -> str:
        return f"{self.file_name}: {self.width} × {self.height} {self.format}"


class Version(ImageLink):
    """A kept earlier file of an image, to go back to; private, and deleted when it expires."""

    job = models.ForeignKey("wagtail_restore.Job", null=True, on_delete=models.SET_NULL, related_name="+")
    file = models.FileField(storage=private_storage, max_length=255)
    name = models.CharField(max_length=255, help_text="Name of the public file that this is a copy of.")
    file_hash = models.CharField(max_length=40, db_index=True)
    file_size = models.PositiveBigIntegerField(default=0)
    width = models.PositiveIntegerField(help_text="As stored on the image, before orientation.")
    height = models.PositiveIntegerField(help_text="As stored on the image, before orientation.")
    orientation = models.PositiveSmallIntegerField(default=1)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True, db_index=True)

    class Meta:
        ordering = ["-created_at", "-pk"]
        verbose_name = _("version")
        indexes = [models.Index(fields=["content_type", "object_id", "-created_at"], name="restore_version_image")]

    def __str__(self) -> str:
        return f"{self.name} ({self.width} × {self.height})"


class Store(models.TextChoices):
    """Which of the site's storages a file lies in."""

    IMAGE = "image"
    RENDITION = "rendition"
    PRIVATE = "private"


class Retired(ImageLink):
    """A file that is deleted after ``delete_after`` unless a row refers to it then.

    Written for every public file that a swap replaces, and before every file that we write, so that a process that
    dies in between leaves nothing behind for good.
    """

    store = models.CharField(max_length=16, choices=Store.choices)
    name = models.CharField(max_length=255)
    original = models.BooleanField(default=False, help_text="Was the image's own file, not a rendition.")
    width = models.PositiveIntegerField(default=0, help_text="Of an original: as stored on the image.")
    height = models.PositiveIntegerField(default=0)
    orientation = models.PositiveSmallIntegerField(default=1)
    token = models.CharField(max_length=16, blank=True, help_text="Of the swap that retired it.")
    intent = models.BooleanField(default=False, help_text="Is about to be written, not replaced.")
    retired_at = models.DateTimeField(auto_now_add=True)
    delete_after = models.DateTimeField(db_index=True)
    claimed_at = models.DateTimeField(null=True, help_text="A process is deleting the file since then.")

    class Meta:
        indexes = [
            models.Index(fields=["content_type", "object_id"], name="restore_retired_image"),
            models.Index(fields=["store", "name"], name="restore_retired_name"),
        ]

    def __str__(self) -> str:
        return f"{self.store}: {self.name}"


def retire_private(name: str, using: str | None, *, after: timedelta = timedelta(), **more: Any) -> Retired:
    """Have upkeep delete this private file, which is about no image, ``after`` a while unless a row refers to it."""
    kind = ContentType.objects.db_manager(using).get_for_model(get_image_model())
    values = {"store": Store.PRIVATE, "name": name, "delete_after": timezone.now() + after, **more}
    row: Retired = Retired.objects.using(using).create(content_type_id=kind.pk, object_id="", **values)
    return row
