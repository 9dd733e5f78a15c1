"""The benchmark of marks in words: what it counts as found, as read amiss, and as a false alarm."""

from __future__ import annotations

from typing import Any

import numpy as np
from PIL import Image

from benchmarks.photos import Photo
from benchmarks.words import NAMES, KnownWords, lettered
from wagtail_restore.catalogue import Model
from wagtail_restore.engines.base import Capabilities, Engine, Region


def photo(seed: int = 3) -> Photo:
    rng = np.random.default_rng(seed)
    coarse = Image.fromarray(rng.integers(40, 140, (4, 6, 3), dtype=np.uint8))
    return Photo("soft.png", np.asarray(coarse.resize((480, 360), Image.Resampling.BICUBIC)))


class Reader(Engine):
    """Tells, picture by picture, what a test has it tell; ``None`` for nothing. In colours alone it sees nothing."""

    def __init__(self, *readings: str | None) -> None:
        super().__init__(Model("reader", "detect", "tests"))
        self.readings = list(readings)

    @property
    def capabilities(self) -> Capabilities:
        return Capabilities(kind="detect")

    def load(self) -> None:
        """Nothing is needed."""

    def run(self, pixels: Any, mask: Any = None) -> list[Region]:
        self.faint = ()
        if pixels.shape[2] == 1:
            return []
        reading = self.readings.pop(0)
        number = 4 - len(self.readings)
        if reading is None:
            return []
        _, stamp = lettered(photo(), 0, number - 1, other=number == 4)
        (corners,) = stamp.lines
        (x, y), (right, bottom) = corners[0], corners[2]
        found = Region("text", (x, y, right - x, bottom - y), corners, reading, 0.9)
        if number == 2:
            self.faint = (found,)
            return []
        return [found]


def test_lines_are_the_same_each_time_and_change_nothing_elsewhere() -> None:
    for turn in range(3):
        words, stamp = lettered(photo(), 0, turn, other=False)
        assert (words, stamp.text) == (NAMES[turn][0], NAMES[turn][0])
        assert (stamp.pixels == lettered(photo(), 0, turn, other=False)[1].pixels).all()
        assert 0.002 < stamp.ink.mean() < 0.2
        assert np.abs(stamp.pixels.astype(int) - stamp.clean)[stamp.ink].mean() > 8
    assert lettered(photo(), 0, 3, other=True)[1].text == NAMES[3][1]


def test_recall_tells_exact_readings_from_others() -> None:
    counted = KnownWords()
    counted.look_at(photo(), 0, Reader(None, "© Nordwind Archiv", "Harbor Light Studlo", None, "Restaurant du Lac"))
    rows = {row["what"]: row for row in counted.rows()}
    assert (rows["all"]["marks"], rows["all"]["recall"]) == (3, 0.667)
    assert [rows[f"reading {how}"]["recall"] for how in ("exact", "amiss", "none")] == [1.0, 1.0, 0.0]
    assert counted.headline()["words_false_alarms_per_photo"] == 0.0


def test_what_is_taken_for_a_mark_that_does_not_stand_there_is_an_alarm() -> None:
    counted = KnownWords()
    counted.look_at(photo(), 0, Reader(None, "© Nordwind Archiv", None, "MERIDIAN PRESS", "Meridian Press"))
    assert [alarm["text"] for alarm in counted.alarms] == ["MERIDIAN PRESS", "Meridian Press"]
    assert counted.pictures == 5
