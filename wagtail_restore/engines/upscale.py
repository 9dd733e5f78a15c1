"""Every network that spandrel opens and that takes a picture and gives one: upscalers, denoisers, cleaners."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from spandrel import ImageModelDescriptor, ModelLoader, ModelTiling, UnsupportedModelError
from torch import nn

from wagtail_restore.engines.base import Capabilities, Engine
from wagtail_restore.engines.tensors import (
    choose_device,
    choose_dtype,
    memory_errors,
    read_state_dict,
    to_array,
    to_tensor,
)
from wagtail_restore.engines.weights import locate
from wagtail_restore.exceptions import SetupError, WeightsRefused

CPU_TILE = 384
GPU_TILE = 1024
WIDEST_OVERLAP = 128
"""Deep networks see further in theory than they do in practice; more overlap than this only costs time."""
WINDOWED_OVERLAP = 64
"""For networks of attention windows, whose reach convolutions do not tell."""

UNLIKE = (
    UnsupportedModelError,
    LookupError,
    RuntimeError,
    ValueError,
    TypeError,
    AttributeError,
    AssertionError,
    ArithmeticError,
)
"""What spandrel raises on tensors that look like a network of its acquaintance and are none."""


class Upscaler(Engine):
    """A Model as spandrel describes it; loaded from a state dict only, never through a pickle of code."""

    extra = "worker"

    _net: ImageModelDescriptor[nn.Module] | None = None

    @property
    def capabilities(self) -> Capabilities:
        if self._net is None:
            return Capabilities(kind=self.model.kind, scale=self.model.scale)
        return Capabilities(
            kind=self.model.kind,
            scale=self._net.scale,
            tiled=self._net.tiling is not ModelTiling.INTERNAL,
            overlap=self._overlap,
            channels=(self._net.input_channels,),
            tile=CPU_TILE if self.device == "cpu" else GPU_TILE,
        )

    @property
    def size(self) -> int:
        if self._net is None:
            return 0
        return sum(weight.numel() * weight.element_size() for weight in self._net.model.parameters())

    def load(self) -> None:
        if self._net is not None:
            return
        device = choose_device(self.device)
        net = _open(self)
        # A scale of 0 stands for weights that nobody has described yet: what the network says then counts.
        if self.model.scale not in (0, net.scale):
            detail = f"the catalogue says ×{self.model.scale}, the network makes ×{net.scale}"
            raise SetupError(model=self.model.alias, detail=detail)
        self._dtype = choose_dtype(device, half=net.supports_half, bfloat=net.supports_bfloat16)
        with memory_errors(device):
            net.eval().to(device=device, dtype=self._dtype)
            net.model.to(memory_format=torch.channels_last)
        self._overlap = overlap_of(net)
        self.device = str(device)
        self._net = net

    def run(self, pixels: NDArray[Any], mask: NDArray[Any] | None = None) -> NDArray[np.float32]:
        """One pass of the network; grey networks take one channel, the others three."""
        self.load()
        assert self._net is not None  # noqa: S101 — load() has just seen to it, and mypy cannot know
        device = torch.device(self.device)
        with memory_errors(device), torch.inference_mode():
            return to_array(self._net(to_tensor(pixels, device, self._dtype)))

    def full_precision(self) -> bool:
        if self._net is None or self._dtype is torch.float32:
            return False
        self._dtype = torch.float32
        self._net.to(self._dtype)
        return True

    def unload(self) -> None:
        self._net = None


def overlap_of(net: ImageModelDescriptor[nn.Module]) -> int:
    """Input pixels that neighbouring tiles of this network must share: the width of its receptive field.

    For a plain chain of convolutions, each k × k adds k − 1; networks with attention windows get a fixed share.
    """
    convolutions = [layer for layer in net.model.modules() if isinstance(layer, nn.Conv2d)]
    windowed = any(isinstance(layer, nn.LayerNorm | nn.MultiheadAttention) for layer in net.model.modules())
    reach = sum(max(layer.kernel_size) - 1 for layer in convolutions)
    if windowed:
        return max(WINDOWED_OVERLAP, min(reach, WIDEST_OVERLAP))
    return max(8, min(reach, WIDEST_OVERLAP))


def _open(engine: Engine) -> ImageModelDescriptor[nn.Module]:
    alias = engine.model.alias
    state = read_state_dict(locate(engine.model, engine.folders), model=alias)
    try:
        net = ModelLoader(device="cpu").load_from_state_dict(state)
    except UNLIKE as error:
        raise WeightsRefused(model=alias, detail=f"no network that spandrel knows: {error}"[:200]) from error
    if not isinstance(net, ImageModelDescriptor):
        raise WeightsRefused(model=alias, detail=f"{net.architecture.name} needs a mask; it is no {engine.model.kind}")
    if net.input_channels not in (1, 3) or net.output_channels != net.input_channels:
        channels = f"{net.input_channels} → {net.output_channels}"
        raise WeightsRefused(model=alias, detail=f"takes and gives {channels} channels")
    return net
