"""What every Engine must keep; ``check_engine`` runs over ours and over a site's own."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from wagtail_restore.engines.base import Capabilities, Engine, Region

SIZES = ((37, 29), (1, 1), (5, 64))
"""Width and height: odd, smallest, and flat."""


def check_engine(engine: Engine) -> None:
    """Assert that ``engine``, not yet loaded, keeps the contract of ``engines.base``; small pictures only."""
    engine.load()
    engine.load()
    can = engine.capabilities
    check_capabilities(can)
    assert engine.device != "auto", "after load the device has a name"
    assert engine.size >= 0
    for width, height in SIZES:
        for channels in can.channels:
            _check_run(engine, can, sample(width, height, channels))
    if can.kind != "erase":
        check_run_many(engine, can)
    engine.full_precision()
    assert engine.full_precision() is False, "a second call has nothing left to change"
    _check_run(engine, can, sample(16, 16, can.channels[0]))
    engine.unload()


def check_capabilities(can: Capabilities) -> None:
    assert can.kind
    assert can.scale >= 1
    assert can.batch >= 1
    assert can.bytes_per_pixel >= 1
    assert can.channels
    assert set(can.channels) <= {1, 3}
    assert can.tile >= max(1, 2 * can.overlap) or not can.tiled


def sample(width: int, height: int, channels: int) -> NDArray[np.float32]:
    """A picture with something in it, float32 (H, W, C) in 0..1, the same every time."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    base = 0.5 + 0.3 * np.sin(x / 3.0) * np.cos(y / 4.0)
    return np.stack([np.clip(base + 0.1 * c, 0, 1) for c in range(channels)], axis=2).astype(np.float32)


def check_overlap(engine: Engine) -> None:
    """Away from where a picture was cut by half the overlap, nothing shows that it was cut."""
    engine.load()
    can = engine.capabilities
    reach = can.overlap // 2
    pixels = sample(3 * reach + 40, reach + 24, can.channels[0])
    whole = engine.run(pixels)[:, 2 * reach * can.scale :]
    part = engine.run(pixels[:, reach:])[:, reach * can.scale :]
    assert np.abs(whole - part).max() < 1 / 255


def check_run_many(engine: Engine, can: Capabilities) -> None:
    """Several at once are what they are one by one."""
    parts = [np.roll(sample(24, 20, can.channels[0]), shift, axis=1) for shift in (0, 3, 7)]
    singly = [engine.run(part) for part in parts]
    assert engine.run_many([]) == []
    for together in (engine.run_many(parts), engine.run_many(tuple(parts[:2]))):
        for one, other in zip(singly, together, strict=False):
            if can.kind == "detect":
                assert one == other
            else:
                assert other.dtype == np.float32
                assert np.abs(one - other).max() < 1 / 255


def _check_run(engine: Engine, can: Capabilities, pixels: NDArray[np.float32]) -> None:
    height, width, channels = pixels.shape
    before = pixels.copy()
    mask = np.zeros((height, width), np.float32)
    mask[height // 3 : height // 2, width // 3 : width // 2] = 1.0
    given = mask if can.kind in ("erase", "select") else None
    result = engine.run(pixels, given)
    assert (pixels == before).all(), "the input is not changed"
    if can.kind == "detect":
        assert all(isinstance(region, Region) for region in result)
        return
    assert result.dtype == np.float32
    channels_of_it = () if can.kind == "select" else (channels,)
    assert result.shape == (height * can.scale, width * can.scale, *channels_of_it)
    assert np.isfinite(result).all()
    assert result.min() >= 0.0
    assert result.max() <= 1.0
    assert (engine.run(pixels, given) == result).all(), "the same every time"
