"""Real Engines that are cheap, and pictures to give them; the Pool finds them by their dotted path."""

from __future__ import annotations

from collections.abc import Callable
from threading import Event
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from wagtail_restore.catalogue import Model
from wagtail_restore.engines.base import Capabilities, Engine, Region
from wagtail_restore.engines.pool import Pool
from wagtail_restore.engines.tiled import Passage
from wagtail_restore.exceptions import OutOfMemory
from wagtail_restore.imaging.codec import Picture, Source


def model(alias: str, engine: str, kind: str = "upscale", **more: Any) -> Model:
    return Model(alias, kind, f"tests.engines.doubles.{engine}", **more)


def pool(*models: Model, **more: Any) -> Pool:
    return Pool({each.alias: each for each in models}, more.pop("device", "cpu"), **more)


def picture(
    width: int = 40, height: int = 30, channels: int = 3, dtype: type = np.uint8, *, alpha: bool = False
) -> Picture:
    """A soft random picture, the same every time; its alpha fades from left to right."""
    top = np.iinfo(dtype).max
    y, x = np.mgrid[0:height, 0:width]
    planes = [0.5 + 0.25 * np.sin(x / 5 + c) + 0.2 * np.cos(y / (4 + c)) for c in range(channels)]
    pixels = (np.stack(planes, axis=2) * top).astype(dtype)
    fade = np.repeat(np.linspace(0, top, width)[None], height, axis=0).astype(dtype) if alpha else None
    return Picture(pixels, fade, Source(format="PNG"))


class Doubler(Engine):
    """Repeats every pixel; tiled, and it remembers the sizes it was given."""

    sizes: ClassVar[list[tuple[int, int]]] = []
    limit: ClassVar[int] = 0
    """The most pixels that fit into its memory; 0 for no limit."""

    @property
    def capabilities(self) -> Capabilities:
        return Capabilities(
            kind=self.model.kind,
            scale=self.model.scale,
            tiled=True,
            overlap=4,
            channels=(3,),
            tile=512,
            bytes_per_pixel=100,
        )

    @property
    def size(self) -> int:
        return 100

    def load(self) -> None:
        self.device = "cpu" if self.device == "auto" else self.device

    def run(self, pixels: NDArray[Any], mask: NDArray[Any] | None = None) -> NDArray[Any]:
        height, width = pixels.shape[:2]
        type(self).sizes.append((width, height))
        if self.limit and width * height > self.limit:
            raise OutOfMemory(device=self.device)
        return pixels.repeat(self.model.scale, axis=0).repeat(self.model.scale, axis=1)


class Waiting(Doubler):
    """Loads for as long as it is told to."""

    begun: ClassVar[Event] = Event()
    go: ClassVar[Event] = Event()

    def load(self) -> None:
        self.begun.set()
        self.go.wait(30)
        super().load()


class Thirsty(Doubler):
    """Fits nothing into the memory of a GPU, and everything into that of the CPU."""

    def run(self, pixels: NDArray[Any], mask: NDArray[Any] | None = None) -> NDArray[Any]:
        if self.device != "cpu":
            raise OutOfMemory(device=self.device)
        return super().run(pixels, mask)


class Overflowing(Doubler):
    """Gives nothing but holes until it works in full precision."""

    precise = False

    def run(self, pixels: NDArray[Any], mask: NDArray[Any] | None = None) -> NDArray[Any]:
        result = super().run(pixels, mask)
        return result if self.precise else np.full_like(result, np.nan)

    def full_precision(self) -> bool:
        changed, self.precise = not self.precise, True
        return changed


class Broken(Doubler):
    """Gives a flat picture whatever it is told."""

    def run(self, pixels: NDArray[Any], mask: NDArray[Any] | None = None) -> NDArray[Any]:
        return np.zeros_like(super().run(pixels, mask))


class Bluish(Doubler):
    """Gives everything a cast."""

    def run(self, pixels: NDArray[Any], mask: NDArray[Any] | None = None) -> NDArray[Any]:
        return np.clip(super().run(pixels, mask) * np.array([0.9, 1.0, 1.1], np.float32), 0, 1)


class Inverter(Doubler):
    """Turns every picture into its negative: as untrue as can be."""

    def run(self, pixels: NDArray[Any], mask: NDArray[Any] | None = None) -> NDArray[Any]:
        small = 1.0 - pixels
        y, x = np.mgrid[0 : pixels.shape[0], 0 : pixels.shape[1]]
        checks = ((x // 3 + y // 3) % 2)[:, :, None].astype(np.float32)
        return super().run((0.5 * small + 0.5 * checks).astype(np.float32), mask)


class Filler(Engine):
    """Fills with one grey."""

    @property
    def capabilities(self) -> Capabilities:
        return Capabilities(kind="erase", channels=(3,))

    def load(self) -> None:
        self.device = "cpu"

    def run(self, pixels: NDArray[Any], mask: NDArray[Any] | None = None) -> NDArray[Any]:
        assert mask is not None
        assert mask.shape == pixels.shape[:2]
        return np.where(mask[:, :, None] > 0, np.float32(0.25), pixels).astype(np.float32)


class Finder(Engine):
    """Finds what it has been told to find."""

    regions: ClassVar[list[Region]] = []

    @property
    def capabilities(self) -> Capabilities:
        return Capabilities(kind="detect", channels=(1, 3))

    def load(self) -> None:
        self.device = "cpu"

    def run(self, pixels: NDArray[Any], mask: NDArray[Any] | None = None) -> list[Region]:
        return list(self.regions)


class Seer(Finder):
    """Finds the faces that it has been told of."""

    regions: ClassVar[list[Region]] = []


def drawn(
    engine: Engine, pixels: Any, report: Callable[[float], None] = lambda share: None, check: Any = lambda: None
) -> tuple[Any, int]:
    """The whole result of ``engine`` on ``pixels`` by way of a passage, and the number of tiles it took."""
    passage = Passage(pixels.shape, lambda first, last: pixels[first:last], report, check)
    bands = []
    while not passage.finished:
        bands.append(passage.band(engine).copy())
    return np.concatenate(bands), passage.tiles


class Clock:
    """A watch that goes on when it is told to: a slow network takes as long on a busy machine as on a quiet one."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    def passes(self, seconds: float) -> None:
        self.now += seconds


CLOCK = Clock()
