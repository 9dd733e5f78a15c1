"""One Engine over a picture of any size: tiles, smaller ones when memory runs out, a second try in float32."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from tests.engines.doubles import Broken, Doubler, Overflowing, model
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
    result, tiles = tiled.run(made(Doubler), noise(300, 200), nothing, never)
    mirrored = 2 * 2
    assert (result.shape, tiles, Doubler.sizes) == ((400, 600, 3), 1, [(300 + mirrored, 200 + mirrored)])


def test_a_network_sees_the_picture_mirrored_beyond_its_border() -> None:
    class Neighbour(Doubler):
        """Gives each pixel the value of the one to its left, and black where there is none."""

        def run(self, pixels: Any, mask: Any = None) -> Any:
            shifted = np.zeros_like(pixels)
            shifted[:, 1:] = pixels[:, :-1]
            return shifted.repeat(2, axis=0).repeat(2, axis=1)

    result, _ = tiled.run(made(Neighbour), np.ones((20, 30, 3), np.float32), nothing, never)
    assert result.min() == 1.0


def test_a_picture_of_one_pixel_has_nothing_to_mirror() -> None:
    result, _ = tiled.run(made(Doubler), noise(1, 1), nothing, never)
    assert result.shape == (2, 2, 3)


def test_a_larger_picture_goes_in_tiles_and_comes_back_whole() -> None:
    pixels = noise(700, 90)
    result, tiles = tiled.run(made(Doubler), pixels, nothing, never)
    assert tiles == 2
    assert np.abs(result - pixels.repeat(2, axis=0).repeat(2, axis=1)).max() < 1e-6


def test_when_memory_runs_out_the_tile_is_halved() -> None:
    Doubler.limit = 128 * 128
    pixels = noise(500, 100)
    result, _ = tiled.run(made(Doubler), pixels, nothing, never)
    assert max(width for width, _ in Doubler.sizes[-4:]) <= 128
    assert np.abs(result - pixels.repeat(2, axis=0).repeat(2, axis=1)).max() < 1e-6


def test_the_next_picture_does_not_start_from_the_top() -> None:
    Doubler.limit = 128 * 128
    engine = made(Doubler)
    tiled.run(engine, noise(500, 500), nothing, never)
    Doubler.sizes.clear()
    tiled.run(engine, noise(500, 500), nothing, never)
    assert Doubler.sizes[0][0] < 300


def test_when_the_smallest_tile_does_not_fit_that_is_told() -> None:
    Doubler.limit = 100
    with pytest.raises(OutOfMemory):
        tiled.run(made(Doubler), noise(200, 200), nothing, never)


def test_holes_are_repeated_in_full_precision() -> None:
    engine = made(Overflowing)
    result, _ = tiled.run(engine, noise(20, 20), nothing, never)
    assert np.isfinite(result).all()
    assert isinstance(engine, Overflowing)
    assert engine.precise


def test_what_stays_broken_is_told() -> None:
    with pytest.raises(BadOutput) as caught:
        tiled.run(made(Broken), noise(20, 20), nothing, never)
    assert caught.value.params == {"model": "m"}


def test_grey_through_a_colour_network_stays_grey() -> None:
    result, _ = tiled.run(made(Doubler), noise(20, 10, channels=1), nothing, never)
    assert result.shape == (20, 40, 1)


def test_progress_is_reported_and_ends_at_one() -> None:
    heard: list[float] = []
    tiled.run(made(Doubler), noise(1100, 40), heard.append, never)
    assert heard == sorted(heard)
    assert heard[-1] == 1.0
    assert len(heard) == 3


def test_a_check_between_tiles_may_end_the_work() -> None:
    left = [2]

    def check() -> None:
        left[0] -= 1
        if left[0] < 0:
            raise Cancelled

    with pytest.raises(Cancelled):
        tiled.run(made(Doubler), noise(1100, 40), nothing, check)
    assert len(Doubler.sizes) == 2
