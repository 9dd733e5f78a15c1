"""Networks that redraw faces, with weights at random: what counts is that they are called as they were trained."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from spandrel import ImageModelDescriptor
from spandrel.architectures.GFPGAN import GFPGAN, GFPGANArch
from spandrel.architectures.RestoreFormer import RestoreFormer
from torch import nn

from tests.engines.contract import check_engine
from wagtail_restore.catalogue import Model
from wagtail_restore.engines.faces import ITS_WAY, FaceRestorer
from wagtail_restore.exceptions import SetupError, WeightsMissing, WeightsRefused


def restorer(file: Path, **more: Any) -> FaceRestorer:
    return FaceRestorer(Model("mine", "face", "x", purpose="face", faithful=False, file=str(file)), **more)


def square() -> np.ndarray:
    y, x = np.mgrid[0:512, 0:512].astype(np.float32) / 512
    return np.stack([x, y, 1 - x], axis=2)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> tuple[RestoreFormer, Path]:
    """A RestoreFormer with little in it, and its file."""
    torch.manual_seed(3)
    network = RestoreFormer(
        n_embed=16, embed_dim=32, ch=32, out_ch=3, ch_mult=(1, 1, 1, 1, 1, 1), num_res_blocks=1,
        attn_resolutions=(16,), dropout=0.0, in_channels=3, resolution=512, z_channels=32, double_z=False,
        enable_mid=True, head_size=8,
    )  # fmt: skip
    file = tmp_path_factory.mktemp("weights") / "small.safetensors"
    save_file(network.state_dict(), file)
    return network.eval(), file


def test_a_restoreformer_is_called_as_it_was_trained(small: tuple[RestoreFormer, Path]) -> None:
    network, file = small
    engine = restorer(file)
    made = engine.run(square())
    with torch.inference_mode():
        expected = network(torch.from_numpy(square() * 2 - 1).permute(2, 0, 1)[None])[0]
    wanted = np.clip((expected[0].permute(1, 2, 0).numpy() + 1) / 2, 0, 1)
    assert made.shape == (512, 512, 3)
    assert made.std() > 0.01
    assert np.abs(made - wanted).max() < 1e-5
    assert engine.size == sum(weight.numel() * 4 for weight in network.parameters())
    assert engine.full_precision() is False


class Negative(nn.Module):
    """A network in the range −1..1 that turns a picture into its negative, and wants no noise."""

    def forward(
        self, x: torch.Tensor, return_rgb: bool = True, randomize_noise: bool = True
    ) -> tuple[torch.Tensor, list[torch.Tensor]]:
        assert not return_rgb and not randomize_noise
        return -x, []


def test_a_gfpgan_is_given_and_gives_the_range_that_it_was_trained_on() -> None:
    """Spandrel would give it 0..1, and cut off the half of the result that is below 0."""
    net = ImageModelDescriptor(
        Negative(), {}, architecture=GFPGANArch(), purpose="FaceSR", tags=[], supports_half=False,
        supports_bfloat16=True, scale=1, input_channels=3, output_channels=3,
    )  # fmt: skip
    picture = torch.rand(1, 3, 8, 8, generator=torch.Generator().manual_seed(1))
    assert torch.allclose(ITS_WAY["GFPGAN"](net, picture), 1 - picture, atol=1e-6)


@pytest.mark.slow
def test_a_whole_gfpgan_gives_the_same_result_every_time(tmp_path: Path) -> None:
    torch.manual_seed(7)
    network = GFPGAN(decoder_load_path=None)
    save_file({key: value.clone() for key, value in network.state_dict().items()}, tmp_path / "gfpgan.safetensors")
    engine = restorer(tmp_path / "gfpgan.safetensors")
    first, second = engine.run(square()), engine.run(square())
    assert first.shape == (512, 512, 3)
    assert first.std() > 0.001
    assert (first == second).all()


@pytest.mark.slow
def test_a_restoreformer_keeps_the_contract(small: tuple[RestoreFormer, Path]) -> None:
    check_engine(restorer(small[1]))


def test_a_network_that_draws_no_faces_is_refused(data: Path) -> None:
    with pytest.raises(WeightsRefused) as caught:
        restorer(data / "weights" / "realesr-animevideov3.pth").load()
    assert caught.value.params["detail"] == "RealESRGAN Compact draws no faces"


def test_tensors_of_no_network_are_refused(tmp_path: Path) -> None:
    save_file({"a": torch.zeros(3)}, tmp_path / "a.safetensors")
    with pytest.raises(WeightsRefused, match="no network that spandrel knows"):
        restorer(tmp_path / "a.safetensors").load()


def test_missing_weights_and_devices_are_named(tmp_path: Path, small: tuple[RestoreFormer, Path]) -> None:
    with pytest.raises(WeightsMissing):
        restorer(tmp_path / "nowhere.pth").load()
    with pytest.raises(SetupError):
        restorer(small[1], device="cuda:99").load()
