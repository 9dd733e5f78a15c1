"""A Picture to bytes: in the format it came in, as finely as it came, with what the file said beside its pixels."""

from __future__ import annotations

import io
import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from wagtail_restore.exceptions import TooLarge, UnsupportedFormat
from wagtail_restore.imaging import header
from wagtail_restore.imaging.codec import blocks, colour, heif, jpeg, metadata, png, quality, segments, strips
from wagtail_restore.imaging.codec import exif as exif_block
from wagtail_restore.imaging.codec.bands import LARGE, bands
from wagtail_restore.imaging.codec.blocks import Change
from wagtail_restore.imaging.codec.metadata import Metadata
from wagtail_restore.imaging.codec.palette import dithered, expanded, narrowed, plain
from wagtail_restore.imaging.codec.picture import Encoded, Picture, canvas
from wagtail_restore.imaging.codec.tiff_directory import with_metadata

logger = logging.getLogger(__name__)

EXTENSIONS: Mapping[str, str] = {
    "JPEG": ".jpg",
    "PNG": ".png",
    "WEBP": ".webp",
    "AVIF": ".avif",
    "TIFF": ".tiff",
    "HEIF": ".heic",
    "BMP": ".bmp",
    "GIF": ".gif",
}
_DEEP = frozenset({"PNG", "TIFF", "AVIF", "HEIF"})
"""The formats that hold more than 8 bits per sample."""
_REFUSED = (OSError, ValueError, TypeError, KeyError, RuntimeError, OverflowError)
"""What encoders raise on metadata that they cannot take."""
_LOSSLESS_TIFF = frozenset({"raw", "tiff_lzw", "tiff_adobe_deflate", "tiff_deflate", "packbits"})
_BILEVEL_TIFF = frozenset({"tiff_ccitt", "group3", "group4"})

Notes = tuple[str, ...]
"""Codes for what a file could not hold."""


def encode(
    picture: Picture,
    *,
    xmp: bytes | None = None,
    keep_gps: bool = True,
    into: BinaryIO | None = None,
    original: bytes | None = None,
) -> Encoded:
    """The picture as a file of its source's format, at its source's quality but not below ``quality.FLOOR``.

    ``original`` are the bytes that the picture was made of. Where they are a JPEG of the same size of which less than a
    quarter was changed, only the blocks with changed pixels are encoded anew (``blocks``), the picture stays stored as
    it was, and so does its orientation; where that cannot be done, or more was changed, the note ``encoded_anew`` says
    so.

    ``xmp`` replaces the source's packet; without ``keep_gps`` the place is taken out of EXIF and XMP. A piece of
    metadata that cannot be written is left out, and a code in ``notes`` says which. The notes are the source's and
    those of encoding. With ``into``, a file that can be written and sought in, the result goes there and its ``data``
    are empty: the way for pictures of hundreds of megapixels, whose file is large too.

    Raises ``TooLarge`` where a side is longer than the format allows, ``UnsupportedFormat`` where no encoder takes it,
    and ``OSError`` where ``into`` cannot be written.
    """
    source = picture.source
    if source.format not in _WRITERS:
        raise UnsupportedFormat(format=source.format)
    longest = header.MAX_SIDE[source.format]
    if max(picture.width, picture.height) > longest:
        raise TooLarge(width=picture.width, height=picture.height, limit=longest)
    picture, notes = _at_depth(picture)
    found = Metadata(source.icc, source.exif, xmp or source.xmp, source.iptc, source.comment)
    if found.icc and not _takes(picture, found.icc):
        found = found.without("icc")
    buffer = io.BytesIO()
    if original and source.format == "JPEG":
        try:
            change = blocks.change(picture, original)
            if change is not None:
                data, more = _patched(picture, found, change, keep_gps=keep_gps)
                (into or buffer).write(data)
                return Encoded(buffer.getvalue(), source.format, EXTENSIONS[source.format], (*source.notes, *more))
        except ValueError:
            logger.info("the whole JPEG is encoded anew", exc_info=True)
            notes = (*notes, "encoded_anew")
    found = metadata.prepared(found, width=picture.width, height=picture.height, keep_gps=keep_gps)
    more, found = _written(picture, found, into or buffer)
    notes = tuple(dict.fromkeys((*source.notes, *notes, *found.notes, *more)))
    return Encoded(buffer.getvalue(), source.format, EXTENSIONS[source.format], notes)


