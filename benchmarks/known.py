"""Marks whose picture is known on photographs: how many are found, and what comes out from under them."""

from __future__ import annotations

import io
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from statistics import mean
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from benchmarks.photos import Photo
from benchmarks.stamps import QUALITIES, SEED
from wagtail_restore.engines.step import to_float
from wagtail_restore.imaging import known, logo

COLOURS = {
    "white": (255, 255, 255),
    "black": (0, 0, 0),
    "grey": (128, 128, 128),
    "red": (205, 20, 30),
    "blue": (20, 70, 190),
}
SIDE = 120
"""The side of the logo in pixels at scale 1."""
SCALES = (0.3, 3.0)
OPACITIES = (0.2, 0.8)
MOST = 24
"""So many photographs have known marks put on them: looking for one takes a second or two."""
EACH = 2
"""So many on each, one after the other."""
ALIKE = 0.6
"""A mark is found where what was found shares so much with it (intersection over union)."""
THROUGH = 0.6
"""Up to this opacity enough shines through for what comes out to be held against the photograph."""
MIDDLES = {"opacity": 0.5, "scale": 1.0}
"""Where the halves meet by which the figures are told apart, besides colours."""


@dataclass(frozen=True)
class Marked:
    """A photograph with the logo: uint8 (H, W, 3), with and without it saved in the same way, and where it is.

    ``ink`` is float32 (H, W), the opacity of the mark in each pixel.
    """

    told: dict[str, Any]
    picture: bytes
    pixels: NDArray[Any]
    clean: NDArray[Any]
    ink: NDArray[np.float32]
    box: tuple[int, int, int, int]


@dataclass
class KnownMarks:
    """``marks`` has an entry for each mark, ``alarms`` for each one found on a photograph without any."""

    marks: list[dict[str, Any]] = field(default_factory=list)
    alarms: list[dict[str, Any]] = field(default_factory=list)
    photos: int = 0

    def look_at(self, photo: Photo, number: int) -> None:
        """At ``photo`` with a mark, ``EACH`` times, and without one for each colour that was put on it."""
        self.photos += 1
        for marked in marked_with(photo, number):
            mark = logo.read(marked.picture, "logo")
            self.marks.append({**marked.told, **_measured(marked, mark)})
            self.alarms += [
                {"photo": photo.name, "colour": marked.told["colour"], "score": round(each.score, 2)}
                for each in known.find(to_float(marked.clean), [mark])
            ]

    def rows(self) -> list[dict[str, Any]]:
        """A row for all marks, for each colour, and for each half of opacity and scale; decibels up to ``THROUGH``."""
        kinds: list[tuple[str, list[dict[str, Any]]]] = [("all", self.marks)]
        kinds += [(f"colour {name}", [each for each in self.marks if each["colour"] == name]) for name in COLOURS]
        for what, middle in MIDDLES.items():
            kinds.append((f"{what} below {middle}", [each for each in self.marks if each[what] < middle]))
            kinds.append((f"{what} from {middle} on", [each for each in self.marks if each[what] >= middle]))
        return [{"what": what, **_summed(mine)} for what, mine in kinds if mine]

    def headline(self) -> dict[str, Any]:
        whole = _summed(self.marks)
        return {
            "known_recall": whole["recall"],
            "known_psnr_db": whole["psnr_db"],
            "known_false_alarms_per_photo": round(len(self.alarms) / max(1, self.photos), 3),
        }


def drawn(colour: tuple[int, int, int]) -> bytes:
    """The logo as a PNG: a ring, a sail and two waves in one colour, on a transparent ground."""
    large = 4 * SIDE
    picture = Image.new("L", (large, large), 0)
    pen = ImageDraw.Draw(picture)
    pen.ellipse((8, 8, large - 9, large - 9), outline=255, width=34)
    pen.polygon([(230, 90), (230, 290), (110, 290)], fill=255)
    pen.polygon([(255, 130), (255, 290), (350, 290)], fill=190)
    for top in (315, 365):
        pen.arc((120, top - 30, 240, top + 30), 20, 160, fill=255, width=16)
        pen.arc((235, top - 30, 355, top + 30), 20, 160, fill=255, width=16)
    made = Image.new("RGB", (SIDE, SIDE), colour)
    made.putalpha(picture.resize((SIDE, SIDE), Image.Resampling.LANCZOS))
    buffer = io.BytesIO()
    made.save(buffer, "PNG")
    return buffer.getvalue()


