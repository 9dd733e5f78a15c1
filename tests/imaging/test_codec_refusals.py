"""What may not come in, or cannot go out, ends with an error that says why."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pillow_heif
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from wagtail_restore.exceptions import (
    Animated,
    ExtraMissing,
    Mislabelled,
    TooLarge,
    Truncated,
    Unreadable,
    UnsupportedFormat,
    Vector,
)
from wagtail_restore.imaging import header
from wagtail_restore.imaging.codec import Picture, Source, decode, encode

LIMIT = 1_000_000
FORMATS = ("JPEG", "PNG", "WEBP", "AVIF", "TIFF", "HEIF", "BMP", "GIF")


def saved(image: Image.Image, form: str, **options: Any) -> bytes:
    out = io.BytesIO()
    if form == "HEIF":
        pillow_heif.from_pillow(image).save(out, **options)
    else:
        image.save(out, form, **options)
    return out.getvalue()


def sample(form: str) -> bytes:
    return saved(Image.linear_gradient("L").resize((60, 40)).convert("RGB"), form)


@pytest.mark.parametrize("form", FORMATS)
def test_half_a_file_is_truncated(form: str) -> None:
    data = saved(Image.fromarray(np.random.default_rng(1).integers(0, 256, (64, 64, 3), np.uint8)), form)
    with pytest.raises(Truncated):
        decode(data[: len(data) // 2], max_pixels=LIMIT)


@settings(deadline=None, max_examples=60)
@given(st.sampled_from(FORMATS), st.integers(0, 400), st.binary(min_size=1, max_size=8))
def test_no_damage_goes_further_than_an_error_of_ours(form: str, place: int, junk: bytes) -> None:
    data = bytearray(sample(form))
    data[place : place + len(junk)] = junk
    try:
        picture = decode(bytes(data), max_pixels=LIMIT)
    except (Truncated, Unreadable, TooLarge, UnsupportedFormat, Animated, Vector):
        return
    assert picture.width * picture.height <= LIMIT


def test_the_limit_is_of_pixels_and_inclusive() -> None:
    data = sample("PNG")
    assert decode(data, max_pixels=2400).width == 60
    with pytest.raises(TooLarge) as caught:
        decode(data, max_pixels=2399)
    assert caught.value.params == {"width": 60, "height": 40, "limit": 2399}


def test_the_name_has_to_say_the_truth() -> None:
    with pytest.raises(Mislabelled) as caught:
        decode(sample("JPEG"), name="photo.PNG", max_pixels=LIMIT)
    assert caught.value.params == {"extension": ".png", "format": "JPEG"}
    assert decode(sample("JPEG"), name="photo.jpeg", max_pixels=LIMIT).width == 60


def test_frames_are_counted() -> None:
    frames = [Image.new("L", (4, 4), shade) for shade in (0, 100, 200)]
    with pytest.raises(Animated) as caught:
        decode(saved(frames[0], "GIF", save_all=True, append_images=frames[1:]), max_pixels=LIMIT)
    assert caught.value.params == {"frames": 3}


def test_32_bit_samples_are_refused() -> None:
    with pytest.raises(UnsupportedFormat):
        decode(saved(Image.new("F", (4, 4)), "TIFF"), max_pixels=LIMIT)


def test_heic_without_its_package_tells_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(header, "HeifImageFile", None)
    with pytest.raises(ExtraMissing) as caught:
        decode(sample("HEIF"), max_pixels=LIMIT)
    assert caught.value.params["command"] == "pip install 'wagtail-restore[heif]'"


def test_a_side_beyond_the_format_is_refused() -> None:
    wide = Picture(np.zeros((1, 16384, 3), np.uint8), None, Source("WEBP"))
    with pytest.raises(TooLarge) as caught:
        encode(wide)
    assert caught.value.params == {"width": 16384, "height": 1, "limit": 16383}


def test_what_the_encoder_does_not_take_is_unsupported() -> None:
    with pytest.raises(UnsupportedFormat):
        encode(Picture(np.zeros((16, 8192, 3), np.uint8), None, Source("HEIF")))
    with pytest.raises(UnsupportedFormat):
        encode(Picture(np.zeros((4, 4, 3), np.uint8), None, Source("JXL")))
