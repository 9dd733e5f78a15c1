"""The report of all Jobs in the reports menu, and the page of one Job with all that an administrator needs to know."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import django_filters
from django import forms
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.utils.formats import number_format
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from wagtail.admin.admin_url_finder import AdminURLFinder
from wagtail.admin.filters import DateRangePickerWidget, WagtailFilterSet
from wagtail.admin.menu import MenuItem
from wagtail.admin.ui.tables import BaseColumn, Column, DateColumn, StatusTagColumn, TitleColumn, UserColumn
from wagtail.admin.views.generic import InspectView
from wagtail.admin.views.reports import ReportView
from wagtail.permission_policies import ModelPermissionPolicy

from wagtail_restore import messages
from wagtail_restore.imaging.planning import Note
from wagtail_restore.models import Job, ResolutionRule, State

VIEW = "wagtail_restore.view_job"
PREVIEW = "max-165x165"
"""Of Wagtail's own listings."""
OUTSTANDING = frozenset({State.WAITING, State.RUNNING, State.REVIEW, State.FAILED})


def sizes(job: Job) -> str:
    """From what size to what size, in oriented pixels; empty where nothing was made."""
    old, new = job.report.get("from"), job.report.get("to")
    if not old or not new:
        return ""
    return "{} × {} → {} × {}".format(*old, *new) if old != new else "{} × {}".format(*new)


def seconds(job: Job) -> str:
    """How long the work took, in seconds."""
    took = job.report.get("seconds")
    return number_format(took, 1) if took is not None else ""


def reason(job: Job) -> str:
    """Why it stands where it stands, in words."""
    return messages.say(Note("withdrawn") if job.state == State.WITHDRAWN else job.why)


def said(stored: dict[str, Any]) -> str:
    """The reason of a Job as it is stored, in words."""
    return messages.say(Note.from_json(stored)) if stored else ""


def images_of(jobs: list[Job]) -> dict[tuple[int, str], Any]:
    """The images of these Jobs, by content type and object id, with what a preview needs."""
    found: dict[tuple[int, str], Any] = {}
    for content_type in {job.content_type for job in jobs}:
        model: Any = content_type.model_class()
        if model is None:
            continue
        wanted = [job.object_id for job in jobs if job.content_type == content_type]
        rows = model._default_manager.filter(pk__in=wanted).select_related("collection").prefetch_renditions(PREVIEW)
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


class JobFilterSet(WagtailFilterSet):
    """Which Jobs the report shows."""

    state = django_filters.MultipleChoiceFilter(
        label=_("State"), choices=State.choices, widget=forms.CheckboxSelectMultiple
    )
    origin = django_filters.ChoiceFilter(label=_("Asked for through"), choices=Job.Origin.choices)
    rule = django_filters.ModelChoiceFilter(label=_("Rule"), queryset=ResolutionRule.objects.all())
    created_at = django_filters.DateFromToRangeFilter(label=_("Asked for"), widget=DateRangePickerWidget)
    finished_at = django_filters.DateFromToRangeFilter(label=_("Finished"), widget=DateRangePickerWidget)

    class Meta:
        model = Job
        fields = ["state", "origin", "rule", "created_at", "finished_at"]


class JobsReport(ReportView):
    """Every Job, the newest first."""

    model = Job
    permission_policy = ModelPermissionPolicy(Job)
    permission_required = "view"
    page_title = _("Restorations")
    header_icon = "restore"
    index_url_name = "wagtail_restore:report"
    index_results_url_name = "wagtail_restore:report_results"
    results_template_name = "wagtail_restore/reports/jobs_results.html"
    filterset_class = JobFilterSet
    default_ordering = "-created_at"
    export_filename = "restorations"
    export_headings = {
        "pk": pgettext_lazy("restoration", "Number"),
        "reason": _("Reason"),
        "origin": _("Asked for through"),
        "source_name": _("File"),
    }
    list_export = [
        "pk",
        "image_title",
        "state",
        "reason",
        "origin",
        "user",
        "rule",
        "created_at",
        "finished_at",
        "source_name",
    ]

    custom_field_preprocess = {"reason": {"csv": said, "xlsx": said}}

    def get_queryset(self) -> QuerySet[Job]:
        rows: QuerySet[Job] = Job.objects.select_related("user", "user__wagtail_userprofile", "rule", "content_type")
        return rows.order_by("-pk")

    def decorate_paginated_queryset(self, object_list: Any) -> Any:
        """Each Job with its image, fetched together."""
        if self.is_export:
            return object_list
        return pictured(object_list)

    @cached_property
    def columns(self) -> list[Any]:
        return [
            TitleColumn(
                "image_title",
                label=_("Restoration"),
                accessor=lambda job: job.image_title or job.source_name,
                get_url=lambda job: reverse("wagtail_restore:job", args=[job.pk]),
                width="25%",
            ),
            PictureColumn("pictured", label=_("Image"), classname="image-preview"),
            StatusTagColumn(
                "state",
                label=_("State"),
                accessor=lambda job: job.get_state_display(),
                primary=lambda job: job.state in OUTSTANDING,
                classname="w-whitespace-nowrap",
            ),
            UserColumn("user", label=_("Asked for by"), blank_display_name="—", classname="w-whitespace-nowrap"),
            Column("rule", label=_("Rule"), accessor=lambda job: job.rule or "—"),
            Column("sizes", label=_("Size"), accessor=sizes, classname="w-whitespace-nowrap"),
            Column("seconds", label=_("Seconds"), accessor=seconds),
            DateColumn("created_at", label=_("Asked for"), sort_key="created_at"),
        ]


class JobView(InspectView):
    """One Job: its picture, its plan, its report, and the traceback if it failed."""

    model = Job
    permission_policy = ModelPermissionPolicy(Job)
    any_permission_required = ["view"]
    page_title = _("Restoration")
    header_icon = "restore"
    index_url_name = "wagtail_restore:report"
    template_name = "wagtail_restore/reports/job.html"
    fields = ["state"]

    def get_page_subtitle(self) -> str:
        return f"{self.object.image_title or self.object.source_name} (#{self.object.pk})"

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        report = {"url": reverse("wagtail_restore:report"), "label": _("Restorations")}
        return [*self.breadcrumbs_items, report, {"url": "", "label": self.get_page_subtitle()}]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        job: Job = self.object
        image = job.image()
        return {
            **context,
            "job": job,
            "image": image,
            "image_url": AdminURLFinder(self.request.user).get_edit_url(image) if image else None,
            "reason": reason(job),
            "rights": _confirmed(job.rights),
            "template_rights": _confirmed(job.rights.get("template", {})),
            "template": job.stencil,
            "outstanding": job.state in OUTSTANDING,
            "tasks": [(messages.task(step), messages.say(step.reason)) for step in job.steps.steps] if job.plan else [],
        }


def _confirmed(told: dict[str, Any]) -> dict[str, Any]:
    """Who confirmed that watermarks may go, with the time as one; empty where nobody did."""
    return {**told, "at": parse_datetime(told["at"])} if "at" in told else {}


class ReportMenuItem(MenuItem):
    """Shown to those who may view Jobs."""

    def is_shown(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm(VIEW))
