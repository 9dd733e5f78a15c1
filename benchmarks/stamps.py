"""Photographs with a camera's date or a watermark on them, made from a seed, and what of them is that mark."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from benchmarks.lettering import LETTERED, LOOKS, Coverage, fonts, write
from benchmarks.photos import Photo
from wagtail_restore.imaging import masks

SEED = 11
COLOURS = {
    "orange": (255, 140, 30),
    "yellow": (255, 220, 60),
    "red": (255, 55, 35),
    "white": (250, 250, 245),
    "green": (90, 255, 100),
}
CORNERS = ("bottom right", "bottom left", "top right", "top left")
MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
SMALLEST, LARGEST = 0.02, 0.06
"""The height of a date, as a share of the photograph's."""
WORDS = ("© Jane Doe 2019", "SAMPLE", "www.harbour-photo.com", "PREVIEW", "Harbour Light Studio", "Do not copy")
OPACITIES = (0.2, 0.6)
LAYOUTS = ("single", "tiled")
QUALITIES = (85, 95)
"""Of the JPEG that the marked photograph is saved as."""

BLOB = "blob"
CROP = 256
BLOB_SHARE = 0.1
"""A blob covers so much of a square of so many pixels."""

Corners = tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Stamped:
    """One photograph with one mark.

    ``pixels`` are what a JPEG of it decodes to, ``clean`` the same photograph saved in the same way without the mark,
    both uint8 (H, W, 3). ``ink`` is bool (H, W), without glow; ``lines`` are the corners (x, y) of each line of it;
    ``tall`` is the height of a line. ``look`` is a date's face, or the layout of a watermark.
    """

    photo: str
    kind: str
    look: str
    colour: str
    size: float
    text: str
    corner: str
    opacity: float
    pixels: NDArray[Any]
    clean: NDArray[Any]
    ink: masks.Mask
    lines: tuple[Corners, ...]
    tall: float

    @property
    def told(self) -> dict[str, Any]:
        """What it looks like, in words and numbers."""
        names = ("photo", "kind", "look", "colour", "size", "text", "corner", "opacity")
        return {name: getattr(self, name) for name in names}


def stamped(photo: Photo, number: int) -> Iterator[Stamped]:
    """``photo`` with a date in each look, then with a watermark in each layout; ``number`` tells photographs apart."""
    for index, look in enumerate(LOOKS):
        yield dated(photo, look, np.random.default_rng([SEED, number, index]))
    for index, layout in enumerate(LAYOUTS):
        yield watermarked(photo, layout, np.random.default_rng([SEED, number, len(LOOKS) + index]))


def holed(photo: Photo, number: int) -> Stamped:
    """A square of ``photo`` with a hole in it, as a thing leaves it that somebody painted over."""
    rng = np.random.default_rng([SEED, number, len(LOOKS) + len(LAYOUTS)])
    height, width = photo.pixels.shape[:2]
    side = min(CROP, height, width)
    top, left = int(rng.integers(height - side + 1)), int(rng.integers(width - side + 1))
    square = np.ascontiguousarray(photo.pixels[top : top + side, left : left + side])
    noise = cv2.GaussianBlur(rng.standard_normal((side, side)).astype(np.float32), (0, 0), side / 8)
    # The middle is preferred, so that the blob is mostly one, and mostly inside.
    away = np.hypot(*(np.mgrid[0:side, 0:side] - (side - 1) / 2)) / side
    high = noise / noise.std() - np.square(4 * away)
    blob = high > np.quantile(high, 1 - BLOB_SHARE)
    return Stamped(photo.name, BLOB, "", "", BLOB_SHARE, "", "", 1.0, square, square, blob, (), float(side))


def dated(photo: Photo, look: str, rng: np.random.Generator) -> Stamped:
    """A date as cameras print it: one bright colour in a corner, a little soft, with a little glow."""
    height, width = photo.pixels.shape[:2]
    size = float(rng.uniform(SMALLEST, LARGEST))
    colour, corner = str(rng.choice(list(COLOURS))), str(rng.choice(CORNERS))
    text = a_date(rng, lettered=look in LETTERED)
    face = write(text, look, size * height, str(rng.choice(fonts())))
    if face.shape[1] > 0.9 * width:  # a long date on an upright photograph
        face = cv2.resize(face, None, fx=0.9 * width / face.shape[1], fy=0.9 * width / face.shape[1])
    tall, wide = face.shape
    away = [round(float(rng.uniform(0.03, 0.07)) * side) for side in (width, height)]
    left = width - away[0] - wide if "right" in corner else away[0]
    top = height - away[1] - tall if "bottom" in corner else away[1]
    left, top = max(0, min(left, width - wide)), max(0, min(top, height - tall))
    cover = np.zeros((height, width), dtype=np.float32)
    cover[top : top + tall, left : left + wide] = face
    soft = cv2.GaussianBlur(cover, (0, 0), max(0.4, float(rng.uniform(0.02, 0.06)) * tall))
    glow = cv2.GaussianBlur(cover, (0, 0), 0.2 * tall) * float(rng.uniform(0.0, 0.35))
    shown = 1.0 - (1.0 - np.clip(soft, 0.0, 1.0)) * (1.0 - np.clip(glow, 0.0, 1.0))
    box = ((left, top), (left + wide, top), (left + wide, top + tall), (left, top + tall))
    look_of = ("date", look, colour, size, text, corner, 1.0)
    return saved(photo, look_of, shown, COLOURS[colour], cover > 0.5, (box,), float(tall), rng)


