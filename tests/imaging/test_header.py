"""A picture's facts are read without decoding it, whatever the file is."""

from __future__ import annotations

import io
import struct
import subprocess
import sys
import zlib
from pathlib import Path

import pytest
from PIL import Image

from wagtail_restore.exceptions import RestoreError, Unreadable, UnsupportedFormat
from wagtail_restore.imaging import header

ODD: dict[str, tuple[int, int, int, str, int, bool, str] | str] = {
    "anim_gif_photo.gif": (1920, 1080, 1, "GIF", 14, False, "P"),
    "anim_gif_sharp.gif": (80, 80, 1, "GIF", 30, True, "P"),
    "anim_webp.webp": (370, 285, 1, "WEBP", 10, True, "RGBA"),
    "apng_dispose.png": (128, 64, 1, "PNG", 4, True, "RGBA"),
    "avif_10bit_hdr_p3.avif": (3681, 5594, 1, "AVIF", 1, False, "RGB"),
    "avif_8bit.avif": (1617, 1080, 1, "AVIF", 1, False, "RGB"),
    "avif_animated_or_alpha.avif": (256, 512, 8, "AVIF", 1, True, "RGBA"),
    "big_13000x13000_gray.png": (13000, 13000, 1, "PNG", 1, False, "L"),
    "bomb_20000x20000_rgb.png": (20000, 20000, 1, "PNG", 1, False, "RGB"),
    "bomb_30000x30000_1bit.png": (30000, 30000, 1, "PNG", 1, False, "1"),
    "bomb_header_only_65535.png": (65535, 65535, 1, "PNG", 1, False, "RGB"),
    "cmyk_no_profile.jpg": (500, 333, 1, "JPEG", 1, False, "CMYK"),
    "cmyk_pillow.jpg": (100, 100, 1, "JPEG", 1, False, "CMYK"),
    "cmyk_swop.jpg": (500, 333, 1, "JPEG", 1, False, "CMYK"),
    "corrupt_idat.png": (576, 576, 1, "PNG", 1, False, "RGB"),
    "exif_gps_empty.jpg": (4640, 3472, 1, "JPEG", 1, False, "RGB"),
    "exif_gps_jpeg.jpg": (150, 103, 1, "JPEG", 1, False, "RGB"),
    "exif_gps_orient6_to_rename.jpg": (576, 576, 6, "JPEG", 1, False, "RGB"),
    "exif_orientation6_faces.jpg": (840, 700, 6, "JPEG", 1, False, "L"),
    "exif_orientation_landscape_1.jpg": (1800, 1200, 1, "JPEG", 1, False, "RGB"),
    "exif_orientation_landscape_2.jpg": (1800, 1200, 2, "JPEG", 1, False, "RGB"),
    "exif_orientation_landscape_3.jpg": (1800, 1200, 3, "JPEG", 1, False, "RGB"),
    "exif_orientation_landscape_4.jpg": (1800, 1200, 4, "JPEG", 1, False, "RGB"),
    "exif_orientation_landscape_5.jpg": (1800, 1200, 5, "JPEG", 1, False, "RGB"),
    "exif_orientation_landscape_6.jpg": (1800, 1200, 6, "JPEG", 1, False, "RGB"),
    "exif_orientation_landscape_7.jpg": (1800, 1200, 7, "JPEG", 1, False, "RGB"),
    "exif_orientation_landscape_8.jpg": (1800, 1200, 8, "JPEG", 1, False, "RGB"),
    "exif_orientation_portrait_1.jpg": (1200, 1800, 1, "JPEG", 1, False, "RGB"),
    "exif_orientation_portrait_3.jpg": (1200, 1800, 3, "JPEG", 1, False, "RGB"),
    "exif_orientation_portrait_6.jpg": (1200, 1800, 6, "JPEG", 1, False, "RGB"),
    "exif_orientation_portrait_8.jpg": (1200, 1800, 8, "JPEG", 1, False, "RGB"),
    "gif_bomb_screen.gif": (65535, 65535, 1, "GIF", 1, False, "P"),
    "gray.jpg": (576, 576, 1, "JPEG", 1, False, "L"),
    "grey16_alpha.png": (109, 96, 1, "PNG", 1, True, "LA"),
    "grey_alpha_la.png": (400, 300, 1, "PNG", 1, True, "LA"),
    "heic_iphone.heic": (4032, 3024, 1, "HEIF", 1, False, "RGB"),
    "html_named.jpg": "unreadable",
    "icc_adobergb_photo.jpg": (576, 576, 1, "JPEG", 1, False, "RGB"),
    "icc_adobergb_photo.png": (576, 576, 1, "PNG", 1, False, "RGB"),
    "icc_display_p3_8x8.png": (8, 8, 1, "PNG", 1, True, "RGBA"),
    "icc_garbage.jpg": (576, 576, 1, "JPEG", 1, False, "RGB"),
    "icc_p3_photo.jpg": (576, 576, 1, "JPEG", 1, False, "RGB"),
    "icc_p3_photo.png": (576, 576, 1, "PNG", 1, False, "RGB"),
    "icc_prophoto_1x1.png": (1, 1, 1, "PNG", 1, False, "RGB"),
    "jpeg_trailing_zip.jpg": (576, 576, 1, "JPEG", 1, False, "RGB"),
    "jxl_8bit.jxl": "unsupported_format",
    "la_gradient_alpha.png": (576, 576, 1, "PNG", 1, True, "LA"),
    "mode1_bilevel.png": (576, 576, 1, "PNG", 1, False, "1"),
    "mpo_frozenpond.mpo": (640, 480, 1, "MPO", 2, False, "RGB"),
    "multipage.tiff": (10, 10, 1, "TIFF", 3, False, "P"),
    "palette_transparency.png": (576, 576, 1, "PNG", 1, True, "P"),
    "pdf_named.jpg": "unreadable",
    "photo.bmp": (576, 576, 1, "BMP", 1, False, "RGB"),
    "photo_lzw.tiff": (576, 576, 1, "TIFF", 1, False, "RGB"),
    "png16_gray_photo.png": (576, 576, 1, "PNG", 1, False, "I;16"),
    "png16_rgb_photo.png": (576, 576, 1, "PNG", 1, False, "RGB"),
    "png16_rgba_tree.png": (342, 256, 1, "PNG", 1, True, "RGBA"),
    "progressive.jpg": (576, 576, 1, "JPEG", 1, False, "RGB"),
    "rgba_soft_alpha.png": (576, 576, 1, "PNG", 1, True, "RGBA"),
    "svg_named.png": (9, 9, 1, "SVG", 1, True, ""),
    "svg_plain.svg": (120, 80, 1, "SVG", 1, True, ""),
    "svg_script.svg": (0, 0, 1, "SVG", 1, True, ""),
    "tall_3x4000.jpg": (3, 4000, 1, "JPEG", 1, False, "RGB"),
    "text_named.png": "unreadable",
    "tiff_adobergb_exif.tiff": (317, 211, 1, "TIFF", 1, False, "RGB"),
    "tiff_cielab.tiff": (400, 266, 1, "TIFF", 1, False, "LAB"),
    "tiny_1x1.png": (1, 1, 1, "PNG", 1, False, "RGB"),
    "truncated_half.jpg": (576, 576, 1, "JPEG", 1, False, "RGB"),
    "truncated_header.jpg": (576, 576, 1, "JPEG", 1, False, "RGB"),
    "truncated_sharp.jpg": (2725, 2225, 1, "JPEG", 1, False, "RGB"),
    "webp_photo.webp": (600, 315, 1, "WEBP", 1, False, "RGB"),
    "wide_10000x1.png": (10000, 1, 1, "PNG", 1, False, "RGB"),
    "wrong_ext_jpeg.png": (576, 576, 1, "JPEG", 1, False, "RGB"),
    "wrong_ext_png.jpg": (576, 576, 1, "PNG", 1, False, "RGB"),
    "zero_bytes.jpg": "unreadable",
}
"""For each odd file: upright width, upright height, orientation, format, frames, alpha, mode; or the error's code."""


