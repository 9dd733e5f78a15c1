"""Networks that spandrel opens: read strictly, described rightly, and without a seam."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from spandrel import ModelLoader

from tests.engines.contract import sample
from tests.engines.doubles import drawn
from wagtail_restore.catalogue import Model
from wagtail_restore.engines import tiled
from wagtail_restore.engines.base import Mix
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
    assert engine.size == sum(p.numel() for p in engine._loaded.net.model.parameters()) * 4  # type: ignore[union-attr]


class InTiles(Upscaler):
    def stream(self) -> None:
        """Takes no rows."""


def test_tiles_leave_no_seam(tmp_path: Path) -> None:
    engine = InTiles(upscaler(compact(tmp_path)).model, device="cpu")
    engine.load()
    pixels = sample(150, 60, 3)
    whole = engine.run(pixels)
    tiled._fitted[engine] = 32
    joined, tiles = drawn(engine, pixels)
    assert tiles > 1
    assert np.abs(joined - whole).max() < 1 / 255


def test_grey_networks_take_one_channel(tmp_path: Path) -> None:
    engine = upscaler(compact(tmp_path, channels=1))
    engine.load()
    assert engine.capabilities.channels == (1,)
    result, _ = drawn(engine, sample(20, 10, 3))
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
    state = load_file(path)
    state["body.0.weight"].fill_(float("nan"))
    save_file(state, path)
    with pytest.raises(BadOutput):
        drawn(upscaler(path), sample(20, 10, 3))


def test_full_precision_is_that_of_the_file(tmp_path: Path) -> None:
    path = compact(tmp_path)
    bare = ModelLoader(device="cpu").load_from_state_dict(load_file(path)).eval()
    pixels = sample(40, 30, 3)
    engine = upscaler(path)
    engine.load()
    engine.full_precision()
    with torch.inference_mode():
        exact = bare(torch.from_numpy(pixels).permute(2, 0, 1)[None])[0].permute(1, 2, 0).numpy()
    assert np.abs(engine.run(pixels) - exact).max() < 1e-5


def test_full_precision_takes_more_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: {"avx512_bf16": True}, raising=False)
    engine = upscaler(compact(tmp_path))
    engine.load()
    before = engine.capabilities.bytes_per_pixel
    assert engine.full_precision()
    assert engine.capabilities.bytes_per_pixel == 2 * before
    assert not engine.full_precision()


def test_an_engine_that_is_not_loaded_has_no_precision_to_change(tmp_path: Path) -> None:
    assert upscaler(compact(tmp_path)).full_precision() is False


def mixed(data: Path, share: float) -> np.ndarray:
    """What the two networks of Real-ESRGAN for general pictures make of one when they are mixed."""
    own, other = (
        Model(alias, "upscale", "x.Y", scale=4, file=str(data / "weights" / f"{alias}.fp16src.pth"))
        for alias in ("realesr-general-x4v3", "realesr-general-wdn-x4v3")
    )
    model = {-1.0: own, 2.0: other}.get(share, own)
    engine = Upscaler(model, mix=None if share in (-1.0, 2.0) else Mix(other, share))
    return engine.run(noisy())


def noisy() -> np.ndarray:
    noise = np.random.default_rng(3).normal(0, 0.06, (32, 40, 3)).astype(np.float32)
    return np.clip(sample(40, 32, 3) + noise, 0, 1)


def roughness(picture: np.ndarray) -> float:
    return float(np.abs(np.diff(picture, axis=1)).mean())


def test_a_mix_of_weights_lies_between_its_two_models(data: Path) -> None:
    own, other = mixed(data, -1.0), mixed(data, 2.0)
    assert np.abs(mixed(data, 1.0) - own).max() < 1 / 255
    assert np.abs(mixed(data, 0.0) - other).max() < 1 / 255
    half = mixed(data, 0.5)
    assert roughness(own) < roughness(half) < roughness(other), "less of the denoising network leaves more noise"


def test_weights_of_different_networks_are_not_mixed(tmp_path: Path) -> None:
    own, other = (
        Model(alias, "upscale", "x.Y", scale=2, file=str(compact(tmp_path, convolutions=layers)))
        for alias, layers in (("own", 2), ("other", 3))
    )
    with pytest.raises(SetupError, match="cannot be mixed with those of other"):
        Upscaler(own, mix=Mix(other, 0.5)).load()


def test_a_partner_whose_weights_are_not_here_is_named(tmp_path: Path) -> None:
    own = Model("own", "upscale", "x.Y", scale=2, file=str(compact(tmp_path)))
    with pytest.raises(WeightsMissing) as caught:
        Upscaler(own, mix=Mix(Model("other", "upscale", "x.Y", file="nowhere.pth"), 0.5)).load()
    assert caught.value.params["model"] == "other"


def test_unloading_and_running_again_loads_again(tmp_path: Path) -> None:
    engine = upscaler(compact(tmp_path))
    before = engine.run(sample(8, 8, 3))
    engine.unload()
    assert engine.size == 0
    assert (engine.run(sample(8, 8, 3)) == before).all()
