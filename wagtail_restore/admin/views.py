"""What the buttons of the Restoration panel post to; errors become messages beside the picture, never a stack trace."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from wagtail.admin import messages as toast
from wagtail.admin.admin_url_finder import AdminURLFinder
from wagtail.admin.utils import get_valid_next_url_from_request

from wagtail_restore import messages
from wagtail_restore.admin import actions
from wagtail_restore.admin.permissions import require
from wagtail_restore.exceptions import LeaseLost, RestoreError
from wagtail_restore.imaging.planning import Note
from wagtail_restore.models import Job, State, Version
from wagtail_restore.models.links import ImageLink, database_of
from wagtail_restore.versions import label_of


@require_POST
def cancel(request: HttpRequest, pk: int) -> HttpResponse:
    """Cancel a waiting or running Job."""
    job, image = _job(request, pk)
    return _answer(request, image, lambda: _told(actions.cancel(job, request.user), _("The work is being cancelled.")))


@require_POST
def retry(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask again for a failed or cancelled Job."""
    job, image = _job(request, pk)

    def act() -> str:
        actions.retry(job, request.user, confirms="rights" in request.POST)
        return _("The work is tried again.")

    return _answer(request, image, act)


@transaction.non_atomic_requests  # a swap writes down what it is about to do, and that must outlive it
@require_POST
def publish(request: HttpRequest, pk: int) -> HttpResponse:
    """Publish a Result under review."""
    job, image = _job(request, pk)

    def act() -> str:
        actions.publish(job, request.user)
        return _("Published. The restored picture is shown wherever the image is used.")

    return _answer(request, image, act, lambda: _undo(job))


@require_POST
def discard(request: HttpRequest, pk: int) -> HttpResponse:
    """Discard a Result under review."""
    job, image = _job(request, pk)

    def act() -> str:
        sentence = _told(actions.discard(job, request.user), _("The result was discarded."))
        again = _("To have the picture restored after all, ask again on the image's page.")
        return f"{sentence} {again}" if get_valid_next_url_from_request(request) else sentence

    return _answer(request, image, act)


@require_POST
def decide(request: HttpRequest, pk: int) -> HttpResponse:
    """Go on with the marks that a person has confirmed."""
    job, image = _job(request, pk)
    posted = set(request.POST.getlist("region"))
    chosen = [index for index in range(len(job.report.get("regions", ()))) if str(index) in posted]

    def act() -> str:
        further = actions.decide(job, chosen, request.user, confirms="rights" in request.POST)
        return _("The work goes on.") if further else _("Nothing is erased; the image stays as it is.")

    return _answer(request, image, act)


@transaction.non_atomic_requests  # a swap writes down what it is about to do, and that must outlive it
@require_POST
def go_back(request: HttpRequest, pk: int) -> HttpResponse:
    """Let the image show another version."""
    version: Version = get_object_or_404(Version, pk=pk)
    image = image_of(version)
    require(request.user, image, use=True)
    label = label_of(version)

    def act() -> str:
        actions.go_back(version, request.user)
        sentence = _("Every page shows this version now: %(version)s.") % {"version": label}
        left = _left(version) if _onward(request, image) and _replaced(version) else ""
        return f"{sentence} {left}".rstrip()

    return _answer(request, image, act, lambda: _undo_of(_replaced(version)))


def image_of(row: ImageLink) -> Any:
    """The image that a row is about. Raises ``Http404`` when it is gone."""
    image = row.image()
    if image is None:
        raise Http404
    return image


def _job(request: HttpRequest, pk: int) -> tuple[Job, Any]:
    job: Job = get_object_or_404(Job, pk=pk)
    image = image_of(job)
    require(request.user, image, use=True)
    return job, image


def _told(done: Any, sentence: str) -> str:
    if not done:
        raise LeaseLost
    return sentence


def _answer(
    request: HttpRequest, image: Any, act: Callable[[], str], undo: Callable[[], str] = lambda: ""
) -> HttpResponse:
    """Act, say what came of it, and go back to the image; or on to ``next``, and say of which image it was."""
    url, onward = AdminURLFinder(request.user).get_edit_url(image), _onward(request, image)
    tell, sentence, more = toast.success, "", ""
    try:
        sentence, more = act(), undo()
    except LeaseLost:
        tell, sentence = toast.warning, _("This has changed meanwhile. Look at where it stands now.")
    except RestoreError as error:
        tell, sentence = toast.error, messages.say(Note(error.code, error.params))
    if onward:
        sentence = _("“%(title)s”: %(sentence)s") % {"title": image.title, "sentence": sentence}
    buttons = [toast.button(url, _("Show the image"))] if onward and url else []
    tell(request, format_html("{} {}", sentence, more) if more else sentence, buttons=buttons)
    return redirect(onward or url or reverse("wagtailimages:index"))


def _onward(request: HttpRequest, image: Any) -> str:
    """Where to go on to, if that is not the page of the image itself."""
    onward: str = get_valid_next_url_from_request(request)
    return "" if urlsplit(onward).path == AdminURLFinder(request.user).get_edit_url(image) else onward


def _left(version: Version) -> str:
    """What became of the result that gave way to this version, for whoever looks for it where it was decided on."""
    rows = Job.objects.using(database_of(version)).filter(pk=version.job_id, state=State.WITHDRAWN)
    if not rows.exists():
        return ""
    return _("The result does not come back to those under review; it is kept among the versions on the image's page.")


def _undo(job: Job) -> str:
    """The button that puts the picture back which this Job has replaced; empty where that is not kept."""
    return _undo_of(Version.objects.using(database_of(job)).filter(job=job).first())


def _undo_of(version: Version | None) -> str:
    return render_to_string("wagtail_restore/review/undo.html", {"version": version}) if version else ""


def _replaced(shown: Version) -> Version | None:
    """What the image showed before this version, if that is kept: the latest of the others."""
    others = Version.objects.using(database_of(shown)).exclude(file_hash=shown.file_hash)
    latest: Version | None = others.filter(content_type=shown.content_type, object_id=shown.object_id).first()
    return latest
