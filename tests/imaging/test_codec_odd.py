"""Every odd file either becomes a Picture that goes out as it came in, or ends with the reason that is written here."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pillow_heif
import pytest
from PIL import Image

from wagtail_restore.exceptions import RestoreError
from wagtail_restore.imaging.codec import Encoded, Picture, decode, encode
from wagtail_restore.imaging.codec.quality import FLOOR_TABLES
from wagtail_restore.imaging.codec.xmp import resized

MAX_PIXELS = 50_000_000

ODD: dict[str, tuple[int, int, int, str, bool, tuple[str, ...]] | str] = {
    "anim_gif_photo.gif": "animated",
    "anim_gif_sharp.gif": "animated",
    "anim_webp.webp": "animated",
    "apng_dispose.png": "animated",
    "avif_10bit_hdr_p3.avif": (5594, 3681, 3, "uint8", False, ("depth_reduced", "hdr")),
    "avif_8bit.avif": (1080, 1617, 3, "uint8", False, ()),
    "avif_animated_or_alpha.avif": (512, 256, 3, "uint8", True, ()),
    "big_13000x13000_gray.png": "too_large",
    "bomb_20000x20000_rgb.png": "too_large",
    "bomb_30000x30000_1bit.png": "too_large",
    "bomb_header_only_65535.png": "too_large",
    "cmyk_no_profile.jpg": (333, 500, 3, "uint8", False, ("cmyk_converted", "profile_missing")),
    "cmyk_pillow.jpg": (100, 100, 3, "uint8", False, ("cmyk_converted", "profile_missing")),
    "cmyk_swop.jpg": (333, 500, 3, "uint8", False, ("cmyk_converted",)),
    "corrupt_idat.png": "unreadable",
    "exif_gps_empty.jpg": (3472, 4640, 3, "uint8", False, ()),
    "exif_gps_jpeg.jpg": (103, 150, 3, "uint8", False, ()),
    "exif_gps_orient6_to_rename.jpg": (576, 576, 3, "uint8", False, ()),
    "exif_orientation6_faces.jpg": (700, 840, 1, "uint8", False, ()),
    "exif_orientation_landscape_1.jpg": (1200, 1800, 3, "uint8", False, ()),
    "exif_orientation_landscape_2.jpg": (1200, 1800, 3, "uint8", False, ()),
    "exif_orientation_landscape_3.jpg": (1200, 1800, 3, "uint8", False, ()),
    "exif_orientation_landscape_4.jpg": (1200, 1800, 3, "uint8", False, ()),
    "exif_orientation_landscape_5.jpg": (1200, 1800, 3, "uint8", False, ()),
    "exif_orientation_landscape_6.jpg": (1200, 1800, 3, "uint8", False, ()),
    "exif_orientation_landscape_7.jpg": (1200, 1800, 3, "uint8", False, ()),
    "exif_orientation_landscape_8.jpg": (1200, 1800, 3, "uint8", False, ()),
    "exif_orientation_portrait_1.jpg": (1800, 1200, 3, "uint8", False, ()),
    "exif_orientation_portrait_3.jpg": (1800, 1200, 3, "uint8", False, ()),
    "exif_orientation_portrait_6.jpg": (1800, 1200, 3, "uint8", False, ()),
    "exif_orientation_portrait_8.jpg": (1800, 1200, 3, "uint8", False, ()),
    "gif_bomb_screen.gif": "too_large",
    "gray.jpg": (576, 576, 1, "uint8", False, ()),
    "grey16_alpha.png": (96, 109, 1, "uint16", True, ()),
    "grey_alpha_la.png": (300, 400, 1, "uint8", True, ()),
    "heic_iphone.heic": (3024, 4032, 3, "uint8", False, ()),
    "html_named.jpg": "unreadable",
    "icc_adobergb_photo.jpg": (576, 576, 3, "uint8", False, ()),
    "icc_adobergb_photo.png": (576, 576, 3, "uint8", False, ()),
    "icc_display_p3_8x8.png": (8, 8, 3, "uint8", True, ()),
    "icc_garbage.jpg": (576, 576, 3, "uint8", False, ("profile_dropped",)),
    "icc_p3_photo.jpg": (576, 576, 3, "uint8", False, ()),
    "icc_p3_photo.png": (576, 576, 3, "uint8", False, ()),
    "icc_prophoto_1x1.png": (1, 1, 3, "uint8", False, ()),
    "jpeg_trailing_zip.jpg": (576, 576, 3, "uint8", False, ()),
    "jxl_8bit.jxl": "unsupported_format",
    "la_gradient_alpha.png": (576, 576, 1, "uint8", True, ()),
    "mode1_bilevel.png": (576, 576, 1, "uint8", False, ()),
    "mpo_frozenpond.mpo": (480, 640, 3, "uint8", False, ("mpo_first_frame",)),
    "multipage.tiff": "animated",
    "palette_transparency.png": (576, 576, 3, "uint8", True, ()),
    "pdf_named.jpg": "unreadable",
    "photo.bmp": (576, 576, 3, "uint8", False, ()),
    "photo_lzw.tiff": (576, 576, 3, "uint8", False, ()),
    "png16_gray_photo.png": (576, 576, 1, "uint16", False, ()),
    "png16_rgb_photo.png": (576, 576, 3, "uint16", False, ()),
    "png16_rgba_tree.png": (256, 342, 3, "uint16", True, ()),
    "progressive.jpg": (576, 576, 3, "uint8", False, ()),
    "rgba_soft_alpha.png": (576, 576, 3, "uint8", True, ()),
    "svg_named.png": "mislabelled",
    "svg_plain.svg": "vector",
    "svg_script.svg": "vector",
    "tall_3x4000.jpg": (4000, 3, 3, "uint8", False, ()),
    "text_named.png": "unreadable",
    "tiff_adobergb_exif.tiff": (211, 317, 3, "uint16", False, ()),
    "tiff_cielab.tiff": (266, 400, 3, "uint8", False, ("lab_converted", "depth_reduced")),
    "tiny_1x1.png": (1, 1, 3, "uint8", False, ()),
    "truncated_half.jpg": "truncated",
    "truncated_header.jpg": "truncated",
    "truncated_sharp.jpg": "truncated",
    "webp_photo.webp": (315, 600, 3, "uint8", False, ()),
    "wide_10000x1.png": (1, 10000, 3, "uint8", False, ()),
    "wrong_ext_jpeg.png": "mislabelled",
    "wrong_ext_png.jpg": "mislabelled",
    "zero_bytes.jpg": "unreadable",
}
"""For each odd file: height, width, channels, type, alpha, notes; or the code of the error that it ends with."""

PICTURES = [name for name, expected in ODD.items() if not isinstance(expected, str)]
MODES = {(1, False): {"L", "1", "I;16"}, (1, True): {"LA"}, (3, False): {"RGB"}, (3, True): {"RGBA", "P"}}
"""Pillow's modes that each kind of pixels may be opened in again."""


