"""What the Restoration panel asks for while it is open, and the pictures of private storage that it shows."""

from __future__ import annotations

from collections.abc import Mapping
from io import BytesIO
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.template.response import SimpleTemplateResponse
from django.utils.cache import patch_vary_headers
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

LASTS = 3600
"""Seconds that a browser may keep such a picture."""


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
def version_preview(request: HttpRequest, pk: int) -> HttpResponse:
    """A small picture of an earlier file, for those who may change the image; their browsers may keep it a while."""
    row: Version = get_object_or_404(Version, pk=pk)
    require(request.user, image_of(row), use=False)
    try:
        return Lasting(_preview(row.file.open("rb"), row.name).getvalue())
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


class Lasting(SimpleTemplateResponse):
    """A small private picture that never changes: the browser of whoever was given it need not ask for it again."""

    def __init__(self, content: bytes) -> None:
        super().__init__(template="", content_type="image/webp")
        self.picture = content
        _guarded(self)
        # Wagtail forbids every cache to keep what its admin answers, as soon as the view has answered.
        self.add_post_render_callback(_let_last)

    @property
    def rendered_content(self) -> Any:
        return self.picture


def _let_last(response: HttpResponse) -> None:
    del response["Expires"]
    response["Cache-Control"] = f"private, max-age={LASTS}"
    # After another login it is asked for anew, and the rights with it.
    patch_vary_headers(response, ["Cookie"])


def private(content: Any, media_type: str) -> FileResponse:
    """A picture of private storage that is kept in nobody's cache."""
    response = FileResponse(content, content_type=media_type)
    response["Cache-Control"] = "private, no-store"
    _guarded(response)
    return response


def _guarded(response: HttpResponseBase) -> None:
    """Whatever the file says it is, a browser shows a picture, and runs nothing."""
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Content-Disposition"] = "inline"


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
