"""Finding text and dates in the mask editor: the question to a worker, and its answer when there is one."""

from __future__ import annotations

from typing import Any

from django.core import signing
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, JsonResponse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.generic import View

from wagtail_restore import messages, queue
from wagtail_restore.admin.painting_words import words
from wagtail_restore.admin.permissions import image_or_404, require
from wagtail_restore.exceptions import ImageGone, QueueUnreachable, Superseded
from wagtail_restore.imaging.planning import Note

FIND = "wagtail_restore.live.find_text"
"""What the worker is asked for; resolved in its process alone."""
SALT = "wagtail_restore.find_text"


@method_decorator([never_cache, transaction.non_atomic_requests], name="dispatch")
class FindText(View):
    """Ask with ``POST`` and ``file``; look with ``GET`` and the ``key`` that came back whether there is an answer."""

    http_method_names = ["get", "post"]

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        self.image = image_or_404(kwargs["pk"])
        try:
            require(request.user, self.image, use=True)
        except PermissionDenied:
            return _error(_("You may not change this image any more."), 403)
        try:
            return super().dispatch(request, *args, **kwargs)
        except QueueUnreachable:
            return _error(words()["unanswered"], 503)

    def post(self, request: HttpRequest, pk: str) -> JsonResponse:
        """The key to look for the answer with."""
        name = self.image.file.name
        if request.POST.get("file") != name:
            return _replaced()
        asked = queue.ask(FIND, self.image._meta.label, str(self.image.pk), name)
        return JsonResponse({"key": signing.dumps([asked, *self._bound(name)], salt=SALT)})

    def get(self, request: HttpRequest, pk: str) -> HttpResponse:
        """``waiting``, the regions, or a sentence that says why there are none."""
        if "key" not in request.GET:
            return HttpResponseNotAllowed(["POST"])
        try:
            asked, *bound = signing.loads(request.GET["key"], salt=SALT, max_age=queue.ANSWER_SECONDS)
        except signing.BadSignature:
            return _foreign()
        if bound[:2] != self._bound("")[:2]:
            return _foreign()
        if bound[2] != self.image.file.name:
            return _replaced()
        state, found = queue.answer(asked)
        if state == "waiting":
            return JsonResponse({"waiting": True})
        if state == "failed" or found is None:
            text = _("The picture could not be searched for text. Mark it with the brush instead, or try again.")
            return _error(text, 409)
        if found.get("code") in (Superseded.code, ImageGone.code):
            return _replaced()
        if "code" in found:
            return _error(messages.say(Note(found["code"], found["params"])), 409)
        return JsonResponse({"regions": [_told(region) for region in found["regions"]], "said": _said(found)})

    def _bound(self, name: str) -> list[str]:
        """Whose answer it is, and about what."""
        return [str(self.image.pk), str(self.request.user.pk), name]


def _told(region: dict[str, Any]) -> dict[str, Any]:
    return {"kind": messages.kind(region["kind"]), "text": region["text"], "polygon": region["polygon"]}


def _said(found: dict[str, Any]) -> str:
    count = len(found["regions"])
    if not count:
        return _("No text was found.")
    return ngettext(
        "%(count)s place was found. Drop it if it is to stay, or add it to the mask.",
        "%(count)s places were found. Drop what is to stay, then add the rest to the mask.",
        count,
    ) % {"count": count}


def _replaced() -> JsonResponse:
    return _error(_("The picture was replaced since you opened this page. Open the page again and mark it anew."), 409)


def _foreign() -> JsonResponse:
    return _error(_("This search is somebody else's, or too old. Search again."), 403)


def _error(sentence: str, status: int) -> JsonResponse:
    return JsonResponse({"error": sentence}, status=status)
