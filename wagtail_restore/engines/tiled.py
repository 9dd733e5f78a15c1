"""One Engine over one picture of any size: tiles, smaller ones when memory runs out, and a second try in float32."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from wagtail_restore.engines.base import Engine
from wagtail_restore.exceptions import BadOutput, OutOfMemory
from wagtail_restore.imaging.blending import blend
from wagtail_restore.imaging.fidelity import is_bad
from wagtail_restore.imaging.tiling import Tile, plan, smaller

Pixels = NDArray[np.float32]
Report = Callable[[float], None]

_fitted: WeakKeyDictionary[Engine, int] = WeakKeyDictionary()
"""The tile side that fitted after memory had run out, so that the next picture does not start from the top."""


def run(engine: Engine, pixels: NDArray[Any], report: Report, check: Callable[[], None]) -> tuple[Pixels, int]:
    """The result of ``engine`` on ``pixels`` (float32 (H, W, C), 0..1), and the number of tiles it took.

    When memory runs out the tile side is halved and the picture begun again; ``OutOfMemory`` is raised where the
    smallest tile does not fit. ``report`` hears the share done, ``check`` is called before every tile and may raise.
    Raises ``BadOutput``.
    """
    can = engine.capabilities
    margin = min(can.overlap // 2, *(side - 1 for side in pixels.shape[:2]))
    done, count = _through_tiles(engine, _mirrored(pixels, margin), report, check)
    return _without(done, margin * can.scale), count


def _mirrored(pixels: NDArray[Any], margin: int) -> NDArray[Any]:
    """With the picture mirrored over its borders: networks take the outside for black, which shows on bright edges."""
    return np.pad(pixels, ((margin, margin), (margin, margin), (0, 0)), mode="reflect") if margin else pixels


def _without(pixels: Pixels, margin: int) -> Pixels:
    return pixels[margin:-margin, margin:-margin] if margin else pixels


def _through_tiles(
    engine: Engine, pixels: NDArray[Any], report: Report, check: Callable[[], None]
) -> tuple[Pixels, int]:
    can = engine.capabilities
    height, width = pixels.shape[:2]
    tile = max(width, height)
    if can.tiled:
        tile = min(tile, max(can.tile, 2 * can.overlap), 2 * _fitted.get(engine, tile))
        tile = max(tile, min(max(width, height), 2 * can.overlap), 1)
    while True:
        tiles = plan(width, height, tile, can.overlap if tile < max(width, height) else 0)
        try:
            done = blend(_results(engine, pixels, tiles, report, check), width, height, can.scale)
        except OutOfMemory:
            less = smaller(tile, can.overlap) if can.tiled else None
            if less is None:
                raise
            tile = _fitted[engine] = less
        else:
            return done, len(tiles)


def _results(
    engine: Engine, pixels: NDArray[Any], tiles: tuple[Tile, ...], report: Report, check: Callable[[], None]
) -> Iterator[tuple[Tile, Pixels]]:
    for index, tile in enumerate(tiles):
        check()
        part = pixels[tile.y : tile.y + tile.height, tile.x : tile.x + tile.width]
        yield tile, _checked(engine, part)
        report((index + 1) / len(tiles))


def _checked(engine: Engine, part: NDArray[Any]) -> Pixels:
    result = _adapted(engine, part)
    if is_bad(part, result) and engine.full_precision():
        result = _adapted(engine, part)
    if is_bad(part, result):
        raise BadOutput(model=engine.model.alias)
    return result


def _adapted(engine: Engine, part: NDArray[Any]) -> Pixels:
    """Grey through a colour network comes back grey; colour through a grey one goes channel by channel."""
    channels = part.shape[2]
    takes = engine.capabilities.channels
    if channels in takes:
        return np.asarray(engine.run(part), dtype=np.float32)
    if channels == 1:
        coloured = np.asarray(engine.run(np.repeat(part, 3, axis=2)), dtype=np.float32)
        return np.asarray(coloured.mean(axis=2, keepdims=True))
    planes = [engine.run(part[:, :, channel : channel + 1]) for channel in range(channels)]
    return np.asarray(np.concatenate(planes, axis=2), dtype=np.float32)
