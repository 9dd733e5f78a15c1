"""TIFF files that Pillow does not write or not well: deep ones, and large ones strip by strip."""

from __future__ import annotations

import struct
import zlib
from itertools import accumulate
from typing import BinaryIO

import cv2
import numpy as np
from numpy.typing import NDArray

from wagtail_restore.imaging.codec import tiff_directory as directory
from wagtail_restore.imaging.codec.bands import bands, in_order
from wagtail_restore.imaging.codec.metadata import Metadata
from wagtail_restore.imaging.codec.picture import Picture

_CV2_COMPRESSION = {"raw": 1, "tiff_lzw": 5, "packbits": 32773}
_RAW, _DEFLATE = 1, 8
_GREY, _RGB = 1, 2
_PLAIN, _DIFFERENCES = 1, 2
"""The predictors: a sample as it is, or as its difference from the one on its left."""
_LEVEL = 4
_LARGEST = 2**32 - 2**24
"""Bytes of strips, with room for the directory."""


def sixteen_bit(samples: NDArray[np.uint16], compression: str | None) -> bytes:
    """A 16-bit TIFF file of (H, W, 1), (H, W, 3) or (H, W, 4) samples; unknown compressions become deflate."""
    method = _CV2_COMPRESSION.get(compression or "raw", _DEFLATE)
    order = {1: [0], 3: [2, 1, 0], 4: [2, 1, 0, 3]}[samples.shape[2]]
    done, encoded = cv2.imencode(".tiff", samples[:, :, order], [cv2.IMWRITE_TIFF_COMPRESSION, method])
    if not done:
        raise OSError("OpenCV could not write the TIFF file")
    return encoded.tobytes()


def write(picture: Picture, found: Metadata, out: BinaryIO) -> None:
    """Write a picture of 8 or 16 bits, grey or RGB, with its alpha, into ``out``, which begins where it stands.

    Compressed files are written with deflate and differences, whatever lossless compression the source had. Raises
    ``ValueError`` where the file would be of 4 GiB or more.
    """
    start = out.tell()
    packed = picture.source.compression not in (None, "raw")
    out.write(b"II*\0" + bytes(4))
    lengths: list[int] = []
    row = picture.width * (picture.channels + (picture.alpha is not None))
    parts = list(bands(picture.height, row))
    for strip in in_order(lambda rows: _strip(picture, rows, packed), iter(parts)):
        lengths.append(len(strip))
        out.write(strip)
    end = 8 + sum(lengths)
    if end > _LARGEST:
        raise ValueError("TIFF: too large for its 32-bit places")
    values = _directory(picture, packed, parts[0].stop, lengths)
    rest, place = directory.tail(end, {}, values, found, picture.source.dpi, alpha=picture.alpha is not None)
    out.write(rest)
    stop = out.tell()
    out.seek(start + 4)
    out.write(struct.pack("<I", place))
    out.seek(stop)


def _strip(picture: Picture, rows: slice, packed: bool) -> bytes:
    samples = picture.samples(rows)
    samples = np.ascontiguousarray(samples, samples.dtype.newbyteorder("<"))
    if not packed:
        return samples.tobytes()
    samples = samples.copy()
    samples[:, 1:] -= picture.samples(rows)[:, :-1]
    return zlib.compress(samples.data, _LEVEL)


def _directory(picture: Picture, packed: bool, rows: int, lengths: list[int]) -> dict[int, tuple[int, bytes]]:
    """The types and values of all tags that tell how the pixels lie in the file."""
    samples = picture.channels + (picture.alpha is not None)
    places = [8, *(8 + length for length in accumulate(lengths[:-1]))]
    given = {
        256: (directory.LONG, [picture.width]),
        257: (directory.LONG, [picture.height]),
        258: (directory.SHORT, [picture.depth] * samples),
        259: (directory.SHORT, [_DEFLATE if packed else _RAW]),
        262: (directory.SHORT, [_GREY if picture.is_grey else _RGB]),
        273: (directory.LONG, places),
        277: (directory.SHORT, [samples]),
        278: (directory.LONG, [rows]),
        279: (directory.LONG, lengths),
        317: (directory.SHORT, [_DIFFERENCES if packed else _PLAIN]),
    }
    letter = {directory.SHORT: "H", directory.LONG: "I"}
    return {tag: (kind, struct.pack(f"<{len(n)}{letter[kind]}", *n)) for tag, (kind, n) in given.items()}
