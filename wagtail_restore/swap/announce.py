"""What the rest of the site hears of a swap once it is committed: caches, search, front-end cache, signals."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import DatabaseError, transaction
from django.dispatch import Signal
from wagtail import models as wagtail_models
from wagtail.contrib.frontend_cache.utils import PurgeBatch
from wagtail.log_actions import log as wagtail_log
from wagtail.log_actions import registry
from wagtail.search import index

from wagtail_restore.models.links import database_of
from wagtail_restore.swap.rows import fresh

logger = logging.getLogger(__name__)

published = Signal()
"""Sent when an image shows a Result: ``image`` (fresh), ``job``, ``pages`` that use the image, ``by``."""

withdrawn = Signal()
"""Sent when an image shows an earlier file again: ``image`` (fresh), ``version``, ``pages``, ``by``."""

PAGE = getattr(wagtail_models, "AbstractPage", wagtail_models.Page)


def pages_using(image: Any) -> list[Any]:
    """The pages that refer to the image directly."""
    return [source for source, _ in image.get_usage() if isinstance(source, PAGE)]


def log(image: Any, action: str, by: Any, data: dict[str, Any]) -> None:
    """An entry in Wagtail's log; a swap never fails for want of one."""
    if not registry.action_exists(action):
        logger.warning("the log action %s is not registered; %s of image %s is not logged", action, data, image.pk)
        return
    try:
        with transaction.atomic(using=database_of(image)):
            wagtail_log(instance=image, action=action, user=by, data=data)
    except (ValidationError, DatabaseError):
        logger.exception("%s of image %s could not be logged", action, image.pk)


def after_commit(image: Any, keys: Iterable[str], signal: Signal | None = None, **told: Any) -> None:
    """Once this transaction is committed, let everybody know; what fails is logged and keeps nobody else from it."""
    database = database_of(image)
    steps: list[Callable[[], Any]] = [
        partial(forget_cached, image, set(keys)),
        partial(_reindex, image),
        partial(renew_pages, image),
    ]
    if signal is not None:
        steps.append(partial(_send, image, signal, told))
    for step in steps:
        transaction.on_commit(step, using=database, robust=True)


def forget_cached(image: Any, keys: Iterable[str]) -> None:
    """Delete these entries from Wagtail's cache of renditions."""
    image.get_rendition_model().cache_backend.delete_many(list(keys))


def _reindex(image: Any) -> None:
    newest = fresh(image)
    if newest is not None:
        index.insert_or_update_object(newest)


def renew_pages(image: Any) -> None:
    """Let the front-end cache forget the pages that refer to the image directly."""
    if apps.is_installed("wagtail.contrib.frontend_cache"):
        batch = PurgeBatch()
        batch.add_pages(pages_using(image))
        batch.purge()


def forget_addresses(addresses: Iterable[str]) -> None:
    """Let the front-end cache forget these files; an address without a host is one on every site."""
    if apps.is_installed("wagtail.contrib.frontend_cache"):
        hosts = {root.root_url for root in wagtail_models.Site.get_site_root_paths()}
        PurgeBatch(
            f"{host}{address}" for address in addresses for host in (hosts if address.startswith("/") else {""})
        ).purge()


def _send(image: Any, signal: Signal, told: dict[str, Any]) -> None:
    newest = fresh(image)
    if newest is None:
        return
    answers = signal.send_robust(sender=type(image), image=newest, pages=pages_using(newest), **told)
    for receiver, answer in answers:
        if isinstance(answer, Exception):
            logger.error("%r failed", receiver, exc_info=answer)
