"""Nobody sees where tiles and strips met: the networks in the box and whole Steps, cut up and in one piece."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

pytest.importorskip("torch")

from tests.engines.doubles import drawn, model, picture, pool
from wagtail_restore.catalogue import shipped
from wagtail_restore.engines import tiled
from wagtail_restore.engines.base import Capabilities, Context, Engine
from wagtail_restore.engines.runner import run
from wagtail_restore.engines.upscale import Upscaler
from wagtail_restore.exceptions import OutOfMemory
from wagtail_restore.imaging import rows
from wagtail_restore.imaging.codec import Picture
from wagtail_restore.imaging.planning import Mode, Plan, Step

ONE_LEVEL = 1 / 255
BUNDLED = tuple(alias for alias, model in shipped().items() if model.bundled and model.kind == "upscale")

every_network = pytest.mark.parametrize("alias", BUNDLED)


class InTiles(Upscaler):
    """The network in the box, with tiles of a side that the test sets."""

    side = 512
    limit = 0

    def stream(self) -> None:
        """Rows, which it takes elsewhere, have no seams to look for."""

    @property
    def capabilities(self) -> Capabilities:
        return replace(super().capabilities, tile=self.side)

    def run(self, pixels: Any, mask: Any = None) -> Any:
        if self.limit and pixels.shape[0] * pixels.shape[1] > self.limit:
            raise OutOfMemory(device=self.device)
        return super().run(pixels, mask)


def gradient(width: int, height: int) -> NDArray[np.float32]:
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    return np.stack([x / width, y / height, (x + y) / (width + height)], axis=2)


def loaded(alias: str) -> InTiles:
    engine = InTiles(shipped()[alias], device="cpu")
    engine.load()
    return engine


def made(engine: Engine, pixels: NDArray[Any]) -> tuple[NDArray[np.float32], int]:
    return drawn(engine, pixels)


def in_one_piece(engine: InTiles, pixels: NDArray[Any]) -> NDArray[np.float32]:
    """One run of the network, the picture mirrored over its borders and cut out again."""
    can = engine.capabilities
    margin = can.overlap // 2
    around = np.pad(pixels, ((margin, margin), (margin, margin), (0, 0)), mode="reflect")
    cut = slice(margin * can.scale, -margin * can.scale)
    result: NDArray[np.float32] = engine.run(around)[cut, cut]
    return result


@pytest.fixture
def small_tiles(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tiles may be as small as the networks bear."""
    monkeypatch.setattr(tiled, "SMALLEST", 1)


@every_network
@pytest.mark.parametrize("side", [97, 64, 48])
def test_a_gradient_in_tiles_is_the_one_in_one_piece(alias: str, side: int, small_tiles: None) -> None:
    engine, pixels = loaded(alias), gradient(111, 83)
    whole = in_one_piece(engine, pixels)
    engine.side = side
    result, tiles = made(engine, pixels)
    assert tiles > 1
    assert np.abs(result - whole).max() < ONE_LEVEL


@every_network
@pytest.mark.parametrize("side", [71])
def test_a_photo_in_tiles_is_the_one_in_one_piece(alias: str, side: int, small_tiles: None, data: Any) -> None:
    photo = Image.open(data / "photos" / "08_architecture_colosseum.jpg").convert("RGB").crop((600, 400, 721, 497))
    engine, pixels = loaded(alias), np.asarray(photo, np.float32) / 255
    whole = in_one_piece(engine, pixels)
    engine.side = side
    result, tiles = made(engine, pixels)
    assert tiles >= 4
    assert np.abs(result - whole).max() < ONE_LEVEL


def test_too_little_overlap_would_be_seen(small_tiles: None) -> None:
    """The tests above must be able to fail."""

    class Careless(InTiles):
        @property
        def capabilities(self) -> Capabilities:
            return replace(super().capabilities, overlap=2)

    engine, pixels = Careless(shipped()["compact-x2"]), np.random.default_rng(2).random((90, 120, 3), dtype=np.float32)
    engine.load()
    whole = in_one_piece(engine, pixels)
    engine.side = 40
    assert np.abs(made(engine, pixels)[0] - whole).max() > ONE_LEVEL


def test_a_network_that_runs_out_of_memory_leaves_no_seam(small_tiles: None) -> None:
    engine, pixels = loaded("compact-x2"), gradient(121, 90)
    whole = in_one_piece(engine, pixels)
    engine.side, engine.limit = 110, 80 * 80
    result, _ = made(engine, pixels)
    assert np.abs(result - whole).max() < ONE_LEVEL


@every_network
def test_a_photo_row_by_row_is_the_one_in_one_piece(alias: str, data: Any) -> None:
    photo = Image.open(data / "photos" / "08_architecture_colosseum.jpg").convert("RGB").crop((600, 400, 721, 697))
    engine, pixels = Upscaler(shipped()[alias], device="cpu"), np.asarray(photo, np.float32) / 255
    engine.load()
    whole = in_one_piece(loaded(alias), pixels)
    result, tiles = made(engine, pixels)
    assert tiles == 1
    assert np.abs(result - whole).max() < ONE_LEVEL


@pytest.mark.parametrize("size", [(1, 1), (3, 900), (900, 2), (5, 1), (64, 64)])
@pytest.mark.parametrize("kind", [InTiles, Upscaler])
def test_a_picture_of_any_shape_goes_through_a_network(size: tuple[int, int], kind: type[Upscaler]) -> None:
    pixels = gradient(*size)
    engine = kind(shipped()["compact-x2"], device="cpu")
    engine.load()
    result, _ = made(engine, pixels)
    assert result.shape == (size[1] * 2, size[0] * 2, 3)
    assert np.isfinite(result).all()


# — whole Steps —


def step(source: Picture, width: int, height: int, *, mode: Mode = Mode.STRICT, **params: Any) -> Picture:
    known = pool(model("m", "Bluish", purpose="photo", scale=2), model("n", "Bluish", purpose="photo", scale=4))
    upscale = Step("upscale", "auto", {"width": width, "height": height, **params})
    return run(Plan((upscale,), mode), source, known, Context()).picture


@pytest.fixture
def narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bands are as low as they can be, and strips a few rows."""
    monkeypatch.setattr(tiled, "BAND_BYTES", 1)
    monkeypatch.setattr(rows, "STRIP_BYTES", 15_000)


@pytest.mark.parametrize(
    ("target", "mode", "alpha"),
    [
        ((180, 400), Mode.STRICT, False),
        ((117, 311), Mode.STRICT, True),
        ((360, 800), Mode.CREATIVE, False),
        ((450, 1000), Mode.STRICT, True),
        ((183, 151), Mode.STRICT, False),
    ],
    ids=["twice", "odd", "creative", "two-passes", "wider-only"],
)
def test_a_step_in_low_strips_is_the_same(
    target: tuple[int, int], mode: Mode, alpha: bool, request: pytest.FixtureRequest
) -> None:
    source = picture(90, 200, alpha=alpha)
    whole = step(source, *target, mode=mode, strength=0.7)
    request.getfixturevalue("narrow")
    strips = step(source, *target, mode=mode, strength=0.7)
    assert strips.pixels.shape == (target[1], target[0], 3)
    assert np.abs(strips.pixels.astype(int) - whole.pixels).max() <= 1
    assert (strips.pixels != whole.pixels).mean() < 0.001
    if strips.alpha is not None and whole.alpha is not None:
        assert np.abs(strips.alpha.astype(int) - whole.alpha).max() <= 1
