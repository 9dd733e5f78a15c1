"""The bytes on both sides of a swap, and the Version that keeps the outgoing ones."""

from __future__ import annotations

import copy
import hashlib
import logging
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from pathlib import PurePosixPath
from typing import Any

from django.core.files.base import ContentFile
from django.db.models import QuerySet
from django.utils import timezone

from wagtail_restore.conf import conf
from wagtail_restore.exceptions import Skip, StorageFailed
from wagtail_restore.imaging import header
from wagtail_restore.models import Job, Store, Version
from wagtail_restore.models.links import database_of, image_type
from wagtail_restore.swap.files import Drafts, end, named

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Incoming:
    """The bytes of a file that is to be shown, what its header says, and the name that it is known by."""

    data: bytes
    head: header.Header
    name: str

    @cached_property
    def sha1(self) -> str:
        return hashlib.sha1(self.data, usedforsecurity=False).hexdigest()

    @property
    def extension(self) -> str:
        """That of its name, unless it says the untruth about the format."""
        true = header.matches(self.head.format, self.name)
        return PurePosixPath(self.name).suffix if true else f".{self.head.format.lower()}"

    @property
    def columns(self) -> dict[str, Any]:
        """What the image's row says of it, save the name."""
        size = {"width": self.head.stored_width, "height": self.head.stored_height}
        return {**size, "file_size": len(self.data), "file_hash": self.sha1}


@dataclass(frozen=True)
class Outgoing:
    """The bytes of the file that is shown until now (none where it is missing), and its EXIF orientation."""

    data: bytes = b""
    orientation: int = 1

    @cached_property
    def sha1(self) -> str:
        return hashlib.sha1(self.data, usedforsecurity=False).hexdigest()


def outgoing(image: Any) -> Outgoing:
    """The file that the image shows; one that is missing or damaged is no reason to refuse a better one.

    Raises ``StorageFailed`` when the storage does not answer.
    """
    try:
        with image.file.storage.open(image.file.name, "rb") as file:
            data = file.read()
    except FileNotFoundError:
        logger.warning("%s, the file of image %s, is missing", image.file.name, image.pk)
        return Outgoing()
    except Exception as error:
        raise StorageFailed(name=image.file.name, detail=f"{type(error).__name__}: {error}"[:300]) from error
    try:
        return Outgoing(data, header.read(data, image.file.name).orientation)
    except Skip:
        logger.warning("%s, the file of image %s, is no picture", image.file.name, image.pk)
        return Outgoing(data)


def stored_version(drafts: Drafts, before: Outgoing) -> Version | None:
    """The Version, not saved yet, of the outgoing file; an earlier one with the same bytes is taken again.

    None where the site keeps no Versions.
    """
    image, days = drafts.image, conf.KEEP_VERSIONS_DAYS
    if not days or not before.data:
        return None
    same = Version.objects.using(database_of(image)).for_image(image).filter(file_hash=before.sha1)
    kept: Version = same.first() or _new_version(drafts, before)
    kept.name = image.file.name
    kept.expires_at = timezone.now() + timedelta(days=days)
    return kept


def save_version(version: Version, job: Job | None, drafts: Drafts) -> Version:
    """The Version saved within the switching transaction. Raises ``StorageFailed`` when it has just expired.

    The one given is not changed, so that it can be saved again where the transaction is rolled back.
    """
    database, version = database_of(drafts.image), copy.copy(version)
    version.job = job or version.job
    if version.pk is None:
        version.save(using=database)
        drafts.adopt({(Store.PRIVATE, str(version.file))})
        return version
    # It is the latest again, and must be found as such.
    values = {"name": version.name, "expires_at": version.expires_at, "job": version.job, "created_at": timezone.now()}
    if not Version.objects.using(database).filter(pk=version.pk).update(**values):
        raise StorageFailed(name=version.name, detail="the version that was to be kept expired at this moment")
    return version


def drop_versions(versions: QuerySet[Version]) -> int:
    """Delete these Versions; how many. Their files go with the next ``purge_due``.

    Of several processes at once each counts those that it has deleted itself.
    """
    count = 0
    for version in list(versions):
        gone, _ = Version.objects.using(database_of(version)).filter(pk=version.pk).delete()
        if gone:
            end(version, Store.PRIVATE, str(version.file))
            count += 1
    return count


def _new_version(drafts: Drafts, before: Outgoing) -> Version:
    image = drafts.image
    kind = image_type(image)
    name = f"versions/{kind.pk}-{image.pk}/{named(drafts.token, image.file.name)}"
    return Version(
        content_type=kind,
        object_id=str(image.pk),
        file=drafts.write(Store.PRIVATE, name, ContentFile(before.data), max_length=255),
        file_hash=before.sha1,
        file_size=len(before.data),
        width=image.width,
        height=image.height,
        orientation=before.orientation,
    )
