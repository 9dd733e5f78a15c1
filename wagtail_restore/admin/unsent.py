"""Our fields in a form that nobody has sent yet, in one piece: written once for all forms that show the same."""

from __future__ import annotations

from collections.abc import Collection
from functools import lru_cache
from typing import Any

from django import forms
from django.conf import settings
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from wagtail_restore.admin import fields
from wagtail_restore.admin.quick_widgets import HiddenInput
from wagtail_restore.rights import Asking

ANY = "restore-any-form"
"""Stands for the prefix of the form while its fields are written."""
KEPT = 64
"""So many different ones are kept: as many as there are languages, users who were asked, and wishes of late."""


class Unsent(HiddenInput):
    """All of our fields, as ``build`` makes them, and below a file that was just uploaded what was asked for with it.

    Hidden, for forms print what is hidden as it comes; an upload of fifty files would otherwise write the same fields
    fifty times.
    """

    def __init__(self, *, below_file: bool, offer: Collection[str], asking: Asking) -> None:
        super().__init__()
        self.below_file, self.offer, self.asking = below_file, tuple(offer), asking

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        given = super().render(name, value, attrs, renderer) if self.below_file else SafeString()
        write = _write.__wrapped__ if settings.DEBUG else _write
        seen_in = get_language(), timezone.get_current_timezone_name()
        written = write(self.below_file, self.offer, self.asking, value or "", *seen_in)
        prefix = escape(name.removesuffix(fields.GIVEN))
        return given + mark_safe(written.replace(f"{ANY}-", prefix))  # noqa: S308 — escaped by the template, and here


@lru_cache(KEPT)
def _write(below_file: bool, offer: tuple[str, ...], asking: Asking, given: str, language: str, zone: str) -> str:
    """The fields as HTML, with ``ANY`` for a prefix; the language and the time zone are those that are active."""
    form = forms.Form(prefix=ANY, initial=fields.initial_of(fields.unpacked(given)) if given else None)
    form.fields = fields.build(by_rule_hint=not below_file, offer=offer, asking=asking)
    return render_to_string("wagtail_restore/unsent.html", {"form": form, "in_list": below_file})
