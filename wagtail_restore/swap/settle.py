"""The second look at a swap: what requests that were under way did in the meantime is put right."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from wagtail_restore.exceptions import BadOutput, RestoreError
from wagtail_restore.models import ImageFacts, Retired, Store
from wagtail_restore.models.links import database_of
from wagtail_restore.swap.announce import after_commit, forget_cached
from wagtail_restore.swap.files import Drafts, reaching
from wagtail_restore.swap.guard import repair, stale_place
from wagtail_restore.swap.measure import facts_of
from wagtail_restore.swap.place import Placed, remove, replace
from wagtail_restore.swap.renditions import Made, cache_keys, key_of, make, mistaken, rows_for
from wagtail_restore.swap.rows import altered, touch

logger = logging.getLogger(__name__)

BATCH = 500
"""How many are settled in one pass."""

TURN = timedelta(minutes=10)
"""After this long a process that settles an image has died, and another one takes its turn."""


def settle_due(now: datetime | None = None) -> int:
    """Settle every swap whose time has come; how many. Safe in several processes at once, and any number of times."""
    now = now or timezone.now()
    due = ImageFacts.objects.filter(settle_after__lte=now).order_by("settle_after")
    return sum(_take_turn(facts, now) for facts in due[:BATCH])


def settle_soon(image: Any) -> bool:
    """Settle the last swap of this image before its time; whether there was anything to do."""
    facts = facts_of(image)
    return facts is not None and facts.settle_after is not None and _take_turn(facts, timezone.now())


def _take_turn(facts: ImageFacts, now: datetime) -> bool:
    mine = ImageFacts.objects.filter(pk=facts.pk, token=facts.token)
    until = max(now, timezone.now()) + TURN
    if not mine.filter(settle_after=facts.settle_after).update(settle_after=until):
        return False
    image = facts.image()
    try:
        if image is not None and image.file.name != facts.file_name and stale_place(image) is not None:
            return repair(image)
        if image is not None and image.file.name == facts.file_name:
            settle(image, facts)
    except (RestoreError, IntegrityError):
        logger.exception("image %s could not be settled; it is tried again", facts.object_id)
        return False
    return bool(mine.filter(settle_after=until).update(settle_after=None, leftovers={}))


def settle(image: Any, facts: ImageFacts) -> None:
    """Make the renditions that were made of an earlier file again, and purge the cache once more.

    Raises ``StorageFailed``, and ``IntegrityError`` when a reader makes the same rendition at the same moment.
    """
    left, rows = facts.leftovers, rows_for(image)
    strangers = [row for row in rows if not _ours(row, facts.token, set(left.get("made", ())))]
    if strangers:
        _mend(image, strangers, facts)
    shown = {(row.filter_spec, row.focal_point_key) for row in rows}
    earlier = cache_keys((altered(image, {"file_hash": ""}),), left.get("hashes", ()), shown)
    forget_cached(image, {*left.get("keys", ()), *earlier, *mistaken(image)})


def _ours(row: Any, token: str, known: set[str]) -> bool:
    name: str = row.file.name
    return name in known or name.rpartition("/")[2].startswith(f"{token}.")


def _mend(image: Any, strangers: Iterable[Any], facts: ImageFacts) -> None:
    drafts = Drafts(image, token=facts.token)
    try:
        with reaching(image.file.name), image.file.storage.open(image.file.name, "rb") as file:
            data = file.read()
        made, stale = _remade(image, strangers, data, drafts)
        with transaction.atomic(using=database_of(image)):
            if not touch(image):
                return
            placed = Placed()
            remove(image, stale, placed, facts.token)
            done = [one for one in made if replace(image, one.row, one, placed, facts.token)]
            drafts.adopt({(Store.RENDITION, one.name) for one in done})
            Retired.objects.using(database_of(image)).bulk_create(placed.retired)
            after_commit(image, cache_keys((image,), (), placed.pairs))
    finally:
        drafts.close()
    logger.info("image %s: %s renditions made of an earlier file were mended", image.pk, len(made) + len(stale))


def _remade(image: Any, strangers: Iterable[Any], data: bytes, drafts: Drafts) -> tuple[list[Made], list[Any]]:
    made, stale = [], []
    for row in strangers:
        if row.focal_point_key != key_of(row.filter_spec, image):
            stale.append(row)
            continue
        try:
            made.append(make(image, row, data, drafts))
        except BadOutput:
            logger.warning("rendition %s cannot be made of %s; its row goes", row.filter_spec, image.file.name)
            stale.append(row)
    return made, stale
