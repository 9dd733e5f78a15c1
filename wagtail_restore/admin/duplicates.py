"""Which image shows what was made of a file that is uploaded again; Wagtail knows the files of the moment alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db.models import QuerySet

from wagtail_restore.models import Job, State
from wagtail_restore.models.links import image_type

MOST = 20
"""Of so many images that had this file it is looked whether they descend from it still."""
MOST_JOBS = 500
"""So many Jobs that had this file are looked at, whatever came of them; of a file that was tried more often, any."""


def made_of(image: Any, choosable: Callable[[], QuerySet[Any]]) -> Any:
    """The newest of the ``choosable`` images that shows what was made of the file of this one; None where none does.

    Hardly any file was restored before, so what can be chosen is asked for only then.
    """
    if not image.file_hash:
        return None
    kind = image_type(image).pk
    # By the hash alone: asked for more, a database may look through all that was ever published instead.
    had = Job.objects.filter(source_hash=image.file_hash).order_by()
    found = had.values_list("pk", "object_id", "state", "content_type_id")[:MOST_JOBS]
    newest = sorted((row[:2] for row in found if row[2:] == (State.PUBLISHED, kind)), reverse=True)
    keys = [key for key in dict.fromkeys(key for _pk, key in newest) if key != str(image.pk)][:MOST]
    if not keys:
        return None
    about = Job.objects.filter(content_type=kind, state=State.PUBLISHED)
    sources: dict[str, dict[str, str]] = {}
    for job in about.filter(object_id__in=keys).order_by("pk"):
        sources.setdefault(job.object_id, {})[job.report.get("sha1", "")] = job.source_hash
    others = choosable().filter(pk__in=keys).exclude(pk=image.pk).order_by("-pk")
    return next((each for each in others if _descends(each.file_hash, image.file_hash, sources[str(each.pk)])), None)


def _descends(shown: str, source: str, sources: dict[str, str]) -> bool:
    """Whether the file that is shown was made of this source, be it in several goes."""
    seen = set()
    while shown in sources and shown not in seen:
        seen.add(shown)
        shown = sources[shown]
        if shown == source:
            return True
    return False
