"""What the Restoration panel asks for while it is open, and the pictures of private storage that it shows."""

from __future__ import annotations

from collections.abc import Mapping
from io import BytesIO
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET
from PIL import ImageOps

from wagtail_restore.admin.permissions import image_or_404, may_change, may_see_marks, require
from wagtail_restore.admin.views import image_of
from wagtail_restore.exceptions import RestoreError
from wagtail_restore.imaging import header
from wagtail_restore.models import Job, KnownMark, Version

SHOWN_AS: Mapping[str, str] = {
    "JPEG": "image/jpeg",
    "MPO": "image/jpeg",
    "PNG": "image/png",
    "GIF": "image/gif",
    "WEBP": "image/webp",
    "AVIF": "image/avif",
}
"""Formats that browsers show, with their media types; of any other a JPEG is made."""

PREVIEW = (240, 240)
"""The box, in pixels, that a small picture of a version fits into."""


@require_GET
@never_cache
def panel(request: HttpRequest, pk: int) -> HttpResponse:
    """The panel's changing part, as HTML; of one that is shown with this very ``stamp`` already, only how far it is."""
    image = image_or_404(pk)
    if not may_change(request.user, image):
        raise PermissionDenied
    told = {"image": image, "stamp": request.GET.get("stamp", "")}
    return render(request, "wagtail_restore/panel_fragment.html", told)


@require_GET
def result(request: HttpRequest, pk: int) -> FileResponse:
    """The Result of a Job, for those who may change its image."""
    job: Job = get_object_or_404(Job, pk=pk)
    require(request.user, image_of(job), use=False)
    return _shown(job.result)


@require_GET
def version(request: HttpRequest, pk: int) -> FileResponse:
    """An earlier file of an image, for those who may change it."""
    row: Version = get_object_or_404(Version, pk=pk)
    require(request.user, image_of(row), use=False)
    return _shown(row.file)


@require_GET
def version_preview(request: HttpRequest, pk: int) -> FileResponse:
    """A small picture of an earlier file of an image, for those who may change it."""
    row: Version = get_object_or_404(Version, pk=pk)
    require(request.user, image_of(row), use=False)
    try:
        return private(_preview(row.file.open("rb"), row.name), "image/webp")
    except (OSError, RestoreError) as error:
        raise Http404 from error


@require_GET
def known_mark(request: HttpRequest, pk: int) -> FileResponse:
    """A small picture of a known mark, for those who may see the list of them."""
    if not may_see_marks(request.user):
        raise PermissionDenied
    row: KnownMark = get_object_or_404(KnownMark.objects.exclude(picture=""), pk=pk)
    try:
        return private(_preview(row.picture.open("rb"), row.name), "image/webp")
    except (OSError, RestoreError) as error:
        raise Http404 from error


def _shown(stored: Any) -> FileResponse:
    """A private picture; nothing but a picture, in nobody's cache. Raises ``Http404`` where there is none."""
    if not stored:
        raise Http404
    try:
        file = stored.open("rb")
        form = header.read(file, stored.name).format
        content = file if form in SHOWN_AS else _as_jpeg(file, stored.name)
    except (OSError, RestoreError) as error:
        raise Http404 from error
    return private(content, SHOWN_AS.get(form, "image/jpeg"))


def private(content: Any, media_type: str) -> FileResponse:
    response = FileResponse(content, content_type=media_type)
    response["Cache-Control"] = "private, no-store"
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Content-Disposition"] = "inline"
    return response


def _as_jpeg(file: Any, name: str) -> BytesIO:
    """A picture that browsers cannot show, as one that they can. Raises ``OSError`` and ``RestoreError``."""
    made = BytesIO()
    with file, header.opened(file, name) as picture:
        picture.convert("RGB").save(made, "JPEG", quality=90)
    made.seek(0)
    return made


def _preview(file: Any, name: str) -> BytesIO:
    """The picture, upright, at most ``PREVIEW`` pixels wide and high. Raises ``OSError`` and ``RestoreError``."""
    made = BytesIO()
    with file, header.opened(file, name) as picture:
        picture.draft("RGB", PREVIEW)  # JPEG: a fraction of the work
        small = ImageOps.exif_transpose(picture)
        small.thumbnail(PREVIEW)
        clear = small.mode in ("RGBA", "LA", "PA") or "transparency" in small.info
        small.convert("RGBA" if clear else "RGB").save(made, "WEBP", quality=80)
    made.seek(0)
    return made
