"""Bytes to a Picture: what may not come in is refused from its header, what does is turned upright."""

from __future__ import annotations

import io
import struct
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import PurePath

import numpy as np
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
from wagtail_restore.imaging.codec import heif, metadata, quality, samples
from wagtail_restore.imaging.codec.picture import Picture, Source
from wagtail_restore.imaging.codec.samples import Samples
from wagtail_restore.imaging.codec.upright import upright

_UNWRITABLE = frozenset({"I", "F"})
"""Pillow's modes of 32 bits per sample, which nothing here keeps."""
_HDR_TRANSFERS = frozenset({16, 18})
"""PQ and HLG in ITU-T H.273."""
_SRGB = (1, 13)
"""The primaries and the transfer of sRGB in ITU-T H.273."""


def decode(data: bytes, *, name: str = "", max_pixels: int) -> Picture:
    """The Picture in a file; ``name`` is the one it is served under, whose extension has to say the truth.

    Nothing is decoded before the header has been found acceptable, of no more than ``max_pixels`` pixels. Of an MPO
    photograph (stereo, or with previews) the first frame is taken.

    Raises ``Mislabelled``, ``Vector``, ``UnsupportedFormat``, ``ExtraMissing``, ``Animated``, ``TooLarge``,
    ``Truncated``, ``Unreadable``.
    """
    head = _admitted(data, name, max_pixels)
    with _translated(data, head, max_pixels), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            image = header.opened(io.BytesIO(data), name)
        except Unreadable:
            if head.mode != "LAB":
                raise
            return _lab_tiff(data, head)
        image.load()
        taken = samples.take(image, data, head.orientation)
        source = _source(image, data, head, taken)
    pixels = np.ascontiguousarray(upright(taken.pixels, head.orientation))
    alpha = None if taken.alpha is None else np.ascontiguousarray(upright(taken.alpha, head.orientation))
    return Picture(pixels, alpha, source)


def _admitted(data: bytes, name: str, max_pixels: int) -> header.Header:
    try:
        head = header.read(data, name)
    except UnsupportedFormat as error:
        if "command" in error.params:
            raise ExtraMissing(extra="heif") from error
        if not header.matches(error.params["format"], name):
            raise _mislabelled(error.params["format"], name) from error
        raise
    except Unreadable as error:
        if _ends_early(data, error.params["detail"]):
            raise Truncated() from error
        raise
    if not header.matches(head.format, name):
        raise _mislabelled(head.format, name)
    if head.svg:
        raise Vector()
    if head.frames > 1 and head.format != "MPO":
        raise Animated(frames=head.frames)
    if head.pixels > max_pixels:
        raise TooLarge(width=head.width, height=head.height, limit=max_pixels)
    if head.mode in _UNWRITABLE:
        raise UnsupportedFormat(format=f"{head.format} (32 bits per sample)")
    return head


def _mislabelled(format: str, name: str) -> Mislabelled:
    return Mislabelled(extension=PurePath(name).suffix.lower(), format=format)


@contextmanager
def _translated(data: bytes, head: header.Header, max_pixels: int) -> Iterator[None]:
    """Turn what the readers raise on damaged pixels into our own errors."""
    try:
        yield
    except Image.DecompressionBombError as error:
        raise TooLarge(width=head.width, height=head.height, limit=max_pixels) from error
    except header.BROKEN as error:
        detail = str(error) or type(error).__name__
        raise (Truncated() if _ends_early(data, detail) else Unreadable(detail=detail)) from error


def _ends_early(data: bytes, detail: str) -> bool:
    """Whether a damaged file is so because its end is missing: a reader says so in its words, or the container."""
    words = ("truncated", "end of file", "unexpected end", "eof")
    return any(word in detail.lower() for word in words) or _cut_short(data)


def _cut_short(data: bytes) -> bool:
    """Whether a container (RIFF, ISO media, PNG) is shorter than it says it is."""
    if data[:4] == b"RIFF" and len(data) >= 8:
        return len(data) < 8 + int(struct.unpack_from("<I", data, 4)[0])
    if data[4:8] == b"ftyp":
        place = 0
        while place + 8 <= len(data):
            (length,) = struct.unpack_from(">I", data, place)
            if length < 8:
                return False
            place += length
        return place != len(data)
    return data[:8] == b"\x89PNG\r\n\x1a\n" and len(data) < 33


def _source(image: Image.Image, data: bytes, head: header.Header, taken: Samples) -> Source:
    grey = taken.pixels.shape[2] == 1
    found = metadata.gathered(image, data, grey=grey)
    notes = [*taken.notes, *found.notes]
    if head.format == "MPO":
        notes.append("mpo_first_frame")
    source = Source(
        format="JPEG" if head.format == "MPO" else head.format,
        icc=found.icc,
        exif=found.exif,
        xmp=found.xmp,
        iptc=found.iptc,
        comment=found.comment,
        dpi=_dpi(image),
        progressive=bool(image.info.get("progressive")),
        bits=taken.bits,
        compression=image.info.get("compression") if head.format == "TIFF" else None,
        palette=image.mode == "P",
        bilevel=image.mode == "1",
    )
    return _with_quality(replace(source, notes=tuple(notes)), image, data, taken)


def _with_quality(source: Source, image: Image.Image, data: bytes, taken: Samples) -> Source:
    if source.format == "JPEG":
        tables, subsampling = quality.jpeg(image)
        return replace(source, tables=tables, subsampling=subsampling)
    if source.format == "WEBP":
        lossless, setting = quality.webp(data)
        return replace(source, lossless=lossless, quality=setting)
    if source.format not in ("AVIF", "HEIF"):
        return source
    payload = len(data) - sum(len(piece or b"") for piece in (source.icc, source.exif, source.xmp))
    setting = quality.by_size(taken.pixels, payload, heif.SIZES[source.format])
    cicp = heif.cicp_of(image, data)
    notes = source.notes
    if cicp and cicp[1] in _HDR_TRANSFERS:
        notes = (*notes, "hdr")
    if image.info.get("aux") or image.info.get("depth_images"):
        notes = (*notes, "hdr_gain_map_dropped")
    return replace(
        source,
        quality=setting,
        subsampling=heif.subsampling_of(image, data),
        cicp=None if cicp is None or cicp[:2] == _SRGB else cicp,
        notes=notes,
    )


def _dpi(image: Image.Image) -> tuple[float, float] | None:
    dpi = image.info.get("dpi")
    if not dpi or not all(0 < float(number) < 1_000_000 for number in dpi):
        return None
    return float(dpi[0]), float(dpi[1])


def _lab_tiff(data: bytes, head: header.Header) -> Picture:
    taken = samples.lab_tiff(data)
    if taken.pixels.shape[:2] != (head.height, head.width):
        raise UnsupportedFormat(format="TIFF (CIELAB, not upright)")
    found = metadata.of_tiff(data)
    source = Source(format="TIFF", exif=found.exif, xmp=found.xmp, notes=(*taken.notes, *found.notes))
    return Picture(taken.pixels, None, replace(source, compression="tiff_lzw"))
