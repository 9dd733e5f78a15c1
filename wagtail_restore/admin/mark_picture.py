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
FAINT = 6
"""What is less opaque than this, of 255, does not belong to the mark."""
CLEAR = 31
"""So much, of 255, must lie between the clearest and the most opaque place; a picture above this counts as opaque."""


class MarkPictureField(forms.FileField):
    """A PNG or WebP in which a mark can be told from its ground."""

    def clean(self, data: Any, initial: Any = None) -> Any:
        """The file that was sent, rewound, under a name that ends as its format does; or the one that was there.

        False where that is to be removed.
        """
        file = super().clean(data, initial)
        if isinstance(file, UploadedFile):
            file.name = f"mark{_checked(file)}"
            file.seek(0)
        return file

    def bound_data(self, data: Any, initial: Any) -> Any:
        """What a form that was refused shows again: the picture that is there, for no browser sends a file twice."""
        return initial


def _checked(file: UploadedFile[bytes]) -> str:
    """The ending for this file. Raises ``ValidationError`` where it is no picture of a mark."""
    if (file.size or 0) > BYTES:
        text = _("This file has more than %(most)s MB. Save the mark smaller: 1000 pixels are plenty.")
        raise forms.ValidationError(text % {"most": BYTES // 1024**2}, "too_large")
    try:
        with Image.open(file, formats=list(FORMATS)) as picture:
            if picture.width * picture.height > LARGEST:
                raise forms.ValidationError(_oversized(), "too_large")
            if getattr(picture, "n_frames", 1) > 1:
                text = _("This is an animation. Save one frame of it, with a transparent ground, as a PNG.")
                raise forms.ValidationError(text, "animated")
            _large_enough(*picture.size)
            _large_enough(*_size_of_mark(picture))
            return FORMATS[str(picture.format)]
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise forms.ValidationError(_oversized(), "too_large") from error
    except BROKEN as error:
        text = _("This is no PNG or WebP that can be opened. Save the mark as a PNG with a transparent ground.")
        raise forms.ValidationError(text, "unreadable") from error


def _large_enough(width: int, height: int) -> None:
    if min(width, height) < SMALLEST:
        text = _("The mark has %(width)s × %(height)s pixels, too few to know it by. Use a larger picture of it.")
        raise forms.ValidationError(text % {"width": width, "height": height}, "too_small")


def _size_of_mark(picture: Image.Image) -> tuple[int, int]:
    """Width and height of what is seen in a picture that is clear in places, or, without transparency, dark on light.

    Raises ``ValidationError`` for a picture that is neither.
    """
    values = picture.convert("RGBA")
    clear = values.getchannel("A")
    low, high = _ends(clear)
    if low > 255 - CLEAR:
        grey = values.convert("RGB").convert("L")
        low, high = _ends(grey)
        right, bottom = grey.width - 1, grey.height - 1
        corners = [_level(grey, place) for place in ((0, 0), (right, 0), (0, bottom), (right, bottom))]
        # A drawing lies mostly lighter around than it is within.
        clear = grey.point([255 - level for level in range(256)])
        high = high if sum(corners) > 2 * (low + high) else low
    box = clear.point([0 if level < FAINT else 255 for level in range(256)]).getbbox()
    if high - low < CLEAR or box is None:
        raise forms.ValidationError(_without_mark(), "no_mark")
    return box[2] - box[0], box[3] - box[1]


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
