"""A network at reduced precision whose picture stays float32, once it has been seen to draw the same."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, TypeAlias

import torch
from spandrel import ImageModelDescriptor
from torch import Tensor, nn

Net: TypeAlias = ImageModelDescriptor[nn.Module]

AGREEMENT = 45.0
"""dB between a network at reduced precision and in float32, below which it stays in float32; one 8-bit step is 48."""

SIDE = 48
"""Of the picture on which the two are compared: enough for edges and a pattern, and quickly done by large networks."""

HELD = 2
"""How many times what its widest layer takes and gives a network holds at once; a little more than was measured."""


@dataclass(frozen=True)
class Settled:
    """What was seen of a network at work.

    ``bytes_per_pixel`` is the memory it takes for each pixel of a tile, roughly; ``reach`` the width, in input pixels,
    of what its convolutions see of the picture.
    """

    dtype: torch.dtype
    bytes_per_pixel: int
    reach: int


@dataclass(frozen=True)
class _Ran:
    layer: nn.Module
    moved: int
    reach: float


@dataclass(frozen=True)
class _Seen:
    picture: Tensor
    ran: list[_Ran]

    @property
    def bytes_per_pixel(self) -> int:
        widest = max([_bytes(self.picture), *(each.moved for each in self.ran)])
        return -(-HELD * widest // (SIDE * SIDE))


def settle(net: Net, dtype: torch.dtype) -> Settled:
    """The precision for ``net``, which is float32 and stays so: ``dtype`` where it draws the same picture in that.

    Whether a network bears it is tried rather than known, since far more of them are opened than we have met.
    """
    exact = _seen(net, torch.float32)
    settled = Settled(torch.float32, exact.bytes_per_pixel, math.ceil(sum(each.reach for each in exact.ran)))
    if dtype is torch.float32 or not exact.ran:
        return settled
    _keep_exact(exact.ran[-1].layer, net.device.type)
    try:
        reduced = _seen(net, dtype)
    except (RuntimeError, TypeError, ValueError):
        reduced = None  # its own code mixes precisions, and cannot
    if reduced is not None and agreement(exact.picture, reduced.picture) >= AGREEMENT:
        return Settled(dtype, reduced.bytes_per_pixel, settled.reach)
    return settled


def draw(net: Net, pixels: Tensor, dtype: torch.dtype) -> Tensor:
    """What ``net`` makes of ``pixels``, (1, C, H, W) in 0..1, with the work of its layers done in ``dtype``.

    Autocast leaves float32 what is not heavy; the weights that it casts are nothing beside a tile.
    """
    with torch.inference_mode(), torch.autocast(pixels.device.type, dtype, enabled=dtype is not torch.float32):
        picture: Tensor = net(pixels)
    return picture


def agreement(one: Tensor, other: Tensor) -> float:
    """Peak signal-to-noise ratio in dB between two pictures in 0..1; nought where either has holes."""
    error = torch.mean((one.float() - other.float()) ** 2)
    if not torch.isfinite(error):
        return 0.0
    return float(-10.0 * torch.log10(error.clamp_min(1e-12)))


def _seen(net: Net, dtype: torch.dtype) -> _Seen:
    """What ``net`` makes of a small picture, and its layers with weights in the order in which they worked."""
    ran: list[_Ran] = []
    width = SIDE + net.size_requirements.get_padding(SIDE, SIDE)[0]

    def remember(layer: nn.Module, inputs: tuple[Any, ...], output: Any) -> None:
        ran.append(_Ran(layer, sum(_bytes(value) for value in (*inputs, output)), _reach(layer, inputs, width)))

    hooks = [layer.register_forward_hook(remember) for layer in _layers(net.model)]
    try:
        picture = draw(net, _probe(net.input_channels).to(net.device), dtype)
    finally:
        for hook in hooks:
            hook.remove()
    return _Seen(picture, ran)


def _reach(layer: nn.Module, inputs: tuple[Any, ...], width: int) -> float:
    """By how many pixels of the picture, ``width`` wide, ``layer`` widens what is seen: k − 1 of its own input's."""
    if not isinstance(layer, nn.Conv2d | nn.ConvTranspose2d):
        return 0.0
    sides = zip(layer.kernel_size, layer.dilation, strict=True)
    own: int = max((kernel - 1) * dilation for kernel, dilation in sides)
    return own * width / int(inputs[0].shape[-1])


def _keep_exact(layer: nn.Module, device: str) -> None:
    """Let ``layer`` work in float32 always.

    The last one gives the picture, or what is added to it: 8 bits (bfloat16) or 11 would show as bands in a sky.
    """
    forward = layer.forward

    def exact(*values: Any) -> Any:
        with torch.autocast(device, enabled=False):
            return forward(*(value.float() if isinstance(value, Tensor) else value for value in values))

    layer.forward = exact


def _bytes(value: Any) -> int:
    return value.numel() * value.element_size() if isinstance(value, Tensor) else 0


def _layers(model: nn.Module) -> list[nn.Module]:
    """The innermost modules with weights: convolutions, activations, norms."""
    inner = (layer for layer in model.modules() if next(layer.children(), None) is None)
    return [layer for layer in inner if next(layer.parameters(), None) is not None]


def _probe(channels: int) -> Tensor:
    """A picture with slopes, edges, a fine pattern and some noise, float32 (1, C, H, W) in 0..1, always the same."""
    across = torch.linspace(0.0, 1.0, SIDE)
    steps = torch.arange(SIDE) // 2
    slope = across[:, None] * 0.6 + across[None, :] * 0.3
    edges = ((across[:, None] * 5).floor() + (across[None, :] * 7).floor()) % 2
    fine = (steps[:, None] + steps[None, :]) % 2
    noise = torch.rand((channels, SIDE, SIDE), generator=torch.Generator().manual_seed(5))
    half = SIDE // 2
    picture = torch.stack([slope * (1.0 - 0.2 * channel) for channel in range(channels)])
    picture[:, :half, half:] = 0.2 + 0.6 * edges[:half, half:]
    picture[:, half:, :half] = 0.4 + 0.2 * fine[half:, :half]
    return (picture + 0.02 * (noise - 0.5)).clamp(0.0, 1.0)[None]
