"""Made-up holes as erasing leaves them: along lettering, scratches and cables, in boxes, and in blobs."""

from __future__ import annotations

import string
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

Hole = NDArray[np.bool_]
Rng = np.random.Generator

LETTERS = string.ascii_letters + string.digits * 4 + "'.:/-©"
SMALLEST, LARGEST = 9, 44
"""Heights, in pixels, of lettering."""


def draw(side: int, fonts: Sequence[Path], rng: Rng) -> Hole:
    """A hole in a square of ``side`` pixels: bool (side, side), neither empty nor more than a third of it."""
    makers: Sequence[Callable[[int, Sequence[Path], Rng], Hole]] = (_lettering, _strokes, _boxes, _blobs)
    while True:
        maker = makers[int(rng.choice(len(makers), p=(0.5, 0.12, 0.08, 0.3)))]
        hole = maker(side, fonts, rng)
        if 0.005 < float(hole.mean()) < 0.34:
            return hole


@cache
def fonts_in(folder: Path) -> tuple[Path, ...]:
    """The scalable fonts below ``folder``."""
    return tuple(sorted(path for path in folder.rglob("*") if path.suffix.lower() in {".ttf", ".otf"}))


def _lettering(side: int, fonts: Sequence[Path], rng: Rng) -> Hole:
    """Lines of writing, some slanted, grown as a detector's strokes are: by their soft edge and by a glow."""
    canvas = Image.new("L", (side, side), 0)
    brush = ImageDraw.Draw(canvas)
    top = float(rng.uniform(-4, 0.5 * side))
    for _ in range(int(rng.integers(1, 5))):
        tall = float(np.exp(rng.uniform(np.log(SMALLEST), np.log(LARGEST))))
        _line(brush, (float(rng.uniform(-0.2, 0.5)) * side, top), tall, fonts, rng)
        top += tall * float(rng.uniform(1.3, 3.0))
    angle = float(rng.choice((0.0, 0.0, 0.0, 90.0, rng.uniform(-40, 40))))
    ink = np.asarray(canvas.rotate(angle, Image.Resampling.BILINEAR)) > 100
    return _grown(ink, float(rng.uniform(0.5, 5.0)))


def _line(brush: ImageDraw.ImageDraw, at: tuple[float, float], tall: float, fonts: Sequence[Path], rng: Rng) -> None:
    text = "".join(rng.choice(list(LETTERS), int(rng.integers(4, 16))))
    if rng.random() < 0.3:
        _digits(brush, at, tall, len(text), rng)
        return
    font: Any = (
        ImageFont.truetype(str(fonts[int(rng.integers(len(fonts)))]), tall / 0.72)
        if fonts
        else ImageFont.load_default(tall)
    )
    brush.text(at, text, fill=255, font=font)


def _digits(brush: ImageDraw.ImageDraw, at: tuple[float, float], tall: float, count: int, rng: Rng) -> None:
    """Rows of bars laid like the segments of a display, any of which may be dark."""
    bars = ((0, 0, 1, 0), (0, 0, 0, 1), (1, 0, 1, 1), (0, 1, 1, 1), (0, 1, 0, 2), (1, 1, 1, 2), (0, 2, 1, 2))
    wide, high, thick = 0.5 * tall, 0.5 * tall, max(1, round(tall * 0.12))
    for place in range(count):
        x, y = at[0] + place * 1.6 * wide, at[1]
        for x1, y1, x2, y2 in bars:
            if rng.random() < 0.7:
                brush.line((x + x1 * wide, y + y1 * high, x + x2 * wide, y + y2 * high), fill=255, width=thick)


def _strokes(side: int, fonts: Sequence[Path], rng: Rng) -> Hole:
    """Scratches, hairs and cables: bent lines of one width each."""
    canvas = np.zeros((side, side), np.uint8)
    for _ in range(int(rng.integers(1, 6))):
        steps = rng.normal(0.0, side / 10, (int(rng.integers(3, 12)), 2)).cumsum(axis=0).cumsum(axis=0) / 2
        points = np.rint(steps + rng.uniform(0, side, 2)).astype(np.int32)
        cv2.polylines(canvas, [points[:, None]], isClosed=False, color=1, thickness=int(rng.integers(1, 13)))
    return canvas > 0


def _boxes(side: int, fonts: Sequence[Path], rng: Rng) -> Hole:
    hole = np.zeros((side, side), bool)
    for _ in range(int(rng.integers(1, 4))):
        tall, wide = (round(float(np.exp(rng.uniform(np.log(5), np.log(side / 4))))) for _ in range(2))
        y, x = int(rng.integers(side - tall)), int(rng.integers(side - wide))
        hole[y : y + tall, x : x + wide] = True
    return hole


def _blobs(side: int, fonts: Sequence[Path], rng: Rng) -> Hole:
    """Round and ragged shapes, where low noise rises above a threshold, that cover 2 to 20 % altogether."""
    noise = rng.standard_normal((side, side)).astype(np.float32)
    smooth = cv2.GaussianBlur(noise, (0, 0), float(rng.uniform(side / 24, side / 7)))
    return np.asarray(smooth > np.quantile(smooth, 1.0 - float(rng.uniform(0.02, 0.2))))


def _grown(ink: Hole, radius: float) -> Hole:
    away = cv2.distanceTransform((~ink).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    return np.asarray(away <= radius)
