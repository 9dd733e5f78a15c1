"""Every network that spandrel opens and that takes a picture and gives one: upscalers, denoisers, cleaners."""

from __future__ import annotations

import logging
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from spandrel import ModelTiling
from torch import Tensor, nn

from wagtail_restore.catalogue import Model
from wagtail_restore.engines import gpu, streaming
from wagtail_restore.engines.base import Capabilities, Engine
from wagtail_restore.engines.opening import network
from wagtail_restore.engines.precision import Net, Settled, draw, settle
from wagtail_restore.engines.tensors import (
    choose_device,
    choose_dtype,
    memory_errors,
    read_state_dict,
    settle_threads,
    size_of,
    to_array,
    to_tensor,
)
from wagtail_restore.engines.weights import locate
from wagtail_restore.exceptions import SetupError

log = logging.getLogger(__name__)

TILE = 1280
"""Larger tiles are not quicker, and only delay progress and a wish to stop; most small pictures fit into one."""
BATCH = 4
"""Tiles on their way to, in and from a GPU at once; more would not come sooner."""
WIDEST_OVERLAP = 128
"""Deep networks see further in theory than they do in practice; more overlap than this only costs time."""
WINDOWED_OVERLAP = 64
"""For networks of attention windows, whose reach convolutions do not tell."""


@dataclass(frozen=True)
class _Loaded:
    net: Net
    settled: Settled
    overlap: int
    tile: int
    batch: int
    chain: streaming.Chain | None


class Upscaler(Engine):
    """A Model as spandrel describes it; loaded from a state dict only, never through a pickle of code."""

    extra = "worker"

    _loaded: _Loaded | None = None

    @property
    def capabilities(self) -> Capabilities:
        if self._loaded is None:
            return Capabilities(kind=self.model.kind, scale=self.model.scale)
        net = self._loaded.net
        return Capabilities(
            kind=self.model.kind,
            scale=net.scale,
            tiled=net.tiling is not ModelTiling.INTERNAL,
            overlap=self._loaded.overlap,
            channels=(net.input_channels,),
            tile=self._loaded.tile,
            batch=self._loaded.batch,
            bytes_per_pixel=self._loaded.settled.bytes_per_pixel,
        )

    @property
    def precision(self) -> str:
        return "" if self._loaded is None else str(self._loaded.settled.dtype).removeprefix("torch.")

    @property
    def size(self) -> int:
        return 0 if self._loaded is None else size_of(self._loaded.net.model)

    def load(self) -> None:
        if self._loaded is None:
            self._load()

    def run(self, pixels: NDArray[Any], mask: NDArray[Any] | None = None) -> NDArray[np.float32]:
        """One pass of the network; grey networks take one channel, the others three."""
        return self.run_many([pixels])[0]

    def run_many(self, parts: Sequence[NDArray[Any]]) -> list[NDArray[np.float32]]:
        """``run`` on each of ``parts``; on an NVIDIA GPU their copies are under way while it works on another."""
        loaded = self._loaded or self._load()
        device = torch.device(self.device)
        net = partial(draw, loaded.net, dtype=loaded.settled.dtype)
        with memory_errors(device):
            if device.type == "cuda":
                return gpu.through(net, parts, device)
            if loaded.chain is not None:
                return [streaming.through(loaded.chain, part) for part in parts]
            return [to_array(net(to_tensor(part, device))) for part in parts]

    def stream(self) -> streaming.Stream | None:
        chain = (self._loaded or self._load()).chain
        return None if chain is None else streaming.Stream(chain)

    def full_precision(self) -> bool:
        if self._loaded is None or self._loaded.settled.dtype is torch.float32:
            return False
        settled = self._loaded.settled
        words = "%s made no picture in %s and works in float32 from now on, which takes longer, until it is loaded anew"
        log.warning(words, self.model.alias, self.precision)
        wider = replace(settled, dtype=torch.float32, bytes_per_pixel=2 * settled.bytes_per_pixel)
        self._loaded = _loaded(self._loaded.net, wider)
        return True

    def unload(self) -> None:
        self._loaded = None

    def _load(self) -> _Loaded:
        device = choose_device(self.device)
        settle_threads()
        net = network(_weights(self), model=self.model.alias)
        # A scale of 0 stands for weights that nobody has described yet: what the network says then counts.
        if self.model.scale not in (0, net.scale):
            detail = f"the catalogue says ×{self.model.scale}, the network makes ×{net.scale}"
            raise SetupError(model=self.model.alias, detail=detail)
        wanted = choose_dtype(device, half=net.supports_half, bfloat=net.supports_bfloat16)
        with memory_errors(device):
            net.eval().to(device).model.to(memory_format=torch.channels_last)
            self._loaded = _loaded(net, settle(net, wanted))
        self.device = str(device)
        return self._loaded


def _loaded(net: Net, settled: Settled) -> _Loaded:
    """With the side of tiles and how many of them to give to a GPU at once; on a CPU the caller knows the room."""
    overlap = overlap_of(net, settled.reach)
    chain = streaming.chain_of(net.model, net.device, settled.dtype)
    if net.device.type != "cuda":
        return _Loaded(net, settled, overlap, max(TILE, 2 * overlap), 1, chain)
    room = gpu.memory(net.device) // settled.bytes_per_pixel
    tile = max(min(TILE, math.isqrt(room)), 2 * overlap)
    return _Loaded(net, settled, overlap, tile, max(1, min(BATCH, room // tile**2)), chain)


def overlap_of(net: Net, reach: int) -> int:
    """Input pixels that neighbouring tiles of this network must share, which is how far it sees, edge to edge.

    ``reach`` is that of its convolutions. Networks with attention windows see further, and the deepest see less than
    they could: these get a fixed share.
    """
    windowed = any(isinstance(layer, nn.LayerNorm | nn.MultiheadAttention) for layer in net.model.modules())
    return max(WINDOWED_OVERLAP if windowed else 8, min(reach, WIDEST_OVERLAP))


def _weights(engine: Engine) -> dict[str, Tensor]:
    """The tensors of the Engine's Model, mixed with its partner's where that is wanted.

    Between two networks that were trained from one another, every mix of the weights is a network too, which is how
    Real-ESRGAN offers more or less denoising (deep network interpolation, Wang et al. 2019, arXiv:1811.10515).
    """
    own = _read(engine.model, engine.folders)
    if engine.mix is None:
        return own
    other = _read(engine.mix.partner, engine.folders)
    if {name: value.shape for name, value in own.items()} != {name: value.shape for name, value in other.items()}:
        detail = f"its weights cannot be mixed with those of {engine.mix.partner.alias}: they are of another network"
        raise SetupError(model=engine.model.alias, detail=detail)
    return {name: torch.lerp(other[name].float(), value.float(), engine.mix.share) for name, value in own.items()}


def _read(model: Model, folders: tuple[str, ...]) -> dict[str, Tensor]:
    return read_state_dict(locate(model, folders), model=model.alias)
