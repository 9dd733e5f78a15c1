"""Publishing the Results that were chosen in the queue: named and counted first, then as from the image listing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext_lazy

from wagtail_restore.admin.bulk import selection
from wagtail_restore.admin.bulk.carried import Prospect, Survey
from wagtail_restore.admin.bulk.results import TOLD, Publish
from wagtail_restore.admin.permissions import may_review
from wagtail_restore.admin.report_table import pictured
from wagtail_restore.admin.reviewing import asked_for
from wagtail_restore.models import Job


class PublishChosen(Publish):
    """Asks whether the chosen Results are to be published; ``Publish`` does it."""

    display_name = gettext_lazy("Publish")
    action_type = "publish"
    aria_label = gettext_lazy("Publish the chosen results")
    template_name = "wagtail_restore/review/publish.html"
    action_priority = 10
    models = [Job]
    confirms = Job
    nothing = gettext_lazy(
        "None of these results can be published by you now: they have been decided on meanwhile, or they are not yours "
        "to decide on."
    )
    unselected = gettext_lazy("No result is selected.")
    back = gettext_lazy("Back to the results")

    def require(self) -> None:
        """Raise ``PermissionDenied`` unless the user may decide about results, on some images or on all."""
        if not may_review(self.request.user):
            raise PermissionDenied

    @property
    def runs_as(self) -> str:
        return Publish.action_type

    def selected(self) -> list[Any]:
        """The keys of the chosen Jobs; ``all`` stands for the list with its filters, of which marks have no box."""
        if selection.PACKED in self.request.POST:
            return selection.unpack(self.request.POST[selection.PACKED], Job)
        ids = self.request.GET.getlist("id")
        if "all" not in ids:
            return selection.keys_of(dict.fromkeys(ids), Job)
        return list(asked_for(self.request).exclude(result="").values_list("pk", flat=True))

    def foreseen(self, keys: Sequence[Any]) -> list[Prospect]:
        """By the keys of Jobs."""
        rows = Job.objects.filter(pk__in=keys).select_related("content_type")
        return self.results(rows.only(*TOLD, "image_title"))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Also the first pictures."""
        survey = kwargs["survey"]
        jobs = [prospect.work for prospect in survey.shown] if isinstance(survey, Survey) else []
        return {**super().get_context_data(**kwargs), "items": pictured(jobs)}
