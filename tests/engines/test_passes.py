"""One network after the other, and the exact size: which Models, in what order, on which Engine."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, ClassVar

import numpy as np
import pytest

from tests.engines.doubles import Doubler, model, pool
from wagtail_restore.catalogue import Model
from wagtail_restore.engines import tiled
from wagtail_restore.engines.base import Context
from wagtail_restore.engines.passes import Passes, chain
from wagtail_restore.engines.step import Work
from wagtail_restore.exceptions import OutOfMemory
from wagtail_restore.imaging.planning import Mode
from wagtail_restore.imaging.resampling import resize

TWO = model("two", "Doubler", purpose="photo", scale=2)
FOUR = model("four", "Doubler", purpose="photo", scale=4)


class Fickle(Doubler):
    """Has a GPU whose memory is taken away after so many tiles."""

    left: ClassVar[int] = 3
    devices: ClassVar[list[str]] = []

    @property
    def capabilities(self) -> Any:
        return replace(super().capabilities, tile=64)

    def run(self, pixels: Any, mask: Any = None) -> Any:
        if self.device != "cpu":
            type(self).left -= 1
            if self.left < 0:
                raise OutOfMemory(device=self.device)
        self.devices.append(self.device)
        return super().run(pixels, mask)


class Small(Doubler):
    """Never has the memory."""

    def run(self, pixels: Any, mask: Any = None) -> Any:
        raise OutOfMemory(device="cpu")


class Striper(Doubler):
    """Draws the finest stripes there are, a fifth darker and lighter than the picture, which keeps its mean."""

    def run(self, pixels: Any, mask: Any = None) -> Any:
        made = super().run(pixels, mask)
        made[:, 0::2] -= 0.2
        made[:, 1::2] += 0.2
        return made


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    Doubler.sizes.clear()
    Fickle.left = 3
    Fickle.devices.clear()
    yield


def own(engine: type[Doubler], scale: int) -> Model:
    return Model("own", "upscale", f"{__name__}.{engine.__name__}", scale=scale)


def work(*models: Model, device: str = "cpu") -> Work:
    return Work(pool(*models, device=device), Context(), Mode.STRICT, 0.6)


def through(passes: Passes, pixels: Any, heard: list[float] | None = None) -> Any:
    height, width, channels = pixels.shape
    report = (lambda share: None) if heard is None else heard.append
    rows = passes.rows((height, width, channels), lambda first, last: pixels[first:last], report)
    return np.concatenate([strip.copy() for strip in rows])


def noise(width: int, height: int) -> Any:
    return np.random.default_rng(6).random((height, width, 3), dtype=np.float32)


@pytest.mark.parametrize(
    ("factor", "expected"),
    [(1, "two"), (2, "two"), (2.1, "four"), (4.3, "four"), (4.5, "four two"), (8, "four two"), (16, "four four")],
)
def test_the_fewest_and_smallest_networks_that_reach(factor: float, expected: str) -> None:
    assert " ".join(each.alias for each in chain(work(TWO, FOUR), "upscale", "photo", factor)) == expected


def test_one_pass_at_its_own_size_is_the_network() -> None:
    pixels = noise(50, 40)
    passes = Passes(work(TWO), (TWO,), (80, 100))
    assert np.abs(through(passes, pixels) - pixels.repeat(2, axis=0).repeat(2, axis=1)).max() < 1e-6
    assert (passes.tiles, passes.device) == (1, "cpu")


def test_the_exact_size_is_one_resize_away() -> None:
    pixels = noise(50, 40)
    made = through(Passes(work(TWO), (TWO,), (71, 93)), pixels)
    assert made == pytest.approx(resize(pixels.repeat(2, axis=0).repeat(2, axis=1), 93, 71), abs=1e-5)


def test_the_second_pass_takes_up_what_the_first_gives() -> None:
    pixels = noise(30, 20)
    made = through(Passes(work(TWO, FOUR), (FOUR, TWO), (160, 240)), pixels)
    assert np.abs(made - pixels.repeat(8, axis=0).repeat(8, axis=1)).max() < 1e-5


def test_a_further_pass_starts_from_no_more_than_it_needs() -> None:
    through(Passes(work(FOUR), (FOUR, FOUR), (150, 200)), noise(40, 30))
    mirrored = 2 * 2
    assert max(width for width, _ in Doubler.sizes) == 100 + mirrored


def test_progress_is_that_of_the_last_pass() -> None:
    heard: list[float] = []
    through(Passes(work(TWO, FOUR), (FOUR, TWO), (1600, 2400)), noise(300, 200), heard)
    assert heard == sorted(heard)
    assert heard[-1] == 1.0
    assert len(heard) == 6


def test_when_a_gpu_loses_its_memory_the_cpu_goes_on_from_there() -> None:
    fickle = own(Fickle, 2)
    pixels = noise(100, 200)
    passes = Passes(work(fickle, device="cuda"), (fickle,), (400, 200))
    assert np.abs(through(passes, pixels) - pixels.repeat(2, axis=0).repeat(2, axis=1)).max() < 1e-6
    assert passes.device == "cpu"
    assert Fickle.devices == sorted(Fickle.devices, reverse=True), "once on the CPU, it stays there"
    assert set(Fickle.devices) == {"cuda", "cpu"}


def test_memory_that_runs_out_in_an_earlier_pass_is_told_as_such_and_costs_the_later_ones_nothing() -> None:
    small = own(Small, 2)
    passes = Passes(work(small, TWO), (small, TWO), (400, 200))
    with pytest.raises(OutOfMemory):
        through(passes, noise(50, 100))
    assert not [side for engine, side in tiled._fitted.items() if engine.model is TWO], "its tiles would have fitted"


def test_nothing_is_held_that_is_not_needed() -> None:
    """The first rows are there before the last of the picture are read."""
    lowest = 0

    def read(first: int, last: int) -> Any:
        nonlocal lowest
        lowest = max(lowest, last)
        return np.zeros((last - first, 600, 3), np.float32)

    rows = Passes(work(TWO), (TWO,), (6000, 1200)).rows((3000, 600, 3), read, lambda share: None)
    assert len(next(rows)) > 0
    assert lowest < 600


def test_what_a_network_draws_is_averaged_in_the_values_it_was_trained_on() -> None:
    """Reduced in linear light, fine stripes would come out lighter than their source, and be taken for a drift."""
    striper = own(Striper, 2)
    made = through(Passes(work(striper), (striper,), (66, 99)), np.full((50, 75, 3), 0.5, np.float32))
    assert made[5:-5, 5:-5].mean() == pytest.approx(0.5, abs=0.002)
