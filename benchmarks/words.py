"""Marks whose words are known on photographs: how many lines are found, and what other writing is taken for them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.finding import SURE, found
from benchmarks.lettering import fonts, write
from benchmarks.photos import Photo
from benchmarks.stamps import SEED, Stamped, saved
from wagtail_restore.engines.base import Engine, Region
from wagtail_restore.engines.step import to_float
from wagtail_restore.engines.wording import sought, told

NAMES = (
    ("© Nordwind Archiv", "Nordwind Museum"),
    ("Harbour Light Studio", "Harbour Bright Station"),
    ("Foto: Ilka Brandt", "Foto-Automat"),
    ("Médiathèque du Lac", "Restaurant du Lac"),
    ("www.oellinger-bild.example", "www.ship-shape.example"),
    ("© Kestrel & Vole 2019", "Kestrel Hotel"),
    ("MERIDIAN PRESS", "MERIDIAN BRIDGE"),
    ("Tamsin Okafor Photography", "Tamsin's Hats"),
    ("Lumo", "Limo"),
    ("© Wiśniewski", "Winiarnia"),
)
"""The words of a mark, and what else may be written on a picture."""
COLOURS = {
    "white": (255, 255, 255),
    "black": (0, 0, 0),
    "red": (205, 20, 30),
    "yellow": (255, 220, 60),
    "blue": (20, 70, 190),
}
SIZES = (0.03, 0.08)
"""The height of a digit, as a share of the photograph's."""
OPACITIES = (0.2, 1.0)
MOST = 24
EACH = 3
"""So many photographs have words put on them, and so many times, one after the other."""
WIDEST = 0.9
"""What would be wider than so much of the photograph is written smaller."""
MIDDLES = {"opacity": 0.5, "size": 0.05}
"""Where the halves meet by which the figures are told apart, besides colours."""


@dataclass
class KnownWords:
    """``marks`` has an entry for each line of lettering, ``alarms`` for each region taken for one that it is not."""

    marks: list[dict[str, Any]] = field(default_factory=list)
    alarms: list[dict[str, Any]] = field(default_factory=list)
    pictures: int = 0

    def look_at(self, photo: Photo, number: int, reader: Engine) -> None:
        """At ``photo`` with a mark in words, ``EACH`` times, with other writing, and without any."""
        every = [words for words, _ in NAMES]
        self._nowhere(every, photo, photo.pixels, reader)
        for turn in range(EACH):
            words, stamp = lettered(photo, number, turn, other=False)
            read = reader.run(to_float(stamp.pixels))
            others = [each for each in every if each != words]
            self._count(photo, read, told(read, others, stamp.pixels, reader.faint))
            named = sought(reader, read, [words], stamp.pixels)
            self.marks.append({**stamp.told, **_measured(words, stamp, named)})
        _, stamp = lettered(photo, number, EACH, other=True)
        self._nowhere(every, photo, stamp.pixels, reader)

    def _nowhere(self, wordings: Sequence[str], photo: Photo, pixels: NDArray[Any], reader: Engine) -> None:
        """At a picture on which none of ``wordings`` stands."""
        read = reader.run(to_float(pixels))
        self._count(photo, read, sought(reader, read, wordings, pixels))

    def _count(self, photo: Photo, read: Sequence[Region], after: Sequence[Region]) -> None:
        """What was taken for a mark in words; what was a watermark without them is no alarm of theirs."""
        self.pictures += 1
        taken = [each for each in after if each.kind == "watermark" and each not in read]
        self.alarms += [{"photo": photo.name, "text": each.text, "unasked": each.confidence >= SURE} for each in taken]

    def rows(self) -> list[dict[str, Any]]:
        """A row for all, for each colour, each half of opacity and size, and by how the words were read."""
        kinds: list[tuple[str, list[dict[str, Any]]]] = [("all", self.marks)]
        for what in ("colour", "reading"):
            names = list(dict.fromkeys(sorted(mark[what] for mark in self.marks)))
            kinds += [(f"{what} {name}", [each for each in self.marks if each[what] == name]) for name in names]
        for what, middle in MIDDLES.items():
            kinds.append((f"{what} below {middle}", [each for each in self.marks if each[what] < middle]))
            kinds.append((f"{what} from {middle} on", [each for each in self.marks if each[what] >= middle]))
        return [{"what": what, **_summed(mine)} for what, mine in kinds if mine]

    def headline(self) -> dict[str, Any]:
        whole = _summed(self.marks)
        unasked = sum(alarm["unasked"] for alarm in self.alarms)
        return {
            "words_recall": whole["recall"],
            "words_sure": whole["sure"],
            "words_false_alarms_per_photo": round(unasked / max(1, self.pictures), 3),
        }


def lettered(photo: Photo, number: int, turn: int, *, other: bool) -> tuple[str, Stamped]:
    """The words of a mark, and ``photo`` with a line of them anywhere, or with ``other`` of what else may be written.

    Made from the seed; ``number`` tells photographs apart, ``turn`` the lines on one.
    """
    height, width = photo.pixels.shape[:2]
    rng = np.random.default_rng([SEED, 73, number, turn])
    words, near = NAMES[(EACH * number + turn) % len(NAMES)]
    text = near if other else words
    colour = list(COLOURS)[int(rng.integers(len(COLOURS)))]
    size, opacity = float(rng.uniform(*SIZES)), float(rng.uniform(*OPACITIES))
    face = write(text, "font", size * height, str(rng.choice(fonts())))
    if face.shape[1] > WIDEST * width:
        share = WIDEST * width / face.shape[1]
        face = np.asarray(cv2.resize(face, None, fx=share, fy=share, interpolation=cv2.INTER_AREA), np.float32)
    tall, wide = face.shape
    left, top = int(rng.integers(0, width - wide + 1)), int(rng.integers(0, height - tall + 1))
    cover = np.zeros((height, width), np.float32)
    cover[top : top + tall, left : left + wide] = face
    box = ((left, top), (left + wide, top), (left + wide, top + tall), (left, top + tall))
    look_of = ("watermark", "words", colour, size, text, "anywhere", opacity)
    shown = cover * np.float32(opacity)
    return words, saved(photo, look_of, shown, COLOURS[colour], cover > 0.5, (box,), float(tall), rng)


def _measured(words: str, stamp: Stamped, regions: Sequence[Region]) -> dict[str, Any]:
    """Whether the line was found as a mark, and as what it was read: exactly, amiss, or not at all."""
    marks = [region for region in regions if region.kind == "watermark"]
    sure = [region for region in marks if region.confidence >= SURE]
    here = [region.text for region in regions if found(stamp, [region])]
    read = "exact" if words.casefold() in (text.casefold() for text in here) else "amiss" if here else "none"
    nearest = max(here, key=lambda text: SequenceMatcher(None, text, words, autojunk=False).ratio(), default="")
    return {
        "found": bool(found(stamp, marks)),
        "sure": bool(found(stamp, sure)),
        "reading": read,
        "read": nearest,
    }


def _summed(marks: Sequence[dict[str, Any]]) -> dict[str, Any]:
    def share(name: str) -> float:
        return round(sum(mark[name] for mark in marks) / max(1, len(marks)), 3)

    return {"marks": len(marks), "recall": share("found"), "sure": share("sure")}