def outcome(path: Path) -> tuple[int, int, int, str, bool, tuple[str, ...]] | str:
    try:
        picture = decode(path.read_bytes(), name=path.name, max_pixels=MAX_PIXELS)
    except RestoreError as error:
        return error.code
    height, width, channels = picture.pixels.shape
    return height, width, channels, str(picture.pixels.dtype), picture.alpha is not None, picture.source.notes


def cropped(picture: Picture, side: int = 400) -> Picture:
    """The upper left of a picture, so that encoding it takes no time."""
    alpha = None if picture.alpha is None else np.ascontiguousarray(picture.alpha[:side, :side])
    return picture.with_pixels(np.ascontiguousarray(picture.pixels[:side, :side]), alpha)


def opened(encoded: Encoded) -> Image.Image:
    if encoded.format == "HEIF":
        return pillow_heif.open_heif(io.BytesIO(encoded.data)).to_pillow()
    image = Image.open(io.BytesIO(encoded.data))
    image.load()
    return image


@pytest.mark.parametrize("name", ODD)
def test_decode_odd_file(data: Path, name: str) -> None:
    assert outcome(data / "odd" / name) == ODD[name]


def test_the_table_names_every_odd_file(data: Path) -> None:
    assert {path.name for path in (data / "odd").iterdir()} == set(ODD)


