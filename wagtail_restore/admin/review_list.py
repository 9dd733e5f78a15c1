"""The queue of results as a table, to find one in it, and to choose many that are published together."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.formats import number_format
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail.admin.ui.tables import BulkActionsCheckboxColumn, Column, DateColumn, TitleColumn, UserColumn
from wagtail.admin.views.reports import ReportView
from wagtail.admin.widgets.button import HeaderButton

from wagtail_restore import messages
from wagtail_restore.admin.permissions import may_review
from wagtail_restore.admin.report_table import ASIDE, NAME, PictureColumn, pictured
from wagtail_restore.admin.reports import JobsReport
from wagtail_restore.admin.review import address
from wagtail_restore.admin.reviewing import ReviewFilterSet, kept
from wagtail_restore.deciding import waiting_for
from wagtail_restore.models import Job


def consistency(job: Job) -> str:
    """How closely the Result matches its source, in dB; a dash where nothing was measured."""
    measured = job.report.get("consistency")
    return "—" if measured is None else f"{number_format(measured, 1)} dB"


def collection(job: Any) -> str:
    """The name of the collection that the image lies in; empty where the image is gone."""
    return str(job.pictured.collection.name) if job.pictured else ""


class ResultCheckboxColumn(BulkActionsCheckboxColumn):
    """A box to choose a Result; proposed marks are decided on one by one and have none."""

    cell_template_name = "wagtail_restore/review/checkbox_cell.html"


class ReviewList(ReportView):
    """Everything that this person may decide about, the oldest first."""

    model = Job
    page_title = gettext_lazy("Results to review")
    header_icon = "restore"
    index_url_name = "wagtail_restore:review_list"
    index_results_url_name = "wagtail_restore:review_list_results"
    template_name = "wagtail_restore/review/list.html"
    results_template_name = "wagtail_restore/review/list_results.html"
    filterset_class = ReviewFilterSet
    export_filename = "results-to-review"
    export_headings = JobsReport.export_headings
    list_export = ["pk", "image_title", "reason", "user", "rule", "created_at", "source_name"]
    custom_field_preprocess = JobsReport.custom_field_preprocess

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not may_review(request.user):
            raise PermissionDenied
        answer: HttpResponse = super().dispatch(request, *args, **kwargs)
        return answer

    def get_queryset(self) -> QuerySet[Job]:
        rows = waiting_for(self.request.user)
        return rows.select_related("user", "user__wagtail_userprofile", "rule", "content_type")

    def decorate_paginated_queryset(self, object_list: Any) -> Any:
        """Each Job with its image, fetched together."""
        if self.is_export:
            return object_list
        return pictured(object_list)

    @cached_property
    def columns(self) -> list[Any]:
        query = kept(self.request.GET)
        return [
            ResultCheckboxColumn("bulk_actions", obj_type="job"),
            TitleColumn(
                "image_title",
                label=_("Title"),
                accessor=lambda job: job.pictured.title if job.pictured else job.image_title or job.source_name,
                get_url=lambda job: address(job.pk, query),
                get_title_id=lambda job: f"job_{job.pk}_title",
                classname=NAME,
            ),
            PictureColumn("pictured", label=_("Image"), classname="image-preview restore-picture"),
            Column("reason", label=_("Reason"), accessor=lambda job: messages.say(job.why), classname="restore-reason"),
            Column("consistency", label=_("Consistency"), accessor=consistency, classname=ASIDE),
            Column("collection", label=_("Collection"), accessor=collection, classname=ASIDE),
            Column("rule", label=_("Rule"), accessor=lambda job: job.rule or "—", classname=f"restore-rule {ASIDE}"),
            UserColumn("user", label=_("Asked for by"), blank_display_name="—", classname=ASIDE),
            DateColumn("created_at", label=_("Asked for"), classname=ASIDE),
        ]

    @cached_property
    def header_buttons(self) -> list[Any]:
        return [HeaderButton(_("One at a time"), url=reverse("wagtail_restore:review"), icon_name="view")]
