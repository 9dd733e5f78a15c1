"""An image in a page of ours, with something in its place where its file cannot be shown."""

from __future__ import annotations

from typing import Any

from django import template
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from wagtail_restore.shown import rendition_of

register = template.Library()


@register.simple_tag
def restore_rendition(image: Any, spec: str) -> Any | None:
    """The rendition, or None where the file cannot be shown."""
    return rendition_of(image, spec)


@register.simple_tag
def restore_picture(image: Any, spec: str, **attributes: str) -> SafeString:
    """The rendition as an element with these attributes, or the sign that there is no picture."""
    shown = rendition_of(image, spec)
    if shown is None:
        return render_to_string("wagtail_restore/no_picture.html")
    element: SafeString = shown.img_tag({"class": "show-transparency", **attributes})
    return element