def marked_with(photo: Photo, number: int) -> Iterator[Marked]:
    """``photo`` with the logo, ``EACH`` times, from the seed; ``number`` tells photographs apart."""
    height, width = photo.pixels.shape[:2]
    for turn in range(EACH):
        rng = np.random.default_rng([SEED, 71, number, turn])
        colour = list(COLOURS)[(EACH * number + turn) % len(COLOURS)]
        largest = min(SCALES[1], 0.9 * min(width, height) / SIDE)
        scale = math.exp(rng.uniform(math.log(SCALES[0]), math.log(largest)))
        opacity, size = float(rng.uniform(*OPACITIES)), round(SIDE * scale)
        left, top = int(rng.integers(0, width - size + 1)), int(rng.integers(0, height - size + 1))
        picture = drawn(COLOURS[colour])
        with Image.open(io.BytesIO(picture)) as read:
            values = np.asarray(read.resize((size, size), Image.Resampling.LANCZOS), np.float32) / 255
        ink = np.zeros((height, width), np.float32)
        ink[top : top + size, left : left + size] = values[:, :, 3] * opacity
        mixed = photo.pixels * (1 - ink[:, :, None]) + np.array(COLOURS[colour], np.float32) * ink[:, :, None]
        quality = int(rng.integers(QUALITIES[0], QUALITIES[1] + 1))
        told = {"photo": photo.name, "colour": colour, "scale": round(scale, 2), "opacity": round(opacity, 2)}
        seen, clean = (_as_jpeg(pixels, quality) for pixels in (np.rint(mixed).astype(np.uint8), photo.pixels))
        yield Marked({**told, "quality": quality}, picture, seen, clean, ink, (left, top, size, size))


def _as_jpeg(pixels: NDArray[Any], quality: int) -> NDArray[Any]:
    done, data = cv2.imencode(".jpg", pixels[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
    if not done:
        raise SystemExit("this OpenCV writes no JPEG")
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR)[:, :, ::-1])


def _measured(marked: Marked, mark: logo.Mark) -> dict[str, Any]:
    """Whether the mark was found, and then how like the photograph what comes out from under it is."""
    seen, clean = to_float(marked.pixels), to_float(marked.clean)
    inside = marked.ink > 1 / 255
    before = _decibels(seen, clean, inside)
    for sighting in known.find(seen, [mark]):
        if _alike(sighting.box, marked.box) >= ALIKE:
            under, weight = known.unblend(seen, sighting.fit)
            kept = inside & (weight < 0.5)
            told = {"measured": round(sighting.opacity, 3), "score": round(sighting.score, 2)}
            figures = {"before_db": before, "psnr_db": _decibels(under, clean, kept if kept.any() else inside)}
            return {"found": True, **told, **figures, "to_fill": round(1 - float(kept.sum() / inside.sum()), 3)}
    return {"found": False, "before_db": before}


def _summed(marks: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Decibels are the mean over those found up to ``THROUGH``; ``off`` is measured less true opacity, over found."""
    found = [each for each in marks if each["found"]]
    through = [each for each in found if each["opacity"] <= THROUGH]
    return {
        "marks": len(marks),
        "recall": round(len(found) / max(1, len(marks)), 3),
        "before_db": _mean([each["before_db"] for each in through]),
        "psnr_db": _mean([each["psnr_db"] for each in through]),
        "off": _mean([each["measured"] - each["opacity"] for each in found], 3),
    }


def _mean(values: Sequence[float], digits: int = 2) -> float | None:
    return round(mean(values), digits) if values else None


def _decibels(one: NDArray[Any], other: NDArray[Any], where: NDArray[Any]) -> float:
    error = float(np.mean((one[where] - other[where]) ** 2))
    return round(-10 * math.log10(max(error, 1e-10)), 2)


def _alike(one: tuple[int, int, int, int], other: tuple[int, int, int, int]) -> float:
    wide = min(one[0] + one[2], other[0] + other[2]) - max(one[0], other[0])
    tall = min(one[1] + one[3], other[1] + other[3]) - max(one[1], other[1])
    common = max(0, wide) * max(0, tall)
    return common / (one[2] * one[3] + other[2] * other[3] - common)
