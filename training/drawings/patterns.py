"""Greys of the draughtsman: hatching, cross-hatching, screentone and soft gradients, as masks over a whole canvas."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw

from training.drawings.canvas import ZOOM, Canvas, Mask


def screentone(side: int, *, pitch: float, share: float, angle: float, fade: float = 0.0) -> Mask:
    """Dots ``pitch`` pixels apart that cover ``share`` of the paper, by ``fade`` more at the bottom than in the middle.

    The threshold of a raised cosine, as a printer's screen has it: dots grow, touch, and leave holes.
    """
    places = (np.arange(side * ZOOM, dtype=np.float32) + np.float32(0.5)) / ZOOM
    turn = np.float32(2 * np.pi / pitch)
    across, down = np.float32(np.cos(angle)) * turn * places, np.float32(np.sin(angle)) * turn * places
    # cos(x + y) + cos(y' - x') as products of rows and columns: a cosine of every pixel takes ten times as long
    wave = np.outer(np.cos(down), np.cos(across)) - np.outer(np.sin(down), np.sin(across))
    wave += np.outer(np.cos(across), np.cos(down)) + np.outer(np.sin(across), np.sin(down))
    slope = (places / side * 2 - 1)[:, None] * np.float32(fade)
    # of cos + cos, 2 … -2, a share s lies above about 2 - 4 s
    return Image.fromarray(((wave > 2 - 4 * (share + slope)) * np.uint8(255)).astype(np.uint8))


def hatching(
    rng: np.random.Generator, side: int, *, pitch: float, width: float, angle: float, unrest: float = 0.0
) -> Mask:
    """Parallel lines ``pitch`` pixels apart; ``unrest``: how far, in pitches, a hand misses them."""
    mask = Image.new("L", (side * ZOOM, side * ZOOM), 0)
    pen = ImageDraw.Draw(mask)
    along = np.array([np.cos(angle), np.sin(angle)]) * side
    beside = np.array([-np.sin(angle), np.cos(angle)])
    for offset in np.arange(-0.75 * side, 0.75 * side, pitch):
        middle = side / 2 + beside * (offset + rng.normal(0, unrest * pitch / 3))
        tilt = beside * rng.normal(0, unrest * pitch)
        thick = max(1, round(width * ZOOM * rng.uniform(1 - unrest, 1 + unrest)))
        ends = np.stack([middle - along - tilt, middle + along + tilt]) * ZOOM
        pen.line([(x, y) for x, y in ends.tolist()], fill=255, width=thick)
    return mask


def gradient(side: int, *, angle: float, start: float, end: float) -> Mask:
    """From nothing at ``start`` to all at ``end`` (shares of the way across), evenly."""
    places = np.linspace(-0.5, 0.5, side * ZOOM, dtype=np.float32)
    way = places[None, :] * np.float32(np.cos(angle)) + places[:, None] * np.float32(np.sin(angle)) + 0.5
    return Image.fromarray((np.clip((way - start) / max(end - start, 0.05), 0, 1) * 255).astype(np.uint8))


def tone(canvas: Canvas, rng: np.random.Generator, fineness: float) -> Mask:
    """One of these at random, ``fineness`` pixels from line to line or from dot to dot."""
    angle = float(rng.uniform(0, np.pi))
    kind = rng.random()
    if kind < 0.5:
        angle = np.pi / 4 if rng.random() < 0.6 else angle
        fade = float(rng.uniform(0, 0.4)) if rng.random() < 0.4 else 0.0
        return screentone(canvas.side, pitch=fineness, share=float(rng.uniform(0.1, 0.6)), angle=angle, fade=fade)
    width, unrest = fineness * float(rng.uniform(0.15, 0.5)), float(rng.uniform(0, 0.3))
    first = hatching(rng, canvas.side, pitch=fineness, width=width, angle=angle, unrest=unrest)
    if kind < 0.8:
        return first
    across = angle + float(rng.uniform(0.5, 1.6))
    first.paste(255, (0, 0), hatching(rng, canvas.side, pitch=fineness, width=width, angle=across, unrest=unrest))
    return first
