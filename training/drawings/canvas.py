"""A sheet to draw on, four times as large as the finished drawing, in whose pixels it is spoken to."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageChops, ImageDraw, ImageFont

from training.drawings.geometry import Points, brushed

ZOOM = 4

Colour = tuple[int, int, int]
Mask = Image.Image

RESAMPLINGS = (Image.Resampling.BOX, Image.Resampling.BICUBIC, Image.Resampling.LANCZOS)
RESAMPLING_SHARES = (0.6, 0.25, 0.15)


class Canvas:
    """``side`` × ``side`` pixels of ``paper``. ``fonts``: files to letter with; empty means the one of Pillow."""

    def __init__(self, side: int, paper: Colour, fonts: Sequence[Path] = ()) -> None:
        self.side = side
        self.fonts = tuple(fonts)
        self.image = Image.new("RGB", (side * ZOOM, side * ZOOM), paper)
        self._draw = ImageDraw.Draw(self.image)

    def layer(self, paper: Colour) -> Canvas:
        """Another sheet of the same size, to be put on this one with ``put``."""
        return Canvas(self.side, paper, self.fonts)

    def put(self, other: Canvas, mask: Mask) -> None:
        part = mask.getbbox()
        if part is not None:
            self.image.paste(other.image.crop(part), part, mask.crop(part))

    def paint(self, mask: Mask, colour: Colour) -> None:
        part = mask.getbbox()
        if part is not None:
            self.image.paste(colour, part, mask.crop(part))

    def mask(self, points: Points | None = None) -> Mask:
        """What lies within ``points``; nothing without them."""
        mask = Image.new("L", self.image.size, 0)
        if points is not None:
            ImageDraw.Draw(mask).polygon(_zoomed(points), fill=255)
        return mask

    def fill(self, points: Points, colour: Colour) -> None:
        self._draw.polygon(_zoomed(points), fill=colour)

    def stroke(self, points: Points, colour: Colour, width: float, *, closed: bool = False) -> None:
        """A line of one width, its corners and ends round."""
        line = _zoomed(np.concatenate([points, points[:2]]) if closed else points)
        thick = max(1, round(width * ZOOM))
        self._draw.line(line, fill=colour, width=thick, joint="curve")
        if thick > 4 and not closed:
            for x, y in (line[0], line[-1]):
                self._draw.ellipse((x - thick / 2, y - thick / 2, x + thick / 2, y + thick / 2), fill=colour)

    def brush(self, points: Points, colour: Colour, width: float, *, thinnest: float = 0.0, peak: float = 0.5) -> None:
        """A line that swells and thins out."""
        self.fill(brushed(points, width, thinnest=thinnest, peak=peak), colour)

    def box(
        self,
        corners: tuple[float, float, float, float],
        fill: Colour | None,
        *,
        line: Colour | None = None,
        width: float = 1.0,
        radius: float = 0.0,
    ) -> None:
        """A rectangle (left, top, right, bottom), which fills whole pixels where its corners are whole numbers."""
        left, top, right, bottom = (round(value * ZOOM) for value in corners)
        if right - left < ZOOM or bottom - top < ZOOM:
            return
        self._draw.rounded_rectangle(
            (left, top, right - 1, bottom - 1),
            min(radius * ZOOM, (right - left) / 2, (bottom - top) / 2),
            fill=fill,
            outline=line,
            width=round(width * ZOOM) if line else 0,
        )

    def disc(
        self,
        centre: tuple[float, float],
        radius: float,
        fill: Colour | None,
        *,
        line: Colour | None = None,
        width: float = 1.0,
    ) -> None:
        x, y, reach = centre[0] * ZOOM, centre[1] * ZOOM, radius * ZOOM
        around = (x - reach, y - reach, x + reach, y + reach)
        self._draw.ellipse(around, fill=fill, outline=line, width=round(width * ZOOM) if line else 0)

    def letter(
        self,
        text: str,
        place: tuple[float, float],
        size: float,
        colour: Colour,
        *,
        font: int = 0,
        angle: float = 0.0,
        bold: float = 0.0,
        halo: Colour | None = None,
        anchor: str = "mm",
    ) -> None:
        """``text`` at ``place``. ``font``: any number, taken modulo the fonts there are; ``angle`` in degrees;
        ``bold``: by how many pixels the letters grow, in ``halo`` where one is given; ``anchor``: Pillow's.
        """
        face = _font(self.fonts[font % len(self.fonts)] if self.fonts else None, max(4, round(size * ZOOM)))
        if not self.fonts:
            # the font of Pillow has no more letters than these
            text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
        grown = round(bold * ZOOM)
        edge = colour if halo is None else halo
        at = (place[0] * ZOOM, place[1] * ZOOM)
        if angle == 0:
            self._draw.text(at, text, colour, face, anchor, stroke_width=grown, stroke_fill=edge, align="center")
            return
        # a square that holds the text however it is turned
        left, top, right, bottom = self._draw.textbbox((0, 0), text, face, anchor, stroke_width=grown)
        reach = math.ceil(max(math.hypot(x, y) for x in (left, right) for y in (top, bottom))) + 2
        corner = (round(at[0]) - reach, round(at[1]) - reach)
        for fill, grow in ((edge, grown), (colour, 0)):
            mask = Image.new("L", (2 * reach, 2 * reach), 0)
            pen = ImageDraw.Draw(mask)
            pen.text((reach, reach), text, 255, face, anchor, stroke_width=grow, stroke_fill=255, align="center")
            mask = mask.rotate(angle, Image.Resampling.BILINEAR)
            self.image.paste(fill, (*corner, corner[0] + 2 * reach, corner[1] + 2 * reach), mask)

    def picture(self, rng: np.random.Generator, *, exact: bool = False) -> NDArray[np.uint8]:
        """The finished drawing, side × side × 3. ``exact``: each pixel is the mean of what lies in it."""
        way = Image.Resampling.BOX if exact else RESAMPLINGS[int(rng.choice(3, p=RESAMPLING_SHARES))]
        # halves before it filters, or at once where it only takes means: nearly the same, and several times as fast
        if way is Image.Resampling.BOX:
            small = self.image.reduce(ZOOM)
        else:
            small = self.image.reduce(ZOOM // 2).resize((self.side, self.side), way)
        return np.asarray(small)


def both(one: Mask, other: Mask) -> Mask:
    """What lies in both."""
    part = one.getbbox()
    result = Image.new("L", one.size, 0)
    if part is not None:
        result.paste(ImageChops.multiply(one.crop(part), other.crop(part)), part)
    return result


def _zoomed(points: Points) -> list[tuple[float, float]]:
    # Pillow draws through the middle of a pixel: half of one back, so that edges lie where they were asked for
    return [(x, y) for x, y in (points * ZOOM - 0.5).tolist()]


@lru_cache(maxsize=512)
def _font(file: Path | None, size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    if file is None:
        return ImageFont.load_default(size)
    return ImageFont.truetype(file, size)
