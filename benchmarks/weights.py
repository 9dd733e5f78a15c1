"""The weights that all peers share: a real network for a CPU, the largest common one with random weights for a GPU."""

from __future__ import annotations

from pathlib import Path

import torch
from spandrel import ModelLoader
from torch import Tensor, nn
from torch.nn import functional

from benchmarks.photos import data_folder
from wagtail_restore.catalogue import BUNDLED

GENERAL = "realesr-general-x4v3.fp16src.pth"
SEED = 7
BLOCKS, FEATURES, GROWTH = 23, 64, 32
"""The size of RealESRGAN_x4plus."""


def usual(device: str, folder: Path) -> Path:
    """The file for ``device``; a network of random weights is written into ``folder``.

    On a CPU it is realesr-general-x4v3 of the test data, or the bundled ×4 network where there is none. A GPU would
    spend its time on everything but so small a network, so it is given one of the size of RealESRGAN_x4plus.
    """
    if device.startswith("cuda"):
        return random_rrdb(folder)
    general = data_folder() / "weights" / GENERAL
    return general if general.is_file() else BUNDLED / "compact-x4.safetensors"


def random_rrdb(folder: Path, *, blocks: int = BLOCKS) -> Path:
    """An RRDBNet (×4, 64 features, 2 blocks or more) with random weights, in the format of upstream's releases.

    Its last layer is set so that soft patches of colour come out in medium brightness and contrast: results that are
    all black would say nothing about precision, and ours would be refused as no picture.
    """
    torch.manual_seed(SEED)
    state: dict[str, Tensor] = {}
    for name, inputs, outputs in _layers(blocks):
        weight = nn.init.kaiming_normal_(torch.empty(outputs, inputs, 3, 3))
        # a tenth of He et al. (2015), as ESRGAN is trained from
        state[f"{name}.weight"], state[f"{name}.bias"] = weight * 0.1, torch.zeros(outputs)
    patches = functional.interpolate(torch.rand(1, 3, 6, 6), size=(48, 48), mode="bicubic").clamp(0, 1)
    with torch.inference_mode():
        made = ModelLoader(device="cpu").load_from_state_dict(dict(state)).model.eval()(patches)
    gain = 0.2 / made.std(dim=(0, 2, 3))
    state["conv_last.weight"] *= gain[:, None, None, None]
    state["conv_last.bias"] = 0.5 - made.mean(dim=(0, 2, 3)) * gain
    path = folder / "rrdb-x4-random.pth"
    torch.save({"params_ema": state}, path)
    return path


def _layers(blocks: int) -> list[tuple[str, int, int]]:
    """The convolutions of the network by upstream's names, with their channels in and out."""
    layers = [("conv_first", 3, FEATURES)]
    for block in range(blocks):
        for dense in (1, 2, 3):
            for index in range(5):
                out = GROWTH if index < 4 else FEATURES
                layers.append((f"body.{block}.rdb{dense}.conv{index + 1}", FEATURES + index * GROWTH, out))
    same = ("conv_body", "conv_up1", "conv_up2", "conv_hr")
    return [*layers, *((name, FEATURES, FEATURES) for name in same), ("conv_last", FEATURES, 3)]
