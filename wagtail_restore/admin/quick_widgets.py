"""Form controls that stand on every upload, without templates: Django's own select takes two for each option."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from django import forms
from django.forms.utils import flatatt
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

TEMPLATE = "wagtail_restore/widgets/quick.html"


class _Quick(forms.Widget):
    """A widget that writes itself when it is shown, for a widget that holds it may add to its attributes until then."""

    template_name: Any = TEMPLATE
    written: Any
    """The method that gives its HTML, of the ``widget`` in the context."""

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        """Also itself as HTML."""
        context: dict[str, Any] = super().get_context(name, value, attrs)
        context["widget"]["html"] = partial(self.written, context["widget"])
        return context


class Select(_Quick, forms.Select):
    """As Django's, and called as that, for Wagtail's style goes by the name; for options without groups."""

    def written(self, widget: Mapping[str, Any]) -> SafeString:
        told = ((each["value"], " selected" if each["selected"] else "", each["label"]) for each in _options(widget))
        written = format_html_join("", '<option value="{}"{}>{}</option>', told)
        return format_html('<select name="{}"{}>{}</select>', widget["name"], flatatt(widget["attrs"]), written)


class NumberInput(_Quick, forms.NumberInput):
    """As Django's, in the same way."""

    def written(self, widget: Mapping[str, Any]) -> SafeString:
        value = {} if widget["value"] is None else {"value": widget["value"]}
        return format_html('<input type="number" name="{}"{}>', widget["name"], flatatt({**value, **widget["attrs"]}))


class CheckboxSelectMultiple(_Quick, forms.CheckboxSelectMultiple):
    """As Django's, in the same way."""

    def written(self, widget: Mapping[str, Any]) -> SafeString:
        told = (
            (_some("for", each["attrs"]), each["name"], each["value"], flatatt(each["attrs"]), each["label"])
            for each in _options(widget)
        )
        box = '<div><label{}><input type="checkbox" name="{}" value="{}"{}> {}</label></div>'
        return format_html("<div{}>{}</div>", _some("id", widget["attrs"]), format_html_join("", box, told))


class HiddenInput(forms.HiddenInput):
    """As Django's."""

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        given = {} if value in (None, "") else {"value": str(value)}
        more = self.build_attrs(self.attrs, attrs)
        return format_html('<input type="hidden" name="{}"{}{}>', name, flatatt(given), flatatt(more))


def _options(widget: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    return (option for _group, options, _index in widget["optgroups"] for option in options)


def _some(name: str, attrs: Mapping[str, Any]) -> SafeString:
    """The ``id`` among these attributes as the attribute ``name``, where there is one."""
    return flatatt({name: attrs["id"]}) if "id" in attrs else SafeString()
