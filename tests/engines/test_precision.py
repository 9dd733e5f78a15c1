"""Which precision a network settles for, and that its picture is float32 in any of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from spandrel import ModelLoader
from torch import Tensor, nn

from tests.engines.test_upscale import compact
from wagtail_restore.catalogue import BUNDLED
from wagtail_restore.engines.precision import agreement, draw, settle
from wagtail_restore.engines.tensors import read_state_dict


def network(path: Path) -> Any:
    return ModelLoader(device="cpu").load_from_state_dict(load_file(path)).eval()


def photo(data: Path, name: str, side: int = 64) -> Tensor:
    """The middle of a photograph, (1, 3, side, side) in 0..1."""
    from PIL import Image

    with Image.open(data / "photos" / name) as opened:
        pixels = np.asarray(opened.convert("RGB"), dtype=np.float32) / 255
    y, x = (pixels.shape[0] - side) // 2, (pixels.shape[1] - side) // 2
    return torch.from_numpy(pixels[y : y + side, x : x + side].copy()).permute(2, 0, 1)[None]


@pytest.mark.parametrize(
    "name",
    [
        "realesr-general-x4v3.fp16src.pth",
        "realesr-general-wdn-x4v3.fp16src.pth",
        "realesr-animevideov3.pth",
        "4xLSDIRCompactC3.fp16src.pth",
        "dncnn_color_blind.pth",
    ],
)
def test_known_networks_draw_the_same_in_bfloat16(data: Path, name: str) -> None:
    state = read_state_dict(data / "weights" / name)
    net = ModelLoader(device="cpu").load_from_state_dict(state).eval()
    pixels = photo(data, "34_aerial_town.jpg")
    exact = draw(net, pixels, torch.float32)
    assert settle(net, torch.bfloat16).dtype is torch.bfloat16
    assert agreement(exact, draw(net, pixels, torch.bfloat16)) >= 45
    assert torch.equal(draw(net, pixels, torch.float32), exact), "and in float32 it is what it was"


def test_a_soft_slope_keeps_its_steps_in_bfloat16() -> None:
    net = network(BUNDLED / "compact-x2.safetensors")
    assert settle(net, torch.bfloat16).dtype is torch.bfloat16
    slope = torch.linspace(0.80, 0.82, 64).expand(1, 3, 64, 64).contiguous()
    row = draw(net, slope, torch.bfloat16)[0, 0, 64, 16:-16]
    assert row.dtype is torch.float32
    assert len(row.unique()) > 60, "bfloat16 itself has six values there"
    assert (row - draw(net, slope, torch.float32)[0, 0, 64, 16:-16]).abs().max() < 1 / 1000


def test_float32_is_settled_for_when_asked_for(tmp_path: Path) -> None:
    settled = settle(network(compact(tmp_path)), torch.float32)
    assert settled.dtype is torch.float32
    assert settled.reach == 2 * 4


def test_a_network_that_lives_on_small_differences_stays_in_float32(tmp_path: Path) -> None:
    net = network(compact(tmp_path))
    with torch.no_grad():
        net.model.body[0].bias.fill_(100.0)
        # What is the same everywhere cancels out; what differs has been rounded away beside it.
        net.model.body[2].weight.sub_(net.model.body[2].weight.mean(dim=(1, 2, 3), keepdim=True))
    assert settle(net, torch.bfloat16).dtype is torch.float32


class Picky(nn.PReLU):
    """A layer whose own code cannot mix precisions."""

    def forward(self, input: Tensor) -> Tensor:
        if input.dtype is not torch.float32:
            raise RuntimeError("expected scalar type Float but found BFloat16")
        return super().forward(input)


def test_a_network_that_cannot_work_otherwise_stays_in_float32(tmp_path: Path) -> None:
    net = network(compact(tmp_path))
    net.model.body[1] = Picky(8)
    assert settle(net, torch.bfloat16).dtype is torch.float32


def test_memory_is_told_by_the_widest_layer(tmp_path: Path) -> None:
    narrow, wide = (settle(network(compact(tmp_path, features=f)), torch.float32) for f in (8, 32))
    assert narrow.bytes_per_pixel == 2 * 4 * (8 + 12), "the last layer, from 8 to 3 × 2 × 2 channels, in and out twice"
    assert wide.bytes_per_pixel == 2 * 4 * (32 + 32)


@pytest.mark.parametrize(("value", "decibels"), [(0.0, 120.0), (0.1, 20.0), (float("nan"), 0.0)])
def test_agreement_is_in_decibels(value: float, decibels: float) -> None:
    assert agreement(torch.zeros(1, 3, 4, 4), torch.full((1, 3, 4, 4), value)) == pytest.approx(decibels, abs=1e-4)
