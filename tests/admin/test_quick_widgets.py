"""Form controls without templates show what Django's own show."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django import forms
from django.utils.translation import gettext_lazy as _

from wagtail_restore.admin import quick_widgets

CHOICES = [("a", _("Off")), ("b", 'A "b" & <c>'), ("c", "C")]


def html(widget: forms.Widget, value: Any, attrs: dict[str, Any]) -> list[str]:
    """Tags with their attributes in order, and the words between them."""
    parts = re.findall(r"<[^>]+>|[^<>]+", str(widget.render("name", value, attrs)))
    return [" ".join(sorted(part.strip(" /<>\n").split())) for part in parts if part.strip()]


@pytest.mark.parametrize("attrs", [{}, {"id": "id_name"}, {"id": "id_name", "class": "wide", "required": True}])
@pytest.mark.parametrize(
    ("name", "values", "options"),
    [
        ("Select", [None, "", "b", "nowhere"], {"choices": CHOICES}),
        ("CheckboxSelectMultiple", [None, [], ["a", "c"], ["nowhere"]], {"choices": CHOICES}),
        ("NumberInput", [None, "", 0, 12, '"><script>'], {"attrs": {"min": 0, "max": 100}}),
        ("HiddenInput", [None, "", 0, "64x48", '{"a": "<b>"}'], {}),
    ],
)
def test_it_is_as_djangos(name: str, values: list[Any], options: dict[str, Any], attrs: dict[str, Any]) -> None:
    if name == "CheckboxSelectMultiple":
        attrs = {key: value for key, value in attrs.items() if key == "id"}  # what filters give
    for value in values:
        ours, theirs = (getattr(module, name)(**options) for module in (quick_widgets, forms))
        assert html(ours, value, attrs) == html(theirs, value, attrs), value
        assert type(ours).__name__ == name, "Wagtail's style goes by the name"
