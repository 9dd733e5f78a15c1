"""Patches of photographs with made-up watermarks, and with writing that is part of the scene, for ``training.find``."""

from __future__ import annotations

import io
import string
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from training.data import turned
from training.drawings.look import WORDS

Cover = NDArray[np.float32]
Pixels = NDArray[np.uint8]
Rng = np.random.Generator

SMALLEST, LARGEST = 11.0, 90.0
"""Heights, in pixels, of lettering."""
FAINTEST, FIRMEST = 0.08, 0.75
"""Opacities of marks, drawn evenly on a logarithmic scale, so that most are faint."""
SOLID = 0.92
"""From here on nothing shines through: that is writing in the scene, or a caption."""
MARKED, WRITTEN = 0.65, 0.35
"""The shares of patches with a mark, and with writing that is none."""
SEEN, NEAR = 3.0, 15
"""A mark that changes its pixels by less than this, of 255, on average over so many, is not there."""
OVERSIZE = 2
"""Lettering is drawn so many times as large and then reduced."""
QUALITIES = (55, 98)
SPOKEN = "ba be bo ka ko la lu ma mi no ra re ri sa so ta to vi an el in or un er st ber lin mar son ton ham"
SYLLABLES = tuple(SPOKEN.split())


def draw(patch: Pixels, fonts: Sequence[Path], rng: Rng) -> tuple[Pixels, Cover, NDArray[np.bool_]]:
    """``patch``, uint8 (side, side, 3), most times with a mark, as it may come to a site.

    Beside it: how much of each pixel the mark covers, 0..1, and where that can be asked: white on white is not there.
    """
    picture = np.ascontiguousarray(turned(patch, int(rng.integers(8)))).astype(np.float32)
    side = len(picture)
    if rng.random() < WRITTEN:
        picture = _in_the_scene(picture, fonts, rng)
    cover = np.zeros((side, side), np.float32)
    if rng.random() < MARKED:
        cover = LAYOUTS[int(rng.choice(len(LAYOUTS), p=LAYOUT_SHARES))](side, fonts, rng)
        before, picture = picture, _laid_over(picture, cover, rng)
        seen = cv2.blur(np.abs(picture - before).max(axis=2), (NEAR, NEAR)) >= SEEN * cv2.blur(cover, (NEAR, NEAR))
        return _saved(picture, rng), cover, seen
    return _saved(picture, rng), cover, np.ones(cover.shape, bool)


def _laid_over(picture: NDArray[np.float32], cover: Cover, rng: Rng) -> NDArray[np.float32]:
    """Of one colour and opacity; now and then with a shadow or with a dark rim, as agencies set theirs."""
    opacity = float(np.exp(rng.uniform(np.log(FAINTEST), np.log(FIRMEST))))
    kind = rng.random()
    tone = (
        np.full(3, 255.0)
        if kind < 0.65
        else np.zeros(3)
        if kind < 0.8
        else rng.uniform(0, 255, 3)
        if kind < 0.9
        else np.full(3, rng.uniform(90, 230))
    )
    if rng.random() < 0.15:
        away = int(rng.integers(1, 4))
        shade = np.zeros_like(cover)
        shade[away:, away:] = cover[:-away, :-away]
        shade = cv2.GaussianBlur(shade, (0, 0), float(rng.uniform(0.5, 2.0))) * (1 - cover)
        picture = picture * (1.0 - 0.7 * opacity * shade[:, :, None])
    alpha = cover[:, :, None] * np.float32(opacity)
    return picture * (1 - alpha) + alpha * tone.astype(np.float32)


def _single(side: int, fonts: Sequence[Path], rng: Rng) -> Cover:
    """One line or two, mostly level, anywhere, perhaps cut off at the border."""
    tall = _height(rng)
    face = _lettering(_words(rng), tall, fonts, rng)
    if rng.random() < 0.25:
        below = _lettering(_words(rng), tall * float(rng.uniform(0.4, 1.0)), fonts, rng)
        face = _stacked(face, below, round(0.4 * tall))
    turn = 0.0 if rng.random() < 0.75 else float(rng.uniform(-60, 60))
    return _placed(face, side, [tuple(rng.uniform(0.1, 0.9, 2) * side)], turn)


