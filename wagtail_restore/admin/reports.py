"""The report of all Jobs in the reports menu, and the page of one Job with all that an administrator needs to know."""

from __future__ import annotations

from typing import Any

import django_filters
from django import forms
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.formats import number_format
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from wagtail.admin.admin_url_finder import AdminURLFinder
from wagtail.admin.filters import DateRangePickerWidget, WagtailFilterSet
from wagtail.admin.menu import MenuItem
from wagtail.admin.ui.tables import Column, DateColumn, StatusTagColumn, TitleColumn, UserColumn
from wagtail.admin.views.generic import InspectView
from wagtail.admin.views.reports import ReportView
from wagtail.permission_policies import ModelPermissionPolicy

from wagtail_restore import messages
from wagtail_restore.imaging.planning import Note
from wagtail_restore.models import Job, ResolutionRule, State

VIEW = "wagtail_restore.view_job"
OUTSTANDING = frozenset({State.WAITING, State.RUNNING, State.REVIEW, State.FAILED})


def sizes(job: Job) -> str:
    """From what size to what size, in oriented pixels; empty where nothing was made."""
    report = job.report
    if not report.get("from") or not report.get("to"):
        return ""
    return "{} × {} → {} × {}".format(*report["from"], *report["to"])


def seconds(job: Job) -> str:
    """How long the work took, in seconds."""
    took = job.report.get("seconds")
    return number_format(took, 1) if took is not None else ""


def reason(job: Job) -> str:
    """Why it stands where it stands, in words."""
    return messages.say(Note("withdrawn") if job.state == State.WITHDRAWN else job.why)


class JobFilterSet(WagtailFilterSet):
    """Which Jobs the report shows."""

    state = django_filters.MultipleChoiceFilter(
        label=_("State"), choices=State.choices, widget=forms.CheckboxSelectMultiple
    )
    rule = django_filters.ModelChoiceFilter(label=_("Rule"), queryset=ResolutionRule.objects.all())
    created_at = django_filters.DateFromToRangeFilter(label=_("Asked for"), widget=DateRangePickerWidget)

    class Meta:
        model = Job
        fields = ["state", "origin", "rule", "created_at"]


class JobsReport(ReportView):
    """Every Job, the newest first."""

    model = Job
    permission_policy = ModelPermissionPolicy(Job)
    permission_required = "view"
    page_title = _("Restorations")
    header_icon = "resubmit"
    index_url_name = "wagtail_restore:report"
    index_results_url_name = "wagtail_restore:report_results"
    results_template_name = "wagtail_restore/reports/jobs_results.html"
    filterset_class = JobFilterSet
    default_ordering = "-created_at"
    export_filename = "restorations"
    list_export = ["pk", "image_title", "state", "origin", "user", "rule", "created_at", "finished_at", "source_name"]

    def get_queryset(self) -> QuerySet[Job]:
        rows: QuerySet[Job] = Job.objects.select_related("user", "user__wagtail_userprofile", "rule", "content_type")
        return rows.order_by("-pk")

    @cached_property
    def columns(self) -> list[Any]:
        return [
            TitleColumn(
                "image_title", label=_("Image"), get_url=lambda job: reverse("wagtail_restore:job", args=[job.pk])
            ),
            StatusTagColumn(
                "state",
                label=_("State"),
                accessor=lambda job: job.get_state_display(),
                primary=lambda job: job.state in OUTSTANDING,
            ),
            Column("origin", label=_("From"), accessor=lambda job: job.get_origin_display()),
            UserColumn("user", label=_("Asked for by"), blank_display_name="—"),
            Column("rule", label=_("Rule"), accessor=lambda job: job.rule or "—"),
            Column("sizes", label=_("Size"), accessor=sizes),
            Column("seconds", label=_("Seconds"), accessor=seconds),
            DateColumn("created_at", label=_("Asked for"), sort_key="created_at"),
        ]


class JobView(InspectView):
    """One Job: its picture, its plan, its report, and the traceback if it failed."""

    model = Job
    permission_policy = ModelPermissionPolicy(Job)
    any_permission_required = ["view"]
    page_title = _("Restoration")
    header_icon = "resubmit"
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
            "outstanding": job.state in OUTSTANDING,
            "tasks": [(messages.task(step), messages.say(step.reason)) for step in job.steps.steps] if job.plan else [],
            "sizes": sizes(job),
            "seconds": seconds(job),
        }


class ReportMenuItem(MenuItem):
    """Shown to those who may view Jobs."""

    def is_shown(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm(VIEW))
