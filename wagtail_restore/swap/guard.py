"""Stands at every save of an image: is the file new, ours, replaced, or an old one brought back by a stale save?"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

from django.db import transaction
from django.utils import timezone

from wagtail_restore.models import ImageFacts, Retired, Store, Version
from wagtail_restore.models.links import database_of
from wagtail_restore.swap.announce import after_commit
from wagtail_restore.swap.contents import drop_versions
from wagtail_restore.swap.measure import facts_of
from wagtail_restore.swap.renditions import cache_keys, rows_for
from wagtail_restore.swap.rows import FILE_COLUMNS, altered, focal_columns, fresh, moved_focal, row_of

logger = logging.getLogger(__name__)

TRIES = 4


@dataclass(frozen=True)
class Place:
    """Size as stored on the image, in pixels, and EXIF orientation of a file that the image had before."""

    width: int
    height: int
    orientation: int


def guard(image: Any) -> str:
    """What a save has done to the file of the image.

    ``new``: nothing is known of this image. ``same``: the file is the one we know. ``ours-stale``: somebody saved an
    image that was loaded before a swap, and so brought back a file that was replaced; the repair is scheduled on
    commit. ``replaced``: an editor put in another file.
    """
    facts = facts_of(image)
    if facts is None:
        return "new"
    if facts.file_name == image.file.name:
        other = facts.file_hash and image.file_hash and facts.file_hash != image.file_hash
        return "replaced" if other else "same"
    if stale_place(image) is None and not _missing(image):
        return "replaced"
    transaction.on_commit(partial(repair, image), using=database_of(image), robust=True)
    return "ours-stale"


def stale_place(image: Any) -> Place | None:
    """What is known of the image's file if it is one that was replaced by a swap, else None."""
    database, name = database_of(image), image.file.name
    rows = Retired.objects.using(database).for_image(image)
    gone = rows.filter(store=Store.IMAGE, original=True, intent=False, name=name).last()
    if gone is not None:
        return Place(gone.width, gone.height, gone.orientation)
    kept = Version.objects.using(database).for_image(image).filter(name=name).first()
    facts = facts_of(image)
    if kept is not None and facts is not None and facts.file_name != name:
        return Place(kept.width, kept.height, kept.orientation)
    return None


def repair(image: Any) -> bool:
    """Give the row back the file that a stale save of ``image`` took from it; whether there was anything to do.

    Everything else that the save changed stays. A focal point that it wrote was meant for the old file, and is moved.
    """
    for _ in range(TRIES):
        facts, now = facts_of(image), fresh(image)
        if facts is None or now is None or not facts.state:
            return False
        if now.file.name not in (image.file.name, facts.file_name):
            return False
        if _put_back(image, now, facts):
            return True
    logger.error("image %s keeps changing; its file could not be put back", image.pk)
    return False


def replaced(image: Any) -> None:
    """An editor put in another file: the Versions of the earlier picture go."""
    drop_versions(Version.objects.using(database_of(image)).for_image(image))


def _put_back(image: Any, now: Any, facts: ImageFacts) -> bool:
    values = {name: facts.state[name] for name in FILE_COLUMNS}
    stale = stale_place(image) or Place(image.width, image.height, 1)
    if focal_columns(now) == focal_columns(image):
        was = altered(now, {"width": stale.width, "height": stale.height})
        values |= moved_focal(was, stale.orientation, values["width"], values["height"], facts.orientation)
    with transaction.atomic(using=database_of(image)):
        rows = row_of(image).filter(file=now.file.name, **focal_columns(now))
        if not rows.update(**values):
            return False
        right = altered(now, values)
        pairs = {(row.filter_spec, row.focal_point_key) for row in rows_for(image)}
        keys = cache_keys((image, now, right), ("",), pairs)
        left = facts.leftovers
        leftovers = {
            **left,
            "keys": sorted({*left.get("keys", ()), *keys}),
            "hashes": sorted({*left.get("hashes", ()), image.file_hash, ""}),
        }
        soon = timezone.now() + timedelta(seconds=1)
        mine = ImageFacts.objects.using(database_of(image)).filter(pk=facts.pk, token=facts.token)
        mine.update(settle_after=soon, leftovers=leftovers)
        after_commit(right, keys)
    logger.warning("a stale save of image %s brought back %s; undone", image.pk, image.file.name)
    return True


def _missing(image: Any) -> bool:
    """Whether the file is not there at all: then it cannot be one that an editor just put in."""
    try:
        with image.file.storage.open(image.file.name, "rb") as file:
            file.read(1)
    except FileNotFoundError:
        return True
    except Exception:
        # No trouble with a storage may keep an editor from saving an image.
        logger.warning("%s could not be opened", image.file.name, exc_info=True)
    return False
