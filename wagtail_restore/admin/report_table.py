"""The columns of the report of restorations, and what stands in them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.urls import reverse
from django.utils.formats import number_format
from django.utils.translation import gettext_lazy as _
from wagtail.admin.ui.tables import BaseColumn, Column, DateColumn, TitleColumn, UserColumn

from wagtail_restore import messages
from wagtail_restore.imaging.planning import Note
from wagtail_restore.models import Job, State

PREVIEW = "max-165x165"
"""Of Wagtail's own listings."""
OUTSTANDING = frozenset({State.WAITING, State.RUNNING, State.REVIEW, State.FAILED})
ASIDE = "restore-aside"
"""Class of what the report can do without where it is narrow."""
NAME = "restore-name"
"""Class of the title, in a column that has room for whole words."""


def sizes(job: Job) -> str:
    """From what size to what size, in oriented pixels; empty where nothing was made."""
    old, new = job.report.get("from"), job.report.get("to")
    if not old or not new:
        return ""
    return "{} × {} → {} × {}".format(*old, *new) if old != new else "{} × {}".format(*new)


def megapixels_of(report: dict[str, Any]) -> float | None:
    """Size of what was made, in millions of pixels; None where nothing was."""
    width, height = report.get("to") or (0, 0)
    return width * height / 1e6 or None


def megapixels(report: dict[str, Any]) -> str:
    """The same in words; empty where nothing was made."""
    millions = megapixels_of(report)
    return number_format(millions, 1 if millions >= 1 else 3) if millions else ""


def seconds(report: dict[str, Any]) -> str:
    """How long the work took, in seconds."""
    took = report.get("seconds")
    return number_format(took, 1) if took is not None else ""


def model_names(report: dict[str, Any]) -> str:
    """The Models that worked on it, each once."""
    return ", ".join(dict.fromkeys(step["model"] for step in report.get("steps", ()) if step.get("model")))


def reason(job: Job) -> str:
    """Why it stands where it stands, in words."""
    return messages.say(Note("withdrawn") if job.state == State.WITHDRAWN else job.why)


def images_of(jobs: list[Job]) -> dict[tuple[int, str], Any]:
    """The images of these Jobs, by content type and object id, with what a preview needs."""
    found: dict[tuple[int, str], Any] = {}
    for content_type in {job.content_type for job in jobs}:
        model: Any = content_type.model_class()
        if model is None:
            continue
        wanted = [job.object_id for job in jobs if job.content_type == content_type]
        rows = (
            model._default_manager.filter(pk__in=wanted)
            .select_related("collection", "uploaded_by_user")
            .prefetch_renditions(PREVIEW)
        )
        found |= {(content_type.pk, str(image.pk)): image for image in rows}
    return found


def pictured(jobs: Iterable[Any]) -> list[Any]:
    """These Jobs, each with its image as ``pictured``, all of them fetched together."""
    listed = list(jobs)
    found = images_of(listed)
    for job in listed:
        job.pictured = found.get((job.content_type_id, job.object_id))
    return listed


class PictureColumn(BaseColumn):
    """A small picture of the image, leading to its page."""

    cell_template_name = "wagtail_restore/reports/picture_cell.html"


class StateColumn(BaseColumn):
    """The state, with the reason below unless the state says it all, and the rule that asked for it."""

    cell_template_name = "wagtail_restore/reports/state_cell.html"

    def get_cell_context_data(self, instance: Job, parent_context: Any) -> dict[str, Any]:
        """Also the reason."""
        context: dict[str, Any] = super().get_cell_context_data(instance, parent_context)
        told = "" if instance.state == State.PUBLISHED else reason(instance)
        return {**context, "job": instance, "reason": told, "outstanding": instance.state in OUTSTANDING}


class SizeColumn(BaseColumn):
    """Megapixels of the result, with the sides below."""

    cell_template_name = "wagtail_restore/reports/size_cell.html"

    def get_cell_context_data(self, instance: Job, parent_context: Any) -> dict[str, Any]:
        """Also the numbers."""
        context: dict[str, Any] = super().get_cell_context_data(instance, parent_context)
        return {**context, "megapixels": megapixels(instance.report), "sizes": sizes(instance)}


def columns() -> list[Any]:
    """From what it is about to when it was asked for."""
    return [
        TitleColumn(
            "image_title",
            label=_("Restoration"),
            accessor=lambda job: job.image_title or job.source_name,
            get_url=lambda job: reverse("wagtail_restore:job", args=[job.pk]),
            classname=NAME,
        ),
        PictureColumn("pictured", label=_("Image"), classname="image-preview restore-picture"),
        StateColumn("state", label=_("State"), classname="restore-why"),
        UserColumn("user", label=_("Asked for by"), blank_display_name="—", classname=f"w-whitespace-nowrap {ASIDE}"),
        Column("model", _("Model"), lambda job: model_names(job.report) or "—", classname=ASIDE),
        SizeColumn("megapixels", label=_("Megapixels"), classname=ASIDE),
        Column("seconds", label=_("Seconds"), accessor=lambda job: seconds(job.report), classname=ASIDE),
        DateColumn("created_at", label=_("Asked for"), sort_key="created_at", classname=ASIDE),
    ]
