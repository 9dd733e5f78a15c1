"""Pixels go in and out of every format upright, at their depth, with their alpha and at their quality."""

from __future__ import annotations

import io
import struct
from dataclasses import replace
from typing import Any

import numpy as np
import pillow_heif
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from wagtail_restore.imaging.codec import Picture, Source, decode, encode, quality

LIMIT = 1_000_000
FORMATS = ("JPEG", "PNG", "WEBP", "AVIF", "TIFF", "HEIF", "BMP", "GIF")
LOSSY = ("JPEG", "WEBP", "AVIF", "HEIF")


def smooth(height: int, width: int, channels: int, top: int = 255) -> NDArray[Any]:
    """A gradient that lossy formats keep well, unlike in every direction."""
    y, x = np.mgrid[:height, :width] / (max(height, width) - 1 or 1)
    planes = [x, y, (x + y) / 2, 1 - x][:channels]
    return (np.dstack(planes) * top).astype(np.uint8 if top < 256 else np.uint16)


def saved(image: Image.Image, form: str, **options: Any) -> bytes:
    out = io.BytesIO()
    if form == "HEIF":
        pillow_heif.from_pillow(image).save(out, **options)
    else:
        image.save(out, form, **options)
    return out.getvalue()


def sample(form: str) -> bytes:
    return saved(Image.fromarray(smooth(40, 60, 3)), form)


@pytest.mark.parametrize("form", FORMATS)
def test_round_trip(form: str) -> None:
    picture = decode(sample(form), max_pixels=LIMIT)
    encoded = encode(picture)
    again = decode(encoded.data, name=f"a{encoded.extension}", max_pixels=LIMIT)
    assert encoded.format == again.source.format == form
    assert again.pixels.shape == (40, 60, 3)
    assert np.abs(again.pixels.astype(int) - picture.pixels).mean() < (3 if form in LOSSY else 0.01)


@pytest.mark.parametrize("form", FORMATS)
def test_a_picture_twice_as_large_is_written(form: str) -> None:
    picture = decode(sample(form), max_pixels=LIMIT)
    larger = picture.with_pixels(smooth(80, 120, 3))
    again = decode(encode(larger).data, max_pixels=LIMIT)
    assert (again.width, again.height) == (120, 80)
    assert np.abs(again.pixels.astype(int) - larger.pixels).mean() < 6


@pytest.mark.parametrize("form", ["PNG", "WEBP", "AVIF", "TIFF", "HEIF"])
@pytest.mark.parametrize("channels", [1, 3])
def test_alpha_is_kept(form: str, channels: int) -> None:
    samples = smooth(40, 60, 4)
    picture = Picture(samples[:, :, :channels], np.ascontiguousarray(samples[:, :, 3]), Source(form))
    again = decode(encode(picture).data, max_pixels=LIMIT)
    assert again.alpha is not None
    assert np.abs(again.alpha.astype(int) - picture.alpha).max() <= 3


@pytest.mark.parametrize("form", ["JPEG", "PNG", "AVIF", "TIFF", "HEIF", "BMP"])
def test_grey_stays_grey(form: str) -> None:
    picture = decode(saved(Image.fromarray(smooth(40, 60, 1)[:, :, 0]), form), max_pixels=LIMIT)
    assert picture.is_grey
    assert decode(encode(picture).data, max_pixels=LIMIT).is_grey


@pytest.mark.parametrize(
    ("form", "bits", "channels", "alpha", "most"),
    [
        *(("PNG", 16, channels, alpha, 0) for channels in (1, 3) for alpha in (False, True)),
        ("TIFF", 16, 1, False, 0),
        ("TIFF", 16, 3, False, 0),
        ("TIFF", 16, 3, True, 0),
        *((form, 10, 3, alpha, 700) for form in ("AVIF", "HEIF") for alpha in (False, True)),
        ("AVIF", 12, 3, False, 700),
    ],
)
def test_deep_samples_stay_deep(form: str, bits: int, channels: int, alpha: bool, most: int) -> None:
    samples = smooth(40, 60, 4, 65535)
    clear = np.ascontiguousarray(samples[:, :, 3]) if alpha else None
    picture = Picture(samples[:, :, :channels], clear, Source(form, bits=bits, quality=100, subsampling="4:4:4"))
    again = decode(encode(picture).data, max_pixels=LIMIT)
    assert again.depth == 16
    assert again.source.bits == bits
    assert np.abs(again.pixels.astype(int) - picture.pixels).max() <= most
    assert (again.alpha is not None) == alpha
    assert not alpha or np.abs(again.alpha.astype(int) - clear).max() <= most


@pytest.mark.parametrize("compression", ["raw", "tiff_lzw", "tiff_adobe_deflate", "packbits"])
def test_tiff_keeps_its_compression_at_both_depths(compression: str) -> None:
    for top in (255, 65535):
        source = Source("TIFF", compression=compression, bits=16 if top > 255 else 8)
        again = decode(encode(Picture(smooth(9, 7, 3, top), None, source)).data, max_pixels=LIMIT)
        assert again.source.compression == compression
        assert np.array_equal(again.pixels, smooth(9, 7, 3, top))


