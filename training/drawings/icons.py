"""Icons of published sets: SVG files in colours of a drawing, on plain grounds, on buttons, in rows."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import resvg_py
from PIL import Image

from training.drawings.canvas import ZOOM, Canvas, Mask
from training.drawings.look import Look, phrase, readable

# outlines drawn with a pen: how thick it is may change without spoiling the icon
PEN = re.compile(r'stroke-width="([\d.]+)"')


def icons(canvas: Canvas, rng: np.random.Generator, look: Look, files: Sequence[Path]) -> None:
    """One large icon, or rows of them; each bare, on a disc or on a button, perhaps with a word beneath."""
    rows = int(rng.choice([1, 2, 3, 4, 5], p=[0.25, 0.25, 0.25, 0.15, 0.1]))
    cell = canvas.side / rows
    share, ground = float(rng.uniform(0.45, 0.95)), rng.random()
    named, pen = rows > 1 and rng.random() < 0.3, float(rng.uniform(0.6, 1.6))
    size, font = max(7.0, cell * 0.11), int(rng.integers(99))
    for x, y in ((x * cell, y * cell) for y in range(rows) for x in range(rows)):
        middle = (x + cell / 2, y + cell * (0.42 if named else 0.5))
        colour = look.ink if rng.random() < 0.5 else look.flat(rng)
        reach = cell * share * (0.4 if named else 0.5)
        if ground > 0.5:
            flat = look.flat(rng)
            colour = readable(flat)
            _ground(canvas, middle, reach, flat, disc=ground > 0.75)
            reach *= 0.65
        file = files[int(rng.integers(len(files)))]
        stencil(canvas, file, (middle[0] - reach, middle[1] - reach), 2 * reach, colour, pen=pen)
        if named:
            canvas.letter(phrase(rng, 1), (middle[0], y + cell * 0.9), size, look.ink, font=font)


def stencil(
    canvas: Canvas, file: Path, corner: tuple[float, float], size: float, colour: tuple[int, int, int], *, pen: float
) -> None:
    """Paint the icon with its upper left corner there, ``size`` pixels wide, its pen ``pen`` times as thick."""
    left, top = (round(value * ZOOM) for value in corner)
    mask = rendered(file, max(8, round(size * ZOOM)), pen)
    canvas.image.paste(colour, (left, top, left + mask.width, top + mask.height), mask)


def rendered(file: Path, size: int, pen: float = 1.0) -> Mask:
    """What an icon covers, ``size`` pixels wide."""
    drawn = PEN.sub(lambda found: f'stroke-width="{float(found[1]) * pen:.2f}"', file.read_text("utf-8"))
    data = resvg_py.svg_to_bytes(svg_string=drawn, width=size, skip_system_fonts=True)
    with Image.open(io.BytesIO(data)) as opened:
        return opened.convert("RGBA").getchannel("A")


def _ground(
    canvas: Canvas, middle: tuple[float, float], reach: float, flat: tuple[int, int, int], *, disc: bool
) -> None:
    if disc:
        canvas.disc(middle, reach, flat)
        return
    x, y = middle
    canvas.box((x - reach, y - reach, x + reach, y + reach), flat, radius=reach * 0.3)
