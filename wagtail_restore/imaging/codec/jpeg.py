"""JPEG: written by Pillow straight from where the pixels lie, with tables no coarser than the source's."""

from __future__ import annotations

from typing import Any, BinaryIO

import numpy as np

from wagtail_restore.imaging.codec import quality
from wagtail_restore.imaging.codec.bands import bands
from wagtail_restore.imaging.codec.metadata import Metadata
from wagtail_restore.imaging.codec.palette import plain
from wagtail_restore.imaging.codec.picture import Picture, canvas

_WHITE = 255
_MOST_COEFFICIENTS = 256 << 20
"""Bytes that libjpeg may take to hold a whole picture, which it does for progressive files and optimised codes."""
_SAMPLES_PER_PIXEL = {"4:4:4": 3.0, "4:2:2": 2.0, "4:2:0": 1.5}


def write(picture: Picture, found: Metadata, out: BinaryIO) -> tuple[str, ...]:
    """Write the picture into ``out``; codes for what the file could not hold.

    A picture whose coefficients (two bytes for each sample) would take more than 256 MiB, 45 megapixels at 4:4:4 and 89
    at 4:2:0, is written row by row instead: not progressive, and with the codes of the standard.
    """
    source, notes = picture.source, []
    if picture.alpha is not None:
        picture = _on_white(picture)
        notes.append("alpha_dropped")
    options: dict[str, Any] = {"quality": 90}
    if source.tables:
        tables = quality.not_coarser(source.tables)
        options = {"qtables": [list(table) for table in tables[:3]]}
        notes += ["quality_raised"] if tables != source.tables else []
    subsampling = None if picture.is_grey else source.subsampling or "4:4:4"
    samples = picture.width * picture.height * _SAMPLES_PER_PIXEL.get(subsampling or "", 1.0)
    whole = 2 * samples <= _MOST_COEFFICIENTS
    if source.progressive and not whole:
        notes.append("progressive_dropped")
    options |= {
        "subsampling": subsampling,
        "progressive": source.progressive and whole,
        "optimize": whole,
        "dpi": _whole(source.dpi),
        "icc_profile": found.icc,
        "exif": found.exif,
        "xmp": found.xmp,
        "comment": found.comment,
        "extra": _photoshop(found.iptc) if found.iptc else None,
    }
    given = {key: value for key, value in options.items() if value is not None}
    plain(picture, padded=True).save(out, "JPEG", **given)
    return tuple(notes)


def _on_white(picture: Picture) -> Picture:
    pixels, _ = canvas(picture.height, picture.width, picture.channels, np.uint8, alpha=False)
    for rows in bands(picture.height, picture.width * picture.channels):
        seen = picture.part(rows)
        assert seen.alpha is not None  # noqa: S101 — only pictures with alpha come here, and mypy cannot know
        cover = seen.alpha[:, :, None].astype(np.uint16)
        pixels[rows] = (seen.pixels * cover + _WHITE * (255 - cover) + 127) // 255
    return picture.with_pixels(pixels, None)


def _photoshop(iptc: bytes) -> bytes:
    """An APP13 segment with the IPTC block as a Photoshop resource."""
    body = b"Photoshop 3.0\0" + b"8BIM\x04\x04\0\0" + len(iptc).to_bytes(4, "big") + iptc + bytes(len(iptc) % 2)
    if len(body) > 65533:
        raise ValueError("IPTC: too long for a JPEG segment")
    return b"\xff\xed" + (len(body) + 2).to_bytes(2, "big") + body


def _whole(dpi: tuple[float, float] | None) -> tuple[int, int] | None:
    return None if dpi is None else (max(1, round(dpi[0])), max(1, round(dpi[1])))
