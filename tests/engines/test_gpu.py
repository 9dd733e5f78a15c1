"""Tiles through a network on a GPU: all come back, each as if it had been alone."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from tests.engines.contract import check_engine, sample
from tests.engines.test_upscale import compact
from wagtail_restore.catalogue import Model, shipped
from wagtail_restore.engines import gpu
from wagtail_restore.engines.upscale import Upscaler

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no GPU here"),
]

X4 = shipped()["compact-x4"]


def test_a_gpu_gives_what_the_cpu_gives() -> None:
    pixels = sample(96, 64, 3)
    on_cpu, on_gpu = Upscaler(X4, device="cpu"), Upscaler(X4, device="cuda")
    assert np.abs(on_cpu.run(pixels) - on_gpu.run(pixels)).max() < 2 / 255
    on_cpu.full_precision()
    assert on_gpu.full_precision()
    assert np.abs(on_cpu.run(pixels) - on_gpu.run(pixels)).max() < 1 / 1000


def test_many_tiles_of_a_gpu_are_what_they_are_alone() -> None:
    engine = Upscaler(X4, device="cuda")
    parts = [np.roll(sample(200, 180, 3), shift, axis=1) for shift in range(9)]
    together = engine.run_many(parts)
    assert len(together) == 9
    for part, result in zip(parts, together, strict=True):
        assert (result == engine.run(part)).all()


def test_a_gpu_keeps_the_contract(tmp_path: Path) -> None:
    check_engine(Upscaler(X4, device="cuda"))
    check_engine(Upscaler(Model("own", "upscale", "x.Y", scale=2, file=str(compact(tmp_path))), device="cuda"))


def test_tiles_fit_into_the_memory_of_the_gpu() -> None:
    engine = Upscaler(X4, device="cuda")
    engine.load()
    can = engine.capabilities
    assert can.batch >= 1
    assert can.batch * can.tile**2 * can.bytes_per_pixel <= torch.cuda.mem_get_info()[1] * gpu.SHARE


def test_a_tile_that_is_too_large_for_the_gpu_is_told_and_leaves_it_usable() -> None:
    from wagtail_restore.exceptions import OutOfMemory

    engine = Upscaler(X4, device="cuda")
    most = torch.cuda.mem_get_info()[1]
    side = int((most / 100) ** 0.5)
    with pytest.raises(OutOfMemory):
        engine.run(np.zeros((side, side, 3), np.float32))
    assert engine.run(sample(8, 8, 3)).shape == (32, 32, 3)
