"""One contract for all Engines: those of the catalogue, and networks of other makes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from spandrel.architectures.ESRGAN import ESRGAN
from spandrel.architectures.HAT import HAT
from spandrel.architectures.PLKSR import PLKSR
from spandrel.architectures.SPAN import SPAN
from spandrel.architectures.SwinIR import SwinIR
from torch import nn

from tests.engines.contract import check_engine, check_overlap
from wagtail_restore.catalogue import Model, shipped
from wagtail_restore.engines.base import Capabilities, Engine
from wagtail_restore.engines.pool import engine_class
from wagtail_restore.engines.weights import find

UPSCALER = "wagtail_restore.engines.upscale.Upscaler"


@pytest.mark.parametrize("alias", sorted(shipped()))
def test_every_model_of_the_catalogue_keeps_the_contract(alias: str) -> None:
    model = shipped()[alias]
    if model.file and find(model) is None:
        pytest.skip(f"the weights of {alias} are not here")
    check_engine(engine_class(model)(model, device="cpu"))


@pytest.mark.parametrize(
    ("name", "kind", "scale"),
    [
        ("realesr-general-x4v3.fp16src.pth", "upscale", 4),
        ("realesr-general-wdn-x4v3.fp16src.pth", "upscale", 4),
        ("realesr-animevideov3.pth", "upscale", 4),
        ("4xLSDIRCompactC3.fp16src.pth", "upscale", 4),
        ("dncnn_color_blind.pth", "denoise", 1),
    ],
)
def test_weights_of_other_makes_keep_the_contract(data: Path, name: str, kind: str, scale: int) -> None:
    model = Model("own", kind, UPSCALER, scale=scale, file=str(data / "weights" / name))
    check_engine(engine_class(model)(model, device="cpu"))
    check_overlap(engine_class(model)(model, device="cpu"))


@pytest.mark.parametrize(
    "alias", [alias for alias, model in shipped().items() if model.bundled and model.kind != "detect"]
)
def test_the_networks_in_the_box_see_no_further_than_their_overlap(alias: str) -> None:
    check_overlap(engine_class(shipped()[alias])(shipped()[alias], device="cpu"))


RANDOM: dict[str, tuple[Callable[[], nn.Module], int]] = {
    "esrgan-x4": (lambda: ESRGAN(num_filters=16, num_blocks=1, scale=4), 4),
    "esrgan-plus-x2": (lambda: ESRGAN(in_nc=12, num_filters=16, num_blocks=1, scale=4, shuffle_factor=2), 2),
    "span-x2": (lambda: SPAN(num_in_ch=3, num_out_ch=3, feature_channels=16, upscale=2), 2),
    "plksr-x2": (lambda: PLKSR(dim=16, n_blocks=2, upscaling_factor=2), 2),
    "swinir-x2": (
        lambda: SwinIR(embed_dim=12, depths=[2], num_heads=[2], window_size=8, upscale=2, upsampler="pixelshuffle"),
        2,
    ),
    "hat-x2": (
        lambda: HAT(
            embed_dim=12, depths=(2,), num_heads=(2,), window_size=8, upscale=2, mlp_ratio=2.0, squeeze_factor=6
        ),
        2,
    ),
}
"""Small networks of other families with random weights, and their factors."""


def random_weights(folder: Path, name: str) -> Model:
    torch.manual_seed(6)
    make, scale = RANDOM[name]
    path = folder / f"{name}.safetensors"
    save_file({key: value.contiguous().clone() for key, value in make().state_dict().items()}, path)
    return Model("own", "upscale", UPSCALER, scale=scale, file=str(path))


@pytest.mark.parametrize("name", RANDOM)
def test_networks_of_other_families_keep_the_contract(tmp_path: Path, name: str) -> None:
    model = random_weights(tmp_path, name)
    check_engine(engine_class(model)(model, device="cpu"))


@pytest.mark.parametrize("name", ["esrgan-x4", "esrgan-plus-x2", "span-x2", "plksr-x2"])
def test_convolutions_of_other_families_see_no_further_than_their_overlap(tmp_path: Path, name: str) -> None:
    model = random_weights(tmp_path, name)
    check_overlap(engine_class(model)(model, device="cpu"))


class Forgetful(Engine):
    """An Engine that returns its input whatever it says of itself."""

    @property
    def capabilities(self) -> Capabilities:
        return Capabilities(kind="upscale", scale=2)

    def load(self) -> None:
        self.device = "cpu"

    def run(self, pixels: np.ndarray, mask: np.ndarray | None = None) -> np.ndarray:
        return pixels


def test_the_contract_notices_an_engine_that_breaks_it() -> None:
    with pytest.raises(AssertionError):
        check_engine(Forgetful(Model("forgetful", "upscale", "x.Forgetful")))
