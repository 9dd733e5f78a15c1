"""Networks that spandrel opens: read strictly, described rightly, and without a seam."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from tests.engines.contract import sample
from wagtail_restore.catalogue import Model
from wagtail_restore.engines import tiled
from wagtail_restore.engines.upscale import Upscaler
from wagtail_restore.exceptions import BadOutput, SetupError, WeightsMissing, WeightsRefused


def compact(folder: Path, *, scale: int = 2, features: int = 8, convolutions: int = 2, channels: int = 3) -> Path:
    """The weights of a small network of the Compact family, random but the same every time."""
    torch.manual_seed(4)
    state: dict[str, torch.Tensor] = {}

    def convolution(index: int, inputs: int, outputs: int) -> None:
        state[f"body.{index}.weight"] = torch.randn(outputs, inputs, 3, 3) * 0.05
        state[f"body.{index}.bias"] = torch.zeros(outputs)

    convolution(0, channels, features)
    state["body.1.weight"] = torch.full((features,), 0.2)
    for layer in range(convolutions):
        convolution(2 + 2 * layer, features, features)
        state[f"body.{3 + 2 * layer}.weight"] = torch.full((features,), 0.2)
    convolution(2 + 2 * convolutions, features, channels * scale * scale)
    path = folder / f"compact-{scale}-{channels}-{convolutions}.safetensors"
    save_file(state, path)
    return path


def upscaler(path: Path | str, scale: int = 2) -> Upscaler:
    return Upscaler(Model("own", "upscale", "x.Y", scale=scale, file=str(path)), device="cpu")


def test_what_it_can_do_is_read_from_the_network(tmp_path: Path) -> None:
    engine = upscaler(compact(tmp_path, scale=4, convolutions=3), scale=4)
    engine.load()
    can = engine.capabilities
    assert (can.kind, can.scale, can.channels, can.tiled) == ("upscale", 4, (3,), True)
    assert can.overlap == 2 * (3 + 2), "five convolutions of 3 × 3"
    assert engine.device == "cpu"
    assert engine.size == sum(p.numel() for p in engine._net.model.parameters()) * 4  # type: ignore[union-attr]


def test_tiles_leave_no_seam(tmp_path: Path) -> None:
    engine = upscaler(compact(tmp_path))
    engine.load()
    pixels = sample(150, 60, 3)
    whole = engine.run(pixels)
    tiled._fitted[engine] = 32
    joined, tiles = tiled.run(engine, pixels, lambda share: None, lambda: None)
    assert tiles > 1
    assert np.abs(joined - whole).max() < 1 / 255


def test_grey_networks_take_one_channel(tmp_path: Path) -> None:
    engine = upscaler(compact(tmp_path, channels=1))
    engine.load()
    assert engine.capabilities.channels == (1,)
    result, _ = tiled.run(engine, sample(20, 10, 3), lambda share: None, lambda: None)
    assert result.shape == (20, 40, 3)


def test_a_factor_of_nought_takes_what_the_network_says(tmp_path: Path) -> None:
    engine = upscaler(compact(tmp_path, scale=4), scale=0)
    engine.load()
    assert engine.capabilities.scale == 4


def test_a_wrong_factor_in_the_catalogue_is_noticed(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="the catalogue says ×4, the network makes ×2"):
        upscaler(compact(tmp_path, scale=2), scale=4).load()


def test_missing_weights_are_missing() -> None:
    with pytest.raises(WeightsMissing):
        upscaler("/nowhere/w.pth").load()


def test_tensors_of_no_network_are_refused(tmp_path: Path) -> None:
    save_file({"a": torch.ones(3)}, tmp_path / "w.safetensors")
    with pytest.raises(WeightsRefused, match="no network that spandrel knows"):
        upscaler(tmp_path / "w.safetensors").load()


def test_a_network_whose_tensors_lost_their_shape_is_refused(tmp_path: Path) -> None:
    state = {name: tensor.flatten() for name, tensor in load_file(compact(tmp_path)).items()}
    save_file(state, tmp_path / "flat.safetensors")
    with pytest.raises(WeightsRefused, match="no network that spandrel knows"):
        upscaler(tmp_path / "flat.safetensors").load()


def test_a_network_with_holes_in_it_is_told(tmp_path: Path) -> None:
    path = compact(tmp_path)
    engine = upscaler(path)
    engine.load()
    with torch.no_grad():
        next(engine._net.model.parameters()).fill_(float("nan"))  # type: ignore[union-attr]
    with pytest.raises(BadOutput):
        tiled.run(engine, sample(20, 10, 3), lambda share: None, lambda: None)


def test_unloading_and_running_again_loads_again(tmp_path: Path) -> None:
    engine = upscaler(compact(tmp_path))
    before = engine.run(sample(8, 8, 3))
    engine.unload()
    assert engine.size == 0
    assert (engine.run(sample(8, 8, 3)) == before).all()


@pytest.mark.gpu
def test_a_gpu_gives_what_the_cpu_gives() -> None:
    if not torch.cuda.is_available():
        pytest.skip("there is no GPU here")
    model = Model("compact-x4", "upscale", "x.Y", scale=4, file="compact-x4.safetensors")
    pixels = sample(96, 64, 3)
    on_cpu, on_gpu = Upscaler(model, device="cpu"), Upscaler(model, device="cuda")
    assert np.abs(on_cpu.run(pixels) - on_gpu.run(pixels)).max() < 2 / 255
    assert on_gpu.full_precision()
    assert np.abs(on_cpu.run(pixels) - on_gpu.run(pixels)).max() < 1 / 1000
