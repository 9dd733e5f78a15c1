"""Both ends of the RQ wire: rings and questions, and the worker that answers; the only package that knows RQ."""

from __future__ import annotations

from wagtail_restore.queue.listening import BELLS, work, work_live
from wagtail_restore.queue.questions import ANSWER_SECONDS, OPEN, answer, ask, drop
from wagtail_restore.queue.rings import SERIALIZER, check, ring, rung

__all__ = [
    "ANSWER_SECONDS",
    "BELLS",
    "OPEN",
    "SERIALIZER",
    "answer",
    "ask",
    "check",
    "drop",
    "ring",
    "rung",
    "work",
    "work_live",
]
