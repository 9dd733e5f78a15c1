"""The kept files of an image, each with what was done to it, for a person to tell them apart."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from wagtail_restore.imaging.geometry import oriented
from wagtail_restore.models import Job, State, Version

DONE: Mapping[str, Any] = {
    "erase": gettext_lazy("cleaned up"),
    "denoise": gettext_lazy("repaired"),
    "face": gettext_lazy("faces rebuilt"),
    "upscale": gettext_lazy("enlarged"),
}
"""What a Step has done to a file."""
MOST = 200
"""Of so many Jobs of one image it is looked which of them made a file; older files are merely earlier ones."""


@dataclass(frozen=True)
class Kept:
    """One kept file of the image; ``shown`` where it is the one that the image shows now."""

    row: Version
    width: int
    height: int
    shown: bool
    label: str


def versions_of(image: Any) -> list[Kept]:
    """The kept files of the image, the one that it shows now first, then the newest."""
    rows = list(Version.objects.using(image._state.db).for_image(image))
    jobs = _jobs(image) if rows else {}
    makers = _makers(jobs.values())
    for row in rows:
        if row.job_id in jobs:
            row.job = jobs[row.job_id]
    kept = [
        Kept(
            row,
            *oriented(row.width, row.height, row.orientation),
            shown=row.file_hash == image.file_hash,
            label=_label(makers.get(row.file_hash)),
        )
        for row in rows
    ]
    return sorted(kept, key=lambda each: not each.shown)


def label_of(version: Version) -> str:
    """What was done to this file, and when."""
    image = version.image()
    return _label(_makers(_jobs(image).values()).get(version.file_hash) if image is not None else None)


def _jobs(image: Any) -> dict[int, Job]:
    """The Jobs that may have made a file of the image, the first ones first, by their keys."""
    states = (State.PUBLISHED, State.WITHDRAWN)
    rows = Job.objects.using(image._state.db).for_image(image).filter(state__in=states)
    newest = list(rows.only("state", "report", "finished_at")[:MOST])
    return {job.pk: job for job in reversed(newest)}


def _makers(jobs: Iterable[Job]) -> dict[str, Job]:
    """Those that did, by the SHA-1 of the file."""
    return {job.report["sha1"]: job for job in jobs if job.report.get("sha1")}


def _label(maker: Job | None) -> str:
    if maker is None:
        return _("As uploaded")
    done = [step["kind"] for step in maker.report.get("steps", ()) if step.get("outcome") == "done"]
    words = ", ".join(str(DONE[kind]) for kind in dict.fromkeys(done) if kind in DONE) or _("restored")
    return capfirst(", ".join(filter(None, (words, day(maker.finished_at)))))


def day(moment: Any) -> str:
    """A date as it is written everywhere in the panel; empty where there is none."""
    return date_format(timezone.localtime(moment), "DATE_FORMAT") if moment else ""
