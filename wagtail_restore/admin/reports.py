"""The report of all Jobs in the reports menu, and the page of one Job with all that an administrator needs to know."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from wagtail.admin.admin_url_finder import AdminURLFinder
from wagtail.admin.menu import MenuItem
from wagtail.admin.views.generic import InspectView
from wagtail.admin.views.reports import ReportView
from wagtail.permission_policies import ModelPermissionPolicy

from wagtail_restore import messages
from wagtail_restore.account import why
from wagtail_restore.admin import attention, flow
from wagtail_restore.admin.report_filters import JobFilterSet
from wagtail_restore.admin.report_table import OUTSTANDING, columns, megapixels_of, model_names, pictured, reason
from wagtail_restore.imaging.planning import Note
from wagtail_restore.models import Job, State, WorkerSign

VIEW = "wagtail_restore.view_job"


def said(stored: dict[str, Any]) -> str:
    """The reason of a Job as it is stored, in words."""
    return messages.say(Note.from_json(stored)) if stored else ""


class JobsReport(ReportView):
    """Every Job, the newest first; above them what needs attention, the last day, and the workers."""

    model = Job
    permission_policy = ModelPermissionPolicy(Job)
    permission_required = "view"
    page_title = _("Restorations")
    header_icon = "restore"
    index_url_name = "wagtail_restore:report"
    index_results_url_name = "wagtail_restore:report_results"
    template_name = "wagtail_restore/reports/jobs.html"
    results_template_name = "wagtail_restore/reports/jobs_results.html"
    is_searchable = True
    search_fields = ["image_title", "source_name"]
    filterset_class = JobFilterSet
    default_ordering = "-created_at"
    export_filename = "restorations"
    export_headings = {
        "pk": pgettext_lazy("restoration", "Number"),
        "reason": _("Reason"),
        "origin": _("Asked for through"),
        "source_name": _("File"),
        "models": _("Model"),
        "megapixels": _("Megapixels"),
        "seconds": _("Seconds"),
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
        "models",
        "megapixels",
        "seconds",
    ]

    custom_field_preprocess = {"reason": {"csv": said, "xlsx": said}}

    def get_base_queryset(self) -> QuerySet[Job]:
        rows: QuerySet[Job] = Job.objects.select_related("user", "user__wagtail_userprofile", "rule", "content_type")
        return rows

    def order_queryset(self, queryset: QuerySet[Job]) -> QuerySet[Job]:
        """What was asked for in the same moment keeps its order too."""
        return queryset.order_by(self.ordering, "-pk" if self.ordering.startswith("-") else "pk")

    def get_filtered_queryset(self) -> QuerySet[Job]:
        """What the list shows is filtered and searched already."""
        rows: QuerySet[Job] = self.get_queryset()
        return rows

    def decorate_paginated_queryset(self, object_list: Any) -> Any:
        """Each Job with its image, fetched together."""
        if self.is_export:
            return object_list
        return pictured(object_list)

    def to_row_dict(self, item: Job) -> dict[str, Any]:
        """Also what the report of the Job holds."""
        report = item.report
        told = {"models": model_names(report), "megapixels": megapixels_of(report), "seconds": report.get("seconds")}
        return {field: told[field] if field in told else getattr(item, field) for field in self.list_export}

    @cached_property
    def columns(self) -> list[Any]:
        return columns()

    def get_context_data(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """On the page itself also what stands above the table."""
        context: dict[str, Any] = super().get_context_data(*args, **kwargs)
        if self.results_only or self.is_export:
            return context
        signs = list(WorkerSign.alive())
        running = Job.objects.filter(state=State.RUNNING, worker__in=[sign.name for sign in signs])
        at_work = {job.worker: job for job in running.only("worker", "image_title", "source_name", "doing")}
        context["workers"] = [(sign, at_work.get(sign.name)) for sign in signs]
        return {**context, "matters": attention.matters(signs), "charts": flow.charts()}


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
            "tasks": [(messages.task(step), why(step, job)) for step in job.steps.steps] if job.plan else [],
        }


def _confirmed(told: dict[str, Any]) -> dict[str, Any]:
    """Who confirmed that watermarks may go, with the time as one; empty where nobody did."""
    return {**told, "at": parse_datetime(told["at"])} if "at" in told else {}


class ReportMenuItem(MenuItem):
    """Shown to those who may view Jobs."""

    def is_shown(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm(VIEW))
