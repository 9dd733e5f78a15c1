"""Form controls that stand on every upload, without templates: Django's own select takes two for each option."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from django import forms
from django.forms.utils import flatatt
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

TEMPLATE = "wagtail_restore/widgets/quick.html"


class Select(forms.Select):
    """As Django's, and called as that, for Wagtail's style goes by the name; for options without groups."""

    template_name = TEMPLATE

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        """Also itself as HTML, made when it is shown, for a widget that holds it may add to its attributes."""
        context: dict[str, Any] = super().get_context(name, value, attrs)
        context["widget"]["html"] = partial(_select, context["widget"])
        return context


class NumberInput(forms.NumberInput):
    """As Django's, in the same way."""

    template_name = TEMPLATE

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        """As that of ``Select``."""
        context: dict[str, Any] = super().get_context(name, value, attrs)
        context["widget"]["html"] = partial(_number, context["widget"])
        return context


class CheckboxSelectMultiple(forms.CheckboxSelectMultiple):
    """As Django's, in the same way."""

    template_name = TEMPLATE

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        """As that of ``Select``."""
        context: dict[str, Any] = super().get_context(name, value, attrs)
        context["widget"]["html"] = partial(_boxes, context["widget"])
        return context


class HiddenInput(forms.HiddenInput):
    """As Django's."""

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        given = {} if value in (None, "") else {"value": str(value)}
        more = self.build_attrs(self.attrs, attrs)
        return format_html('<input type="hidden" name="{}"{}{}>', name, flatatt(given), flatatt(more))


def _select(widget: Mapping[str, Any]) -> SafeString:
    options = (option for _group, options, _index in widget["optgroups"] for option in options)
    told = ((each["value"], " selected" if each["selected"] else "", each["label"]) for each in options)
    written = format_html_join("", '<option value="{}"{}>{}</option>', told)
    return format_html('<select name="{}"{}>{}</select>', widget["name"], flatatt(widget["attrs"]), written)


def _boxes(widget: Mapping[str, Any]) -> SafeString:
    options = (option for _group, options, _index in widget["optgroups"] for option in options)
    told = (
        (_some("for", each["attrs"]), each["name"], each["value"], flatatt(each["attrs"]), each["label"])
        for each in options
    )
    box = '<div><label{}><input type="checkbox" name="{}" value="{}"{}> {}</label></div>'
    return format_html("<div{}>{}</div>", _some("id", widget["attrs"]), format_html_join("", box, told))


def _some(name: str, attrs: Mapping[str, Any]) -> SafeString:
    """The ``id`` among these attributes as the attribute ``name``, where there is one."""
    return flatatt({name: attrs["id"]}) if "id" in attrs else SafeString()


def _number(widget: Mapping[str, Any]) -> SafeString:
    value = {} if widget["value"] is None else {"value": widget["value"]}
    return format_html('<input type="number" name="{}"{}>', widget["name"], flatatt({**value, **widget["attrs"]}))
