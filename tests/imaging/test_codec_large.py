"""Pictures of hundreds of megapixels are written with little memory beyond their pixels, and as truly as small ones."""

from __future__ import annotations

import errno
import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from wagtail_restore.imaging.codec import Picture, Source, canvas, decode, encode, png, strips
from wagtail_restore.imaging.codec.metadata import Metadata

LIMIT = 100_000_000
NOTHING = Metadata()


def noisy(height: int, width: int, channels: int, dtype: Any = np.uint8, seed: int = 1) -> NDArray[Any]:
    """A gradient with noise on it, so that every filter and every difference is met."""
    rng = np.random.default_rng(seed)
    top = np.iinfo(dtype).max
    slope = np.linspace(0, top * 0.9, width)[None, :, None]
    return (slope + rng.random((height, width, channels)) * top * 0.1).astype(dtype)


def made(form: str, channels: int, alpha: bool, dtype: Any = np.uint8, **source: Any) -> Picture:
    """A picture of more than one band."""
    pixels, clear = canvas(900, 1300, channels, dtype, alpha=alpha)
    pixels[:] = noisy(900, 1300, channels, dtype)
    if clear is not None:
        clear[:] = noisy(900, 1300, 1, dtype, seed=2)[:, :, 0]
    return Picture(pixels, clear, Source(form, bits=pixels.dtype.itemsize * 8, **source))


def check_same(data: bytes, picture: Picture) -> None:
    again = decode(data, max_pixels=LIMIT)
    assert np.array_equal(np.broadcast_to(picture.pixels, again.pixels.shape), again.pixels)
    assert (again.alpha is None) == (picture.alpha is None)
    assert picture.alpha is None or np.array_equal(again.alpha, picture.alpha)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("alpha", [False, True])
def test_a_png_of_several_bands_is_one_picture(dtype: Any, channels: int, alpha: bool) -> None:
    picture, out = made("PNG", channels, alpha, dtype), io.BytesIO()
    png.write(picture, out, icc=None, exif=None, xmp=None)
    check_same(out.getvalue(), picture)
    with Image.open(io.BytesIO(out.getvalue())) as image:
        image.verify()


def test_a_png_of_several_bands_is_packed_as_well_as_by_pillow() -> None:
    picture, out = made("PNG", 3, False), io.BytesIO()
    png.write(picture, out, icc=None, exif=None, xmp=None)
    theirs = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(picture.pixels)).save(theirs, "PNG")
    assert len(out.getvalue()) < 1.1 * len(theirs.getvalue())


@pytest.mark.parametrize("compression", [None, "raw", "tiff_lzw"])
@pytest.mark.parametrize(
    ("channels", "alpha", "dtype"),
    [(1, False, np.uint8), (1, True, np.uint8), (3, False, np.uint8), (3, True, np.uint8), (3, False, np.uint16)],
)
def test_a_tiff_of_several_strips_is_one_picture(
    compression: str | None, channels: int, alpha: bool, dtype: Any
) -> None:
    picture, out = made("TIFF", channels, alpha, dtype, compression=compression), io.BytesIO(b"before")
    out.seek(6)
    strips.write(picture, NOTHING, out)
    check_same(out.getvalue()[6:], picture)


def test_a_deep_tiff_with_transparency_is_read_by_others() -> None:
    picture, out = made("TIFF", 3, True, np.uint16, compression="tiff_lzw"), io.BytesIO()
    strips.write(picture, NOTHING, out)
    check_same(out.getvalue(), picture)


def test_a_large_tiff_keeps_what_its_source_said() -> None:
    exif = Image.Exif()
    exif[0x010F] = "Acme"
    source: dict[str, Any] = {
        "dpi": (300.0, 300.0),
        "exif": exif.tobytes(),
        "xmp": b"<x:xmpmeta/>",
        "iptc": b"\x1c\2\0",
    }
    pixels, _ = canvas(2000, 2100, 3, np.uint8, alpha=False)
    pixels[:] = 90
    encoded = encode(Picture(pixels, None, Source("TIFF", compression="tiff_lzw", **source)))
    again = decode(encoded.data, max_pixels=LIMIT).source
    assert encoded.notes == ()
    assert again.compression == "tiff_adobe_deflate"
    assert (again.dpi, again.xmp, again.iptc) == ((300.0, 300.0), b"<x:xmpmeta/>", b"\x1c\2\0")
    with Image.open(io.BytesIO(encoded.data)) as image:
        assert image.getexif()[0x010F] == "Acme"


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF", "HEIF", "BMP", "GIF"])
@pytest.mark.parametrize("alpha", [False, True])
def test_pixels_on_a_canvas_and_elsewhere_make_the_same_file(form: str, alpha: bool) -> None:
    pixels, clear = canvas(40, 60, 3, np.uint8, alpha=alpha)
    pixels[:] = noisy(40, 60, 3)
    if clear is not None:
        clear[:] = noisy(40, 60, 1)[:, :, 0]
    on_canvas = Picture(pixels, clear, Source(form))
    elsewhere = Picture(np.array(pixels, order="C"), None if clear is None else clear.copy(), Source(form))
    assert elsewhere.on_canvas is None
    assert encode(on_canvas) == encode(elsewhere)


