"""Facts from the first bytes of a picture file: size, format, frames, orientation, alpha; nothing is decoded."""

from __future__ import annotations

import io
import re
import struct
import warnings
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any, BinaryIO

from PIL import ExifTags, Image, ImageFile, TiffImagePlugin

from wagtail_restore.exceptions import Unreadable, UnsupportedFormat
from wagtail_restore.imaging.geometry import oriented

try:
    from pillow_heif import HeifImageFile
except ImportError:
    HeifImageFile = None

HEIF_COMMAND = "pip install 'wagtail-restore[heif]'"
"""What brings HEIC files within reach."""

LONGEST = 2**31 - 1
"""More pixels on a side than this are a lie of a damaged header; no database column for a size takes them."""

MAX_SIDE: Mapping[str, int] = {
    "JPEG": 65500,
    "MPO": 65500,
    "PNG": 2**31 - 1,
    "WEBP": 16383,
    "AVIF": 32768,
    "HEIF": 16384,
    "TIFF": 2**31 - 1,
    "GIF": 65535,
    "BMP": 2**31 - 1,
}
"""The longest side, in pixels, that each format (its encoder or the common decoders) takes."""

EXTENSIONS: Mapping[str, frozenset[str]] = {
    "JPEG": frozenset({"jpg", "jpeg", "jpe", "jfif", "mpo"}),
    "MPO": frozenset({"mpo", "jpg", "jpeg", "jpe", "jfif"}),
    "PNG": frozenset({"png", "apng"}),
    "WEBP": frozenset({"webp"}),
    "AVIF": frozenset({"avif", "avifs"}),
    "HEIF": frozenset({"heic", "heif", "heics", "heifs", "hif"}),
    "TIFF": frozenset({"tif", "tiff"}),
    "GIF": frozenset({"gif"}),
    "BMP": frozenset({"bmp", "dib"}),
    "SVG": frozenset({"svg"}),
    "JXL": frozenset({"jxl"}),
    "JPEG2000": frozenset({"jp2", "j2k", "jpx", "jpf"}),
    "ICO": frozenset({"ico"}),
    "PSD": frozenset({"psd"}),
}
"""Which extensions say the truth about each format."""

_FOREIGN: tuple[tuple[bytes, str], ...] = (
    (b"\xff\x0a", "JXL"),
    (b"\x00\x00\x00\x0cJXL ", "JXL"),
    (b"\x00\x00\x00\x0cjP  ", "JPEG2000"),
    (b"\xff\x4f\xff\x51", "JPEG2000"),
    (b"\x00\x00\x01\x00", "ICO"),
    (b"8BPS", "PSD"),
)
_SVG = re.compile(
    rb"\A(?:\xef\xbb\xbf)?(?:\s|<\?.*?\?>|<!--.*?-->|<!DOCTYPE\s[^>]*>)*+<(?:\w+:)?svg[\s>/]",
    re.S | re.I,
)
_UNKNOWN_TIFF = "unknown pixel mode"
"""What Pillow says of a sound TIFF file whose kind of pixels it does not take."""
_XMP_ORIENTATION = re.compile(rb'tiff:Orientation(?:="|>)([1-8])')
BROKEN = (OSError, SyntaxError, ValueError, LookupError, TypeError, EOFError, RuntimeError, struct.error, zlib.error)
"""What Pillow's readers raise on damaged files."""


@dataclass(frozen=True)
class Header:
    """What is known of a picture before it is decoded; ``width`` and ``height`` are those it is shown in."""

    width: int
    height: int
    stored_width: int
    stored_height: int
    orientation: int
    """EXIF orientation, 1 to 8; always 1 where Pillow turns the picture itself (HEIC, TIFF)."""
    format: str
    frames: int
    alpha: bool
    mode: str
    """Pillow's name for the kind of samples; empty for SVG."""
    svg: bool = False

    @property
    def grey(self) -> bool:
        return self.mode in ("1", "L", "LA", "La", "I", "F") or self.mode.startswith("I;16")

    @property
    def pixels(self) -> int:
        return self.width * self.height


