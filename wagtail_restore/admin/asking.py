"""A question to a live worker from a page of ours, and its answer when there is one."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any

from django.core import signing
from django.db import transaction
from django.http import HttpRequest, HttpResponseNotAllowed, JsonResponse
from django.http.response import HttpResponseBase
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.generic import View

from wagtail_restore import messages, queue
from wagtail_restore.admin.painting_words import words
from wagtail_restore.admin.permissions import image_or_404
from wagtail_restore.admin.refusals import error, refusal
from wagtail_restore.exceptions import ImageGone, QueueUnreachable, Superseded, TooManyAsked
from wagtail_restore.imaging.planning import Note


@method_decorator([never_cache, transaction.non_atomic_requests], name="dispatch")
class Asking(ABC, View):
    """Ask with ``POST`` and ``file``; look with ``GET`` and the ``key`` that came back whether there is an answer.

    ``POST`` with that key as ``dropped`` tells that nobody waits for the answer any more.
    Subclasses name the ``function`` that the worker is asked for, resolved in its process alone.
    """

    http_method_names = ["get", "post"]
    function = ""

    def question(self, request: HttpRequest) -> tuple[str, ...]:
        """What the function is asked besides the image. Raises ``ValueError`` for what no page of ours sends."""
        return ()

    @abstractmethod
    def told(self, found: Mapping[str, Any]) -> dict[str, Any]:
        """The answer for the page."""

    @abstractmethod
    def failed(self) -> str:
        """What to say when the worker broke down over it."""

    @abstractmethod
    def gone(self) -> str:
        """What to say where the same person's next question has replaced it, or it was forgotten."""

    def unanswered(self) -> str:
        """What to say where no worker can be asked."""
        return words()["unanswered"]

    def unreadable(self) -> str:
        """What to say of a question that no page of ours sends."""
        return _("What you drew could not be read. Draw it once more.")

    def replaced(self) -> str:
        """What to say where the image has another file by now."""
        return _("The picture was replaced since you opened this page. Open the page again and mark it anew.")

    def foreign(self) -> str:
        """What to say of an answer that is not theirs."""
        return _("This search is somebody else's, or too old. Search again.")

    def refused(self, code: str, params: Mapping[str, Any]) -> str:
        """What to say where the worker could not, for this reason."""
        return messages.say(Note(code, params))

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        self.image = image_or_404(kwargs["pk"])
        refused = refusal(request.user, self.image)
        if refused is not None:
            return refused
        try:
            return super().dispatch(request, *args, **kwargs)
        except QueueUnreachable:
            return error(self.unanswered(), 503)

    def post(self, request: HttpRequest, pk: int) -> JsonResponse:
        """The key to look for the answer with."""
        if "dropped" in request.POST:
            return self.drop(request.POST["dropped"])
        name = self.image.file.name
        if request.POST.get("file") != name:
            return error(self.replaced(), 409)
        try:
            question = self.question(request)
        except ValueError:
            return error(self.unreadable(), 400)
        label, key = self.image._meta.label, str(self.image.pk)
        by, about = str(request.user.pk), f"{label} {key}"
        try:
            asked = queue.ask(self.function, label, key, name, *question, by=by, about=about)
        except TooManyAsked as failure:
            return error(messages.say(Note(failure.code, failure.params)), 429)
        return JsonResponse({"key": signing.dumps([asked, *self._bound(name)], salt=self.function)})

    def get(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        """``waiting`` with where it stands, what was found, or a sentence that says why there is nothing."""
        if "key" not in request.GET:
            return HttpResponseNotAllowed(["POST"])
        try:
            asked, name = self._asked(request.GET["key"])
        except signing.BadSignature:
            return error(self.foreign(), 403)
        if name != self.image.file.name:
            return error(self.replaced(), 409)
        state, found = queue.answer(asked)
        if state in queue.OPEN:
            return JsonResponse({"waiting": state})
        if state == "failed":
            return error(self.failed(), 409)
        if found is None:
            return error(self.gone(), 409)
        if found.get("code") in (Superseded.code, ImageGone.code):
            return error(self.replaced(), 409)
        if "code" in found:
            return error(self.refused(found["code"], found["params"]), 409)
        return self.answered(found)

    def answered(self, found: Mapping[str, Any]) -> HttpResponseBase:
        """The answer itself."""
        return JsonResponse(self.told(found))

    def drop(self, key: str) -> JsonResponse:
        """Take the question back, unless a worker is at it already."""
        try:
            asked, _name = self._asked(key)
        except signing.BadSignature:
            return error(self.foreign(), 403)
        queue.drop(asked)
        return JsonResponse({})

    def _asked(self, key: str) -> tuple[str, str]:
        """What was asked, and of which file. Raises ``BadSignature`` where it is another's, or too old."""
        asked, *whose, name = signing.loads(key, salt=self.function, max_age=queue.ANSWER_SECONDS)
        if whose != self._bound("")[:2]:
            raise signing.BadSignature
        return asked, name

    def _bound(self, name: str) -> list[str]:
        """Whose answer it is, and about what."""
        return [str(self.image.pk), str(self.request.user.pk), name]