@settings(deadline=None, max_examples=40)
@given(
    st.integers(1, 40), st.integers(1, 40), st.sampled_from([1, 3]), st.booleans(), st.randoms(use_true_random=False)
)
def test_any_16_bit_png_comes_back_exactly(h: int, w: int, channels: int, alpha: bool, random: Any) -> None:
    rng = np.random.default_rng(random.randrange(2**32))
    pixels = rng.integers(0, 65536, (h, w, channels), np.uint16)
    clear = rng.integers(0, 65536, (h, w), np.uint16) if alpha else None
    again = decode(encode(Picture(pixels, clear, Source("PNG", bits=16))).data, max_pixels=LIMIT)
    assert np.array_equal(again.pixels, pixels)
    assert (again.alpha is None) if clear is None else np.array_equal(again.alpha, clear)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("form", ["PNG", "WEBP", "TIFF"])
def test_pixels_are_turned_upright_as_pillow_turns_them(form: str, orientation: int) -> None:
    exif = Image.Exif()
    exif[274] = orientation
    options = {"tiffinfo": {274: orientation}} if form == "TIFF" else {"exif": exif.tobytes()}
    data = saved(Image.fromarray(smooth(4, 6, 3)), form, **options, **({"lossless": True} if form == "WEBP" else {}))
    turn = {2: 0, 3: 3, 4: 1, 5: 5, 6: 4, 7: 6, 8: 2}.get(orientation)
    upright = Image.fromarray(smooth(4, 6, 3))
    upright = upright if turn is None else upright.transpose(Image.Transpose(turn))
    picture = decode(data, max_pixels=LIMIT)
    assert np.array_equal(picture.pixels, np.asarray(upright))
    with Image.open(io.BytesIO(encode(picture).data)) as written:
        assert written.getexif().get(274, 1) == 1


def tiff16(samples: NDArray[np.uint16], orientation: int) -> bytes:
    """An uncompressed 16-bit RGB TIFF file with this orientation, which neither Pillow nor OpenCV can write."""
    height, width = samples.shape[:2]
    values = {256: width, 257: height, 259: 1, 262: 2, 274: orientation, 277: 3, 278: height}
    entries = {tag: struct.pack("<HHIHH", tag, 3, 1, value, 0) for tag, value in values.items()}
    body = 8 + 2 + 12 * 10 + 4
    entries[258] = struct.pack("<HHII", 258, 3, 3, body)
    entries[273] = struct.pack("<HHII", 273, 4, 1, body + 6)
    entries[279] = struct.pack("<HHII", 279, 4, 1, samples.nbytes)
    directory = struct.pack("<H", 10) + b"".join(entries[tag] for tag in sorted(entries)) + bytes(4)
    return b"II*\0\x08\0\0\0" + directory + struct.pack("<HHH", 16, 16, 16) + samples.astype("<u2").tobytes()


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_turned_16_bit_tiff_is_upright_and_deep(orientation: int) -> None:
    samples = smooth(4, 6, 3, 65535)
    turn = {2: 0, 3: 3, 4: 1, 5: 5, 6: 4, 7: 6, 8: 2}.get(orientation)
    planes = [Image.fromarray(np.ascontiguousarray(samples[:, :, channel])) for channel in range(3)]
    upright = np.dstack([np.asarray(p if turn is None else p.transpose(Image.Transpose(turn))) for p in planes])
    picture = decode(tiff16(samples, orientation), max_pixels=LIMIT)
    assert picture.pixels.dtype == np.uint16
    assert np.array_equal(picture.pixels, upright)


def test_palette_is_kept_where_nothing_is_lost() -> None:
    image = Image.fromarray(smooth(40, 60, 3)).quantize(16)
    picture = decode(saved(image, "PNG"), max_pixels=LIMIT)
    assert picture.source.palette
    encoded = encode(picture)
    with Image.open(io.BytesIO(encoded.data)) as written:
        assert written.mode == "P"
        assert np.array_equal(np.asarray(written.convert("RGB")), picture.pixels)
    more = encode(picture.with_pixels(smooth(40, 60, 3)))
    assert more.notes == ("palette_expanded",)
    assert np.array_equal(decode(more.data, max_pixels=LIMIT).pixels, smooth(40, 60, 3))


def test_bilevel_is_kept_where_nothing_is_lost() -> None:
    image = Image.fromarray(np.where(smooth(40, 60, 1)[:, :, 0] > 99, 255, 0).astype(np.uint8)).convert("1")
    picture = decode(saved(image, "PNG"), max_pixels=LIMIT)
    with Image.open(io.BytesIO(encode(picture).data)) as written:
        assert written.mode == "1"
    grown = encode(picture.with_pixels(smooth(40, 60, 1)))
    assert grown.notes == ("bilevel_expanded",)
    assert np.array_equal(decode(grown.data, max_pixels=LIMIT).pixels, smooth(40, 60, 1))


