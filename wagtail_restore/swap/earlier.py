"""Earlier files of an image that go because a person says so, before their time is over."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import F, QuerySet, Sum
from django.utils import timezone

from wagtail_restore.models import Retired, Store, Version
from wagtail_restore.models.links import database_of
from wagtail_restore.swap.announce import log
from wagtail_restore.swap.contents import drop_versions
from wagtail_restore.swap.files import CLAIMED
from wagtail_restore.swap.purge import purge_now, purge_private
from wagtail_restore.swap.rows import row_of


@dataclass(frozen=True)
class Dropped:
    """What has gone: Versions and their bytes, and whether public files went; ``left`` where upkeep has to go on."""

    versions: int = 0
    size: int = 0
    public: bool = False
    left: bool = False


def still_public(image: Any) -> QuerySet[Retired]:
    """The replaced files of this image that are at their public addresses until their grace is over."""
    return _retired(image).exclude(store=Store.PRIVATE)


def drop_earlier(image: Any, keys: Collection[int], *, public: bool = False, by: Any = None) -> Dropped:
    """Delete those Versions of the image that have these ``keys`` and are not shown now, and with ``public`` its
    replaced files too.

    What is not named, like a Version that a swap keeps at this moment, stays, and so do Results. Not to be called
    within a transaction: files go only once it is committed that no row names them. Safe any number of times.
    """
    database = database_of(image)
    with transaction.atomic(using=database):
        rows = row_of(image)
        # From this UPDATE on no swap changes what the image shows, until the end of the transaction.
        rows.update(file=F("file"))
        found = Version.objects.using(database).for_image(image).filter(pk__in=keys)
        found = found.exclude(file_hash__in=rows.values("file_hash"))
        size = found.aggregate(size=Sum("file_size"))["size"] or 0
        count = drop_versions(found)
        ends = public and still_public(image).exists()
        if count or ends:
            log(image, "wagtail_restore.delete_versions", by, {"versions": count, "size": size, "public": ends})
    if ends:
        purge_now(image)
    else:
        purge_private(image)
    return Dropped(count, size, ends, _left(image, public=ends))


def _left(image: Any, *, public: bool) -> bool:
    """Whether a file is still there: a storage did not answer, or a page was being made with it just now."""
    rows = _retired(image).filter(delete_after__lte=timezone.now() + CLAIMED)
    return (rows if public else rows.filter(store=Store.PRIVATE)).exists()


def _retired(image: Any) -> QuerySet[Retired]:
    """The files of this image that wait to be deleted, as the database that is written to has them."""
    rows: QuerySet[Retired] = Retired.objects.using(database_of(image)).for_image(image).filter(intent=False)
    return rows