def _tiled(side: int, fonts: Sequence[Path], rng: Rng) -> Cover:
    face = _lettering(_words(rng), min(_height(rng), 40.0), fonts, rng)
    tall, wide = face.shape
    across, down = wide * float(rng.uniform(1.05, 2.0)), tall * float(rng.uniform(1.8, 6.0))
    moved = rng.uniform(0, 1, 2) * (across, down)
    half = float(rng.choice((0.0, 0.5)))
    turn = float(rng.choice((0.0, -30.0, 30.0, -45.0, 45.0, rng.uniform(-60, 60))))
    middle = np.array((side / 2, side / 2))
    reach = 1.6 * side
    slant = np.deg2rad(-turn)
    along, up = np.array((np.cos(slant), np.sin(slant))), np.array((-np.sin(slant), np.cos(slant)))
    places = [
        tuple(middle + along * ((column + half * (row % 2)) * across + moved[0]) + up * (row * down + moved[1]))
        for row in range(int(-reach / down) - 1, int(reach / down) + 2)
        for column in range(int(-reach / across) - 1, int(reach / across) + 2)
    ]
    near = [at for at in places if -wide < at[0] < side + wide and -wide < at[1] < side + wide]
    return _placed(face, side, near[:60], turn)


def _emblem(side: int, fonts: Sequence[Path], rng: Rng) -> Cover:
    """A drawn sign, as in a logo, sometimes with a name beside it."""
    tall = float(rng.uniform(24, 150))
    sign = _sign(round(tall), rng)
    if rng.random() < 0.5:
        name = _lettering(_words(rng), tall * float(rng.uniform(0.25, 0.7)), fonts, rng)
        sign = _beside(sign, name, round(0.2 * tall))
    return _placed(sign, side, [tuple(rng.uniform(0.15, 0.85, 2) * side)], 0.0)


LAYOUTS: Sequence[Callable[[int, Sequence[Path], Rng], Cover]] = (_single, _tiled, _emblem)
LAYOUT_SHARES = (0.5, 0.35, 0.15)


def _in_the_scene(picture: NDArray[np.float32], fonts: Sequence[Path], rng: Rng) -> NDArray[np.float32]:
    """Paint and print, which nothing shines through: seen at an angle, lit as the ground is, perhaps on a board; or
    a solid caption."""
    side = len(picture)
    ink = _lettering(_words(rng), _height(rng), fonts, rng)
    board = np.pad(np.ones(ink.shape, np.float32), 6)
    ink = np.pad(ink, 6)
    tall, wide = ink.shape
    corners = np.array(((0, 0), (wide, 0), (wide, tall), (0, tall)), np.float32)
    level = rng.random() < 0.4
    middle = rng.uniform(0.2, 0.8, 2) * side - (wide / 2, tall / 2)
    bent = corners + (0 if level else rng.normal(0, 0.2 * tall, (4, 2))) + middle
    matrix = cv2.getPerspectiveTransform(corners, bent.astype(np.float32))
    ink, board = (cv2.warpPerspective(each, matrix, (side, side)) for each in (ink, board))
    soft = float(rng.uniform(0.4, 1.5))
    ink = cv2.GaussianBlur(ink, (0, 0), soft)
    light = 1.0 if level else cv2.GaussianBlur(picture.mean(axis=2), (0, 0), 12.0)[:, :, None] / 128.0
    dark, bright = rng.uniform(0, 90, 3), rng.uniform(170, 255, 3)
    if rng.random() < 0.6:
        bright[:] = rng.uniform(200, 255)
    paint, ground = (bright, dark) if rng.random() < 0.65 else (dark, bright)
    lit = np.clip(light, 0.3, 1.6)
    if rng.random() < 0.4:
        alpha = board[:, :, None]
        picture = picture * (1 - alpha) + alpha * np.clip(ground * lit, 0, 255)
    alpha = ink[:, :, None] * np.float32(rng.uniform(SOLID, 1.0))
    return np.asarray(picture * (1 - alpha) + alpha * np.clip(paint * lit, 0, 255), np.float32)


def _height(rng: Rng) -> float:
    return float(np.exp(rng.uniform(np.log(SMALLEST), np.log(LARGEST))))


def _words(rng: Rng) -> str:
    """What may stand in a mark: names, addresses, years, words, or any letters at all."""
    name = " ".join(_name(rng) for _ in range(int(rng.integers(1, 4))))
    year = str(rng.integers(1990, 2030))
    ways = (
        name,
        f"© {name}",
        f"© {year} {name}",
        f"{name} {year}",
        f"www.{_name(rng).lower()}.{rng.choice(('com', 'org', 'de', 'fr', 'net'))}",
        f"@{_name(rng).lower()}_{_name(rng).lower()}",
        " ".join(rng.choice(WORDS, int(rng.integers(1, 4)))),
        "".join(rng.choice(list(string.ascii_letters + string.digits), int(rng.integers(3, 12)))),
    )
    text = str(ways[int(rng.integers(len(ways)))])
    return text.upper() if rng.random() < 0.3 else text


def _name(rng: Rng) -> str:
    return "".join(rng.choice(SYLLABLES, int(rng.integers(2, 4)))).capitalize()


