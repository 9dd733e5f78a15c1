"""Every file that a swap writes: under a name that no other file has, and with the intent written down first."""

from __future__ import annotations

import logging
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import PurePosixPath
from typing import Any

from django.core.files.base import File
from django.core.files.storage import Storage
from django.db import Error as DatabaseTrouble
from django.db.models import Q
from django.utils import timezone
from wagtail.images import get_image_model

from wagtail_restore.conf import conf
from wagtail_restore.exceptions import RestoreError, StorageFailed
from wagtail_restore.models import Retired, Store, private_storage
from wagtail_restore.models.files import UNFINISHED
from wagtail_restore.models.links import database_of, image_type

logger = logging.getLogger(__name__)

CLAIMED = timedelta(hours=1)
"""A process that has been deleting one file for this long has died."""

_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
_TOKEN = re.compile(r"^[2-9][a-z2-9]{9}\.")


def new_token() -> str:
    """Ten characters, a digit first, that no other swap has."""
    return secrets.choice("23456789") + "".join(secrets.choice(_LETTERS) for _ in range(9))


def named(token: str, name: str, extension: str = "") -> str:
    """``token.stem.extension`` after the last part of ``name``; a token of an earlier swap gives way.

    The token stands first: Wagtail builds the names of renditions from the beginning of this one, and cuts off
    its end where the filter is long.
    """
    path = PurePosixPath(name)
    stem = _TOKEN.sub("", path.stem + ".").removesuffix(".")
    return f"{token}.{stem[:24]}{extension or path.suffix}"


def is_ours(name: str) -> bool:
    """Whether a swap gave this name to a file; no upload ever gets such a name."""
    return bool(_TOKEN.match(PurePosixPath(name).name))


def storage_of(model: Any, store: str) -> Storage:
    """The storage that the files of this image model lie in."""
    if store == Store.PRIVATE:
        return private_storage()
    owner = model.get_rendition_model() if store == Store.RENDITION else model
    storage: Storage = owner._meta.get_field("file").storage
    return storage


@contextmanager
def reaching(name: str) -> Iterator[None]:
    """The border to storages: whatever they raise leaves as ``StorageFailed``."""
    try:
        yield
    except (RestoreError, DatabaseTrouble):
        raise
    except Exception as error:
        raise StorageFailed(name=name, detail=f"{type(error).__name__}: {error}"[:300]) from error


def retired(image: Any, store: str, name: str, *, token: str = "", **more: Any) -> Retired:
    """A row, not saved yet, for a public file that waits out its grace; ``more`` are further columns."""
    values = {"delete_after": timezone.now() + timedelta(seconds=conf.GRACE_SECONDS), **more}
    return Retired(
        content_type=image_type(image), object_id=str(image.pk), store=store, name=name, token=token, **values
    )


@dataclass
class Drafts:
    """The files that one swap has written and that are no row's yet."""

    image: Any
    token: str = field(default_factory=new_token)
    rows: list[Retired] = field(default_factory=list)

    def write(self, store: str, name: str, content: File[Any], max_length: int | None = None) -> str:
        """Write a file; returns its name in the storage. Raises ``StorageFailed``.

        The row that says so is committed before, so that the file is found again if this process dies.
        """
        storage = storage_of(type(self.image), store)
        with reaching(name):
            free = storage.get_available_name(name, max_length=max_length)
            row = retired(
                self.image, store, free, token=self.token, intent=True, delete_after=timezone.now() + UNFINISHED
            )
            row.save(using=database_of(self.image))
            self.rows.append(row)
            content.seek(0)
            row.name = storage.save(free, content, max_length=max_length)
            rows = Retired.objects.using(database_of(self.image)).filter(pk=row.pk, claimed_at=None)
            if not rows.update(name=row.name, delete_after=timezone.now() + UNFINISHED):
                storage.delete(row.name)
                raise StorageFailed(name=name, detail="writing took so long that the file was taken for an orphan")
        return row.name

    def adopt(self, names: set[tuple[str, str]]) -> None:
        """These files (store, name) are now some row's; to be called in the transaction that makes them so.

        Raises ``StorageFailed`` when one of them has been taken for an orphan meanwhile.
        """
        mine = [row for row in self.rows if (row.store, row.name) in names]
        rows = Retired.objects.using(database_of(self.image)).filter(pk__in=[r.pk for r in mine], claimed_at=None)
        count, _ = rows.delete()
        if count != len(mine):
            raise StorageFailed(name=self.image.file.name, detail="a file of this swap was swept away")

    def close(self) -> None:
        """Delete what was written and not adopted."""
        database = database_of(self.image)
        left = Retired.objects.using(database).filter(pk__in=[row.pk for row in self.rows])
        for row in left:
            sweep(row)
        self.rows.clear()


def store_private(image: Any, name: str, content: File[Any]) -> str:
    """Write a file to private storage for a row that the caller is about to save; returns its name.

    Nothing is left behind if the caller dies before: upkeep deletes the file unless a row refers to it by then.
    Raises ``StorageFailed``.
    """
    return Drafts(image).write(Store.PRIVATE, name, content, max_length=255)


def end(about: Any, store: str, name: str) -> None:
    """A file of this row's image whose time is over."""
    Retired.objects.using(database_of(about)).create(
        content_type_id=about.content_type_id,
        object_id=about.object_id,
        store=store,
        name=name,
        delete_after=timezone.now(),
    )


def claim(row: Retired) -> bool:
    """Take this file for deletion; of several processes one gets it, and of a dead one it can be taken over."""
    now = timezone.now()
    free = Q(claimed_at=None) | Q(claimed_at__lt=now - CLAIMED)
    rows = Retired.objects.using(database_of(row)).filter(free, pk=row.pk)
    return bool(rows.update(claimed_at=now))


def sweep(row: Retired) -> bool:
    """Delete a file that no row refers to, and its row; whether it is gone. A storage in trouble is met again later."""
    if not claim(row):
        return False
    rows = Retired.objects.using(database_of(row)).filter(pk=row.pk)
    try:
        storage_of(row.content_type.model_class() or get_image_model(), row.store).delete(row.name)
    except Exception:
        logger.exception("%s could not be deleted; it is tried again later", row)
        rows.update(claimed_at=None, delete_after=timezone.now() + CLAIMED)
        return False
    rows.delete()
    return True
