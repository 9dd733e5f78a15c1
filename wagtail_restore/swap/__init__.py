"""Publish and withdraw; the only writer of image files and renditions."""

from __future__ import annotations

from wagtail_restore.swap.announce import log, published, withdrawn
from wagtail_restore.swap.earlier import Dropped, drop_earlier, still_public
from wagtail_restore.swap.files import new_token, reaching, store_private
from wagtail_restore.swap.guard import guard, repair, replaced
from wagtail_restore.swap.measure import (
    current_facts,
    facts_of,
    first_facts,
    has_facts,
    measure,
    never_swapped,
    presumed,
)
from wagtail_restore.swap.purge import expire_due, forget, purge_due, purge_now
from wagtail_restore.swap.rows import snapshot
from wagtail_restore.swap.settle import settle_due
from wagtail_restore.swap.switch import Published, publish, withdraw

__all__ = [
    "Dropped",
    "Published",
    "current_facts",
    "drop_earlier",
    "expire_due",
    "facts_of",
    "first_facts",
    "forget",
    "guard",
    "has_facts",
    "log",
    "measure",
    "never_swapped",
    "new_token",
    "presumed",
    "publish",
    "published",
    "purge_due",
    "purge_now",
    "reaching",
    "repair",
    "replaced",
    "settle_due",
    "snapshot",
    "still_public",
    "store_private",
    "withdraw",
    "withdrawn",
]
