"""The end of a TIFF file: its directory, with the metadata that libtiff would lose."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from fractions import Fraction

from wagtail_restore.imaging.codec import exif as exif_block
from wagtail_restore.imaging.codec import tiff
from wagtail_restore.imaging.codec.metadata import Metadata

_X_RESOLUTION, _Y_RESOLUTION, _UNIT = 282, 283, 296
SHORT, LONG = 3, 4
_RATIONAL, _UNDEFINED = 5, 7


def with_metadata(file: bytes, found: Metadata, dpi: tuple[float, float] | None, *, alpha: bool = False) -> bytes:
    """A little-endian TIFF file with a new first directory, at its end, that also holds what the source said.

    ``alpha`` says that the fourth sample is a straight alpha, which OpenCV leaves unsaid. Raises ``ValueError``
    where the file is not little-endian, or it or the EXIF is damaged.
    """
    if file[:4] != b"II*\0":
        raise ValueError("TIFF: not little-endian")
    (first,) = struct.unpack_from("<I", file, 4)
    entries = {entry.tag: file[entry.at : entry.at + 12] for entry in exif_block.directory(file, "<", first)[0]}
    end, place = tail(len(file), entries, {}, found, dpi, alpha=alpha)
    return file[:4] + struct.pack("<I", place) + file[8:] + end


def tail(
    start: int,
    entries: Mapping[int, bytes],
    values: Mapping[int, tuple[int, bytes]],
    found: Metadata,
    dpi: tuple[float, float] | None,
    *,
    alpha: bool,
) -> tuple[bytes, int]:
    """The end of a little-endian file of ``start`` bytes: its directory, and the place where that lies.

    It is made of ``entries`` as they are, of ``values`` with their types, and of what the source said. Raises
    ``ValueError`` where the EXIF is damaged.
    """
    out, listed = _Tail(start), dict(entries)
    if found.exif:
        listed.update(_appended_exif(out, found.exif))
    more = {
        tiff.XMP: (_UNDEFINED, found.xmp),
        tiff.ICC: (_UNDEFINED, found.icc),
        tiff.IPTC: (_UNDEFINED, found.iptc),
        **values,
    }
    if dpi:
        across, down = (struct.pack("<II", *_ratio(number)) for number in dpi)
        more |= {_X_RESOLUTION: (_RATIONAL, across), _Y_RESOLUTION: (_RATIONAL, down)}
        more[_UNIT] = (SHORT, struct.pack("<H", 2))
    if alpha:
        more[tiff.EXTRA_SAMPLES] = (SHORT, struct.pack("<H", 2))
    for tag, (kind, data) in more.items():
        if data:
            listed[tag] = out.entry(tag, kind, data)
    place = out.add(struct.pack("<H", len(listed)) + b"".join(listed[tag] for tag in sorted(listed)) + bytes(4))
    return bytes(out.data), place


class _Tail:
    """What is appended to a file of ``start`` bytes, each piece at an even place."""

    def __init__(self, start: int) -> None:
        self.start, self.data = start, bytearray()

    def add(self, data: bytes | bytearray) -> int:
        """Append; the place in the file."""
        self.data += bytes((self.start + len(self.data)) % 2)
        place = self.start + len(self.data)
        self.data += data
        return place

    def entry(self, tag: int, kind: int, data: bytes) -> bytes:
        """The entry of a directory for these values, which are appended where they do not fit into it."""
        head = struct.pack("<HHI", tag, kind, len(data) // exif_block.TYPE_SIZE[kind])
        return head + (data.ljust(4, b"\0") if len(data) <= 4 else struct.pack("<I", self.add(data)))


def _appended_exif(out: _Tail, exif: bytes) -> dict[int, bytes]:
    """Append an EXIF block, its places moved to where it now lies; the entries of its first directory."""
    body = bytearray(exif.removeprefix(exif_block.PREFIX))
    if body.startswith(b"MM"):
        body = bytearray((tiff.described(bytes(body)) or b"").removeprefix(exif_block.PREFIX))
    if not body.startswith(b"II*\0"):
        raise ValueError("EXIF: not little-endian")
    (first,) = struct.unpack_from("<I", body, 4)
    entries, _ = exif_block.directory(body, "<", first)
    _moved(body, first, out.add(b""))
    out.add(body)
    return {
        entry.tag: bytes(body[entry.at : entry.at + 12])
        for entry in entries
        if entry.tag in tiff.DESCRIBES or entry.tag in exif_block.POINTERS
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