def read(file: BinaryIO | bytes, name: str = "") -> Header:
    """The header of a picture file; SVG gives format ``SVG`` with the size it asks for (0 where it asks for none).

    The file is left at its beginning. Raises ``Unreadable`` for what is no picture, and ``UnsupportedFormat`` (with
    ``command`` where a package would help) for a picture that we cannot write back. The size of a decompression
    bomb is told like any other: Pillow's limits belong to ``Image.open``, which is not used.
    """
    stream = io.BytesIO(file) if isinstance(file, bytes) else file
    try:
        stream.seek(0)
        start = stream.read(4096)
        if _SVG.match(start):
            return _svg(start)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                return _facts(opened(stream, name), stream)
            except Unreadable as error:
                if error.params["detail"] != _UNKNOWN_TIFF:
                    raise
                return _tiff(stream)
    finally:
        stream.seek(0)


def matches(format: str, name: str) -> bool:
    """Whether the extension of ``name`` says the truth about ``format``; names with a strange one or none do."""
    extension = PurePath(name).suffix.lower().lstrip(".")
    known = any(extension in extensions for extensions in EXTENSIONS.values())
    return not known or extension in EXTENSIONS.get(format, frozenset())


def opened(stream: BinaryIO, name: str = "") -> ImageFile.ImageFile:
    """The file opened by Pillow's reader for its format, nothing decoded and no limit applied.

    Raises ``Unreadable`` and ``UnsupportedFormat``.
    """
    stream.seek(0)
    start = stream.read(32)
    for signature, foreign in _FOREIGN:
        if start.startswith(signature):
            raise UnsupportedFormat(format=foreign)
    detail = "no picture format that we know"
    for factory in _factories(start):
        stream.seek(0)
        try:
            image: ImageFile.ImageFile = factory(stream, name)
            return image
        except BROKEN as error:
            detail = str(error) or type(error).__name__
        except Image.DecompressionBombError as error:
            raise Unreadable(detail=str(error)) from error
    if HeifImageFile is None and start[4:8] == b"ftyp" and start[8:12] in (b"heic", b"heix", b"mif1", b"heif"):
        raise UnsupportedFormat(format="HEIF", command=HEIF_COMMAND)
    raise Unreadable(detail=detail)


def orientation_in(exif: bytes | None, xmp: bytes | None) -> int:
    """The orientation that EXIF names, else XMP, else 1: the order in which Pillow and so Wagtail look."""
    if exif:
        tags = Image.Exif()
        try:
            tags.load(exif)
            found = tags.get(ExifTags.Base.Orientation)
        except BROKEN:
            found = None
        if found is not None:
            return found if found in range(1, 9) else 1
    match = _XMP_ORIENTATION.search(xmp or b"")
    return int(match[1]) if match else 1


def png_chunks(stream: BinaryIO) -> Iterator[tuple[bytes, int]]:
    """The kind and length of each chunk of a PNG file; the stream stands at the chunk's data when it is yielded."""
    position = 8
    while True:
        stream.seek(position)
        head = stream.read(8)
        if len(head) < 8:
            return
        length, kind = struct.unpack(">I4s", head)
        yield kind, length
        position += 12 + length


def _factories(start: bytes) -> Iterator[Any]:
    Image.preinit()
    for name in ("JPEG", "PNG", "WEBP", "GIF", "AVIF", "TIFF", "BMP"):
        if name not in Image.OPEN:
            Image.init()
        factory, accept = Image.OPEN[name]
        if accept is None or accept(start) is True:
            yield factory
    if HeifImageFile is not None and start[4:8] == b"ftyp" and b"avif" not in start[8:32]:
        yield HeifImageFile


