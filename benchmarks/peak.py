"""How fast the machine could be, and how much work a network is: the two halves of a fraction of peak."""

from __future__ import annotations

import time

import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

SIDES = {"cpu": (1024, 2048), "cuda": (4096, 8192)}
"""Of the square matrices: large enough that nothing but multiplying counts."""
TURNS = 3


def matmul_rate(device: str, precision: str) -> float:
    """The best rate of multiplying matrices seen in a few turns, in floating point operations per second."""
    where, dtype = torch.device(device), getattr(torch, precision)
    best = 0.0
    for side in SIDES[where.type]:
        left, right = (torch.rand(side, side, device=where).to(dtype) for _ in range(2))
        for turn in range(TURNS + 1):
            began = time.perf_counter()
            left @ right
            if where.type == "cuda":
                torch.cuda.synchronize(where)
            if turn:  # the first one warms up
                best = max(best, 2 * side**3 / (time.perf_counter() - began))
    return best


def network_work(network: nn.Module, width: int, height: int) -> int:
    """Floating point operations of the convolutions and products for one picture, a multiply-add counting as two.

    Counted by torch on tensors without data; what overlapping tiles repeat is no work in this sense.
    """
    shape = torch.empty(1, 3, height, width, device="meta")
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        network.to("meta")(shape)
    return int(counter.get_total_flops())
