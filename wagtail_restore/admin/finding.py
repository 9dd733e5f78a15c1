"""What the mask editor asks a live worker for: text and dates in the picture, and the thing under a rough stroke."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from wagtail_restore import messages
from wagtail_restore.admin.asking import Asking

MOST_POINTS = 500
"""Of a stroke; the page leaves out what lies close together."""
KINDS = ("stroke", "outline")


class FindText(Asking):
    """The regions in which the worker's detector reads something."""

    function = "wagtail_restore.live.find_text"

    def told(self, found: Mapping[str, Any]) -> dict[str, Any]:
        """The regions, and how many they are in words."""
        return {"regions": [_told(region) for region in found["regions"]], "said": _said(found)}

    def failed(self) -> str:
        """What to say when the worker broke down over it."""
        return _("The picture could not be searched for text. Mark it with the brush instead, or try again.")

    def gone(self) -> str:
        """What to say where it was displaced from another tab, or forgotten."""
        return _("You have searched this picture again in the meantime, or it was too long ago. Try again.")


class SelectObject(Asking):
    """The outline of the thing under a stroke, or within a loop, that somebody drew."""

    function = "wagtail_restore.live.select_object"

    def question(self, request: HttpRequest) -> tuple[str, ...]:
        """What was drawn, as JSON: ``kind``, ``points`` (x, y, …) and ``size``, in the picture's pixels."""
        drawn = _parsed(request.POST.get("drawn", ""))
        if not isinstance(drawn, dict) or drawn.get("kind") not in KINDS:
            raise ValueError
        points, size = drawn.get("points"), drawn.get("size", 0)
        if not isinstance(points, list) or not 2 <= len(points) <= 2 * MOST_POINTS or len(points) % 2:
            raise ValueError
        longest = 4.0 * max(self.image.width, self.image.height)
        if not all(_is_number(value, longest) for value in (*points, size)):
            raise ValueError
        return (json.dumps({"kind": drawn["kind"], "points": points, "size": abs(size)}),)

    def told(self, found: Mapping[str, Any]) -> dict[str, Any]:
        """The rings of the outline, and whether it is more than what was drawn."""
        said = _("The object was added to the mask.")
        if not found["rings"]:
            said = _("No object stands out there. What you drew was added to the mask as it is.")
        return {"rings": found["rings"], "said": said}

    def failed(self) -> str:
        """What to say when the worker broke down over it."""
        return _("The object could not be selected. Mark it with the brush instead, or try again.")

    def gone(self) -> str:
        """What to say where it was displaced from another tab, or forgotten."""
        return _("You have selected something else in this picture in the meantime, or it was too long ago. Try again.")


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


def _is_number(value: Any, most: float) -> bool:
    """Whether it is one, and within ``most`` of 0, which no infinity is, nor what is no number."""
    return isinstance(value, int | float) and not isinstance(value, bool) and -most <= value <= most


def _told(region: dict[str, Any]) -> dict[str, Any]:
    return {"kind": messages.kind(region["kind"]), "text": region["text"], "polygon": region["polygon"]}


def _said(found: Mapping[str, Any]) -> str:
    count = len(found["regions"])
    if not count:
        return _("No text was found.")
    return ngettext(
        "%(count)s place was found and marked. Drop it if it is to stay.",
        "%(count)s places were found and marked. Drop what is to stay.",
        count,
    ) % {"count": count}
