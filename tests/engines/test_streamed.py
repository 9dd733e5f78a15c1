"""Pictures through an Engine that takes rows: mirrored beyond the border, checked, and taken over in the middle."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.engines.doubles import Doubler, model
from wagtail_restore.engines import tiled
from wagtail_restore.engines.base import Capabilities, Engine
from wagtail_restore.exceptions import BadOutput, Cancelled, OutOfMemory

LAG = 2


class Rows:
    """Each pixel four times, and each row as it is two rows later; what lies above the first is not known to it."""

    def __init__(self, engine: RowByRow) -> None:
        self.engine = engine
        self.waiting: list[NDArray[np.float32]] = []

    def rows(self, width: int) -> int:
        return 12

    def push(self, rows: NDArray[np.float32], *, last: bool) -> NDArray[np.float32]:
        self.engine.pushed.append(len(rows))
        if self.engine.full:
            raise OutOfMemory(device="cpu")
        self.waiting.extend(rows)
        ready = len(self.waiting) if last else max(0, len(self.waiting) - LAG)
        given, self.waiting = self.waiting[:ready], self.waiting[ready:]
        result = np.array(given, np.float32).reshape(ready, rows.shape[1], 3).repeat(2, axis=0).repeat(2, axis=1)
        if self.engine.holes_from is not None and sum(self.engine.pushed) > self.engine.holes_from:
            result[-1:] = np.nan
        return result


class RowByRow(Engine):
    def __init__(self, *values: Any, **named: Any) -> None:
        super().__init__(*values, **named)
        self.pushed: list[int] = []
        self.full = False
        self.holes_from: int | None = None
        self.exact = False

    @property
    def capabilities(self) -> Capabilities:
        return Capabilities(kind="upscale", scale=2, tiled=True, overlap=2 * LAG)

    def load(self) -> None:
        """Nothing to load."""

    def run(self, pixels: Any, mask: Any = None) -> Any:
        raise AssertionError("it has a stream")

    def stream(self) -> Rows:
        return Rows(self)

    def full_precision(self) -> bool:
        self.holes_from, self.exact, before = (None, True, self.exact) if not self.exact else (0, True, True)
        return not before


def engine() -> RowByRow:
    return RowByRow(model("m", "RowByRow", scale=2))


def noise(width: int, height: int, channels: int = 3) -> NDArray[np.float32]:
    return np.random.default_rng(5).random((height, width, channels), dtype=np.float32)


def doubled(pixels: NDArray[np.float32]) -> NDArray[np.float32]:
    return pixels.repeat(2, axis=0).repeat(2, axis=1)


def passage(pixels: Any, report: Any = lambda share: None, check: Any = lambda: None) -> tiled.Passage:
    return tiled.Passage(pixels.shape, lambda first, last: pixels[first:last], report, check)


def rest(work: tiled.Passage, by: Engine) -> NDArray[np.float32]:
    bands = []
    while not work.finished:
        bands.append(work.band(by).copy())
    return np.concatenate(bands)


@pytest.mark.parametrize("size", [(40, 100), (1, 1), (30, 2), (2, 300), (7, 13)])
@pytest.mark.parametrize("channels", [1, 3])
def test_all_rows_come_once_and_in_their_order(size: tuple[int, int], channels: int) -> None:
    pixels = noise(*size, channels)
    result = rest(passage(pixels), engine())
    assert result.shape == (2 * size[1], 2 * size[0], channels)
    assert np.abs(result - doubled(pixels)).max() < 1e-6


def test_beyond_its_border_the_picture_is_mirrored() -> None:
    by = engine()
    seen: list[NDArray[np.float32]] = []
    stream = by.stream()
    push = stream.push
    stream.push = lambda rows, last: seen.append(rows.copy()) or push(rows, last=last)  # type: ignore[method-assign,func-returns-value]
    by.stream = lambda: stream  # type: ignore[method-assign]
    pixels = noise(20, 30)
    rest(passage(pixels), by)
    assert (np.concatenate(seen) == np.pad(pixels, ((LAG, LAG), (LAG, LAG), (0, 0)), mode="reflect")).all()


def test_progress_grows_to_one_and_a_check_may_end_it() -> None:
    heard: list[float] = []
    rest(passage(noise(40, 100), heard.append), engine())
    assert heard == sorted(heard)
    assert heard[-1] == 1.0
    assert len(heard) > 5

    def stop() -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        passage(noise(40, 100), check=stop).band(engine())


def test_holes_are_drawn_again_in_full_precision_and_what_was_right_stays() -> None:
    by, pixels = engine(), noise(40, 100)
    by.holes_from = 60
    result = rest(passage(pixels), by)
    assert by.exact
    assert np.abs(result - doubled(pixels)).max() < 1e-6


def test_what_stays_broken_is_told() -> None:
    by = engine()
    by.holes_from, by.exact = 0, True
    with pytest.raises(BadOutput):
        rest(passage(noise(40, 100)), by)


def test_another_engine_that_takes_rows_goes_on_where_memory_ran_out() -> None:
    work, first, pixels = passage(pixels := noise(40, 100)), engine(), pixels
    bands = [work.band(first).copy() for _ in range(3)]
    first.full = True
    with pytest.raises(OutOfMemory):
        work.band(first)
    result = np.concatenate([*bands, rest(work, engine())])
    assert np.abs(result - doubled(pixels)).max() < 1e-6


def test_the_same_engine_goes_on_when_there_is_memory_again() -> None:
    by, pixels = engine(), noise(40, 100)
    work = passage(pixels)
    bands = [work.band(by).copy() for _ in range(3)]
    by.full = True
    with pytest.raises(OutOfMemory):
        work.band(by)
    by.full = False
    result = np.concatenate([*bands, rest(work, by)])
    assert np.abs(result - doubled(pixels)).max() < 1e-6


def test_an_engine_that_takes_none_cannot_go_on() -> None:
    work = passage(noise(40, 100))
    work.band(engine())
    tiles = Doubler(model("m", "Doubler", scale=2))
    tiles.load()
    with pytest.raises(OutOfMemory):
        work.band(tiles)


def test_rows_go_on_where_tiles_ended() -> None:
    pixels = noise(1300, 600)
    work, tiles = passage(pixels), Doubler(model("m", "Doubler", scale=2))
    tiles.load()
    first = work.band(tiles).copy()
    assert not work.finished
    by = engine()
    by.full = True
    with pytest.raises(OutOfMemory):
        work.band(by)
    by.full = False
    result = np.concatenate([first, rest(work, by)])
    assert np.abs(result - doubled(pixels)).max() < 1e-6
