"""What the tags of a TIFF file say, beside how its pixels lie."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PIL import Image

from wagtail_restore.imaging.codec import exif as exif_block

XMP, IPTC, ICC, EXTRA_SAMPLES = 700, 33723, 34675, 338
DESCRIBES = (270, 271, 272, 305, 306, 315, 316, 33432, 36867, 40091, 40092, 40093, 40094, 40095)
"""Tags of the first directory that tell of the picture and not of how its pixels lie in the file."""


def described(data: bytes) -> bytes | None:
    """The describing tags of a TIFF file, with its EXIF and GPS directories, as an EXIF block; None without any.

    The block is little-endian, whatever the file is.
    """
    tags, kept = Image.Exif(), Image.Exif()
    tags.load(data)
    kept.endian = "<"
    for tag in DESCRIBES:
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
