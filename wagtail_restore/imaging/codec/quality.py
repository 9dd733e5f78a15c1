"""How finely a source was written, so that its result is written no coarser."""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, JpegImagePlugin

from wagtail_restore.imaging.codec.picture import Tables

FLOOR = 70
"""The quality (of JPEG, WebP, AVIF, HEIC) below which no result is written: a restored picture is not damaged again."""
CEILING = 95
"""The quality above which lossy formats spend bytes on nothing that can be seen."""

SUBSAMPLING = {0: "4:4:4", 1: "4:2:2", 2: "4:2:0"}
"""Pillow's numbers for the chroma subsampling of JPEG."""

_LUMA = (
    "16 11 10 16 24 40 51 61 12 12 14 19 26 58 60 55 14 13 16 24 40 57 69 56 14 17 22 29 51 87 80 62 "
    "18 22 37 56 68 109 103 77 24 35 55 64 81 104 113 92 49 64 78 87 103 121 120 101 72 92 95 98 112 100 103 99"
)
_CHROMA = (
    "17 18 24 47 99 99 99 99 18 21 26 66 99 99 99 99 24 26 56 99 99 99 99 99 47 66 99 99 99 99 99 99 " + "99 " * 32
)
FLOOR_TABLES: Tables = tuple(
    tuple((int(number) * (200 - 2 * FLOOR) + 50) // 100 for number in table.split()) for table in (_LUMA, _CHROMA)
)
"""The tables of the JPEG standard's annex K, scaled to the floor as the Independent JPEG Group does from 50 up."""


def jpeg(image: Image.Image) -> tuple[Tables | None, str | None]:
    """The quantisation tables of an opened JPEG file and its chroma subsampling."""
    tables = tuple(tuple(table) for _, table in sorted(getattr(image, "quantization", {}).items())) or None
    if not isinstance(image, JpegImagePlugin.JpegImageFile) or len(image.layer) != 3:
        return tables, None
    return tables, SUBSAMPLING.get(JpegImagePlugin.get_sampling(image))


def not_coarser(tables: Tables) -> Tables:
    """The tables themselves, or those of the floor where they are coarser than these."""
    return FLOOR_TABLES if sum(tables[0]) > sum(FLOOR_TABLES[0]) else tables


def webp(data: bytes) -> tuple[bool, int | None]:
    """Whether a WebP file is lossless, and else the quality setting whose base quantiser it has."""
    place = 12
    while place + 8 <= len(data):
        kind, length = struct.unpack_from("<4sI", data, place)
        if kind == b"VP8L":
            return True, None
        if kind == b"VP8 ":
            return False, _vp8_quality(data[place + 8 : place + 8 + min(length, 4096)])
        place += 8 + length + (length & 1)
    return False, None


def by_size(pixels: NDArray[Any], payload: int, encode: Callable[[NDArray[Any], int], int]) -> int:
    """The quality at which ``encode(patch, quality)``, in bytes, spends per pixel what the source spent.

    AVIF and HEIC do not record the quality that they were written with. ``pixels`` is (H, W, C) uint8 or uint16,
    ``payload`` the bytes of the source without its metadata. Four patches stand for the picture; a few tries find the
    answer to within 2, and it lies between floor and ceiling.
    """
    patch = _patches(pixels)
    if patch.dtype == np.uint16:
        patch = (patch >> 8).astype(np.uint8)
    wanted = payload * (patch.shape[0] * patch.shape[1]) / (pixels.shape[0] * pixels.shape[1])
    low, high = FLOOR, CEILING
    while high - low > 2:
        middle = (low + high) // 2
        if encode(patch, middle) < wanted:
            low = middle
        else:
            high = middle
    return high


def _patches(pixels: NDArray[Any], side: int = 192) -> NDArray[Any]:
    height, width = pixels.shape[:2]
    if height <= 2 * side or width <= 2 * side:
        return np.ascontiguousarray(pixels[: 2 * side, : 2 * side])
    rows = [slice(h // 4 - side // 2, None) for h in (height, 3 * height)]
    columns = [slice(w // 4 - side // 2, None) for w in (width, 3 * width)]
    return np.vstack([np.hstack([pixels[r, c][:side, :side] for c in columns]) for r in rows])


def _vp8_quality(frame: bytes) -> int | None:
    """The libwebp quality of a VP8 key frame, from the quantiser index in its header (RFC 6386, section 9)."""
    if frame[3:6] != b"\x9d\x01\x2a":
        return None
    bits = _Bits(frame[10:])
    bits.number(2)
    segments = _segments(bits) if bits.number(1) else ()
    bits.number(10)
    if bits.number(1) and bits.number(1):
        for _ in range(8):
            bits.optional(6)
    bits.number(2)
    index = sum(segments) / len(segments) if segments else bits.number(7)
    linear = (1 - index / 127) ** 3
    return round(100 * (linear * 1.5 if linear < 0.5 else (linear + 1) / 2))


def _segments(bits: _Bits) -> tuple[int, ...]:
    """The quantiser indices of the four segments, where they are absolute."""
    with_map, with_data = bits.number(1), bits.number(1)
    levels: list[int] = []
    absolute = 0
    if with_data:
        absolute = bits.number(1)
        levels = [bits.optional(7) for _ in range(4)]
        for _ in range(4):
            bits.optional(6)
    if with_map:
        for _ in range(3):
            if bits.number(1):
                bits.number(8)
    return tuple(levels) if absolute else ()


class _Bits:
    """The boolean decoder of VP8 for even odds (RFC 6386, section 7)."""

    def __init__(self, data: bytes) -> None:
        self._data = data + bytes(4)
        self._place, self._shifted, self._range = 2, 0, 255
        self._value = int.from_bytes(self._data[:2], "big")

    def number(self, bits: int) -> int:
        """An unsigned number of so many bits, the highest first."""
        number = 0
        for _ in range(bits):
            number = number * 2 + self._bit()
        return number

    def optional(self, bits: int) -> int:
        """A signed number, or 0 where its flag is not set."""
        if not self.number(1):
            return 0
        number = self.number(bits)
        return -number if self.number(1) else number

    def _bit(self) -> int:
        split = 1 + (((self._range - 1) * 128) >> 8)
        bit = int(self._value >= split << 8)
        if bit:
            self._range -= split
            self._value -= split << 8
        else:
            self._range = split
        while self._range < 128:
            self._value, self._range, self._shifted = self._value * 2, self._range * 2, self._shifted + 1
            if self._shifted == 8:
                self._shifted = 0
                self._value |= self._data[self._place] if self._place < len(self._data) else 0
                self._place += 1
        return bit
