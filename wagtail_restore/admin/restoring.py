"""*Restore…* on one image: the page on which it is chosen what is to be done, and the asking for it."""

from __future__ import annotations

import json
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.generic import View
from wagtail.admin import messages as toast

from wagtail_restore import jobs, messages, rights
from wagtail_restore.admin import actions, fields
from wagtail_restore.admin.forecast import Forecast, forecast_of
from wagtail_restore.admin.hindered import facts_or_obstacle
from wagtail_restore.admin.image_page import ImagePageMixin
from wagtail_restore.admin.permissions import image_or_404
from wagtail_restore.admin.refusals import error, refusal
from wagtail_restore.admin.restore_form import RestoreForm
from wagtail_restore.admin.restoring_words import replaced, words
from wagtail_restore.admin.upscale_field import Enlargement
from wagtail_restore.imaging.planning import Note, Upscale
from wagtail_restore.models import Job, State
from wagtail_restore.shown import rendition_of
from wagtail_restore.usage import usage_of

SHOWN = "max-1600x1600"
"""The rendition on which one chooses what is previewed."""


@method_decorator([never_cache, transaction.non_atomic_requests], name="dispatch")
class RestoreImage(ImagePageMixin, View):
    """The options for one image, for those who may change it and ask for restoration."""

    template_name = "wagtail_restore/restoring.html"
    page_title = gettext_lazy("Restore")
    header_icon = "restore"
    http_method_names = ["get", "post"]

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        self.image = image_or_404(kwargs["pk"])
        refused = refusal(request.user, self.image)
        if refused is not None:
            if self._by_script:
                return refused
            raise PermissionDenied
        known = facts_or_obstacle(self.image)
        if isinstance(known, Note):
            return self._hindered(replaced() if self._stale else messages.say(known))
        self.facts = known
        return super().dispatch(request, *args, **kwargs)

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The page."""
        initial = {fields.UPSCALE: Enlargement(Upscale.X2.value)}
        return self._page(RestoreForm(user=request.user, initial=initial), self._first())

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Ask for what was chosen: the address to go to, or a sentence that says what stands against it."""
        form = RestoreForm(request.POST, user=request.user)
        forecast = forecast_of(self.image, self.facts, form)
        wrong = replaced() if self._stale else forecast.error
        if wrong and self._by_script:
            return error(wrong, 409 if self._stale else 422)
        if wrong or forecast.decision is None:
            if form.is_valid():
                form.add_error(None, wrong)
            return self._page(form, forecast)
        if form.confirms:
            rights.confirm(request.user)
        job = actions.ask(self.image, forecast.decision, form.wishes, request.user, origin=Job.Origin.EDIT)
        url = self._told(job)
        return JsonResponse({"url": url}) if self._by_script else redirect(url)

    def _page(self, form: RestoreForm, forecast: Forecast) -> HttpResponse:
        shown = rendition_of(self.image, SHOWN)
        if shown is None:
            return self._hindered(messages.say(Note("unreadable")))
        context = self.get_context_data(form=form, forecast=forecast, shown=shown)
        answer: HttpResponse = self.render_to_response(context)
        return answer

    def _first(self) -> Forecast:
        """What is told of the choices that the page opens with."""
        form = RestoreForm({fields.UPSCALE: Upscale.X2.value}, user=self.request.user)
        return forecast_of(self.image, self.facts, form)

    def _hindered(self, sentence: str) -> HttpResponse:
        if self._by_script:
            return error(sentence, 409)
        toast.warning(self.request, sentence)
        return redirect(self.edit_url)

    def _told(self, job: Job) -> str:
        """Say what came of the asking; the address to go to."""
        if job.asked_before and job.state == State.REVIEW:
            toast.info(self.request, _("What you chose is done already. Here is the result; decide about it first."))
            return self._review(job)
        if job.asked_before:
            toast.info(self.request, _("What you chose is being done already. You can follow the work here."))
        elif job.open_key and job.open_key.endswith(jobs.NEXT):
            told = _("What you asked for waits until the work that is open is over. You can follow it here.")
            toast.success(self.request, told)
        else:
            toast.success(self.request, _("The picture is being restored. You can follow the work here."))
        return self.edit_url

    def _review(self, job: Job) -> str:
        return reverse("wagtail_restore:review_one", args=[job.pk])

    @property
    def _stale(self) -> bool:
        """Whether what is sent was chosen for another file."""
        return self.request.method == "POST" and self.request.POST.get("file") != self.image.file.name

    @property
    def _by_script(self) -> bool:
        return self.request.headers.get("X-Requested-With") == "XMLHttpRequest"

    @cached_property
    def standing(self) -> tuple[str, str]:
        """What else is open on the image, and what that means for whoever asks now; empty where nothing is.

        Beside it the address of the result, where one is to be decided about.
        """
        job, follow_up = jobs.current(self.image)
        if job is None or not job.is_open:
            return "", ""
        told = _("This image is being worked on. What you ask for now waits until that is over.")
        if job.state == State.REVIEW:
            told = _("A result for this image awaits a decision. Whatever else you ask for waits until that is made.")
        if follow_up:
            told = f"{told} {_('It takes the place of the request that waits already.')}"
        return told, self._review(job) if job.state == State.REVIEW else ""

    def get_page_subtitle(self) -> str:
        return str(self.image.title)

    @property
    def label(self) -> str:
        return str(self.get_header_title())

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        forecast: Forecast = kwargs["forecast"]
        return {
            **context,
            "image": self.image,
            "edit_url": self.edit_url,
            "usage": usage_of(self.image, self.request.user),
            "standing": self.standing[0],
            "review_url": self.standing[1],
            "words": json.dumps(words()),
            "corner": json.dumps(self._corner(forecast)),
            "size": json.dumps(forecast.size),
        }

    def _corner(self, forecast: Forecast) -> list[int]:
        """Where the square lies at first: about the focal point, or in the middle."""
        x, y = (length / 2 for length in forecast.size)
        if self.image.has_focal_point():
            # Wagtail keeps it in the pixels of the file as stored, which are upright wherever nothing turns them.
            x, y = self.image.focal_point_x, self.image.focal_point_y
        return forecast.box(round(x - forecast.side / 2), round(y - forecast.side / 2))[:2]


@method_decorator([never_cache, transaction.non_atomic_requests], name="dispatch")
class RestoreForecast(View):
    """What would be made of the image by what is chosen at the moment, for the page that asks as one chooses."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, pk: int) -> JsonResponse:
        """The words as HTML, the side of the square, and whether there is anything to do."""
        image = image_or_404(pk)
        refused = refusal(request.user, image)
        if refused is not None:
            return refused
        if request.POST.get("file") != image.file.name:
            return error(replaced(), 409)
        known = facts_or_obstacle(image)
        if isinstance(known, Note):
            return error(messages.say(known), 409)
        forecast = forecast_of(image, known, RestoreForm(request.POST, user=request.user))
        html = render_to_string("wagtail_restore/restoring_forecast.html", {"forecast": forecast}, request)
        return JsonResponse({"html": html, "side": forecast.side, "able": forecast.plan is not None})