def _patched(picture: Picture, found: Metadata, change: Change, *, keep_gps: bool) -> tuple[bytes, Notes]:
    """The original with the changed blocks anew and the metadata of a result; ``ValueError`` where that cannot be."""
    height, width = change.where.shape
    found = metadata.turned(found, change.orientation)
    if header.orientation_in(found.exif, found.xmp) != change.orientation:
        raise ValueError("JPEG: its orientation cannot be written")
    found = metadata.prepared(found, width=width, height=height, keep_gps=keep_gps)
    coded = segments.split(blocks.coded(change))
    small = Picture(picture.pixels[:1, :1], None, replace(picture.source, tables=None, progressive=False))
    head = io.BytesIO()
    notes, found = _written(small, found, head)
    data = segments.described(coded, segments.split(head.getvalue()))
    if header.read(data).orientation != change.orientation:
        raise ValueError("JPEG: its orientation was not written")
    return data, (*found.notes, *notes)


def _written(picture: Picture, found: Metadata, out: BinaryIO) -> tuple[Notes, Metadata]:
    """Write the file; its notes, and the metadata that are in it: all, all but one piece, or none."""
    start = out.tell()
    bare = found
    for piece in found.present():
        bare = bare.without(piece)
    refused: Exception | None = None
    for attempt in (found, *(found.without(piece) for piece in found.present()), bare):
        out.seek(start)
        out.truncate()
        try:
            return _WRITERS[picture.source.format](picture, attempt, out), attempt
        except _REFUSED as error:
            # A number says that the system refused, and not the encoder: the disk is full, say.
            if isinstance(error, OSError) and error.errno:
                raise
            refused = error
    raise UnsupportedFormat(format=picture.source.format, detail=str(refused)) from refused


def _takes(picture: Picture, icc: bytes) -> bool:
    """Whether the profile is for such pixels; PNG, unlike the others, forbids an RGB profile on grey ones."""
    strict = picture.source.format == "PNG" and picture.is_grey
    return colour.space_of(icc) == "GRAY" if strict else colour.fits(icc, grey=picture.is_grey)


def _at_depth(picture: Picture) -> tuple[Picture, Notes]:
    """The picture with no more bits than its source had; fewer are written as they are, and noted."""
    deep = picture.source.bits > 8 and picture.source.format in _DEEP
    if picture.depth == 16 and not deep:
        return _shallow(picture), ()
    return picture, ("depth_reduced",) if deep and picture.depth == 8 else ()


def _shallow(picture: Picture) -> Picture:
    height, width, channels = picture.pixels.shape
    pixels, alpha = canvas(height, width, channels, np.uint8, alpha=picture.alpha is not None)
    for rows in bands(height, width * channels):
        pixels[rows] = _eight(picture.pixels[rows])
        if alpha is not None and picture.alpha is not None:
            alpha[rows] = _eight(picture.alpha[rows])
    return picture.with_pixels(pixels, alpha)


