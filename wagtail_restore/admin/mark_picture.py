"""The picture of a known mark that the form takes: what is refused, in which words; measured before it is decoded."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _
from PIL import Image

from wagtail_restore.imaging.header import BROKEN

FORMATS = {"PNG": ".png", "WEBP": ".webp"}
LARGEST = 16_000_000
"""Pixels of the largest picture that is opened."""
BYTES = 8 * 1024 * 1024
SMALLEST = 16
"""A shorter side than this many pixels, and nothing can be told from the mark."""
CLEAR = 31
"""So much, of 255, must lie between the clearest and the most opaque place; a picture above this counts as opaque."""


class MarkPictureField(forms.FileField):
    """A PNG or WebP in which a mark can be told from its ground."""

    def clean(self, data: Any, initial: Any = None) -> Any:
        """The file that was sent, rewound, under a name that ends as its format does; or the one that was there."""
        file = super().clean(data, initial)
        if isinstance(file, UploadedFile):
            file.name = f"mark{_checked(file)}"
            file.seek(0)
        return file


def _checked(file: UploadedFile[bytes]) -> str:
    """The ending for this file. Raises ``ValidationError`` where it is no picture of a mark."""
    if (file.size or 0) > BYTES:
        text = _("This file has more than %(most)s MB. Save the mark smaller: 1000 pixels are plenty.")
        raise forms.ValidationError(text % {"most": BYTES // 1024**2}, "too_large")
    try:
        with Image.open(file, formats=list(FORMATS)) as picture:
            _fits(*picture.size)
            if not _told_from_ground(picture):
                raise forms.ValidationError(_without_mark(), "no_mark")
            return FORMATS[str(picture.format)]
    except Image.DecompressionBombError as error:
        raise forms.ValidationError(_oversized(), "too_large") from error
    except BROKEN as error:
        text = _("This is no PNG or WebP that can be opened. Save the mark as a PNG with a transparent ground.")
        raise forms.ValidationError(text, "unreadable") from error


def _fits(width: int, height: int) -> None:
    if width * height > LARGEST:
        raise forms.ValidationError(_oversized(), "too_large")
    if min(width, height) < SMALLEST:
        text = _("The picture has %(width)s × %(height)s pixels, too few to know the mark by. Use a larger one.")
        raise forms.ValidationError(text % {"width": width, "height": height}, "too_small")


def _told_from_ground(picture: Image.Image) -> bool:
    """Whether the picture is transparent in places and opaque in others, or, without transparency, dark on light."""
    values = picture.convert("RGBA")
    low, high = _ends(values.getchannel("A"))
    if low <= 255 - CLEAR:
        return high - low >= CLEAR
    grey = values.convert("RGB").convert("L")
    low, high = _ends(grey)
    right, bottom = grey.width - 1, grey.height - 1
    corners = [_level(grey, place) for place in ((0, 0), (right, 0), (0, bottom), (right, bottom))]
    return high - low >= CLEAR and sum(corners) > 2 * (low + high)


def _ends(channel: Image.Image) -> tuple[int, int]:
    low, high = channel.getextrema()
    return int(low), int(high)  # type: ignore[arg-type]


def _level(grey: Image.Image, place: tuple[int, int]) -> int:
    return int(grey.getpixel(place))  # type: ignore[arg-type]


def _oversized() -> str:
    text = _("The picture has more than %(most)s megapixels. Save the mark smaller: 1000 pixels are plenty.")
    return text % {"most": LARGEST // 1_000_000}


def _without_mark() -> str:
    return _(
        "No mark can be seen in this picture: it is neither transparent in places, nor dark on a light ground. Cut the "
        "mark out and save it as a PNG with a transparent ground."
    )
