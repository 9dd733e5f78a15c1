"""One Engine over a picture of any size: strips, smaller tiles when memory runs out, a second try in float32."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, ClassVar

import numpy as np
import pytest

from tests.engines.doubles import Broken, Doubler, Overflowing, drawn, model
from wagtail_restore.engines import tiled
from wagtail_restore.engines.base import Engine
from wagtail_restore.exceptions import BadOutput, Cancelled, OutOfMemory


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    Doubler.sizes.clear()
    Doubler.limit = 0
    yield
    Doubler.limit = 0


def made(kind: type[Engine], scale: int = 2) -> Engine:
    engine = kind(model("m", kind.__name__, scale=scale))
    engine.load()
    return engine


def noise(width: int, height: int, channels: int = 3) -> Any:
    return np.random.default_rng(5).random((height, width, channels), dtype=np.float32)


def nothing(share: float) -> None:
    """Nobody listens."""


def never() -> None:
    """Nobody stops it."""


def test_a_picture_that_fits_goes_in_one_piece() -> None:
    result, tiles = drawn(made(Doubler), noise(300, 200), nothing, never)
    mirrored = 2 * 2
    assert (result.shape, tiles, Doubler.sizes) == ((400, 600, 3), 1, [(300 + mirrored, 200 + mirrored)])


def test_a_network_sees_the_picture_mirrored_beyond_its_border() -> None:
    class Neighbour(Doubler):
        """Gives each pixel the value of the one to its left, and black where there is none."""

        def run(self, pixels: Any, mask: Any = None) -> Any:
            shifted = np.zeros_like(pixels)
            shifted[:, 1:] = pixels[:, :-1]
            return shifted.repeat(2, axis=0).repeat(2, axis=1)

    result, _ = drawn(made(Neighbour), np.ones((20, 30, 3), np.float32), nothing, never)
    assert result.min() == 1.0


def test_a_picture_of_one_pixel_has_nothing_to_mirror() -> None:
    result, _ = drawn(made(Doubler), noise(1, 1), nothing, never)
    assert result.shape == (2, 2, 3)


def test_a_larger_picture_goes_in_tiles_and_comes_back_whole() -> None:
    pixels = noise(700, 400)
    result, tiles = drawn(made(Doubler), pixels, nothing, never)
    assert tiles == 2
    assert np.abs(result - pixels.repeat(2, axis=0).repeat(2, axis=1)).max() < 1e-6


def test_when_memory_runs_out_the_tile_is_halved() -> None:
    Doubler.limit = 128 * 128
    pixels = noise(500, 100)
    result, _ = drawn(made(Doubler), pixels, nothing, never)
    assert Doubler.sizes[0] == (504, 104)
    assert max(width * height for width, height in Doubler.sizes[1:]) <= 128 * 128
    assert np.abs(result - pixels.repeat(2, axis=0).repeat(2, axis=1)).max() < 1e-6


def test_the_next_picture_does_not_start_from_the_top() -> None:
    Doubler.limit = 128 * 128
    engine = made(Doubler)
    drawn(engine, noise(500, 500), nothing, never)
    Doubler.sizes.clear()
    drawn(engine, noise(500, 500), nothing, never)
    assert Doubler.sizes[0][0] <= 256


def test_when_the_smallest_tile_does_not_fit_that_is_told() -> None:
    Doubler.limit = 100
    with pytest.raises(OutOfMemory):
        drawn(made(Doubler), noise(200, 200), nothing, never)


def test_holes_are_repeated_in_full_precision() -> None:
    engine = made(Overflowing)
    result, _ = drawn(engine, noise(20, 20), nothing, never)
    assert np.isfinite(result).all()
    assert isinstance(engine, Overflowing)
    assert engine.precise


def test_what_stays_broken_is_told() -> None:
    with pytest.raises(BadOutput) as caught:
        drawn(made(Broken), noise(20, 20), nothing, never)
    assert caught.value.params == {"model": "m"}


def test_grey_through_a_colour_network_stays_grey() -> None:
    result, _ = drawn(made(Doubler), noise(20, 10, channels=1), nothing, never)
    assert result.shape == (20, 40, 1)


def test_progress_is_reported_and_ends_at_one() -> None:
    heard: list[float] = []
    drawn(made(Doubler), noise(700, 700), heard.append, never)
    assert heard == sorted(heard)
    assert heard[-1] == 1.0
    assert len(heard) == 4


def test_a_check_between_tiles_may_end_the_work() -> None:
    left = [2]

    def check() -> None:
        left[0] -= 1
        if left[0] < 0:
            raise Cancelled

    with pytest.raises(Cancelled):
        drawn(made(Doubler), noise(700, 700), nothing, check)
    assert len(Doubler.sizes) == 2


# — strips —


def passage(pixels: Any, report: Any = nothing) -> tiled.Passage:
    return tiled.Passage(pixels.shape, lambda first, last: pixels[first:last], report, never)


def test_bands_are_the_picture_from_top_to_bottom() -> None:
    pixels = noise(600, 1300)
    work, engine, bands = passage(pixels), made(Doubler), []
    while not work.finished:
        bands.append(work.band(engine).copy())
    assert len(bands) > 2
    assert np.abs(np.concatenate(bands) - pixels.repeat(2, axis=0).repeat(2, axis=1)).max() < 1e-6


def test_no_row_is_read_above_one_that_was_let_go_of() -> None:
    pixels = noise(100, 1300)
    tops: list[int] = []

    def read(first: int, last: int) -> Any:
        tops.append(first)
        return pixels[first:last]

    work, engine = tiled.Passage(pixels.shape, read, nothing, never), made(Doubler)
    while not work.finished:
        work.band(engine)
    assert tops == sorted(tops)


def test_when_memory_runs_out_in_the_middle_what_is_done_stays_done() -> None:
    pixels = noise(600, 1300)
    heard: list[float] = []
    work, engine = passage(pixels, heard.append), made(Doubler)
    bands = [work.band(engine).copy()]
    Doubler.limit = 200 * 200
    Doubler.sizes.clear()
    while not work.finished:
        bands.append(work.band(engine).copy())
    assert max(width * height for width, height in Doubler.sizes[2:]) <= 200 * 200
    assert np.abs(np.concatenate(bands) - pixels.repeat(2, axis=0).repeat(2, axis=1)).max() < 1e-6
    assert heard == sorted(heard)
    assert heard[-1] == 1.0


def test_another_engine_of_the_model_may_take_over() -> None:
    pixels = noise(600, 1300)
    work, first, second = passage(pixels), made(Doubler), made(Doubler)
    bands = [work.band(first).copy()]
    Doubler.limit = 10
    with pytest.raises(OutOfMemory):
        work.band(first)
    Doubler.limit = 0
    while not work.finished:
        bands.append(work.band(second).copy())
    assert np.abs(np.concatenate(bands) - pixels.repeat(2, axis=0).repeat(2, axis=1)).max() < 1e-6


def test_a_band_of_a_wide_picture_is_low() -> None:
    engine, work = made(Doubler), passage(noise(30_000, 600))
    assert work.band(engine).nbytes <= tiled.BAND_BYTES
    assert all(width * height <= 512 * 512 for width, height in Doubler.sizes)


def test_where_memory_is_short_bands_and_tiles_are_smaller(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tiled, "at_hand", lambda: 100_000_000)
    engine = made(Doubler)
    band = passage(noise(1500, 600)).band(engine)
    assert band.nbytes <= 100_000_000 // 8
    most = max(width * height for width, height in Doubler.sizes)
    assert most * engine.capabilities.bytes_per_pixel <= 100_000_000 // 4


def test_equal_tiles_are_given_together_as_many_as_are_worth_it() -> None:
    class Gatherer(Doubler):
        """Takes three at once, and remembers how many it was given."""

        given: ClassVar[list[set[Any]]] = []
        counts: ClassVar[list[int]] = []

        @property
        def capabilities(self) -> Any:
            return replace(super().capabilities, batch=3, tile=128)

        def run_many(self, parts: Any) -> Any:
            self.given.append({part.shape for part in parts})
            self.counts.append(len(parts))
            return super().run_many(parts)

    pixels = noise(600, 300)
    engine = Gatherer(model("m", "Gatherer", scale=2))
    result, tiles = drawn(engine, pixels, nothing, never)
    assert np.abs(result - pixels.repeat(2, axis=0).repeat(2, axis=1)).max() < 1e-6
    assert max(Gatherer.counts) == 3
    assert sum(Gatherer.counts) == tiles
    assert all(len(shapes) == 1 for shapes in Gatherer.given)


def test_colour_through_a_grey_network_goes_channel_by_channel() -> None:
    class Grey(Doubler):
        """Knows grey only."""

        @property
        def capabilities(self) -> Any:
            return replace(super().capabilities, channels=(1,))

        def run(self, pixels: Any, mask: Any = None) -> Any:
            assert pixels.shape[2] == 1
            return super().run(pixels, mask)

    pixels = noise(20, 10)
    result, _ = drawn(Grey(model("m", "Grey", scale=2)), pixels, nothing, never)
    assert (result == pixels.repeat(2, axis=0).repeat(2, axis=1)).all()


@pytest.mark.parametrize("size", [(1, 1), (3, 4000), (10_000, 1), (1, 3), (2, 2)])
def test_a_picture_of_any_shape_comes_back_whole(size: tuple[int, int]) -> None:
    pixels = noise(*size)
    result, _ = drawn(made(Doubler), pixels, nothing, never)
    assert np.abs(result - pixels.repeat(2, axis=0).repeat(2, axis=1)).max() < 1e-6


def test_on_a_cpu_a_hungry_network_gets_small_tiles_and_a_gpu_says_itself_what_it_bears() -> None:
    class Hungry(Doubler):
        """Takes ten thousand bytes a pixel."""

        @property
        def capabilities(self) -> Any:
            return replace(super().capabilities, bytes_per_pixel=10_000)

    largest = {}
    for device in ("cpu", "cuda"):
        engine = Hungry(model("m", "Hungry", scale=2), device=device)
        Doubler.sizes.clear()
        drawn(engine, noise(600, 600), nothing, never)
        largest[device] = max(width * height for width, height in Doubler.sizes)
    assert largest["cpu"] <= tiled.TILE_BYTES // 10_000
    assert largest["cuda"] > 300 * 300
