"""The mask that the editor page sends: what is refused, in which words; measured before anything is decoded."""

from __future__ import annotations

import math
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from PIL import Image, ImageFile

from wagtail_restore.imaging.geometry import Size
from wagtail_restore.imaging.header import BROKEN

LARGEST = 24_000_000
"""Pixels of the largest mask; for a larger picture it is smaller than the picture, at the same aspect ratio."""
BYTES = 8 * 1024 * 1024
"""A painted mask has some hundred kilobytes; noise that would have more was not painted."""
MOST = 0.6
"""The share of the picture that may be marked: what is filled in is taken from what is left."""


def mask_size(width: int, height: int) -> Size:
    """The size of the mask for a picture of this many oriented pixels."""
    shrink = min(1.0, math.sqrt(LARGEST / (width * height)))
    return max(1, round(width * shrink)), max(1, round(height * shrink))


class MaskForm(forms.Form):
    """A mask for the picture of ``size`` (oriented pixels) in the file called ``name``."""

    mask = forms.FileField()
    file = forms.CharField(required=False)

    def __init__(self, *args: Any, size: Size, name: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.size, self.name = mask_size(*size), name
        self.fields["mask"].error_messages |= dict.fromkeys(("required", "missing", "invalid", "empty"), _garbled())

    def clean_file(self) -> str:
        if self.cleaned_data["file"] != self.name:
            text = _("The picture was replaced since you opened this page. Open the page again and mark it anew.")
            raise forms.ValidationError(text, "stale")
        return self.name

    def clean_mask(self) -> bytes:
        """The bytes of a PNG in grey, of the size that was asked for, with something marked on it, but not too much."""
        file = self.cleaned_data["mask"]
        if file.size > BYTES:
            raise forms.ValidationError(_garbled(), "too_large")
        marked = self._marked(file)
        if marked == 0:
            raise forms.ValidationError(_("Nothing is marked. Paint over what is to go."), "empty_mask")
        if marked > MOST:
            text = _("%(percent)s%% of the picture is marked; at most %(most)s%% can be removed at once. Mark less.")
            numbers = {"percent": math.ceil(100 * marked), "most": round(100 * MOST)}
            raise forms.ValidationError(text % numbers, "all_marked")
        file.seek(0)
        data: bytes = file.read()
        return data

    def _marked(self, file: Any) -> float:
        """The share of the picture that is marked at all, however softly."""
        try:
            with _opened(file) as picture:
                if picture.size != self.size or picture.mode not in ("L", "1"):
                    raise forms.ValidationError(_garbled(), "wrong_kind")
                unmarked = picture.histogram()[0]
        except BROKEN as error:
            raise forms.ValidationError(_garbled(), "unreadable") from error
        return 1.0 - unmarked / math.prod(self.size)


def _opened(file: Any) -> ImageFile.ImageFile:
    """The file opened as PNG and as nothing else; Pillow's limit on pixels is not needed, for ours is narrower."""
    Image.preinit()
    file.seek(0)
    if not file.read(8) == b"\x89PNG\r\n\x1a\n":
        raise ValueError("no PNG")
    file.seek(0)
    picture: ImageFile.ImageFile = Image.OPEN["PNG"][0](file, "")
    return picture


def _garbled() -> str:
    return _("What you marked did not arrive as it was painted. Send it again; if that does not help, reload the page.")