def _lettering(text: str, tall: float, fonts: Sequence[Path], rng: Rng) -> Cover:
    """``text`` about ``tall`` pixels high, sometimes as outlines alone; float32 (h, w) in 0..1, without a margin."""
    large = tall * OVERSIZE
    file = fonts[int(rng.integers(len(fonts)))] if fonts else None
    font: Any = ImageFont.truetype(str(file), large / 0.72) if file else ImageFont.load_default(large)
    outline = round(0.05 * large) if rng.random() < 0.08 else 0
    left, top, right, bottom = (round(edge) for edge in font.getbbox(text, stroke_width=outline))
    canvas = Image.new("L", (max(4, right - left), max(4, bottom - top)), 0)
    pen = ImageDraw.Draw(canvas)
    pen.text((-left, -top), text, 255, font, stroke_width=outline)
    if outline:
        pen.text((-left, -top), text, 0, font)
    size = (max(2, canvas.width // OVERSIZE), max(2, canvas.height // OVERSIZE))
    return np.asarray(canvas.resize(size, Image.Resampling.BOX), dtype=np.float32) / np.float32(255)


def _sign(side: int, rng: Rng) -> Cover:
    """Rings, bars, stars and corners, some cut out of others."""
    big = side * OVERSIZE
    canvas = np.zeros((big, big), np.uint8)
    for layer in range(int(rng.integers(1, 4))):
        value = 255 if layer % 2 == 0 else 0
        centre = tuple(int(at) for at in rng.uniform(0.4, 0.6, 2) * big)
        radius = big * float(rng.uniform(0.25, 0.45)) / (1 + 0.4 * layer)
        thick = -1 if rng.random() < 0.5 else max(2, round(big * float(rng.uniform(0.03, 0.12))))
        if rng.random() < 0.45:
            cv2.circle(canvas, centre, round(radius), value, thick, cv2.LINE_AA)
        else:
            count = int(rng.integers(3, 11))
            radii = radius * np.where(np.arange(count) % 2 == 0, 1.0, rng.uniform(0.4, 1.2))
            turn = np.arange(count) / count * 2 * np.pi + rng.uniform(0, 2)
            points = np.array(centre) + radii[:, None] * np.stack((np.cos(turn), np.sin(turn)), axis=1)
            whole = [np.rint(points).astype(np.int32)]
            if thick < 0:
                cv2.fillPoly(canvas, whole, value, cv2.LINE_AA)
            else:
                cv2.polylines(canvas, whole, True, value, thick, cv2.LINE_AA)
    small = cv2.resize(canvas, (side, side), interpolation=cv2.INTER_AREA)
    return small.astype(np.float32) / np.float32(255)


def _placed(face: Cover, side: int, middles: Sequence[tuple[Any, ...]], turn: float) -> Cover:
    tall, wide = face.shape
    cover = np.zeros((side, side), np.float32)
    for place in middles:
        matrix = cv2.getRotationMatrix2D((wide / 2, tall / 2), turn, 1.0)
        matrix[:, 2] += np.array(place) - (wide / 2, tall / 2)
        np.maximum(cover, cv2.warpAffine(face, matrix, (side, side), flags=cv2.INTER_LINEAR), out=cover)
    return cover


def _stacked(above: Cover, below: Cover, gap: int) -> Cover:
    wide = max(above.shape[1], below.shape[1])
    face = np.zeros((above.shape[0] + gap + below.shape[0], wide), np.float32)
    for part, top in ((above, 0), (below, above.shape[0] + gap)):
        left = (wide - part.shape[1]) // 2
        face[top : top + part.shape[0], left : left + part.shape[1]] = part
    return face


def _beside(left: Cover, right: Cover, gap: int) -> Cover:
    return _stacked(left.T, right.T, gap).T


def _saved(picture: NDArray[np.float32], rng: Rng) -> Pixels:
    """Sometimes a little soft or grainy, and mostly saved as JPEG, as it comes to a site."""
    if rng.random() < 0.2:
        picture = cv2.GaussianBlur(picture, (0, 0), float(rng.uniform(0.3, 0.9)))
    if rng.random() < 0.2:
        picture = picture + rng.normal(0, rng.uniform(1, 6), picture.shape).astype(np.float32)
    pixels = np.rint(np.clip(picture, 0, 255)).astype(np.uint8)
    if rng.random() < 0.1:
        return pixels
    buffer = io.BytesIO()
    quality = int(rng.integers(QUALITIES[0], QUALITIES[1] + 1))
    Image.fromarray(pixels).save(buffer, "JPEG", quality=quality, subsampling=int(rng.choice((0, 2))))
    return np.array(Image.open(buffer))
