"""What a browser is shown of a picture: its colours, its transparency, and no more bytes than were allowed."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from wagtail_restore.imaging import shown
from wagtail_restore.imaging.codec import Picture, Source


def made(channels: int, dtype: type = np.uint8, *, alpha: bool = False, icc: bytes | None = None) -> Picture:
    top = np.iinfo(dtype).max
    pixels = np.full((30, 40, channels), top // 2, dtype)
    fade = np.repeat(np.linspace(0, top, 40)[None], 30, axis=0).astype(dtype) if alpha else None
    return Picture(pixels, fade, Source(format="PNG", icc=icc))


def read(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data), formats=["WEBP"])


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("alpha", [False, True])
def test_every_kind_of_picture_is_shown(channels: int, dtype: type, alpha: bool) -> None:
    image = read(shown.webp(made(channels, dtype, alpha=alpha), most_bytes=10**6))
    assert (image.size, image.mode) == ((40, 30), "RGBA" if alpha else "RGB")
    assert image.convert("RGB").getpixel((39, 15)) == pytest.approx((127, 127, 127), abs=3)


def test_the_profile_goes_along_unless_it_is_one_for_grey() -> None:
    assert read(shown.webp(made(3, icc=b"profile"), most_bytes=10**6)).info["icc_profile"] == b"profile"
    assert "icc_profile" not in read(shown.webp(made(1, icc=b"profile"), most_bytes=10**6)).info


def test_what_would_be_too_large_is_written_coarser() -> None:
    pixels = np.random.default_rng(2).integers(0, 255, (300, 300, 3)).astype(np.uint8)
    picture = Picture(pixels, None, Source(format="PNG"))
    fine = shown.webp(picture, most_bytes=10**6)
    coarse = shown.webp(picture, most_bytes=len(fine) - 1)
    assert len(coarse) < len(fine)
    assert len(shown.webp(picture, most_bytes=1)) < len(coarse), "the coarsest, whatever it takes"