def test_gif_beyond_256_colours_is_dithered_and_its_alpha_is_hard() -> None:
    samples = smooth(40, 60, 4)
    encoded = encode(Picture(samples[:, :, :3], np.ascontiguousarray(samples[:, :, 3]), Source("GIF")))
    again = decode(encoded.data, max_pixels=LIMIT)
    assert encoded.notes == ("palette_reduced",)
    assert again.alpha is not None
    assert np.array_equal(again.alpha, np.where(samples[:, :, 3] < 128, 0, 255))
    visible = again.alpha == 255
    assert np.abs(again.pixels.astype(int) - samples[:, :, :3])[visible].mean() < 8


@pytest.mark.parametrize("setting", [75, 80, 85, 90, 95])
def test_webp_quality_is_recognised(setting: int) -> None:
    rng = np.random.default_rng(5)
    photo = np.asarray(Image.fromarray(rng.integers(0, 256, (24, 36, 3), np.uint8)).resize((360, 240)))
    source = decode(saved(Image.fromarray(photo), "WEBP", quality=setting), max_pixels=LIMIT).source
    assert source.quality is not None
    assert abs(source.quality - setting) <= 8
    assert not source.lossless


def test_lossless_webp_stays_lossless() -> None:
    picture = decode(saved(Image.fromarray(smooth(40, 60, 4)), "WEBP", lossless=True, exact=True), max_pixels=LIMIT)
    again = decode(encode(picture).data, max_pixels=LIMIT)
    assert again.source.lossless
    assert np.array_equal(again.pixels, smooth(40, 60, 4)[:, :, :3])


def test_a_coarse_webp_is_written_at_the_floor() -> None:
    picture = decode(saved(Image.fromarray(smooth(40, 60, 3)), "WEBP", quality=20), max_pixels=LIMIT)
    assert encode(picture).notes == ("quality_raised",)


def test_avif_quality_is_found_from_its_size() -> None:
    rng = np.random.default_rng(5)
    photo = Image.fromarray(rng.integers(0, 256, (24, 36, 3), np.uint8)).resize((360, 240))
    fine, coarse = (decode(saved(photo, "AVIF", quality=q), max_pixels=LIMIT).source.quality for q in (92, 75))
    assert fine is not None
    assert coarse is not None
    assert quality.FLOOR <= coarse < fine <= quality.CEILING


def test_a_named_colour_space_of_avif_is_kept() -> None:
    source = Source("AVIF", cicp=(12, 16, 6), quality=90)
    again = decode(encode(Picture(smooth(40, 60, 3), None, source)).data, max_pixels=LIMIT).source
    assert again.cicp == (12, 16, 6)
    assert again.notes == ("hdr",)


def test_jpeg_with_alpha_is_laid_on_white() -> None:
    picture = Picture(np.zeros((16, 16, 3), np.uint8), np.zeros((16, 16), np.uint8), Source("JPEG"))
    encoded = encode(picture)
    assert encoded.notes == ("alpha_dropped",)
    assert decode(encoded.data, max_pixels=LIMIT).pixels.min() == 255


def test_depth_that_was_lost_on_the_way_is_told_and_gained_depth_is_dropped() -> None:
    assert encode(Picture(smooth(4, 4, 3), None, Source("PNG", bits=16))).notes == ("depth_reduced",)
    deep = encode(Picture(smooth(4, 4, 3, 65535), None, Source("PNG")))
    assert np.array_equal(decode(deep.data, max_pixels=LIMIT).pixels, smooth(4, 4, 3))


@pytest.mark.parametrize(
    ("pixels", "alpha"),
    [
        (np.zeros((4, 4), np.uint8), None),
        (np.zeros((4, 4, 4), np.uint8), None),
        (np.zeros((4, 4, 3), np.float32), None),
        (np.zeros((4, 4, 3), np.uint8), np.zeros((4, 5), np.uint8)),
        (np.zeros((4, 4, 3), np.uint8), np.zeros((4, 4), np.uint16)),
    ],
)
def test_a_picture_is_well_formed(pixels: NDArray[Any], alpha: NDArray[Any] | None) -> None:
    with pytest.raises(ValueError, match=r"pixels are|alpha is"):
        Picture(pixels, alpha, Source("PNG"))


def test_with_pixels_keeps_alpha_unless_told() -> None:
    alpha = np.full((4, 4), 7, np.uint8)
    picture = Picture(np.zeros((4, 4, 3), np.uint8), alpha, Source("PNG"))
    assert picture.with_pixels(smooth(4, 4, 3)).alpha is alpha
    assert picture.with_pixels(smooth(8, 8, 3), None).alpha is None
    with pytest.raises(ValueError, match="alpha is"):
        picture.with_pixels(smooth(8, 8, 3))
    assert (picture.width, picture.height, picture.channels, picture.depth, picture.is_grey) == (4, 4, 3, 8, False)


def test_dpi_is_kept() -> None:
    for form in ("JPEG", "PNG", "TIFF", "BMP"):
        picture = replace(decode(sample(form), max_pixels=LIMIT), source=Source(form, dpi=(300.0, 300.0)))
        found = decode(encode(picture).data, max_pixels=LIMIT).source.dpi
        assert found is not None
        assert np.allclose(found, 300, atol=0.1)