@pytest.mark.parametrize(("subsampling", "width", "dropped"), [("4:4:4", 65500, True), ("4:2:0", 65500, False)])
def test_what_would_need_the_whole_picture_in_memory_is_left_out(subsampling: str, width: int, dropped: bool) -> None:
    pixels, _ = canvas(700, width, 3, np.uint8, alpha=False)
    pixels[:] = 128
    encoded = encode(Picture(pixels, None, Source("JPEG", subsampling=subsampling, progressive=True)))
    assert encoded.notes == (("progressive_dropped",) if dropped else ())
    with Image.open(io.BytesIO(encoded.data)) as image:
        assert ("progressive" in image.info) != dropped


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF", "HEIF", "BMP", "GIF"])
def test_a_file_can_be_written_where_the_caller_says(form: str, tmp_path: Path) -> None:
    picture = Picture(noisy(40, 60, 3), None, Source(form))
    usual = encode(picture)
    with (tmp_path / "out").open("wb") as file:
        encoded = encode(picture, into=file)
    assert (tmp_path / "out").read_bytes() == usual.data
    assert (encoded.data, encoded.format, encoded.notes) == (b"", form, usual.notes)


def test_a_full_disk_is_no_fault_of_the_metadata() -> None:
    class Full(io.BytesIO):
        tries = 0

        def write(self, data: Any) -> int:
            self.tries += 1
            raise OSError(errno.ENOSPC, "No space left on device")

    disk = Full()
    with pytest.raises(OSError, match="No space left"):
        encode(Picture(noisy(40, 60, 3), None, Source("PNG", comment=b"a", xmp=b"<x/>")), into=disk)
    assert disk.tries == 1


def test_black_stays_opaque_in_a_dithered_gif() -> None:
    pixels, alpha = canvas(64, 64, 3, np.uint8, alpha=True)
    pixels[:] = noisy(64, 64, 3)
    pixels[20:30], alpha[:] = 0, 255
    alpha[50:] = 0
    again = decode(encode(Picture(pixels, alpha, Source("GIF"))).data, max_pixels=LIMIT)
    assert np.array_equal(again.alpha, alpha)


linux = pytest.mark.skipif(sys.platform != "linux", reason="asks the kernel of Linux")

PEAK = """
import json, sys
import numpy as np
from wagtail_restore.imaging.codec import Picture, Source, canvas, decode, encode

def peak():
    status = open("/proc/self/status").read()
    return int(status.partition("VmHWM:")[2].split()[0]) // 1024
"""
"""What a process has held at most, in MiB; ``getrusage`` begins with what its parent held."""
ENCODE = """
pixels, alpha = canvas(5400, 7400, 3, np.uint8, alpha=False)
pixels[:] = np.linspace(0, 255, 7400).astype(np.uint8)[None, :, None]
pixels[::3, ::2, 1] = 200
before, found = peak(), {}
for form, more in (("PNG", {}), ("TIFF", {"compression": "tiff_lzw"}), ("JPEG", {"subsampling": "4:2:0"})):
    with open(sys.argv[1], "wb") as file:
        encode(Picture(pixels, alpha, Source(form, **more)), into=file)
    found[form] = peak() - before
print(json.dumps(found))
"""


DECODE = """
before = peak()
picture = decode(open(sys.argv[1], "rb").read(), max_pixels=10**8)
assert picture.pixels.shape == (6000, 4000, 3), picture.pixels.shape
print(peak() - before)
"""


@linux
def test_twenty_four_megapixels_are_read_with_nothing_held_twice(tmp_path: Path) -> None:
    """They are 69 MiB as an array, and 92 in Pillow; turning them upright must not cost another copy."""
    exif = Image.Exif()
    exif[274] = 6
    Image.new("RGB", (6000, 4000), (90, 120, 30)).save(tmp_path / "large.jpg", exif=exif.tobytes())
    command = [sys.executable, "-c", PEAK + DECODE, str(tmp_path / "large.jpg")]
    made = subprocess.run(command, capture_output=True, text=True, check=True)
    assert int(made.stdout) < 200


@linux
def test_forty_megapixels_are_written_with_little_beyond_themselves(tmp_path: Path) -> None:
    """The pixels are 152 MiB; a copy of them for Pillow would show here."""
    command = [sys.executable, "-c", PEAK + ENCODE, str(tmp_path / "out")]
    made = subprocess.run(command, capture_output=True, text=True, check=True)
    more = json.loads(made.stdout)
    assert more["PNG"] < 150
    assert more["TIFF"] < 150
    assert more["JPEG"] < 170, "the coefficients, 2 bytes for each of one and a half samples, and no copy"
