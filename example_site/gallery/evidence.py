"""What can be measured on, and shown of, a picture before and after."""

from __future__ import annotations

from pathlib import Path

from PIL import Image

from gallery.photos import LED, UPLOAD, stamp_box
from gallery.visitors import Shown


def stamp(shown: Shown) -> float:
    """Which part of the corner with the date stamp has the stamp's colour, from 0 to 1."""
    picture = shown.picture()
    corner = picture.crop(stamp_box(picture.size, UPLOAD.stamp))
    pixels = list(corner.getdata())
    return sum(_orange(pixel) for pixel in pixels) / len(pixels)


def side_by_side(before: Shown, after: Shown, target: Path) -> Path:
    """Save one picture with both, at the height of the second, the first enlarged as a browser would."""
    left, right = before.picture(), after.picture()
    left = left.resize((round(left.width * right.height / left.height), right.height), Image.Resampling.BICUBIC)
    sheet = Image.new("RGB", (left.width + right.width + 16, right.height), "white")
    sheet.paste(left, (0, 0))
    sheet.paste(right, (left.width + 16, 0))
    target.parent.mkdir(parents=True, exist_ok=True)
    sheet.save(target)
    return target


def _orange(pixel: tuple[int, int, int]) -> bool:
    return all(abs(value - wanted) < 60 for value, wanted in zip(pixel, LED, strict=True))