def _facts(image: ImageFile.ImageFile, stream: BinaryIO) -> Header:
    form, (width, height) = image.format or "", image.size
    if max(width, height) > LONGEST:
        raise Unreadable(detail=f"{width} × {height} pixels")
    orientation = _orientation(image, stream)
    across, down = oriented(width, height, orientation)
    return Header(
        width=across,
        height=down,
        stored_width=width,
        stored_height=height,
        orientation=orientation,
        format=form,
        frames=_frames(image),
        alpha=image.has_transparency_data,
        mode=_mode(image, stream),
    )


def _mode(image: ImageFile.ImageFile, stream: BinaryIO) -> str:
    if image.format == "PNG" and image.mode == "RGBA":
        stream.seek(25)
        if stream.read(1) == b"\x04":
            return "LA"  # 16-bit grey with alpha, which Pillow can only give as colour
    return image.mode


def _orientation(image: ImageFile.ImageFile, stream: BinaryIO) -> int:
    if image.format in ("HEIF", "TIFF"):
        return 1  # these two readers turn the picture themselves, and give the size it is shown in
    exif = _png_exif(image, stream) if image.format == "PNG" else image.info.get("exif")
    return orientation_in(exif, image.info.get("xmp"))


def _png_exif(image: ImageFile.ImageFile, stream: BinaryIO) -> bytes | None:
    """The EXIF of a PNG file; the chunk may follow the pixels, where Pillow would have to decode them to find it."""
    exif: bytes | None = image.info.get("exif")
    if exif is not None:
        return exif
    if "Raw profile type exif" in image.info:
        lines = image.info["Raw profile type exif"].split("\n")[3:]
        try:
            return bytes.fromhex("".join(lines))
        except ValueError:
            return None
    for kind, length in png_chunks(stream):
        if kind == b"eXIf":
            return b"Exif\0\0" + stream.read(length)
    return None


def _frames(image: ImageFile.ImageFile) -> int:
    try:
        return int(getattr(image, "n_frames", 1))
    except Image.DecompressionBombError:
        return 2  # only a later frame of its own size can be refused here
    except BROKEN:
        return 1


def _tiff(stream: BinaryIO) -> Header:
    """The facts of a CIELAB TIFF file of a depth that Pillow does not take, from its tags."""
    stream.seek(0)
    try:
        tags = TiffImagePlugin.ImageFileDirectory_v2(stream.read(8))
        stream.seek(tags.next)
        tags.load(stream)
        stored = int(tags[256]), int(tags[257])
    except BROKEN as error:
        raise Unreadable(detail=str(error)) from error
    if max(stored) > LONGEST:
        raise Unreadable(detail=f"{stored[0]} × {stored[1]} pixels")
    width, height = oriented(*stored, tags.get(ExifTags.Base.Orientation, 1))
    if tags.get(262) not in (8, 9):
        raise UnsupportedFormat(format="TIFF", detail=_UNKNOWN_TIFF)
    return Header(width, height, width, height, 1, "TIFF", 2 if tags.next else 1, bool(tags.get(338)), "LAB")


def _svg(start: bytes) -> Header:
    text = start.decode("utf-8", "replace")
    root = text[re.search(r"<(?:\w+:)?svg[\s>/]", text, re.I).start() :]  # type: ignore[union-attr]
    tag = root[: root.find(">") + 1]
    sides = [re.search(rf"""\s{side}\s*=\s*["']\s*([\d.]+)(?:px)?\s*["']""", tag) for side in ("width", "height")]
    box = re.search(r"""viewBox\s*=\s*["']\s*[-\d.]+[\s,]+[-\d.]+[\s,]+([\d.]+)[\s,]+([\d.]+)""", tag)
    numbers = [side[1] for side in sides if side]
    if len(numbers) < 2:
        numbers = [box[1], box[2]] if box else ["0", "0"]
    width, height = (_whole(number) for number in numbers)
    return Header(width, height, width, height, 1, "SVG", 1, True, "", svg=True)


def _whole(number: str) -> int:
    try:
        return min(round(float(number)), LONGEST)
    except (ValueError, OverflowError):
        return 0
