"""Real photographs to try things on: small copies of those that scikit-image brings along, one with a date stamp."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import skimage
from PIL import Image, ImageChops, ImageDraw, ImageFilter

SOURCES = Path(skimage.__file__).parent / "data"
LED = (255, 122, 28)


@dataclass(frozen=True)
class Photo:
    """A photograph, how wide our small copy is, and the date that a camera stamped on it ("" for none)."""

    file: str
    title: str
    width: int
    stamp: str = ""

    @property
    def name(self) -> str:
        return f"{Path(self.file).stem}.jpg"

    def picture(self) -> Image.Image:
        """The small copy, with its stamp."""
        with Image.open(SOURCES / self.file) as source:
            small = source.convert("RGB")
        small = small.resize((self.width, round(small.height * self.width / small.width)), Image.Resampling.LANCZOS)
        return stamped(small, self.stamp) if self.stamp else small

    def jpeg(self) -> bytes:
        """The small copy as an old camera would have saved it."""
        target = BytesIO()
        self.picture().save(target, "JPEG", quality=88)
        return target.getvalue()


UPLOAD = Photo("motorcycle_left.png", "Motorcycle in a garage", 480, stamp="98 7 14")
TOO_SMALL = Photo("astronaut.png", "A thumbnail of an astronaut", 96)
LIBRARY = (
    Photo("chelsea.png", "Chelsea the cat", 320),
    Photo("coffee.png", "A cup of coffee", 360),
    Photo("rocket.jpg", "Rocket on its launch pad", 400),
    Photo("retina.jpg", "A retina", 300),
)

# The bars of an LED digit that are lit: top, upper left, upper right, middle, lower left, lower right, bottom.
DIGITS = {
    "0": "1110111",
    "1": "0010010",
    "2": "1011101",
    "3": "1011011",
    "4": "0111010",
    "5": "1101011",
    "6": "1101111",
    "7": "1010010",
    "8": "1111111",
    "9": "1111011",
}


def stamp_box(size: tuple[int, int], text: str) -> tuple[int, int, int, int]:
    """Left, top, right and bottom of the stamp in a picture of this size, in pixels."""
    width, height = size
    tall = max(14, round(height * 0.08))
    left, bottom = round(width * 0.05), height - round(height * 0.05)
    return left, bottom - tall, left + round(tall * 0.72 * len(text)), bottom


def stamped(picture: Image.Image, text: str) -> Image.Image:
    """The picture with the date in glowing orange bars in its lower left corner."""
    fine = 4
    left, top, _right, bottom = stamp_box(picture.size, text)
    tall = (bottom - top) * fine
    light = Image.new("L", (picture.width * fine, picture.height * fine))
    draw = ImageDraw.Draw(light)
    for place, character in enumerate(text):
        x = left * fine + place * tall * 0.72
        _draw_character(draw, character, x, top * fine, tall)
    light = light.resize(picture.size, Image.Resampling.BOX)
    glow = light.filter(ImageFilter.GaussianBlur((bottom - top) / 8)).point(lambda value: round(value * 0.6))
    return Image.composite(Image.new("RGB", picture.size, LED), picture, ImageChops.lighter(light, glow))


def _draw_character(draw: ImageDraw.ImageDraw, character: str, x: float, y: float, tall: float) -> None:
    """One character of ``tall`` height with its upper left corner at (x, y), leaning a little like LEDs do."""
    wide, bar = tall * 0.5, tall * 0.13
    lean = tall * 0.08

    def line(x1: float, y1: float, x2: float, y2: float) -> None:
        draw.line(
            [(x + x1 + lean * (1 - y1 / tall), y + y1), (x + x2 + lean * (1 - y2 / tall), y + y2)],
            fill=255,
            width=round(bar),
        )

    gap, middle = bar * 0.6, tall / 2
    bars = (
        (gap, 0, wide - gap, 0),
        (0, gap, 0, middle - gap),
        (wide, gap, wide, middle - gap),
        (gap, middle, wide - gap, middle),
        (0, middle + gap, 0, tall - gap),
        (wide, middle + gap, wide, tall - gap),
        (gap, tall, wide - gap, tall),
    )
    for lit, ends in zip(DIGITS.get(character, "0000000"), bars, strict=True):
        if lit == "1":
            line(*ends)
