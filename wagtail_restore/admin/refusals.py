"""What the scripts of the mask editor are answered where something stands against it: a sentence that they show."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import JsonResponse
from django.utils.translation import gettext as _

from wagtail_restore.admin.permissions import require


def refusal(user: Any, image: Any) -> JsonResponse | None:
    """What to answer somebody who may not work on this image, or None.

    As a page, a refusal would be taken for that of the login.
    """
    try:
        require(user, image, use=True)
    except PermissionDenied:
        return error(_("You may not change this image any more."), 403)
    return None


def error(sentence: str, status: int, field: str = "") -> JsonResponse:
    """The sentence with its HTTP status; ``field`` names the one of a form that it is about."""
    return JsonResponse({"error": sentence, **({"field": field} if field else {})}, status=status)
