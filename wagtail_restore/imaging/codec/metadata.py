"""What a file says beside its pixels: gathered from a source, and made ready for its result."""

from __future__ import annotations

import re
import struct
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from PIL import Image

from wagtail_restore.imaging.codec import colour, tiff
from wagtail_restore.imaging.codec import exif as exif_block
from wagtail_restore.imaging.codec import xmp as packet
from wagtail_restore.imaging.codec.picture import Source

_BLOCK = re.compile(rb"II\*\0|MM\0\*")
_IPTC_RESOURCE = 1028
_IPTC_MARK, _IPTC_LONG, _IPTC_PREVIEW = 0x1C, 0x8000, (200, 201, 202)


@dataclass(frozen=True)
class Metadata:
    """The pieces that are carried from a source to its result, and codes for those that were dropped."""

    icc: bytes | None = None
    exif: bytes | None = None
    xmp: bytes | None = None
    iptc: bytes | None = None
    comment: bytes | None = None
    notes: tuple[str, ...] = ()

    def without(self, piece: str) -> Metadata:
        """The same without one piece, the code ``<piece>_dropped`` noted (``profile_dropped`` for the profile)."""
        code = f"{'profile' if piece == 'icc' else piece}_dropped"
        values: dict[str, Any] = {piece: None, "notes": (*self.notes, code)}
        return replace(self, **values)

    def present(self) -> tuple[str, ...]:
        """The names of the pieces that are there, the least important first."""
        return tuple(piece for piece in ("comment", "iptc", "xmp", "exif", "icc") if getattr(self, piece))


def gathered(image: Image.Image, data: bytes, *, grey: bool) -> Metadata:
    """The metadata of a loaded file, its orientation set to 1 and its thumbnail gone; damaged pieces are dropped."""
    icc = image.info.get("icc_profile") or None
    found = Metadata(
        icc=icc,
        exif=described_by(image, data),
        xmp=(_bytes(image.info.get("xmp")) or b"").rstrip(b"\0") or None,
        iptc=_without_preview(_iptc(image, data)),
        comment=_bytes(image.info.get("comment")),
    )
    if icc and image.mode not in ("CMYK", "LAB") and not colour.fits(icc, grey=grey):
        found = found.without("icc")
    if image.mode in ("CMYK", "LAB"):
        found = replace(found, icc=None)
    return _upright(found)


def of_tiff(data: bytes) -> Metadata:
    """The metadata of a TIFF file that Pillow does not open; its colour profile is of pixels that are converted."""
    tags = Image.Exif()
    tags.load(data)
    return _upright(Metadata(exif=tiff.described(data), xmp=_bytes(tags.get(tiff.XMP))))


def described_by(image: Image.Image, data: bytes) -> bytes | None:
    """The EXIF block of a loaded file, beginning with ``Exif\\0\\0``, or None."""
    if image.format == "TIFF":
        return tiff.described(data)
    raw = image.info.get("exif") or b""
    start = _BLOCK.search(raw[:16])
    return exif_block.PREFIX + raw[start.start() :] if start else None


def prepared(found: Metadata, *, width: int, height: int, keep_gps: bool) -> Metadata:
    """The metadata for a result of this size."""
    found = _edited(found, "exif", lambda block: exif_block.resized(block, width, height))
    found = _edited(found, "xmp", lambda block: packet.resized(block, width, height))
    if not keep_gps:
        found = _edited(found, "exif", lambda block: exif_block.without(block, exif_block.GPS_IFD))
        found = _edited(found, "xmp", packet.without_gps)
    return found


def without_pictures(source: Source) -> Source:
    """The same for a picture in which something was erased: what may hold a preview of it as it was is left out."""
    if source.exif is None:
        return source
    found = Metadata(exif=source.exif)
    cut = _edited(found, "exif", exif_block.without_pictures)
    same = cut.exif is None or cut.exif.rstrip(b"\0") == source.exif.rstrip(b"\0")
    notes = cut.notes if same else ("maker_note_dropped",)
    return replace(source, exif=cut.exif, notes=(*source.notes, *notes))


def turned(found: Metadata, orientation: int) -> Metadata:
    """The metadata for a result that is stored as its source is, and turned by its reader."""
    found = _edited(found, "exif", lambda block: exif_block.turned(block, orientation))
    return _edited(found, "xmp", lambda block: packet.turned(block, orientation))


def _upright(found: Metadata) -> Metadata:
    if found.xmp and packet.has_gain_map(found.xmp):
        found = replace(found, notes=(*found.notes, "hdr_gain_map_dropped"))
    return _edited(_edited(found, "exif", exif_block.upright), "xmp", packet.upright)


def _edited(found: Metadata, piece: str, edit: Callable[[bytes], bytes]) -> Metadata:
    block = getattr(found, piece)
    if block is None:
        return found
    try:
        values: dict[str, Any] = {piece: edit(block)}
    except ValueError:
        return found.without(piece)
    return replace(found, **values)


def _iptc(image: Image.Image, data: bytes) -> bytes | None:
    """The IPTC block: in JPEG a Photoshop resource, in TIFF a tag (of bytes, or by an old mistake of longs)."""
    if image.format == "TIFF":
        value = getattr(image, "tag_v2", {}).get(tiff.IPTC)
        if isinstance(value, tuple):
            return struct.pack(f"{'<' if data[:2] == b'II' else '>'}{len(value)}I", *value)
        return _bytes(value)
    resources = image.info.get("photoshop")
    return _bytes(resources.get(_IPTC_RESOURCE)) if isinstance(resources, dict) else None


def _without_preview(iptc: bytes | None) -> bytes | None:
    """The block without the small picture that some programs put into it (IPTC-NAA IIM 4, datasets 2:200 to 2:202)."""
    if iptc is None:
        return None
    kept, at = [], 0
    while at + 5 <= len(iptc) and iptc[at] == _IPTC_MARK:
        length = int.from_bytes(iptc[at + 3 : at + 5], "big")
        end = at + 5 + length
        if length >= _IPTC_LONG:  # the length of the length, and then the length
            end = at + 5 + (length - _IPTC_LONG)
            end += int.from_bytes(iptc[at + 5 : end], "big")
        if not (iptc[at + 1] == 2 and iptc[at + 2] in _IPTC_PREVIEW):
            kept.append(iptc[at:end])
        at = end
    return b"".join([*kept, iptc[at:]]) or None


def _bytes(value: object) -> bytes | None:
    if isinstance(value, str):
        return value.encode("utf-8", "replace")
    return value if isinstance(value, bytes) and value else None
