"""The queue of results, one at a time: each is shown large, and after a decision about it the next one comes."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import TemplateView
from wagtail.admin import messages as toast
from wagtail.admin.admin_url_finder import AdminURLFinder
from wagtail.admin.menu import MenuItem
from wagtail.admin.views.generic import WagtailAdminTemplateMixin
from wagtail.admin.widgets.button import HeaderButton

from wagtail_restore.admin.permissions import may_review, require
from wagtail_restore.admin.report_table import pictured
from wagtail_restore.admin.reports import VIEW
from wagtail_restore.admin.reviewing import Place, after, asked_for, kept, place_of
from wagtail_restore.admin.views import image_of
from wagtail_restore.models import Job, State


def address(pk: int | None, query: str, name: str = "wagtail_restore:review_one") -> str:
    """Where one Job is shown, or the first where no key is given, in the part of the queue that ``query`` chooses."""
    path = reverse(name, args=[pk]) if pk else reverse("wagtail_restore:review")
    return f"{path}?{query}" if query else path


class Review(WagtailAdminTemplateMixin, TemplateView):
    """One Job under review with what is to be decided about it; or friendly words where none is left."""

    page_title = gettext_lazy("Results to review")
    header_icon = "restore"
    _show_breadcrumbs = True
    template_name = "wagtail_restore/review/one.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The Job of the address; without one, on to the first."""
        if not may_review(request.user):
            raise PermissionDenied
        pk = kwargs.get("pk")
        rows = asked_for(request)
        if pk is None:
            first = rows.values_list("pk", flat=True).first()
            return redirect(address(first, self.query)) if first else self._nothing()
        job = rows.select_related("user", "user__wagtail_userprofile", "rule", "content_type").filter(pk=pk).first()
        return self._shown(place_of(job, rows)) if job else self._overtaken(pk)

    def _shown(self, place: Place) -> HttpResponse:
        image = image_of(place.job)
        context = self.get_context_data(
            place=place,
            following=pictured(place.following),
            image=image,
            image_url=AdminURLFinder(self.request.user).get_edit_url(image),
            next=address(place.job.pk, self.query, "wagtail_restore:review_next"),
            earlier_url=address(place.earlier, self.query) if place.earlier else "",
            later_url=address(place.later, self.query) if place.later else "",
        )
        return self.render_to_response(context)

    def _nothing(self) -> HttpResponse:
        whole = reverse("wagtail_restore:review") if self.query else ""
        may_read = self.request.user.has_perm(VIEW)
        return self.render_to_response(self.get_context_data(place=None, whole=whole, may_read=may_read))

    def _overtaken(self, pk: int) -> HttpResponse:
        """Somebody has decided about it, or it left the queue otherwise: say so, and on to the one that follows."""
        job: Job = get_object_or_404(Job, pk=pk)
        image = job.image()
        if image is None:
            toast.info(self.request, _("This image was deleted, or you may no longer change it."))
            return redirect(address(after(pk, asked_for(self.request)), self.query))
        require(self.request.user, image, use=True)
        if job.state == State.REVIEW:
            if not self.query:  # of an image that the library does not show
                raise Http404
            return redirect(address(pk, ""))  # the address chooses a part of the queue that it is not in
        told = {"title": image.title, "state": job.get_state_display()}
        text = _("“%(title)s” is no longer under review; it has been decided on meanwhile (%(state)s).")
        url = AdminURLFinder(self.request.user).get_edit_url(image)
        toast.info(self.request, text % told, buttons=[toast.button(url, _("Show the image"))] if url else [])
        return redirect(address(after(pk, asked_for(self.request)), self.query))

    @cached_property
    def query(self) -> str:
        """What chooses the part of the queue that is gone through."""
        return kept(self.request.GET)

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        return [*self.breadcrumbs_items, {"url": "", "label": self.page_title}]

    @cached_property
    def header_buttons(self) -> list[Any]:
        url = reverse("wagtail_restore:review_list") + (f"?{self.query}" if self.query else "")
        return [HeaderButton(_("List"), url=url, icon_name="list-ul")]


def onward(request: HttpRequest, pk: int) -> HttpResponse:
    """After a decision: the same Job where it failed, else the one that follows."""
    if not may_review(request.user):
        raise PermissionDenied
    rows = asked_for(request)
    still = rows.filter(pk=pk).exists()
    return redirect(address(pk if still else after(pk, rows), kept(request.GET)))


class ReviewMenuItem(MenuItem):
    """Shown to those who may decide about results."""

    def is_shown(self, request: HttpRequest) -> bool:
        return may_review(request.user)
