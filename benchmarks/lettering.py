"""Writing as cameras print it: seven segments, dots in a matrix, or a font of the system; each as bare coverage."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

Coverage = NDArray[np.float32]

FINER = 6
"""Everything is drawn so many times as large and then reduced, so that its edges are soft by a pixel."""
LOOKS = ("segments", "dots", "font")
FONTS = ("DejaVuSans-Bold.ttf", "DejaVuSansMono-Bold.ttf", "LiberationSans-Regular.ttf", "DejaVuSerif.ttf")
LETTERED = ("dots", "font")
"""The looks that have letters; seven segments have none."""

SEGMENTS: Mapping[str, str] = {
    "0": "abcdef",
    "1": "bc",
    "2": "abged",
    "3": "abgcd",
    "4": "fgbc",
    "5": "afgcd",
    "6": "afgedc",
    "7": "abc",
    "8": "abcdefg",
    "9": "abcdfg",
    "-": "g",
}
"""From the top clockwise a to f, and g across the middle."""
ENDS: Mapping[str, tuple[float, float, float, float]] = {
    "a": (0.0, 0.0, 1.0, 0.0),
    "b": (1.0, 0.0, 1.0, 0.5),
    "c": (1.0, 0.5, 1.0, 1.0),
    "d": (0.0, 1.0, 1.0, 1.0),
    "e": (0.0, 0.5, 0.0, 1.0),
    "f": (0.0, 0.0, 0.0, 0.5),
    "g": (0.0, 0.5, 1.0, 0.5),
}
STROKES: Mapping[str, tuple[tuple[float, float, float, float], ...]] = {
    "'": ((0.5, 0.0, 0.4, 0.16),),
    ".": ((0.3, 1.0, 0.3, 1.0),),
    ":": ((0.4, 0.3, 0.4, 0.3), (0.4, 0.72, 0.4, 0.72)),
    "/": ((0.95, 0.02, 0.05, 0.98),),
}
"""What a display shows beside its digits, in the same square of one by one."""
NARROW = {"'": 0.5, ".": 0.45, ":": 0.5}
"""The room of these, as a share of a digit's."""

DOTS: Mapping[str, str] = {
    "0": "0E 11 11 11 11 11 0E",
    "1": "04 0C 04 04 04 04 0E",
    "2": "0E 11 01 06 08 10 1F",
    "3": "1E 01 01 0E 01 01 1E",
    "4": "03 05 09 11 1F 01 01",
    "5": "1F 10 1E 01 01 11 0E",
    "6": "0E 10 10 1E 11 11 0E",
    "7": "1F 01 02 02 04 04 04",
    "8": "0E 11 11 0E 11 11 0E",
    "9": "0E 11 11 0F 01 01 0E",
    "A": "04 0A 11 11 1F 11 11",
    "B": "1E 11 11 1E 11 11 1E",
    "C": "0E 11 10 10 10 11 0E",
    "D": "1C 12 11 11 11 12 1C",
    "E": "1F 10 10 1E 10 10 1F",
    "F": "1F 10 10 1E 10 10 10",
    "G": "0E 11 10 13 11 11 0E",
    "J": "01 01 01 01 11 11 0E",
    "L": "10 10 10 10 10 10 1F",
    "M": "11 1B 15 15 11 11 11",
    "N": "11 19 19 15 13 13 11",
    "O": "0E 11 11 11 11 11 0E",
    "P": "1E 11 11 1E 10 10 10",
    "R": "1E 11 11 1E 14 12 11",
    "S": "0E 11 10 0E 01 11 0E",
    "T": "1F 04 04 04 04 04 04",
    "U": "11 11 11 11 11 11 0E",
    "V": "11 11 11 0A 0A 04 04",
    "Y": "11 11 0A 0A 04 04 04",
    "'": "02 04 00 00 00 00 00",
    ".": "00 00 00 00 00 00 04",
    ":": "00 00 04 00 04 00 00",
    "/": "01 01 02 04 08 10 10",
    "-": "00 00 00 0E 00 00 00",
    " ": "00 00 00 00 00 00 00",
}
"""Seven rows of five dots, the highest bit on the left."""


