"""A chain of convolutions fed with rows draws what the network draws of the whole picture."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from spandrel.architectures.Compact import Compact
from torch import nn

from tests.engines.contract import sample
from wagtail_restore.engines import streaming
from wagtail_restore.engines.streaming import Chain, Stream, chain_of, through
from wagtail_restore.engines.tensors import read_state_dict
from wagtail_restore.exceptions import OutOfMemory

CPU = torch.device("cpu")


def network(*, convolutions: int = 5, activation: str = "prelu") -> Compact:
    torch.manual_seed(4)
    model = Compact(num_feat=8, num_conv=convolutions, upscale=2, act_type=activation)
    for name, parameter in model.named_parameters():
        if name.endswith("bias"):
            nn.init.normal_(parameter, std=0.2)
    return model.eval()


def whole(model: Compact, pixels: NDArray[np.float32]) -> NDArray[np.float32]:
    with torch.inference_mode():
        result = model(torch.from_numpy(pixels).permute(2, 0, 1)[None]).clamp(0, 1)
    return np.asarray(result[0].permute(1, 2, 0))


def streamed(chain: Chain, pixels: NDArray[np.float32], rows: int) -> list[NDArray[np.float32]]:
    stream = Stream(chain)
    tops = range(0, len(pixels), rows)
    return [stream.push(pixels[top : top + rows], last=top + rows >= len(pixels)) for top in tops]


@pytest.mark.parametrize("rows", [1, 2, 7, 16, 50, 60])
@pytest.mark.parametrize("activation", ["prelu", "leakyrelu", "relu"])
def test_strips_of_any_height_give_the_whole(rows: int, activation: str) -> None:
    model, pixels = network(activation=activation), sample(33, 50, 3)
    result = np.concatenate(streamed(Chain(model, torch.float32), pixels, rows))
    assert np.abs(result - whole(model, pixels)).max() < 1e-5


@pytest.mark.parametrize("size", [(1, 1), (40, 1), (1, 40), (3, 2)])
def test_pictures_lower_than_the_network_is_deep(size: tuple[int, int]) -> None:
    model, pixels = network(), sample(*size, 3)
    result = np.concatenate(streamed(Chain(model, torch.float32), pixels, 1))
    assert np.abs(result - whole(model, pixels)).max() < 1e-5


def test_what_comes_out_lags_by_a_row_for_each_layer() -> None:
    model, pixels = network(convolutions=5), sample(20, 40, 3)
    parts = streamed(Chain(model, torch.float32), pixels, 10)
    assert [len(part) for part in parts] == [2 * (10 - 7), 20, 20, 2 * (10 + 7)], "seven convolutions"


def test_in_bfloat16_the_network_still_draws_the_same(data: Path) -> None:
    model = Compact(num_feat=64, num_conv=32, upscale=4)
    model.load_state_dict(read_state_dict(data / "weights" / "realesr-general-x4v3.fp16src.pth"))
    pixels = sample(64, 48, 3)
    result = np.concatenate(streamed(Chain(model, torch.bfloat16), pixels, 16))
    error = np.mean((result - whole(model, pixels)) ** 2)
    assert -10 * np.log10(error) > 45


def test_the_rows_that_were_given_stay_as_they_are() -> None:
    model, pixels = network(activation="relu"), sample(20, 30, 3)
    before = pixels.copy()
    streamed(Chain(model, torch.float32), pixels, 30)
    assert (pixels == before).all()


def test_a_picture_at_once_is_the_whole() -> None:
    model, pixels = network(), sample(900, 90, 3)
    assert np.abs(through(Chain(model, torch.float32), pixels) - whole(model, pixels)).max() < 1e-5


def test_memory_that_runs_out_is_told_as_such(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*values: Any, **named: Any) -> Any:
        raise RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 1 bytes")

    monkeypatch.setattr(streaming, "conv2d", full)
    with pytest.raises(OutOfMemory):
        Stream(Chain(network(), torch.float32)).push(sample(8, 8, 3), last=True)


def test_wide_pictures_come_in_fewer_rows() -> None:
    stream = Stream(Chain(network(), torch.float32))
    assert stream.rows(500) > stream.rows(2000) > stream.rows(100_000) >= 4


def test_other_networks_are_no_chain() -> None:
    assert chain_of(nn.Sequential(nn.Conv2d(3, 12, 3), nn.PixelShuffle(2)), CPU, torch.float32) is None
    assert chain_of(Compact(num_in_ch=1, num_out_ch=1, upscale=2), CPU, torch.float32) is None
    assert chain_of(network(), torch.device("cuda"), torch.float16) is None
    assert chain_of(network(), CPU, torch.float32) is not None
