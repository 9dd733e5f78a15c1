"""The page that asks before the earlier versions of an image are deleted at once, and what it does."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import Count, Max
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.defaultfilters import filesizeformat
from django.utils.decorators import method_decorator
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.cache import never_cache
from django.views.generic import View
from wagtail.admin import messages as toast

from wagtail_restore import swap
from wagtail_restore.admin.image_page import ImagePageMixin
from wagtail_restore.admin.permissions import image_or_404, require
from wagtail_restore.versions import Kept, day, versions_of


# What is deleted must be committed before its files go.
@method_decorator([never_cache, transaction.non_atomic_requests], name="dispatch")
class DeleteVersions(ImagePageMixin, View):
    """Which versions would go, for those who may go back to them; and the deletion of those that were shown here."""

    template_name = "wagtail_restore/delete_versions.html"
    page_title = gettext_lazy("Delete earlier versions")
    header_icon = "restore"
    http_method_names = ["get", "post"]

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        self.image = image_or_404(kwargs["pk"])
        require(request.user, self.image, use=True)
        return super().dispatch(request, *args, **kwargs)

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The page that asks."""
        answer: HttpResponse = self.render_to_response(self.get_context_data())
        return answer

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Delete those that the page had named, say what has gone, and go back to the image."""
        named = set(request.POST.getlist("version"))
        keys = [each.row.pk for each in self.earlier if str(each.row.pk) in named]
        dropped = swap.drop_earlier(self.image, keys, public="public" in request.POST, by=request.user)
        for tell, sentence in _outcome(dropped):
            tell(request, sentence)
        return redirect(self.edit_url)

    @cached_property
    def earlier(self) -> list[Kept]:
        """The versions that are not shown now."""
        return [each for each in versions_of(self.image) if not each.shown]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        public = swap.still_public(self.image).aggregate(count=Count("pk"), until=Max("delete_after"))
        told = _reachable(public["count"], day(public["until"])) if public["count"] else ""
        context: dict[str, Any] = super().get_context_data(
            image=self.image,
            earlier=self.earlier,
            question=_question(self.image, self.earlier),
            public=told,
            back_url=self.edit_url,
            **kwargs,
        )
        return context


def _question(image: Any, earlier: list[Kept]) -> str:
    """How many would go, and how much room that makes."""
    text = ngettext(
        "Delete one earlier version of “%(title)s” (%(size)s)?",
        "Delete %(count)s earlier versions of “%(title)s” (%(size)s)?",
        len(earlier),
    )
    size = filesizeformat(sum(each.row.file_size for each in earlier))
    return text % {"count": len(earlier), "title": image.title, "size": size}


def _reachable(count: int, until: str) -> str:
    """Which public files there are still, and what it means to delete them."""
    text = ngettext(
        "%(count)s file that pages showed before can still be opened at its address, until %(until)s at the latest.",
        "%(count)s files that pages showed before can still be opened at their addresses, until %(until)s at the "
        "latest.",
        count,
    )
    warning = _(
        "Delete them where, for example, somebody must not be seen any more. Pages that visitors or caches have kept "
        "may show a broken picture until they are renewed."
    )
    return f"{text % {'count': count, 'until': until}} {warning}"


def _outcome(dropped: swap.Dropped) -> list[tuple[Any, str]]:
    """What is told when it is done."""
    told = []
    if dropped.versions:
        text = ngettext(
            "One earlier version is deleted (%(size)s).",
            "%(count)s earlier versions are deleted (%(size)s).",
            dropped.versions,
        )
        told.append((toast.success, text % {"count": dropped.versions, "size": filesizeformat(dropped.size)}))
    if dropped.public and not dropped.left:
        told.append((toast.success, _("Earlier files are no longer public.")))
    if dropped.left:
        told.append((toast.warning, _("Some files could not be deleted at once. This is tried again by itself.")))
    return told or [(toast.info, _("Nothing was left to delete."))]
