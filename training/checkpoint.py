"""What a training leaves on disk: a checkpoint to go on from, and the weights as the product reads them."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import Tensor, nn

AVERAGE_DECAY = 0.998


@dataclass(frozen=True)
class Checkpoint:
    """After ``step`` steps: the weights, their running average (which is what gets published), the optimiser.

    ``recipe`` is what the steps were made by, as plain values.
    """

    step: int
    network: dict[str, Tensor]
    average: dict[str, Tensor]
    optimiser: dict[str, object]
    recipe: dict[str, object]


def save(checkpoint: Checkpoint, file: Path) -> None:
    """Write it whole or not at all: a kill while writing leaves the earlier one."""
    partial = file.with_suffix(".partial")
    torch.save(checkpoint.__dict__, partial)
    os.replace(partial, file)


def load(file: Path) -> Checkpoint:
    """Read a checkpoint.

    Raises:
        FileNotFoundError: there is none.
    """
    return Checkpoint(**torch.load(file, weights_only=True))


def average_into(average: dict[str, Tensor], network: nn.Module, step: int) -> None:
    """Move the running average a little towards the weights of now; faster at first, when it knows little."""
    decay = min(AVERAGE_DECAY, (1 + step) / (10 + step))
    for name, value in network.state_dict().items():
        average[name].lerp_(value, 1 - decay)


def export(weights: dict[str, Tensor], file: Path, facts: dict[str, str], *, half: bool = False) -> None:
    """Write safetensors of float32, or with ``half`` of float16; ``facts`` go into the header of the file."""
    file.parent.mkdir(parents=True, exist_ok=True)
    plain = {
        name: value.detach().to(torch.float16 if half else torch.float32).contiguous()
        for name, value in weights.items()
    }
    save_file(plain, str(file), metadata={"format": "pt", **facts})
    # safetensors makes files that only their owner may read, which is wrong for what is to be published
    file.chmod(0o644)
