"""A Picture to bytes: in the format it came in, as finely as it came, with what the file said beside its pixels."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from wagtail_restore.exceptions import TooLarge, UnsupportedFormat
from wagtail_restore.imaging import header
from wagtail_restore.imaging.codec import colour, heif, metadata, png, quality, tiff
from wagtail_restore.imaging.codec import exif as exif_block
from wagtail_restore.imaging.codec.metadata import Metadata
from wagtail_restore.imaging.codec.palette import dithered, joined, narrowed, plain
from wagtail_restore.imaging.codec.picture import Encoded, Picture

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
_WHITE = 255
_DEEP = frozenset({"PNG", "TIFF", "AVIF", "HEIF"})
"""The formats that hold more than 8 bits per sample."""
_REFUSED = (OSError, ValueError, TypeError, KeyError, RuntimeError, OverflowError)
"""What encoders raise on metadata that they cannot take."""
_LOSSLESS_TIFF = frozenset({"raw", "tiff_lzw", "tiff_adobe_deflate", "tiff_deflate", "packbits"})
_BILEVEL_TIFF = frozenset({"tiff_ccitt", "group3", "group4"})

Written = tuple[bytes, tuple[str, ...]]
"""A file, and codes for what it could not hold."""


def encode(picture: Picture, *, xmp: bytes | None = None, keep_gps: bool = True) -> Encoded:
    """The picture as a file of its source's format, at its source's quality but not below ``quality.FLOOR``.

    ``xmp`` replaces the source's packet; without ``keep_gps`` the place is taken out of EXIF and XMP. A piece of
    metadata that cannot be written is left out, and a code in ``notes`` says which. The notes are the source's and
    those of encoding.

    Raises ``TooLarge`` where a side is longer than the format allows, ``UnsupportedFormat`` where no encoder takes it.
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
    found = metadata.prepared(found, width=picture.width, height=picture.height, keep_gps=keep_gps)
    (data, more), found = _written(picture, found)
    notes = tuple(dict.fromkeys((*source.notes, *notes, *found.notes, *more)))
    return Encoded(data, source.format, EXTENSIONS[source.format], notes)


def _written(picture: Picture, found: Metadata) -> tuple[Written, Metadata]:
    """The file, and the metadata that are in it: all, all but one piece, or none."""
    write = _WRITERS[picture.source.format]
    bare = found
    for piece in found.present():
        bare = bare.without(piece)
    tries = [found, *(found.without(piece) for piece in found.present()), bare]
    for attempt in tries[:-1]:
        try:
            return write(picture, attempt), attempt
        except _REFUSED:
            continue
    try:
        return write(picture, bare), bare
    except _REFUSED as error:
        raise UnsupportedFormat(format=picture.source.format, detail=str(error)) from error


def _takes(picture: Picture, icc: bytes) -> bool:
    """Whether the profile is for such pixels; PNG, unlike the others, forbids an RGB profile on grey ones."""
    strict = picture.source.format == "PNG" and picture.is_grey
    return colour.space_of(icc) == "GRAY" if strict else colour.fits(icc, grey=picture.is_grey)


def _at_depth(picture: Picture) -> tuple[Picture, tuple[str, ...]]:
    """The picture with no more bits than its source had; fewer are written as they are, and noted."""
    deep = picture.source.bits > 8 and picture.source.format in _DEEP
    if picture.depth == 16 and not deep:
        alpha = None if picture.alpha is None else _eight(picture.alpha)
        return picture.with_pixels(_eight(picture.pixels), alpha), ()
    return picture, ("depth_reduced",) if deep and picture.depth == 8 else ()


