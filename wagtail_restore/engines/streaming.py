"""A chain of convolutions on a CPU that takes a picture some rows at a time, and never computes anything twice."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from spandrel.architectures.Compact import Compact
from torch import Tensor, nn
from torch.nn.functional import conv2d

from wagtail_restore.engines.tensors import memory_errors

CPU = torch.device("cpu")
REST = torch.channels_last
COLOURS = 3

STRIP = 1 << 16
"""Pixels of a strip for each thread: with fewer, the rows that layers keep cost too much."""
LARGEST = 1 << 18
"""Pixels of a strip at most, for memory's sake: a wide network ×4 takes nearly a kilobyte for each."""


@dataclass(frozen=True)
class _Layer:
    weight: Tensor
    bias: Tensor | None
    activation: Callable[[Tensor], Tensor]


class Chain:
    """The layers of a network of the shape of SRVGGNetCompact, in ``dtype`` but for the last, which stays float32."""

    def __init__(self, model: Compact, dtype: torch.dtype) -> None:
        self.scale = model.upscale
        *inner, last = list(model.body)[::2]
        activations = list(model.body)[1::2]
        self.layers = [_layer(*pair, dtype) for pair in zip(inner, activations, strict=True)]
        self.layers.append(_layer(last, nn.Identity(), torch.float32))


def chain_of(model: nn.Module, device: torch.device, dtype: torch.dtype) -> Chain | None:
    """The network as a chain; None for other networks, and on a GPU, which is quicker with large pieces."""
    if device.type != "cpu" or not isinstance(model, Compact) or model.num_in_ch != COLOURS:
        return None
    return Chain(model, dtype)


class Stream:
    """One picture through a chain, from top to bottom, as if the network had been given it whole.

    Every layer keeps the last two rows that it was given and works on the new ones when they come. So strips need no
    overlap and leave no seam; what one layer gives the next is still in the processor's cache; and memory does not
    grow with the height. On a CPU this takes two thirds of the time of the same layers over a large tile.
    """

    def __init__(self, chain: Chain) -> None:
        self._chain = chain
        self._kept: list[Tensor | None] = [None] * len(chain.layers)
        self._waiting: Tensor | None = None

    def rows(self, width: int) -> int:
        """How many rows of this width are best given at once."""
        return max(4, min(STRIP * torch.get_num_threads(), LARGEST) // width)

    def push(self, rows: NDArray[np.float32], *, last: bool) -> NDArray[np.float32]:
        """What these rows, float32 (H, W, 3) in 0..1, complete: float32 (rows, W × scale, 3) in 0..1, perhaps no row.

        A network sees a few rows ahead, so what comes out lags behind; with ``last`` the rest comes too.
        """
        with memory_errors(CPU), torch.inference_mode():
            given = torch.from_numpy(np.ascontiguousarray(rows, np.float32))
            self._waiting = given if self._waiting is None else torch.cat([self._waiting, given])
            added = self._through(given.permute(2, 0, 1)[None], last=last)
            count = 0 if added is None else added.shape[2]
            base, self._waiting = self._waiting[:count], self._waiting[count:]
            scale = self._chain.scale
            picture = torch.empty((count, scale, base.shape[1], scale, COLOURS))
            if added is not None:
                picture.copy_(_shuffled(added[0], scale))
                picture.add_(base[:, None, :, None, :]).clamp_(0.0, 1.0)
            result: NDArray[np.float32] = picture.view(count * scale, base.shape[1] * scale, COLOURS).numpy()
            return result

    def _through(self, rows: Tensor, *, last: bool) -> Tensor | None:
        """What the last layer makes of ``rows``, (1, C, H, W); None as long as some layer waits for more of them."""
        for index, layer in enumerate(self._chain.layers):
            rows = rows.to(layer.weight.dtype)
            kept = self._kept[index]
            # Beyond its border a layer sees nought.
            border = rows.new_zeros((1, rows.shape[1], 1, rows.shape[3])).contiguous(memory_format=REST)
            rows = torch.cat([border if kept is None else kept, rows, *([border] if last else [])], 2)
            self._kept[index] = rows[:, :, -2:].clone(memory_format=REST)
            if rows.shape[2] < 3:
                return None
            rows = layer.activation(conv2d(rows, layer.weight, layer.bias, padding=(0, 1)))
        return rows


def through(chain: Chain, pixels: NDArray[Any]) -> NDArray[np.float32]:
    """The whole of a picture, float32 (H, W, 3) in 0..1, at once: float32 (H × scale, W × scale, 3)."""
    stream = Stream(chain)
    step = stream.rows(pixels.shape[1])
    tops = range(0, len(pixels), step)
    return np.concatenate([stream.push(pixels[top : top + step], last=top + step >= len(pixels)) for top in tops])


def _layer(convolution: nn.Module, activation: nn.Module, dtype: torch.dtype) -> _Layer:
    if not isinstance(convolution, nn.Conv2d) or convolution.kernel_size != (3, 3):
        raise TypeError(f"no 3 × 3 convolution: {convolution}")
    weight = convolution.weight.detach().to(dtype).contiguous(memory_format=REST)
    bias = None if convolution.bias is None else convolution.bias.detach().to(dtype)
    if isinstance(activation, nn.PReLU):
        slope = activation.weight.detach().to(dtype)
        return _Layer(weight, bias, lambda rows: torch.prelu(rows, slope))
    return _Layer(weight, bias, activation)


def _shuffled(added: Tensor, scale: int) -> Tensor:
    """A view of (C·s·s, H, W) as (H, s, W, s, C): the pixel shuffle, without a copy of its own."""
    _, height, width = added.shape
    return added.view(COLOURS, scale, scale, height, width).permute(3, 1, 4, 2, 0)
