"""The page on which an editor paints over what has to go, and what becomes of the mask when it is sent."""

from __future__ import annotations

import json
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.utils.decorators import method_decorator
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.generic import View
from wagtail.admin import messages as toast

from wagtail_restore import jobs, messages, rights
from wagtail_restore.admin import actions, painting_templates
from wagtail_restore.admin.hindered import facts_or_obstacle
from wagtail_restore.admin.image_page import ImagePageMixin
from wagtail_restore.admin.mask_form import MaskForm, mask_size
from wagtail_restore.admin.painting_words import words
from wagtail_restore.admin.permissions import image_or_404
from wagtail_restore.admin.refusals import refusal
from wagtail_restore.exceptions import RestoreError, RightsUnconfirmed
from wagtail_restore.imaging.geometry import Size
from wagtail_restore.imaging.planning import Note
from wagtail_restore.models import ImageFacts, State
from wagtail_restore.shown import rendition_of

SHOWN = "max-2400x2400"
"""The rendition that is painted on; what is painted is kept as lines, so that its size limits nothing."""


@method_decorator([never_cache, transaction.non_atomic_requests], name="dispatch")
class RemoveObjects(ImagePageMixin, View):
    """The editor for a mask over one image, for those who may change it and ask for restoration."""

    template_name = "wagtail_restore/remove_objects.html"
    page_title = gettext_lazy("Remove objects")
    header_icon = "restore"
    http_method_names = ["get", "post"]

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        self.image = image_or_404(kwargs["pk"])
        refused = refusal(request.user, self.image)
        if refused is not None:
            if _by_script(request):
                return refused
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The page; where nothing can be painted, the way back to the image, with the reason."""
        hindered = self.hindrance
        shown = None if hindered else rendition_of(self.image, SHOWN)
        if shown is None:
            hindered = hindered or messages.say(Note("unreadable"))
        if hindered and _by_script(request):
            return JsonResponse({"error": hindered}, status=409)
        if hindered:
            toast.warning(request, hindered)
            return redirect(self.edit_url)
        answer: HttpResponse = self.render_to_response(self.get_context_data(shown=shown))
        return answer

    def post(self, request: HttpRequest, pk: int) -> JsonResponse:
        """Take a mask: the address to go to, or a sentence that says what is wrong with it."""
        if self.hindrance:
            return JsonResponse({"error": self._overtaken() or self.hindrance}, status=409)
        form = MaskForm(request.POST, request.FILES, size=self.size, name=self.image.file.name)
        if not form.is_valid():
            stale = "file" in form.errors
            (sentence, *_rest) = form.errors["file" if stale else "mask"]
            return JsonResponse({"error": sentence}, status=409 if stale else 422)
        try:
            rights.require(request.user, rights.Case.MARKS, confirms="rights" in request.POST)
        except RightsUnconfirmed as error:
            return JsonResponse({"error": messages.say(Note(error.code))}, status=422)
        try:
            actions.remove(self.image, form.cleaned_data["mask"], request.user)
        except RestoreError as error:
            return JsonResponse({"error": messages.say(Note(error.code, error.params))}, status=503)
        toast.success(request, _("What you marked is being removed. You can follow the work here."))
        return JsonResponse({"url": self.edit_url})

    @cached_property
    def size(self) -> Size:
        """Oriented pixels of the picture."""
        if isinstance(self.known, Note):
            raise Http404
        return self.known.width, self.known.height

    @cached_property
    def known(self) -> ImageFacts | Note:
        """The Facts of the picture, or why nothing can be removed from it at all."""
        return facts_or_obstacle(self.image)

    @cached_property
    def hindrance(self) -> str:
        """Why nothing can be removed from this picture now, and what to do; empty where nothing stands against it."""
        if isinstance(self.known, Note):
            return messages.say(self.known)
        job = jobs.latest(self.image)
        if job is None or not job.is_open:
            return ""
        if job.state == State.REVIEW:
            return _("A result for this image awaits a decision. Publish or discard it first; then remove objects.")
        return _("This image is being worked on. Wait until that is done, or cancel it; then remove objects.")

    def _overtaken(self) -> str:
        """What to say to somebody who has painted already, while other work on the image is open."""
        job = jobs.latest(self.image)
        if job is None or not job.is_open:
            return ""
        return _(
            "Other work on this image is open. Cancel or discard it to send what you marked; once it is published, the "
            "picture is another one and has to be marked anew."
        )

    def get_page_subtitle(self) -> str:
        return str(self.image.title)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        return {
            **context,
            "image": self.image,
            "edit_url": self.edit_url,
            "size": self.size,
            "mask_size": mask_size(*self.size),
            "words": json.dumps(words()),
            "asking": rights.asked_of(self.request.user, rights.Case.MARKS),
            **painting_templates.context(self.image, self.request.user, self.size),
        }


def _by_script(request: HttpRequest) -> bool:
    return request.headers.get("X-Requested-With") == "XMLHttpRequest"