def read(path: Path) -> tuple[int, int, int, str, int, bool, str] | str:
    try:
        with path.open("rb") as file:
            found = header.read(file, path.name)
            assert file.tell() == 0
    except RestoreError as error:
        return error.code
    return found.width, found.height, found.orientation, found.format, found.frames, found.alpha, found.mode


@pytest.mark.parametrize("name", ODD)
def test_header_of_odd_file(data: Path, name: str) -> None:
    assert read(data / "odd" / name) == ODD[name]


def test_the_table_names_every_odd_file(data: Path) -> None:
    assert {path.name for path in (data / "odd").iterdir()} == set(ODD)


def png(width: int, height: int, *chunks: tuple[bytes, bytes]) -> bytes:
    parts = [b"\x89PNG\r\n\x1a\n"]
    first = (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    for kind, body in (first, *chunks, (b"IEND", b"")):
        parts.append(struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body)))
    return b"".join(parts)


def saved(image: Image.Image, form: str, **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, form, **options)
    return out.getvalue()


def exif_of(orientation: int) -> bytes:
    exif = Image.Exif()
    exif[274] = orientation
    return exif.tobytes()


def test_the_size_of_a_bomb_is_told_and_pillows_limit_stays() -> None:
    limit = Image.MAX_IMAGE_PIXELS
    found = header.read(png(65535, 65535, (b"IDAT", zlib.compress(b"\0" * 100))))
    assert (found.width, found.height, found.pixels) == (65535, 65535, 4_294_836_225)
    assert limit == Image.MAX_IMAGE_PIXELS