@pytest.mark.parametrize("name", PICTURES)
def test_odd_file_goes_out_as_it_came_in(data: Path, name: str) -> None:
    path = data / "odd" / name
    picture = cropped(decode(path.read_bytes(), name=name, max_pixels=MAX_PIXELS))
    encoded = encode(picture)

    assert encoded.format == picture.source.format
    assert set(picture.source.notes) <= set(encoded.notes)
    assert not [note for note in set(encoded.notes) - set(picture.source.notes) if note.endswith("_dropped")]

    image = opened(encoded)
    assert image.size == (picture.width, picture.height)
    grey_as_colour = {"RGBA"} if name == "grey16_alpha.png" else set()  # Pillow's reading of 16-bit grey with alpha
    assert image.mode in MODES[picture.channels, picture.alpha is not None] | grey_as_colour
    assert image.info.get("icc_profile") == picture.source.icc
    assert image.getexif().get(274, 1) == 1

    again = decode(encoded.data, name="x" + encoded.extension, max_pixels=MAX_PIXELS)
    assert again.pixels.shape == picture.pixels.shape
    assert again.pixels.dtype == picture.pixels.dtype
    assert (again.alpha is None) == (picture.alpha is None)
    assert again.source.xmp == encode_sizes(picture)
    assert bool(again.source.exif) == bool(picture.source.exif)
    assert again.source.iptc == picture.source.iptc
    assert again.source.bits == picture.source.bits


def encode_sizes(picture: Picture) -> bytes | None:
    """The source's XMP with the sizes of this picture."""
    xmp = picture.source.xmp
    return resized(xmp, picture.width, picture.height) if xmp else None


LOSSLESS = [name for name in PICTURES if name.endswith((".png", ".bmp", ".tiff"))]


@pytest.mark.parametrize("name", LOSSLESS)
def test_lossless_files_keep_every_sample(data: Path, name: str) -> None:
    picture = cropped(decode((data / "odd" / name).read_bytes(), max_pixels=MAX_PIXELS))
    again = decode(encode(picture).data, max_pixels=MAX_PIXELS)
    assert np.array_equal(again.pixels, picture.pixels)
    assert picture.alpha is None or np.array_equal(again.alpha, picture.alpha)


COARSE = "exif_gps_empty.jpg"
"""A JPEG file of quality 5, coarser than any result is written."""


@pytest.mark.parametrize("name", [name for name in PICTURES if name.endswith(".jpg") and name != COARSE])
def test_jpeg_keeps_its_tables_subsampling_and_progression(data: Path, name: str) -> None:
    picture = cropped(decode((data / "odd" / name).read_bytes(), max_pixels=MAX_PIXELS))
    source, again = picture.source, decode(encode(picture).data, max_pixels=MAX_PIXELS).source
    assert again.tables == source.tables
    assert again.progressive == source.progressive
    assert again.subsampling == (source.subsampling or (None if picture.is_grey else "4:4:4"))


def test_a_ruined_jpeg_is_not_ruined_again(data: Path) -> None:
    picture = cropped(decode((data / "odd" / COARSE).read_bytes(), max_pixels=MAX_PIXELS))
    encoded = encode(picture)
    assert encoded.notes == ("quality_raised",)
    assert decode(encoded.data, max_pixels=MAX_PIXELS).source.tables == FLOOR_TABLES


@pytest.mark.parametrize("name", [f"exif_orientation_landscape_{number}.jpg" for number in range(2, 9)])
def test_every_orientation_shows_the_same_picture(data: Path, name: str) -> None:
    upright = decode((data / "odd" / "exif_orientation_landscape_1.jpg").read_bytes(), max_pixels=MAX_PIXELS)
    turned = decode((data / "odd" / name).read_bytes(), max_pixels=MAX_PIXELS)
    small = [np.asarray(Image.fromarray(p.pixels).reduce(12), float) for p in (upright, turned)]
    small = [np.delete(s, np.s_[38:62], axis=0) for s in small]  # a large numeral in the middle differs
    assert np.abs(small[0] - small[1]).mean() < 3


def test_cmyk_goes_through_its_profile(data: Path) -> None:
    with_profile, without = (
        decode((data / "odd" / name).read_bytes(), max_pixels=MAX_PIXELS).pixels.astype(float)
        for name in ("cmyk_swop.jpg", "cmyk_no_profile.jpg")
    )
    grass = np.s_[230:300, 20:120]
    red, green, _ = with_profile[grass].mean(axis=(0, 1))
    naive = without[grass].mean(axis=(0, 1))
    assert green > red > 60
    assert naive[1] - naive[0] > 2 * (green - red)  # without the profile the inks are far too pure


@pytest.mark.parametrize("name", [name for name, end in ODD.items() if isinstance(end, str)])
def test_refused_files_are_read_only(data: Path, name: str) -> None:
    path = data / "odd" / name
    before = path.read_bytes()
    buffer = bytearray(before)
    with pytest.raises(RestoreError):
        decode(bytes(buffer), name=name, max_pixels=MAX_PIXELS)
    assert buffer == before
