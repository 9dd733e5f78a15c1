"""Publishing many Results together: Wagtail's own bulk action, which names the number and asks before it acts."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST
from wagtail.admin import messages as toast
from wagtail.admin.views.bulk_action import BulkAction

from wagtail_restore import messages
from wagtail_restore.admin import actions
from wagtail_restore.admin.permissions import may_change, may_review
from wagtail_restore.admin.report_table import pictured
from wagtail_restore.admin.reviewing import asked_for, waiting_for
from wagtail_restore.exceptions import ImageGone, LeaseLost, RestoreError, Superseded
from wagtail_restore.imaging.planning import Note
from wagtail_restore.models import Job

SECONDS = 20.0
"""After so long a request publishes nothing more, and asks whether to go on: a web server has its own patience."""
SHOWN = 24
"""So many pictures are shown on the page that asks."""


class PublishChosen(BulkAction):
    """Asks whether the chosen Results are to be published; ``publish_chosen`` does it."""

    display_name = gettext_lazy("Publish")
    action_type = "publish"
    aria_label = gettext_lazy("Publish the chosen results")
    template_name = "wagtail_restore/review/publish.html"
    action_priority = 10
    models = [Job]
    http_method_names = ["get"]

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not may_review(request.user):
            raise PermissionDenied
        answer: HttpResponse = super().dispatch(request, *args, **kwargs)
        return answer

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The number, the first pictures, and the last key: what comes later was not among what is asked about."""
        rows, asked = chosen(self.request)
        count = rows.count()
        return {
            "form": self.get_form(),
            "count": count,
            "left_out": max(0, asked - count),
            "items": pictured(rows.select_related("content_type")[:SHOWN]),
            "more": max(0, count - SHOWN),
            "last": rows.order_by("-pk").values_list("pk", flat=True).first(),
            "next": self.next_url,
            "submit_url": f"{reverse('wagtail_restore:publish_chosen')}?{self.request.GET.urlencode()}",
        }


@dataclass
class Outcome:
    """What became of the Results that were to be published together."""

    published: int = 0
    overtaken: int = 0
    trouble: list[str] = field(default_factory=list)
    unfinished: bool = False


@transaction.non_atomic_requests  # a swap writes down what it is about to do, and that must outlive it
@require_POST
def publish_chosen(request: HttpRequest) -> HttpResponse:
    """Publish the chosen Results one after the other; where time runs out, ask whether to go on with the rest."""
    if not may_review(request.user):
        raise PermissionDenied
    action = PublishChosen(request, Job)
    rows, _asked = chosen(request)
    last = request.POST.get("last", "")
    rows = rows.filter(pk__lte=int(last)) if last.isdecimal() else rows.none()
    outcome = publish_all(list(rows.values_list("pk", flat=True)), request.user)
    _tell(request, outcome)
    if outcome.unfinished:
        again = reverse("wagtail_bulk_action", args=["wagtail_restore", "job", action.action_type])
        return redirect(f"{again}?{request.GET.urlencode()}")
    return redirect(action.next_url)


def chosen(request: HttpRequest) -> tuple[QuerySet[Job], int]:
    """The Results that are chosen and that this person may publish now, and how many were chosen.

    ``all`` stands for the whole list, with the filters it was shown with; proposed marks are never among them.
    """
    keys = request.GET.getlist("id")
    if "all" in keys:
        rows = asked_for(request).exclude(result="")
        return rows, 0
    wanted = {int(key) for key in keys if key.isdecimal()}
    return waiting_for(request.user).filter(pk__in=wanted).exclude(result=""), len(wanted)


def publish_all(keys: Sequence[int], by: Any) -> Outcome:
    """Publish one after the other, for as long as there is time; what goes wrong with one concerns no other."""
    outcome, until = Outcome(), time.monotonic() + SECONDS
    for number, pk in enumerate(keys):
        if number and time.monotonic() > until:
            outcome.unfinished = True
            break
        _publish(pk, by, outcome)
    return outcome


def _publish(pk: int, by: Any, outcome: Outcome) -> None:
    job = Job.objects.select_related("content_type").get(pk=pk)
    image = job.image()
    try:
        if image is None or not may_change(by, image):
            raise ImageGone
        actions.publish(job, by)
        outcome.published += 1
    except (LeaseLost, ImageGone, Superseded):
        outcome.overtaken += 1
    except RestoreError as error:
        outcome.trouble.append(f"“{job.image_title}”: {messages.say(Note(error.code, error.params))}")


def _tell(request: HttpRequest, outcome: Outcome) -> None:
    if outcome.published:
        text = ngettext(
            "One result is published. Every page shows the restored picture.",
            "%(count)s results are published. Every page shows the restored pictures.",
            outcome.published,
        )
        toast.success(request, text % {"count": outcome.published})
    if outcome.overtaken:
        text = ngettext(
            "One was left as it is: it has been decided on meanwhile, or the image has another file.",
            "%(count)s were left as they are: they have been decided on meanwhile, or the images have other files.",
            outcome.overtaken,
        )
        toast.warning(request, text % {"count": outcome.overtaken})
    for sentence in outcome.trouble[:5]:
        toast.error(request, sentence)
    if len(outcome.trouble) > 5:
        toast.error(request, _("%(count)s could not be published.") % {"count": len(outcome.trouble)})
    if outcome.unfinished:
        toast.info(request, _("That is as far as one request may go. The rest waits here: go on with it."))
