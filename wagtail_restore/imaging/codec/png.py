"""PNG as bytes: chunks put into a finished file, and 16-bit pictures written, which Pillow cannot."""

from __future__ import annotations

import struct
import zlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

SIGNATURE = b"\x89PNG\r\n\x1a\n"
_AFTER_HEADER = 33
"""Where the IHDR chunk of every PNG file ends."""
_BAND = 1 << 22
"""Samples that are filtered at once, so that memory stays flat."""


def chunk(kind: bytes, data: bytes) -> bytes:
    """One chunk with its length and checksum."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def with_metadata(png: bytes, *, icc: bytes | None, exif: bytes | None, xmp: bytes | None) -> bytes:
    """A PNG file with these pieces in front of everything that follows its header."""
    chunks = b""
    if icc:
        chunks += chunk(b"iCCP", b"ICC Profile\0\0" + zlib.compress(icc))
    if exif:
        chunks += chunk(b"eXIf", exif.removeprefix(b"Exif\0\0"))
    if xmp:
        chunks += chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + xmp)
    return png[:_AFTER_HEADER] + chunks + png[_AFTER_HEADER:]


def sixteen_bit(samples: NDArray[np.uint16], dpi: tuple[float, float] | None) -> bytes:
    """A 16-bit PNG file of (H, W, 1, 2, 3 or 4) samples: grey, grey with alpha, RGB, RGBA."""
    height, width, channels = samples.shape
    kind = {1: 0, 2: 4, 3: 2, 4: 6}[channels]
    parts = [SIGNATURE, chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 16, kind, 0, 0, 0))]
    if dpi:
        metres = [min(round(number / 0.0254), 2**31 - 1) for number in dpi]
        parts.append(chunk(b"pHYs", struct.pack(">IIB", *metres, 1)))
    packer = zlib.compressobj(6)
    rows = max(1, _BAND // (width * channels))
    above = np.zeros((1, width * channels * 2), np.uint8)
    for top in range(0, height, rows):
        band = samples[top : top + rows].astype(">u2").reshape(-1, width * channels).view(np.uint8)
        parts.append(_data(packer.compress(_filtered(band, above, channels * 2).tobytes())))
        above = band[-1:]
    parts += [_data(packer.flush()), chunk(b"IEND", b"")]
    return b"".join(parts)


def _data(compressed: bytes) -> bytes:
    return chunk(b"IDAT", compressed) if compressed else b""


def _filtered(band: NDArray[np.uint8], above: NDArray[np.uint8], step: int) -> NDArray[np.uint8]:
    """Each row with the filter (none, sub, up, Paeth) that leaves the smallest sum, its number in front.

    The heuristic is the one that the PNG specification (W3C, section 12.8) recommends.
    """
    up = np.concatenate([above, band[:-1]])
    left, corner = _shifted(band, step), _shifted(up, step)
    tried: dict[int, NDArray[Any]] = {0: band, 1: band - left, 2: band - up, 4: band - _paeth(left, up, corner)}
    sums = [np.abs(rows.view(np.int8).astype(np.int16)).sum(axis=1, dtype=np.int64) for rows in tried.values()]
    best = np.argmin(np.stack(sums), axis=0)
    out = np.empty((band.shape[0], band.shape[1] + 1), np.uint8)
    for index, (number, rows) in enumerate(tried.items()):
        out[best == index, 0] = number
        out[best == index, 1:] = rows[best == index]
    return out


def _shifted(rows: NDArray[np.uint8], step: int) -> NDArray[np.uint8]:
    shifted = np.zeros_like(rows)
    shifted[:, step:] = rows[:, :-step]
    return shifted


def _paeth(left: NDArray[np.uint8], up: NDArray[np.uint8], corner: NDArray[np.uint8]) -> NDArray[np.uint8]:
    a, b, c = (part.astype(np.int16) for part in (left, up, corner))
    guess = a + b - c
    by_left, by_up, by_corner = np.abs(guess - a), np.abs(guess - b), np.abs(guess - c)
    nearest = np.where(by_up <= by_corner, up, corner)
    return np.where((by_left <= by_up) & (by_left <= by_corner), left, nearest)
