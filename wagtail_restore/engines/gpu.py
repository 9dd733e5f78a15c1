"""Tiles through a network on an NVIDIA GPU: the next one is on its way there and the last one back while it works."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

SHARE = 0.75
"""Of the memory of a GPU, what tiles may take at most: other Models, and perhaps a screen, want some too."""


def memory(device: torch.device) -> int:
    """Bytes on ``device`` that tiles may take."""
    free, total = torch.cuda.mem_get_info(device)
    return min(free, int(total * SHARE))


def through(
    net: Callable[[Tensor], Tensor], parts: Sequence[NDArray[Any]], device: torch.device
) -> list[NDArray[np.float32]]:
    """What ``net`` makes of each of ``parts``, float32 (H, W, C) in 0..1.

    All is asked for at once and waited for at the end, on three streams and through pinned memory, so that neither
    copies nor the network wait for each other.
    """
    working = torch.cuda.current_stream(device)
    inward: torch.cuda.Stream = torch.cuda.Stream(device)  # type: ignore[no-untyped-call]
    outward: torch.cuda.Stream = torch.cuda.Stream(device)  # type: ignore[no-untyped-call]
    results = []
    for part in parts:
        with torch.cuda.stream(inward):
            tensor = _pinned(part).to(device, non_blocking=True).permute(2, 0, 1)[None]
        working.wait_stream(inward)
        # Memory is handed out per stream: without this it could be given away while another one still reads it.
        tensor.record_stream(working)
        picture = net(tensor)
        outward.wait_stream(working)
        with torch.cuda.stream(outward):
            rows = picture[0].permute(1, 2, 0)
            picture.record_stream(outward)
            result = torch.empty(rows.shape, dtype=torch.float32, pin_memory=True)
            results.append(result.copy_(rows, non_blocking=True))
    outward.synchronize()
    return [result.numpy() for result in results]


def _pinned(part: NDArray[Any]) -> Tensor:
    """A copy in memory that the GPU can fetch by itself."""
    copy = torch.empty(part.shape, dtype=torch.float32, pin_memory=True)
    np.copyto(copy.numpy(), part)
    return copy
