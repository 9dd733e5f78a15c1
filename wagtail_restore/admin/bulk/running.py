"""Carries out a bulk action in portions, each in a request of its own, so that none lasts longer than servers wait."""

from __future__ import annotations

import time
from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.generic import View
from wagtail.admin import messages as toast
from wagtail.images import get_image_model

from wagtail_restore.admin.bulk import selection, words
from wagtail_restore.admin.bulk.carried import Account
from wagtail_restore.admin.bulk.restore import Cancel, Restore
from wagtail_restore.admin.bulk.results import GoBack, GoForth, Publish
from wagtail_restore.admin.bulk.together import Together

SECONDS = 5.0
"""After this long a request answers how far the work is, and the page asks for the rest."""


@method_decorator(transaction.non_atomic_requests, name="dispatch")  # as every view that swaps: see ``views``
class TogetherView(View):
    """The page that tells what will happen, for what undoes an action; and with ``POST`` the doing, for all of them."""

    http_method_names = ["get", "post"]
    action: type[Together] = Restore

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        self.kind = self.action(request, get_image_model())
        return super().dispatch(request, *args, **kwargs)

    def get(self, request: HttpRequest) -> Any:
        return self.kind.dispatch(request)

    def post(self, request: HttpRequest) -> Any:
        """Work for some seconds, then tell how far it is, or what was done."""
        if "survey" in request.POST:
            return self.kind.dispatch(request)
        self.kind.require()
        account = Account.posted(request, self.kind)
        if not self.kind.begin():
            self.kind.keys = account.rest
            return self.kind.dispatch(request)
        instead = self.kind.before(account)
        if instead is not None:
            return instead
        until = time.monotonic() + SECONDS
        while account.rest:
            self.kind.work_on(account, until)
            if time.monotonic() > until and account.rest:
                return self._going_on(account)
        # Whatever a hook answers, it is done by now, and is told and can be taken back as ever.
        self._tell(account)
        return self.kind.after(account) or redirect(self.kind.next_url)

    def _going_on(self, account: Account) -> HttpResponse:
        seen = len(account.done) + account.left.total()
        context = {
            "account": account.sealed(self.kind),
            "seen": seen,
            "total": seen + len(account.rest),
            "run_url": self.request.path,
        }
        self.kind.template_name = "wagtail_restore/bulk/going_on.html"
        return self.kind.page(self.kind.get_context_data(**context))

    def _tell(self, account: Account) -> None:
        kind, left = self.kind, words.left_out(account.left)
        parts = [kind.told(len(account.done))] if account.done else [str(kind.nothing)]
        if left:
            parts.append(_("Left out: %(reasons)s.") % {"reasons": ", ".join(left)})
        if not account.done:
            toast.warning(self.request, " ".join(parts))
            return
        url = reverse(f"wagtail_restore:{kind.undo}") if kind.undo else ""
        url = selection.address(url, account.done, kind.next_url) if url else ""
        toast.success(self.request, " ".join(parts), buttons=[toast.button(url, kind.undo_label)] if url else None)


urlpatterns = [
    path(f"together/{action.action_type}/", TogetherView.as_view(action=action), name=action.action_type)
    for action in (Restore, Cancel, Publish, GoBack, GoForth)
]