def test_exif_after_the_pixels_is_found_without_decoding_them() -> None:
    broken_pixels = (b"IDAT", b"this is no zlib stream")
    found = header.read(png(40, 20, broken_pixels, (b"eXIf", exif_of(6).removeprefix(b"Exif\0\0"))))
    assert (found.width, found.height, found.orientation) == (20, 40, 6)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "AVIF"])
def test_orientation_is_applied_to_the_size(form: str, orientation: int) -> None:
    data = saved(Image.new("RGB", (40, 20)), form, exif=exif_of(orientation))
    found = header.read(data)
    assert (found.stored_width, found.stored_height) == (40, 20)
    assert found.orientation == orientation
    assert (found.width, found.height) == ((20, 40) if orientation > 4 else (40, 20))


def test_a_turned_tiff_counts_as_upright_because_pillow_turns_it() -> None:
    found = header.read(saved(Image.new("RGB", (40, 20)), "TIFF", tiffinfo={274: 6}))
    assert (found.width, found.height, found.stored_width, found.stored_height) == (20, 40, 20, 40)
    assert found.orientation == 1


def test_orientation_in_xmp_counts_where_exif_has_none() -> None:
    xmp = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><a tiff:Orientation="8"/></x:xmpmeta>'
    assert header.read(saved(Image.new("RGB", (40, 20)), "JPEG", xmp=xmp)).orientation == 8
    assert header.read(saved(Image.new("RGB", (40, 20)), "JPEG", xmp=xmp, exif=exif_of(3))).orientation == 3


@pytest.mark.parametrize(
    "exif", [b"Exif\0\0", b"Exif\0\0II*\0\xff\xff\xff\xff", b"Exif\0\0junk", exif_of(0), exif_of(77)]
)
def test_damaged_exif_counts_as_upright(exif: bytes) -> None:
    assert header.read(saved(Image.new("RGB", (4, 2)), "JPEG", exif=exif)).orientation == 1


@pytest.mark.parametrize(
    ("mode", "form", "grey", "alpha"),
    [
        ("L", "JPEG", True, False),
        ("RGB", "JPEG", False, False),
        ("LA", "PNG", True, True),
        ("1", "PNG", True, False),
        ("I;16", "PNG", True, False),
        ("RGBA", "WEBP", False, True),
        ("P", "GIF", False, False),
    ],
)
def test_grey_and_alpha(mode: str, form: str, grey: bool, alpha: bool) -> None:
    found = header.read(saved(Image.new(mode, (4, 2)), form))
    assert (found.grey, found.alpha) == (grey, alpha)


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ('<svg width="12" height="34px"/>', (12, 34)),
        ('<?xml version="1.0"?>\n<!-- a > b --><!DOCTYPE svg>\n<svg viewBox="0 0 50.4 20"></svg>', (50, 20)),
        ('\ufeff<svg:svg xmlns:svg="http://www.w3.org/2000/svg" width="100%" height="10"/>', (0, 0)),
        ("<svg>", (0, 0)),
        ('<svg width="1.2.3" height="4"/>', (0, 4)),
    ],
)
def test_svg_is_told_from_its_text(text: str, size: tuple[int, int]) -> None:
    found = header.read(text.encode())
    assert (found.format, found.svg, found.frames) == ("SVG", True, 1)
    assert (found.width, found.height) == size


