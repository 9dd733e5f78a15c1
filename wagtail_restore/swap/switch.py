"""Publish and withdraw: everything is made beforehand, then image and renditions change in one transaction."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from io import BytesIO
from pathlib import PurePosixPath
from typing import Any

from django.core.files.base import ContentFile, File
from django.db import IntegrityError, transaction
from django.dispatch import Signal
from django.utils import timezone

from wagtail_restore.conf import conf
from wagtail_restore.exceptions import ImageGone, StorageFailed, Superseded
from wagtail_restore.imaging import header
from wagtail_restore.models import Job, Retired, Store, Version
from wagtail_restore.models.links import image_type
from wagtail_restore.swap.announce import after_commit, log, published, withdrawn
from wagtail_restore.swap.files import Drafts, named, reaching, retired
from wagtail_restore.swap.guard import repair, stale_place
from wagtail_restore.swap.measure import described, keep
from wagtail_restore.swap.place import place
from wagtail_restore.swap.renditions import Made, cache_keys, make_all
from wagtail_restore.swap.rows import altered, database_of, focal_columns, fresh, moved_focal, row_of, snapshot

logger = logging.getLogger(__name__)

ATTEMPTS = 4
"""How often the switch is tried while the focal point or the renditions change under it."""

Within = Callable[[], None]


@dataclass(frozen=True)
class Published:
    """What a swap has done: the image as it is now, the Version that was kept (None: none), and what it counted."""

    image: Any
    token: str
    version: Version | None
    renditions: int
    retired: int


@dataclass(frozen=True)
class Occasion:
    """Why an image gets another file, and who is told."""

    action: str
    signal: Signal
    told: dict[str, Any]
    job: Job | None = None
    by: Any = None
    within: Within | None = None


@dataclass(frozen=True)
class Contents:
    """The bytes of a file and what its header says (None: it is unreadable, or gone)."""

    data: bytes
    head: header.Header | None

    @property
    def orientation(self) -> int:
        return self.head.orientation if self.head else 1

    @property
    def sha1(self) -> str:
        return hashlib.sha1(self.data, usedforsecurity=False).hexdigest()


class _Changed(Exception):
    """The row changed under the switch, but the file is still the same."""


def publish(
    image: Any,
    data: bytes,
    *,
    expected_name: str,
    job: Job | None = None,
    by: Any = None,
    within: Within | None = None,
) -> Published:
    """Let the image show ``data``, a picture file in the format of the present one, and so all its renditions.

    ``expected_name`` is the name of the file that the result was made from. ``within`` is called inside the
    transaction that switches, and whatever it raises undoes the whole swap. Raises ``Superseded`` when the image has
    another file by now, ``ImageGone`` when it was deleted, ``StorageFailed``, and ``BadOutput`` when a rendition that
    the present file has cannot be made of ``data``.
    """
    told = {"job": job, "by": by}
    return _swap(
        image,
        data,
        expected_name,
        expected_name,
        Occasion("wagtail_restore.publish", published, told, job, by, within),
    )


def withdraw(version: Version, *, by: Any = None, within: Within | None = None) -> Published:
    """Let the image show the file of this Version again; what it shows now becomes a Version in its turn.

    ``within`` and errors as in ``publish``.
    """
    image = version.image()
    if image is None:
        raise ImageGone
    with reaching(version.name), version.file.open("rb") as file:
        data = file.read()
    told = {"version": version, "by": by}
    occasion = Occasion("wagtail_restore.withdraw", withdrawn, told, version.job, by, within)
    return _swap(image, data, image.file.name, version.name, occasion)


def _swap(image: Any, data: bytes, expected_name: str, name: str, occasion: Occasion) -> Published:
    new = Contents(data, header.read(data, name))
    drafts = Drafts(_current(image, expected_name))
    try:
        before = _outgoing(drafts.image)
        version = _stored_version(drafts, before)
        original = _stored_original(drafts, new, name)
        for _ in range(ATTEMPTS):
            old = _current(image, expected_name)
            after = _incoming(old, original, new, before.orientation)
            made = make_all(old, after, data, before.data, drafts)
            try:
                with transaction.atomic(using=database_of(old)):
                    return _switch(old, after, new, before, made, version, drafts, occasion)
            except (_Changed, IntegrityError):
                logger.info("image %s changed while it was being switched; once more", image.pk, exc_info=True)
        raise StorageFailed(name=expected_name, detail="the image kept changing")
    finally:
        drafts.close()


def _current(image: Any, expected_name: str) -> Any:
    """The image as it is now, with the expected file; a stale save that brought an old file back is undone first."""
    found = fresh(image)
    if found is not None and found.file.name != expected_name and stale_place(found) is not None:
        repair(found)
        found = fresh(image)
    if found is None:
        raise ImageGone
    if found.file.name != expected_name:
        raise Superseded
    return found


def _outgoing(image: Any) -> Contents:
    """The file that is shown now; one that is missing is no reason to refuse a better one."""
    try:
        with image.file.storage.open(image.file.name, "rb") as file:
            data = file.read()
    except FileNotFoundError:
        logger.warning("%s, the file of image %s, is missing", image.file.name, image.pk)
        return Contents(b"", None)
    except Exception as error:
        raise StorageFailed(name=image.file.name, detail=f"{type(error).__name__}: {error}"[:300]) from error
    return Contents(data, header.read(data, image.file.name))


def _stored_version(drafts: Drafts, before: Contents) -> Version | None:
    """The Version, not saved yet, of the outgoing file; an earlier one with the same bytes is taken again."""
    image = drafts.image
    days = conf.KEEP_VERSIONS_DAYS
    if days == 0 or before.head is None:
        return None
    sha1 = before.sha1
    kept: Version | None = Version.objects.using(database_of(image)).for_image(image).filter(file_hash=sha1).first()
    if kept is None:
        folder = f"versions/{image_type(image).pk}-{image.pk}"
        name = f"{folder}/{named(drafts.token, image.file.name)}"
        kept = Version(
            content_type=image_type(image),
            object_id=str(image.pk),
            file=drafts.write(Store.PRIVATE, name, ContentFile(before.data), max_length=255),
            file_hash=sha1,
            file_size=len(before.data),
            width=image.width,
            height=image.height,
            orientation=before.orientation,
        )
    kept.name = image.file.name
    kept.expires_at = None if days is None else timezone.now() + timedelta(days=days)
    return kept


def _stored_original(drafts: Drafts, new: Contents, name: str) -> str:
    image, form = drafts.image, new.head.format if new.head else ""
    extension = PurePosixPath(name).suffix
    if not header.matches(form, name):
        extension = f".{form.lower()}"
    field = image._meta.get_field("file")
    wanted = field.generate_filename(image, named(drafts.token, name, extension))
    return drafts.write(Store.IMAGE, wanted, File(BytesIO(new.data), name=wanted), max_length=field.max_length)


def _incoming(old: Any, name: str, new: Contents, orientation: int) -> Any:
    """The image as it will be."""
    head = new.head or header.read(new.data, name)
    columns = {
        "file": name,
        "width": head.stored_width,
        "height": head.stored_height,
        "file_size": len(new.data),
        "file_hash": new.sha1,
    }
    focal = moved_focal(old, orientation, head.stored_width, head.stored_height, head.orientation)
    return altered(old, {**columns, **focal})


def _switch(
    old: Any,
    after: Any,
    new: Contents,
    before: Contents,
    made: list[Made],
    version: Version | None,
    drafts: Drafts,
    occasion: Occasion,
) -> Published:
    """The transaction. The UPDATE comes first: from then on the row is ours on every database."""
    columns = {**snapshot(after), **focal_columns(after)}
    if not row_of(old).filter(file=old.file.name, **focal_columns(old)).update(**columns):
        _current(old, old.file.name)
        raise _Changed
    placed = place(old, after, made, drafts)
    if version is not None:
        _save_version(version, occasion.job, database_of(old), drafts)
    drafts.adopt({(Store.IMAGE, after.file.name)})
    head = new.head or header.read(new.data, after.file.name)
    pairs = placed.pairs
    keys = cache_keys((old, after), (before.sha1, ""), pairs)
    now = timezone.now()
    noted = {
        "token": drafts.token,
        "settle_after": now + timedelta(seconds=conf.SETTLE_SECONDS),
        "leftovers": {"keys": sorted(keys), "made": [m.name for m in made]},
    }
    keep(after, {**described(after, head), **noted})
    outgoing = retired(
        old,
        Store.IMAGE,
        old.file.name,
        token=drafts.token,
        original=True,
        width=old.width,
        height=old.height,
        orientation=before.orientation,
    )
    Retired.objects.using(database_of(old)).bulk_create([outgoing, *placed.retired])
    log(after, occasion.action, occasion.by, _told(old, after, occasion))
    if occasion.within is not None:
        occasion.within()
    after_commit(after, keys, occasion.signal, **occasion.told)
    return Published(after, drafts.token, version, len(made), 1 + len(placed.retired))


def _save_version(version: Version, job: Job | None, database: str, drafts: Drafts) -> None:
    version.job = job or version.job
    version.save(using=database)
    Version.objects.using(database).filter(pk=version.pk).update(created_at=timezone.now())
    drafts.adopt({(Store.PRIVATE, str(version.file))})


def _told(old: Any, after: Any, occasion: Occasion) -> dict[str, Any]:
    return {
        "job": occasion.job.pk if occasion.job else None,
        "from": {"width": old.width, "height": old.height, "file": old.file.name},
        "to": {"width": after.width, "height": after.height, "file": after.file.name},
    }
