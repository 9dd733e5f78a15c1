"""Deletes what has waited out its time: replaced files, orphans of dead processes, Versions, Results."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db import router, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from wagtail.images import get_image_model

from wagtail_restore.conf import conf
from wagtail_restore.models import ImageFacts, Job, KnownMark, MaskTemplate, Retired, State, Store, Version
from wagtail_restore.models.links import database_of, written
from wagtail_restore.swap.announce import forget_addresses, forget_cached, renew_pages
from wagtail_restore.swap.contents import drop_versions
from wagtail_restore.swap.files import CLAIMED, end, is_ours, storage_of, sweep
from wagtail_restore.swap.renditions import mistaken
from wagtail_restore.swap.settle import settle_soon

logger = logging.getLogger(__name__)

BATCH = 500


def purge_due(now: datetime | None = None) -> int:
    """Delete every file whose grace is over and that no row refers to; how many.

    Safe in several processes at once, and any number of times.
    """
    return _purge(written(Retired).filter(delete_after__lte=now or timezone.now()))


def purge_now(image: Any, *, versions: bool = False) -> int:
    """End the grace of this image's replaced files, and with ``versions`` delete its Versions; how many files went.

    The front-end cache forgets the pages that use the image, then the files. Pages that were cached elsewhere and still
    show a replaced file show a broken picture from here on: warn before. What a swap replaces meanwhile keeps its
    grace.
    """
    settle_soon(image)
    database = database_of(image)
    with transaction.atomic(using=database):
        if versions:
            drop_versions(Version.objects.using(database).for_image(image))
        ends = list(Retired.objects.using(database).for_image(image).filter(intent=False))
        rows = Retired.objects.using(database).filter(pk__in=[row.pk for row in ends])
        rows.update(delete_after=timezone.now())
    addresses = [*_addresses(image, ends)]
    _tried(partial(renew_pages, image))
    count = _purge(rows)
    _tried(partial(forget_addresses, addresses))
    return count


def purge_private(image: Any) -> int:
    """Delete the private files of this image whose time is over; how many."""
    rows = Retired.objects.using(database_of(image)).for_image(image).filter(intent=False, store=Store.PRIVATE)
    return _purge(rows.filter(delete_after__lte=timezone.now()))


def expire_due(now: datetime | None = None) -> int:
    """Delete the Versions that have expired, and Results and masks of Jobs that are over; how many.

    Their files go with the next ``purge_due``.
    """
    now = now or timezone.now()
    with transaction.atomic(using=router.db_for_write(Version)):
        count = drop_versions(written(Version).filter(expires_at__lte=now))
        over = written(Job).exclude(result="", mask="").exclude(state__in=State.open()).exclude(_awaits_a_try(now))
        return count + _drop_files(over)


def forget(image_type: ContentType, object_id: str) -> None:
    """After an image was deleted: everything kept about it goes, its files on commit."""
    about = {"content_type": image_type, "object_id": object_id}
    database = router.db_for_write(Retired)
    with transaction.atomic(using=database):
        drop_versions(written(Version).filter(**about))
        _drop_files(written(Job).filter(**about).exclude(result="", mask=""))
        facts = written(ImageFacts).filter(**about).first()
        if facts is not None:
            # Wagtail deletes the file that the row had; a stale save may have hidden ours behind it.
            if is_ours(facts.file_name):
                end(facts, Store.IMAGE, facts.file_name)
            facts.delete()
        rows = written(Retired).filter(**about, intent=False)
        rows.update(delete_after=timezone.now())
    transaction.on_commit(partial(_purge, rows), using=database, robust=True)


def _awaits_a_try(now: datetime) -> Q:
    """The failed and cancelled Jobs that keep what was painted, so that it can be tried again."""
    since = now - timedelta(days=conf.KEEP_MASKS_DAYS)
    return Q(state__in=(State.FAILED, State.CANCELLED), may_retry=True, finished_at__gt=since) & ~Q(mask="")


def _drop_files(jobs: QuerySet[Job]) -> int:
    """Results, and masks that were left behind."""
    found = [(job, name) for job in jobs for name in (str(job.result), str(job.mask)) if name]
    for job, name in found:
        end(job, Store.PRIVATE, name)
        job.changed(result="", mask="", **({"may_retry": False} if job.mask else {}))
    return len(found)


def _addresses(image: Any, rows: Iterable[Retired]) -> Iterator[str]:
    """Where the front-end cache may have these files; a storage without addresses has none."""
    for row in rows:
        if row.store == Store.PRIVATE:
            continue
        try:
            yield storage_of(type(image), row.store).url(row.name)
        except (NotImplementedError, ValueError):
            continue
        except Exception:
            logger.exception("the address of %s is not known; the front-end cache may keep it for a while", row.name)


def _tried(step: Callable[[], None]) -> None:
    """Tell the front-end cache; what fails there keeps no file from being deleted."""
    try:
        step()
    except Exception:
        logger.exception("the front-end cache could not be told")


def _purge(rows: QuerySet[Retired]) -> int:
    free = rows.filter(Q(claimed_at=None) | Q(claimed_at__lt=timezone.now() - CLAIMED)).order_by("pk")
    count, last = 0, 0
    while batch := list(free.filter(pk__gt=last)[:BATCH]):
        last = batch[-1].pk
        count += _purge_batch(batch)
    return count


def _purge_batch(batch: Iterable[Retired]) -> int:
    count = 0
    cached: dict[str, set[str]] = {}
    for row in batch:
        if _referred_to(row):
            Retired.objects.filter(pk=row.pk, claimed_at=row.claimed_at).delete()
            continue
        if row.store == Store.RENDITION and row.image_key not in cached:
            cached[row.image_key] = _cached_names(row)
        if row.store == Store.RENDITION and row.name in cached[row.image_key]:
            Retired.objects.filter(pk=row.pk).update(delete_after=timezone.now() + CLAIMED)
            continue
        count += sweep(row)
    return count


def _referred_to(row: Retired) -> bool:
    """Whether any row of the site needs the file; a replica may name one that has just gone."""
    if row.store == Store.PRIVATE:
        named_by_job = written(Job).filter(Q(result=row.name) | Q(mask=row.name))
        kept = (written(model).filter(file=row.name) for model in (Version, MaskTemplate))
        marks = written(KnownMark).filter(picture=row.name)
        return any(rows.exists() for rows in (named_by_job, *kept, marks))
    models = {row.content_type.model_class(), get_image_model()} - {None}
    return any(
        written(owner).filter(file=row.name).exists()
        for model in models
        for owner in (model, model.get_rendition_model())
    )


def _cached_names(row: Retired) -> set[str]:
    """Files that Wagtail's cache names although no row does: a request cached them after the swap.

    The entries are deleted here; the files wait a little longer, for whoever has read one of them just now.
    """
    image = row.image()
    if image is None:
        return set()
    found = mistaken(image)
    forget_cached(image, set(found))
    return set(found.values())
