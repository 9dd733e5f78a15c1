"""Publish and withdraw: everything is made beforehand, then image and renditions change in one transaction."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.core.files.base import ContentFile
from django.db import IntegrityError, OperationalError, transaction
from django.dispatch import Signal
from django.utils import timezone

from wagtail_restore.conf import conf
from wagtail_restore.exceptions import ImageGone, StorageFailed, Superseded
from wagtail_restore.imaging import header
from wagtail_restore.models import Job, Retired, Store, Version
from wagtail_restore.models.links import database_of
from wagtail_restore.swap.announce import after_commit, log, published, withdrawn
from wagtail_restore.swap.contents import Incoming, Outgoing, outgoing, save_version, stored_version
from wagtail_restore.swap.files import Drafts, named, reaching, retired
from wagtail_restore.swap.guard import repair, stale_place
from wagtail_restore.swap.measure import described, facts_of, keep
from wagtail_restore.swap.place import Changed, Placed, place
from wagtail_restore.swap.renditions import Made, cache_keys, make_all
from wagtail_restore.swap.rows import altered, focal_columns, fresh, moved_focal, row_of, snapshot

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
class Ready:
    """All that was made before the switch: the image as it was and will be, its renditions, the kept Version."""

    old: Any
    after: Any
    incoming: Incoming
    before: Outgoing
    made: list[Made]
    version: Version | None
    drafts: Drafts


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
    another file by now, ``ImageGone`` when it was deleted, ``StorageFailed``, ``Unreadable`` when ``data`` is no
    picture, and ``BadOutput`` when a rendition that the present file has cannot be made of it.
    """
    occasion = Occasion("wagtail_restore.publish", published, {"job": job, "by": by}, job, by, within)
    return _swap(image, data, expected_name, expected_name, occasion)


def withdraw(version: Version, *, by: Any = None, within: Within | None = None) -> Published:
    """Let the image show the file of this Version again; what it shows now becomes a Version in its turn.

    ``within`` and errors as in ``publish``.
    """
    image = version.image()
    if image is None:
        raise ImageGone
    with reaching(version.name), version.file.storage.open(str(version.file), "rb") as file:
        data = file.read()
    occasion = Occasion("wagtail_restore.withdraw", withdrawn, {"version": version, "by": by}, version.job, by, within)
    return _swap(image, data, image.file.name, version.name, occasion)


def _swap(image: Any, data: bytes, expected_name: str, name: str, occasion: Occasion) -> Published:
    incoming = Incoming(data, header.read(data, name), name)
    drafts = Drafts(_current(image, expected_name))
    try:
        before = outgoing(drafts.image)
        version = stored_version(drafts, before)
        original = _stored_original(drafts, incoming)
        for _ in range(ATTEMPTS):
            old = _current(image, expected_name)
            after = _as_it_will_be(old, original, incoming, before)
            made = make_all(old, after, data, before.data, drafts)
            ready = Ready(old, after, incoming, before, made, version, drafts)
            try:
                with transaction.atomic(using=database_of(old)):
                    return _switch(ready, occasion)
            except (Changed, IntegrityError, OperationalError):
                logger.info("image %s could not be switched; once more", image.pk, exc_info=True)
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


def _stored_original(drafts: Drafts, incoming: Incoming) -> str:
    image = drafts.image
    field = image._meta.get_field("file")
    wanted = field.generate_filename(image, named(drafts.token, incoming.name, incoming.extension))
    return drafts.write(Store.IMAGE, wanted, ContentFile(incoming.data), max_length=field.max_length)


def _as_it_will_be(old: Any, name: str, incoming: Incoming, before: Outgoing) -> Any:
    head = incoming.head
    focal = moved_focal(old, before.orientation, head.stored_width, head.stored_height, head.orientation)
    return altered(old, {"file": name, **incoming.columns, **focal})


def _switch(ready: Ready, occasion: Occasion) -> Published:
    """The transaction. The UPDATE comes first: from then on the row is ours on every database."""
    old, after, drafts = ready.old, ready.after, ready.drafts
    columns = {**snapshot(after), **focal_columns(after)}
    if not row_of(old).filter(file=old.file.name, **focal_columns(old)).update(**columns):
        raise Changed
    drafts.adopt({(Store.IMAGE, after.file.name)})
    placed = place(old, after, ready.made, drafts)
    version = save_version(ready.version, occasion.job, drafts) if ready.version is not None else None
    _retire(ready, placed)
    keys = cache_keys((old, after), (ready.before.sha1, ""), placed.pairs)
    _note(ready, keys, {old.file_hash, ready.before.sha1, ""})
    log(after, occasion.action, occasion.by, _told(old, after, occasion))
    if occasion.within is not None:
        occasion.within()
    after_commit(after, keys, occasion.signal, **occasion.told)
    return Published(after, drafts.token, version, len(ready.made), 1 + len(placed.retired))


def _retire(ready: Ready, placed: Placed) -> None:
    old = ready.old
    size = {"width": old.width, "height": old.height, "orientation": ready.before.orientation}
    original = retired(old, Store.IMAGE, old.file.name, token=ready.drafts.token, original=True, **size)
    Retired.objects.using(database_of(old)).bulk_create([original, *placed.retired])


def _note(ready: Ready, keys: set[str], hashes: set[str]) -> None:
    """What the settle pass needs to know, beside the facts of the new file; an earlier swap may not be settled yet."""
    known = facts_of(ready.old)
    earlier = known.leftovers if known is not None else {}
    noted = {
        "token": ready.drafts.token,
        "settle_after": timezone.now() + timedelta(seconds=conf.SETTLE_SECONDS),
        "leftovers": {
            "keys": sorted(keys | set(earlier.get("keys", ()))),
            "hashes": sorted(hashes | set(earlier.get("hashes", ()))),
            "made": [one.name for one in ready.made],
        },
    }
    keep(ready.after, {**described(ready.after, ready.incoming.head), **noted})


def _told(old: Any, after: Any, occasion: Occasion) -> dict[str, Any]:
    return {
        "job": occasion.job.pk if occasion.job else None,
        "from": {"width": old.width, "height": old.height, "file": old.file.name},
        "to": {"width": after.width, "height": after.height, "file": after.file.name},
    }