def a_date(rng: np.random.Generator, *, lettered: bool) -> str:
    """A day between 1985 and 2015 in one of the ways in which cameras write it, some with a time of day."""
    year, month, day = (int(rng.integers(*span)) for span in ((1985, 2016), (1, 13), (1, 29)))
    hour, minute = int(rng.integers(0, 24)), int(rng.integers(0, 60))
    short = f"'{year % 100:02d}"
    ways = [
        f"{short} {month} {day}",
        f"{day:02d}.{month:02d}.{year}",
        f"{month}/{day}/{year % 100:02d} {hour}:{minute:02d}",
        f"{year}-{month:02d}-{day:02d}",
    ]
    if lettered:
        ways += [f"{MONTHS[month - 1]} {day} {year}", f"{day} {MONTHS[month - 1]} {short}"]
    return str(rng.choice(ways))


def watermarked(photo: Photo, layout: str, rng: np.random.Generator) -> Stamped:
    """Words that the photograph shines through: once, or all over it on a slant; white, now and then black."""
    height, width = photo.pixels.shape[:2]
    text, opacity = str(rng.choice(WORDS)), float(rng.uniform(*OPACITIES))
    colour = "black" if rng.random() < 0.2 else "white"
    single = layout == "single"
    size = float(rng.uniform(0.04, 0.1) if single else rng.uniform(0.03, 0.05))
    face = write(text, "font", size * height, str(rng.choice(fonts())))
    most = (0.85 if single else 0.5) * width
    if face.shape[1] > most:
        face = cv2.resize(face, None, fx=most / face.shape[1], fy=most / face.shape[1], interpolation=cv2.INTER_AREA)
    if single:
        turn, corner = 0.0, str(rng.choice(("middle", *CORNERS)))
        places = [_middle(corner, face, width, height)]
    else:
        turn, corner = float(rng.choice((-30.0, 30.0))), "all over"
        places = _grid(face, width, height, float(rng.uniform(1.3, 1.8)))
    cover = np.zeros((height, width), dtype=np.float32)
    lines = []
    for place in places:
        laid, line = _laid(face, place, turn, width, height)
        np.maximum(cover, laid, out=cover)
        lines.append(line)
    look_of = ("watermark", layout, colour, size, text, corner, opacity)
    tone = (0, 0, 0) if colour == "black" else (255, 255, 255)
    tall = float(face.shape[0])
    return saved(photo, look_of, cover * np.float32(opacity), tone, cover > 0.5, tuple(lines), tall, rng)


def _middle(corner: str, face: Coverage, width: int, height: int) -> tuple[float, float]:
    if corner == "middle":
        return width / 2, height / 2
    tall, wide = face.shape
    away = 0.05 * min(width, height)
    x = width - away - wide / 2 if "right" in corner else away + wide / 2
    y = height - away - tall / 2 if "bottom" in corner else away + tall / 2
    return x, y


def _grid(face: Coverage, width: int, height: int, apart: float) -> list[tuple[float, float]]:
    """The middles of a grid that fills the photograph, every other row moved by half a step."""
    across, down = apart * face.shape[1], max(0.75 * face.shape[1], 4.0 * face.shape[0])
    rows, columns = int(height / down) + 2, int(width / across) + 2
    return [
        ((column + 0.5 * (row % 2)) * across, (row + 0.4) * down) for row in range(rows) for column in range(columns)
    ]


def _laid(face: Coverage, place: tuple[float, float], turn: float, width: int, height: int) -> tuple[Coverage, Corners]:
    """``face`` about its middle at ``place``, turned by so many degrees; float32 (height, width), and its corners."""
    tall, wide = face.shape
    matrix = cv2.getRotationMatrix2D((wide / 2, tall / 2), turn, 1.0)
    matrix[:, 2] += np.array(place) - (wide / 2, tall / 2)
    laid = cv2.warpAffine(face, matrix, (width, height), flags=cv2.INTER_LINEAR)
    corners = np.array([[0, 0, 1], [wide, 0, 1], [wide, tall, 1], [0, tall, 1]]) @ matrix.T
    return np.asarray(laid, dtype=np.float32), tuple((round(float(x)), round(float(y))) for x, y in corners)


def saved(
    photo: Photo,
    look_of: tuple[str, str, str, float, str, str, float],
    shown: Coverage,
    tone: tuple[int, int, int],
    ink: masks.Mask,
    lines: tuple[Corners, ...],
    tall: float,
    rng: np.random.Generator,
) -> Stamped:
    kind, look, colour, size, text, corner, opacity = look_of
    mixed = photo.pixels * (1.0 - shown[:, :, None]) + np.array(tone, dtype=np.float32) * shown[:, :, None]
    quality = int(rng.integers(QUALITIES[0], QUALITIES[1] + 1))
    marked, clean = (_as_jpeg(pixels, quality) for pixels in (np.rint(mixed).astype(np.uint8), photo.pixels))
    told = (photo.name, kind, look, colour, round(size, 4), text, corner, round(opacity, 2))
    return Stamped(*told, marked, clean, ink, lines, tall)


def _as_jpeg(pixels: NDArray[Any], quality: int) -> NDArray[Any]:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "JPEG", quality=quality)
    return np.asarray(Image.open(buffer).convert("RGB"))
