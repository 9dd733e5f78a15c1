"""TIFF as bytes: its tags read as EXIF, and metadata put into a finished file, which libtiff would lose."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from wagtail_restore.imaging.codec import exif as exif_block

XMP, IPTC, ICC, EXTRA_SAMPLES = 700, 33723, 34675, 338
_X_RESOLUTION, _Y_RESOLUTION, _UNIT = 282, 283, 296
_SHORT, _RATIONAL, _UNDEFINED = 3, 5, 7
_DESCRIBES = (270, 271, 272, 305, 306, 315, 316, 33432, 36867, 40091, 40092, 40093, 40094, 40095)
"""Tags of the first directory that tell of the picture and not of how its pixels lie in the file."""
_CV2_COMPRESSION = {"raw": 1, "tiff_lzw": 5, "packbits": 32773}
_DEFLATE = 8


def described(data: bytes) -> bytes | None:
    """The describing tags of a TIFF file, with its EXIF and GPS directories, as an EXIF block; None without any.

    The block is little-endian, whatever the file is.
    """
    tags, kept = Image.Exif(), Image.Exif()
    tags.load(data)
    kept.endian = "<"
    for tag in _DESCRIBES:
        if tag in tags:
            kept[tag] = tags[tag]
    for pointer in (exif_block.EXIF_IFD, exif_block.GPS_IFD):
        values = {tag: value for tag, value in tags.get_ifd(pointer).items() if tag != exif_block.INTEROP_IFD}
        if values:
            kept.get_ifd(pointer).update(values)
            kept[pointer] = values
    return kept.tobytes() if len(kept) else None


def deep(tags: Mapping[int, Any]) -> bool:
    """Whether a TIFF file of these tags holds 16-bit colour that OpenCV reads and Pillow would cut to 8 bits."""
    bits, extra = tuple(tags.get(258, (1,))), tuple(tags.get(EXTRA_SAMPLES, ()))
    unsigned = set(tags.get(339, (1,))) == {1}
    return set(bits) == {16} and len(bits) in (3, 4) and tags.get(262) == 2 and unsigned and extra in ((), (2,))


def sixteen_bit(samples: NDArray[np.uint16], compression: str | None) -> bytes:
    """A 16-bit TIFF file of (H, W, 1), (H, W, 3) or (H, W, 4) samples; unknown compressions become deflate."""
    method = _CV2_COMPRESSION.get(compression or "raw", _DEFLATE)
    order = {1: [0], 3: [2, 1, 0], 4: [2, 1, 0, 3]}[samples.shape[2]]
    done, encoded = cv2.imencode(".tiff", samples[:, :, order], [cv2.IMWRITE_TIFF_COMPRESSION, method])
    if not done:
        raise OSError("OpenCV could not write the TIFF file")
    return encoded.tobytes()


def with_metadata(
    tiff: bytes,
    *,
    exif: bytes | None,
    icc: bytes | None,
    xmp: bytes | None,
    iptc: bytes | None,
    dpi: tuple[float, float] | None,
    alpha: bool = False,
) -> bytes:
    """A little-endian TIFF file with a new first directory, at its end, that also holds these pieces.

    ``alpha`` says that the fourth sample is a straight alpha, which OpenCV leaves unsaid. Raises ``ValueError``
    where the file is not little-endian, or it or the EXIF is damaged.
    """
    if tiff[:4] != b"II*\0":
        raise ValueError("TIFF: not little-endian")
    out = bytearray(tiff)
    (first,) = struct.unpack_from("<I", out, 4)
    entries = {entry.tag: bytes(out[entry.at : entry.at + 12]) for entry in exif_block.directory(out, "<", first)[0]}
    if exif:
        entries.update(_appended_exif(out, exif))
    pieces = {XMP: (_UNDEFINED, xmp), ICC: (_UNDEFINED, icc), IPTC: (_UNDEFINED, iptc)}
    if dpi:
        across, down = (struct.pack("<II", *_ratio(number)) for number in dpi)
        pieces |= {_X_RESOLUTION: (_RATIONAL, across), _Y_RESOLUTION: (_RATIONAL, down)}
        pieces[_UNIT] = (_SHORT, struct.pack("<H", 2))
    if alpha:
        pieces[EXTRA_SAMPLES] = (_SHORT, struct.pack("<H", 2))
    for tag, (kind, data) in pieces.items():
        if data:
            entries[tag] = _appended(out, tag, kind, data)
    _even(out)
    struct.pack_into("<I", out, 4, len(out))
    out += struct.pack("<H", len(entries)) + b"".join(entries[tag] for tag in sorted(entries)) + bytes(4)
    return bytes(out)


def _appended(out: bytearray, tag: int, kind: int, data: bytes) -> bytes:
    head = struct.pack("<HHI", tag, kind, len(data) // exif_block.TYPE_SIZE[kind])
    if len(data) <= 4:
        return head + data.ljust(4, b"\0")
    _even(out)
    place = len(out)
    out += data
    return head + struct.pack("<I", place)


def _appended_exif(out: bytearray, exif: bytes) -> dict[int, bytes]:
    """Append an EXIF block, its places moved to where it now lies; the entries of its first directory."""
    body = bytearray(exif.removeprefix(exif_block.PREFIX))
    if body.startswith(b"MM"):
        body = bytearray((described(bytes(body)) or b"").removeprefix(exif_block.PREFIX))
    if not body.startswith(b"II*\0"):
        raise ValueError("EXIF: not little-endian")
    _even(out)
    base = len(out)
    (first,) = struct.unpack_from("<I", body, 4)
    _moved(body, first, base)
    entries, _ = exif_block.directory(out + body, "<", base + first)
    out += body
    return {
        entry.tag: bytes(out[entry.at : entry.at + 12])
        for entry in entries
        if entry.tag in _DESCRIBES or entry.tag in exif_block.POINTERS
    }


def _moved(body: bytearray, at: int, base: int) -> None:
    entries, _ = exif_block.directory(body, "<", at)
    for entry in entries:
        (place,) = struct.unpack_from("<I", body, entry.at + 8)
        if entry.tag in exif_block.POINTERS:
            _moved(body, place, base)
        if entry.tag in exif_block.POINTERS or entry.length > 4:
            struct.pack_into("<I", body, entry.at + 8, place + base)


def _ratio(number: float) -> tuple[int, int]:
    ratio = Fraction(max(number, 0)).limit_denominator(10_000)
    return min(ratio.numerator, 2**32 - 1), ratio.denominator


def _even(out: bytearray) -> None:
    out += bytes(len(out) % 2)