def write(text: str, look: str, tall: float, font: str = FONTS[0]) -> Coverage:
    """``text`` on one line with digits about ``tall`` pixels high; float32 (h, w) in 0..1, without any margin."""
    large = round(tall * FINER)
    if look == "segments":
        fine = _segments(text, large)
    elif look == "dots":
        fine = _dots(text, large)
    else:
        fine = _font(text, large, font)
    rows, columns = np.flatnonzero(fine.any(axis=1)), np.flatnonzero(fine.any(axis=0))
    tight = fine[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    size = (max(1, round(tight.shape[1] / FINER)), max(1, round(tight.shape[0] / FINER)))
    return np.asarray(cv2.resize(tight, size, interpolation=cv2.INTER_AREA), dtype=np.float32)


@cache
def fonts() -> tuple[str, ...]:
    """Those of ``FONTS`` that this machine has; an empty name stands for the one that comes with Pillow."""
    return tuple(name for name in FONTS if _opens(name)) or ("",)


def _opens(name: str) -> bool:
    try:
        ImageFont.truetype(name, 12)
    except OSError:
        return False
    return True


def _segments(text: str, tall: int) -> NDArray[np.float32]:
    """Slanted a little, with gaps between the segments, as light-emitting diodes in a camera's back were."""
    thick, wide = max(2, round(tall * 0.13)), round(tall * 0.5)
    canvas = np.zeros((tall * 2, (len(text) + 2) * tall), dtype=np.uint8)
    left: float = tall
    for letter in text:
        parts: Sequence[tuple[float, float, float, float]] = STROKES.get(letter, ())
        if letter in SEGMENTS:
            parts = [_shortened(ENDS[name], 0.12) for name in SEGMENTS[letter]]
        for x1, y1, x2, y2 in parts:
            ends = [(left + x * wide + 0.1 * tall * (1 - y), 0.5 * tall + y * tall) for x, y in ((x1, y1), (x2, y2))]
            first, last = ((round(x), round(y)) for x, y in ends)
            cv2.line(canvas, first, last, 255, thick)
        left += (wide + 0.28 * tall) * NARROW.get(letter, 1.0)
    return canvas.astype(np.float32) / np.float32(255.0)


def _shortened(ends: tuple[float, float, float, float], by: float) -> tuple[float, float, float, float]:
    x1, y1, x2, y2 = ends
    across, down = by * (x2 - x1), by * (y2 - y1)
    return x1 + across, y1 + down, x2 - across, y2 - down


def _dots(text: str, tall: int) -> NDArray[np.float32]:
    pitch = tall / 7
    canvas = np.zeros((tall + 2, round((len(text) * 6 + 2) * pitch)), dtype=np.uint8)
    for place, letter in enumerate(text):
        for row, bits in enumerate(DOTS[letter].split()):
            for column in range(5):
                if int(bits, 16) & (16 >> column):
                    middle = (round((place * 6 + column + 0.5) * pitch), round((row + 0.5) * pitch))
                    cv2.circle(canvas, middle, max(1, round(0.44 * pitch)), 255, -1)
    return canvas.astype(np.float32) / np.float32(255.0)


def _font(text: str, tall: int, name: str) -> NDArray[np.float32]:
    """A digit is about seven tenths as high as a font's size says."""
    size = tall / 0.72
    font: Any = ImageFont.truetype(name, size) if name else ImageFont.load_default(size)
    left, top, right, bottom = font.getbbox(text)
    canvas = Image.new("L", (round(right - left) + 8, round(bottom - top) + 8))
    ImageDraw.Draw(canvas).text((4 - left, 4 - top), text, 255, font)
    return np.asarray(canvas, dtype=np.float32) / np.float32(255.0)
