"""A Job's life, from the asking to the end; the only writer of ``Job.state``."""

from __future__ import annotations

from wagtail_restore.jobs.asking import (
    abandon,
    ahead,
    cancel,
    current,
    discard,
    follow_up,
    go_on,
    latest,
    latest_of,
    record,
    request,
    retry,
    supersede,
    withdrawn,
)
from wagtail_restore.jobs.bells import NEXT, ring_on_commit, ring_waiting
from wagtail_restore.jobs.life import broken, claim, fail, finish, promote_orphans, recover_lost, renew, tell

__all__ = [
    "NEXT",
    "abandon",
    "ahead",
    "broken",
    "cancel",
    "claim",
    "current",
    "discard",
    "fail",
    "finish",
    "follow_up",
    "go_on",
    "latest",
    "latest_of",
    "promote_orphans",
    "record",
    "recover_lost",
    "renew",
    "request",
    "retry",
    "ring_on_commit",
    "ring_waiting",
    "supersede",
    "tell",
    "withdrawn",
]