def _eight(samples: NDArray[Any]) -> NDArray[Any]:
    return ((samples.astype(np.uint32) + 128) // 257).astype(np.uint8)


def _save(image: Image.Image, format: str, **options: Any) -> bytes:
    out = io.BytesIO()
    image.save(out, format, **{key: value for key, value in options.items() if value is not None})
    return out.getvalue()


def _is_large(picture: Picture) -> bool:
    return picture.width * picture.height >= LARGE


def _png(picture: Picture, found: Metadata, out: BinaryIO) -> Notes:
    pieces = {"icc": found.icc, "exif": found.exif, "xmp": found.xmp}
    image = narrowed(picture) if picture.depth == 8 else None
    notes = expanded(picture) if image is None else ()
    if image is None and (picture.depth == 16 or _is_large(picture)):
        png.write(picture, out, **pieces)
        return notes
    image = image or plain(picture)
    clear = image.info.pop("transparency", None)
    data = _save(image, "PNG", dpi=picture.source.dpi, transparency=clear)
    out.write(png.with_metadata(data, **pieces))
    return notes


def _gif(picture: Picture, found: Metadata, out: BinaryIO) -> Notes:
    image, notes = dithered(picture)
    out.write(_save(image, "GIF", comment=found.comment, transparency=image.info.get("transparency")))
    return (*notes, *(("metadata_unsupported",) if found.xmp else ()))


def _bmp(picture: Picture, found: Metadata, out: BinaryIO) -> Notes:
    image = narrowed(picture)
    out.write(_save(image or plain(picture), "BMP", dpi=picture.source.dpi))
    return (*(() if image else expanded(picture)), *(("metadata_unsupported",) if found.xmp else ()))


def _webp(picture: Picture, found: Metadata, out: BinaryIO) -> Notes:
    image = plain(picture, padded=True)
    pieces = {"icc_profile": found.icc, "exif": found.exif, "xmp": found.xmp}
    if picture.source.lossless:
        out.write(_save(image, "WEBP", lossless=True, exact=True, method=4, **pieces))
        return ()
    setting, notes = _setting(picture.source.quality)
    out.write(_save(image, "WEBP", quality=setting, method=4, **pieces))
    return notes


def _avif(picture: Picture, found: Metadata, out: BinaryIO) -> Notes:
    source = picture.source
    setting, notes = _setting(source.quality)
    exif = exif_block.without(found.exif, exif_block.ORIENTATION) if found.exif else None
    data = heif.avif(
        picture.pixels,
        picture.alpha,
        quality=setting,
        subsampling=source.subsampling,
        bits=source.bits,
        cicp=source.cicp,
        icc=found.icc,
        exif=exif,
        xmp=found.xmp,
    )
    out.write(data)
    return notes


def _heic(picture: Picture, found: Metadata, out: BinaryIO) -> Notes:
    source = picture.source
    setting, notes = _setting(source.quality)
    data = heif.heic(
        picture.pixels,
        picture.alpha,
        quality=setting,
        subsampling=source.subsampling,
        cicp=source.cicp,
        icc=found.icc,
        exif=found.exif,
        xmp=found.xmp,
    )
    out.write(data)
    return notes


def _setting(found: int | None) -> tuple[int, Notes]:
    if found is None:
        return quality.FLOOR, ()
    setting = min(max(found, quality.FLOOR), 100)
    return setting, ("quality_raised",) if setting > found else ()


def _tiff(picture: Picture, found: Metadata, out: BinaryIO) -> Notes:
    source = picture.source
    if picture.depth == 16:
        if picture.alpha is not None:
            # Readers take deep transparency with colour only.
            picture = picture.with_pixels(np.broadcast_to(picture.pixels, (picture.height, picture.width, 3)))
        if not _is_large(picture):
            data = strips.sixteen_bit(picture.samples(), source.compression)
            out.write(with_metadata(data, found, source.dpi, alpha=picture.alpha is not None))
            return ()
    image = narrowed(picture) if picture.depth == 8 else None
    if image and "transparency" in image.info:
        image = None
    notes = expanded(picture) if image is None else ()
    if image is None and _is_large(picture):
        strips.write(picture, found, out)
        return notes
    image = image or plain(picture)
    data = _save(image, "TIFF", compression=_compression(source.compression, image.mode))
    out.write(with_metadata(data, found, source.dpi))
    return notes


def _compression(name: str | None, mode: str) -> str:
    """The source's compression where it is lossless and can hold such pixels, else deflate."""
    fits = name in _LOSSLESS_TIFF or (name in _BILEVEL_TIFF and mode == "1")
    return name if name and fits else "raw" if name is None else "tiff_adobe_deflate"


_WRITERS: Mapping[str, Callable[[Picture, Metadata, BinaryIO], Notes]] = {
    "JPEG": jpeg.write,
    "PNG": _png,
    "WEBP": _webp,
    "AVIF": _avif,
    "TIFF": _tiff,
    "HEIF": _heic,
    "BMP": _bmp,
    "GIF": _gif,
}