@pytest.mark.parametrize(
    "junk",
    [b"", b"\0" * 100, b"hello", b"<html><svg></svg></html>", b"%PDF-1.4", b"\x89PNG\r\n\x1a\n", b"<?xml ?>" * 900],
)
def test_what_is_no_picture_is_unreadable(junk: bytes) -> None:
    with pytest.raises(Unreadable):
        header.read(junk)


@pytest.mark.parametrize(
    ("start", "form"),
    [(b"\xff\x0a", "JXL"), (b"8BPS\0\1", "PSD"), (b"\0\0\1\0\1\0", "ICO"), (b"\xff\x4f\xff\x51", "JPEG2000")],
)
def test_formats_that_we_cannot_write_are_named(start: bytes, form: str) -> None:
    with pytest.raises(UnsupportedFormat) as caught:
        header.read(start + bytes(100))
    assert caught.value.params == {"format": form}


def test_heic_without_its_package_names_the_command(monkeypatch: pytest.MonkeyPatch, data: Path) -> None:
    monkeypatch.setattr(header, "HeifImageFile", None)
    with pytest.raises(UnsupportedFormat) as caught:
        header.read((data / "odd" / "heic_iphone.heic").read_bytes())
    assert caught.value.params == {"format": "HEIF", "command": "pip install 'wagtail-restore[heif]'"}


@pytest.mark.parametrize(
    ("form", "name", "truth"),
    [
        ("JPEG", "a.JPG", True),
        ("JPEG", "a.jpeg", True),
        ("MPO", "a.jpg", True),
        ("JPEG", "a.png", False),
        ("PNG", "a.jpg", False),
        ("TIFF", "a.tif", True),
        ("HEIF", "a.heic", True),
        ("AVIF", "a.heic", False),
        ("SVG", "a.png", False),
        ("JPEG", "", True),
        ("JPEG", "upload", True),
        ("JPEG", "upload.tmp", True),
    ],
)
def test_matches(form: str, name: str, truth: bool) -> None:
    assert header.matches(form, name) is truth


def test_every_format_has_a_side_limit() -> None:
    assert header.MAX_SIDE["WEBP"] == 16383
    assert header.MAX_SIDE["JPEG"] == 65500
    assert set(header.MAX_SIDE) == {"JPEG", "MPO", "PNG", "WEBP", "AVIF", "HEIF", "TIFF", "GIF", "BMP"}


def test_the_light_modules_load_nothing_heavy() -> None:
    modules = ("header", "geometry", "provenance")
    script = "".join(f"import wagtail_restore.imaging.{module}\n" for module in modules)
    heavy = ("numpy", "cv2", "torch", "django", "wagtail", "rq")
    script += f"import sys\nprint([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def _bmp(width: int, height: int) -> bytes:
    return b"BM" + struct.pack("<IHHI", 100, 0, 0, 54) + struct.pack("<IiiHHIIiiII", 40, width, height, 1, 24, *[0] * 6)


def test_a_side_that_no_picture_can_have_is_a_damaged_header() -> None:
    with pytest.raises(Unreadable):
        header.read(_bmp(-5, 3))
    tags = [(256, 4, 1, 2**32 - 1), (257, 4, 1, 2), (258, 3, 1, 8), (259, 3, 1, 1), (262, 3, 1, 1), (273, 4, 1, 8)]
    tiff = b"II*\0\x08\0\0\0" + struct.pack("<H", len(tags)) + b"".join(struct.pack("<HHII", *tag) for tag in tags)
    with pytest.raises(Unreadable):
        header.read(tiff + b"\0" * 4)


def test_an_svg_of_infinite_size_has_none() -> None:
    assert header.read(b"<svg width='%s' height='10'/>" % (b"9" * 400)).width == 0
    assert header.read(b"<svg width='99999999999' height='10'/>").width == header.LONGEST
