"""The preview on the page *Restore*: what a live worker makes of a square of the picture, beside what it was."""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Mapping
from io import BytesIO
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, JsonResponse
from django.http.response import HttpResponseBase
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from wagtail_restore import messages, rights
from wagtail_restore.admin.asking import Asking
from wagtail_restore.admin.bulk.words import duration
from wagtail_restore.admin.forecast import forecast_of
from wagtail_restore.admin.hindered import facts_or_obstacle
from wagtail_restore.admin.live import private
from wagtail_restore.admin.refusals import error
from wagtail_restore.admin.restore_form import RestoreForm
from wagtail_restore.admin.restoring_words import replaced, unanswered
from wagtail_restore.exceptions import TimedOut
from wagtail_restore.imaging.planning import Note
from wagtail_restore.models import WorkerSign

PICTURES = ("before", "after")


class Preview(Asking):
    """Asked with the form of the page and the corner ``x``, ``y`` of the square.

    ``GET`` with ``picture`` beside the key is one of the two pictures, as WebP.
    """

    function = "wagtail_restore.live.preview"

    def post(self, request: HttpRequest, pk: int) -> JsonResponse:
        """The key to look for the answer with; who confirms the statement about watermarks has confirmed it."""
        if "dropped" in request.POST:
            return super().post(request, pk)
        if request.POST.get("file") != self.image.file.name:
            return error(self.replaced(), 409)
        known = facts_or_obstacle(self.image)
        if isinstance(known, Note):
            return error(messages.say(known), 409)
        form = RestoreForm(request.POST, user=request.user)
        self.forecast = forecast_of(self.image, known, form)
        if self.forecast.error:
            return error(self.forecast.error, 422)
        if form.confirms:
            rights.confirm(request.user)
        return super().post(request, pk)

    def question(self, request: HttpRequest) -> tuple[str, ...]:
        """The Plan and the square, as JSON."""
        plan = self.forecast.plan
        if plan is None:
            raise ValueError
        x, y = (int(request.POST.get(name, "")) for name in "xy")
        return (json.dumps({"plan": plan.to_json(), "box": self.forecast.box(x, y)}),)

    def unreadable(self) -> str:
        """What to say of a square that no page of ours sends."""
        return _("The square could not be read. Move it and try again.")

    def answered(self, found: Mapping[str, Any]) -> HttpResponseBase:
        """One of the pictures where that is asked for, else what is told."""
        part = self.request.GET.get("picture")
        if part not in PICTURES:
            return super().answered(found)
        return private(BytesIO(b64decode(found[part])), "image/webp")

    def told(self, found: Mapping[str, Any]) -> dict[str, Any]:
        """The comparison as HTML, and in a few words what there is to see."""
        key = self.request.GET["key"]
        width, height = found["size"]
        urls = {f"{part}_url": f"?{urlencode({'key': key, 'picture': part})}" for part in PICTURES}
        context = {
            **{name: f"{self.request.path}{query}" for name, query in urls.items()},
            "width": width,
            "height": height,
            "account": _account(found),
            "pace": _pace(found),
            "remarks": _remarks(found),
        }
        html = render_to_string("wagtail_restore/restoring_preview.html", context, self.request)
        return {"html": html, "box": found["box"], "said": _("The preview is ready.")}

    def refused(self, code: str, params: Mapping[str, Any]) -> str:
        """A preview that takes too long says nothing of the whole picture, which nobody has to wait for."""
        if code == TimedOut.code:
            return _(
                "A preview with this model takes too long on the processor that answers. Restore the picture without "
                "one, or choose another model."
            )
        return super().refused(code, params)

    def failed(self) -> str:
        """What to say when the worker broke down over it."""
        return _("The preview could not be made. Try again, or restore the picture without it.")

    def gone(self) -> str:
        """What to say where it was displaced from another tab, or forgotten."""
        return _(
            "You have asked for another preview of this picture in the meantime, or it was too long ago. Ask again."
        )

    def unanswered(self) -> str:
        """What to say where no worker can be asked."""
        return unanswered()

    def replaced(self) -> str:
        """What to say where the image has another file by now."""
        return replaced()

    def foreign(self) -> str:
        """What to say of an answer that is not theirs."""
        return _("This preview is somebody else's, or too old. Make it anew.")


def _account(found: Mapping[str, Any]) -> str:
    """Who made it, and in how long."""
    took = {"models": ", ".join(found["models"]), "time": duration(found["seconds"])}
    return _("Made with %(models)s in %(time)s.") % took if found["models"] else ""


def _pace(found: Mapping[str, Any]) -> str:
    """How long the whole would take."""
    if not found["models"] or not _on_a_processor():
        return ""
    return _("At this pace the whole picture takes about %(time)s.") % {"time": duration(found["whole"])}


def _on_a_processor() -> bool:
    """Whether no worker that restores pictures is known to have a graphics card, which a preview is made without."""
    devices = [sign.device for sign in WorkerSign.alive() if "restore" in sign.serves]
    return all(device.startswith(("cpu", "auto")) for device in devices)


def _remarks(found: Mapping[str, Any]) -> list[str]:
    told = []
    if not found["changed"]:
        told.append(_("Nothing changes in this square."))
    elsewhere = found["found"] - found["here"]
    if elsewhere:
        told.append(
            ngettext(
                "%(count)s mark that would be erased lies outside of the square.",
                "%(count)s marks that would be erased lie outside of the square.",
                elsewhere,
            )
            % {"count": elsewhere}
        )
    if found["doubtful"]:
        told.append(_("The worker is not sure of all marks: you are asked before any of them is erased."))
    if found["smaller"]:
        told.append(_("The model is slow here, so the preview shows less than the square."))
    return told
