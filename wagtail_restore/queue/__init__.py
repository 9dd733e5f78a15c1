"""Both ends of the RQ wire: ringing for a Job, and the worker process that answers; the only package that knows RQ."""

from __future__ import annotations

from wagtail_restore.queue.listening import BELLS, work, work_live
from wagtail_restore.queue.rings import ANSWER_SECONDS, SERIALIZER, answer, ask, check, ring, rung

__all__ = ["ANSWER_SECONDS", "BELLS", "SERIALIZER", "answer", "ask", "check", "ring", "rung", "work", "work_live"]