def _eight(samples: NDArray[Any]) -> NDArray[Any]:
    return ((samples.astype(np.uint32) + 128) // 257).astype(np.uint8)


def _save(image: Image.Image, format: str, **options: Any) -> bytes:
    out = io.BytesIO()
    image.save(out, format, **{key: value for key, value in options.items() if value is not None})
    return out.getvalue()


def _jpeg(picture: Picture, found: Metadata) -> Written:
    source, notes = picture.source, []
    if picture.alpha is not None:
        cover = picture.alpha[:, :, None].astype(np.uint16)
        flat = (picture.pixels * cover + _WHITE * (255 - cover) + 127) // 255
        picture = picture.with_pixels(flat.astype(np.uint8), None)
        notes.append("alpha_dropped")
    options: dict[str, Any] = {"quality": 90}
    if source.tables:
        tables = quality.not_coarser(source.tables)
        options = {"qtables": [list(table) for table in tables[:3]]}
        notes += ["quality_raised"] if tables != source.tables else []
    data = _save(
        plain(picture),
        "JPEG",
        subsampling=None if picture.is_grey else source.subsampling or "4:4:4",
        progressive=source.progressive,
        optimize=True,
        dpi=_whole(source.dpi),
        icc_profile=found.icc,
        exif=found.exif,
        xmp=found.xmp,
        comment=found.comment,
        extra=_photoshop(found.iptc) if found.iptc else None,
        **options,
    )
    return data, tuple(notes)


def _photoshop(iptc: bytes) -> bytes:
    """An APP13 segment with the IPTC block as a Photoshop resource."""
    body = b"Photoshop 3.0\0" + b"8BIM\x04\x04\0\0" + len(iptc).to_bytes(4, "big") + iptc + bytes(len(iptc) % 2)
    if len(body) > 65533:
        raise ValueError("IPTC: too long for a JPEG segment")
    return b"\xff\xed" + (len(body) + 2).to_bytes(2, "big") + body


def _png(picture: Picture, found: Metadata) -> Written:
    notes: tuple[str, ...] = ()
    if picture.depth == 16:
        data = png.sixteen_bit(joined(picture), picture.source.dpi)
    else:
        image, notes = narrowed(picture)
        clear = image.info.pop("transparency", None)
        data = _save(image, "PNG", dpi=picture.source.dpi, transparency=clear)
    return png.with_metadata(data, icc=found.icc, exif=found.exif, xmp=found.xmp), notes


def _gif(picture: Picture, found: Metadata) -> Written:
    image, notes = dithered(picture)
    data = _save(image, "GIF", comment=found.comment, transparency=image.info.get("transparency"))
    return data, (*notes, *(("metadata_unsupported",) if found.xmp else ()))


def _bmp(picture: Picture, found: Metadata) -> Written:
    image, notes = narrowed(picture)
    return _save(image, "BMP", dpi=picture.source.dpi), (*notes, *(("metadata_unsupported",) if found.xmp else ()))


def _webp(picture: Picture, found: Metadata) -> Written:
    source = picture.source
    pieces = {"icc_profile": found.icc, "exif": found.exif, "xmp": found.xmp}
    if source.lossless:
        return _save(plain(picture), "WEBP", lossless=True, exact=True, method=4, **pieces), ()
    setting, notes = _setting(source.quality)
    return _save(plain(picture), "WEBP", quality=setting, method=4, **pieces), notes


def _avif(picture: Picture, found: Metadata) -> Written:
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
    return data, notes


def _heic(picture: Picture, found: Metadata) -> Written:
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
    return data, notes


def _setting(found: int | None) -> tuple[int, tuple[str, ...]]:
    if found is None:
        return quality.FLOOR, ()
    setting = min(max(found, quality.FLOOR), 100)
    return setting, ("quality_raised",) if setting > found else ()


def _tiff(picture: Picture, found: Metadata) -> Written:
    source = picture.source
    notes: tuple[str, ...] = ()
    if picture.depth == 16:
        samples = picture.pixels
        if picture.alpha is not None:
            colours = np.broadcast_to(picture.pixels, (*picture.pixels.shape[:2], 3))
            samples = np.dstack([colours, picture.alpha])
        data = tiff.sixteen_bit(samples, source.compression)
    else:
        image, notes = narrowed(picture)
        clear = image.info.pop("transparency", None)
        image = plain(picture) if clear is not None else image
        data = _save(image, "TIFF", compression=_compression(source.compression, image.mode))
    pieces = {"exif": found.exif, "icc": found.icc, "xmp": found.xmp, "iptc": found.iptc}
    alpha = picture.depth == 16 and picture.alpha is not None
    return tiff.with_metadata(data, dpi=source.dpi, alpha=alpha, **pieces), notes


def _compression(name: str | None, mode: str) -> str:
    """The source's compression where it is lossless and can hold such pixels, else deflate."""
    fits = name in _LOSSLESS_TIFF or (name in _BILEVEL_TIFF and mode == "1")
    return name if name and fits else "raw" if name is None else "tiff_adobe_deflate"


def _whole(dpi: tuple[float, float] | None) -> tuple[int, int] | None:
    return None if dpi is None else (max(1, round(dpi[0])), max(1, round(dpi[1])))


_WRITERS: Mapping[str, Callable[[Picture, Metadata], Written]] = {
    "JPEG": _jpeg,
    "PNG": _png,
    "WEBP": _webp,
    "AVIF": _avif,
    "TIFF": _tiff,
    "HEIF": _heic,
    "BMP": _bmp,
    "GIF": _gif,
}
