"""Arrays to tensors and back; the device, the precision, and torch's errors in our own words."""

from __future__ import annotations

import os
import pickle
import struct
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import safetensors
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file
from threadpoolctl import ThreadpoolController
from torch import Tensor, nn

from wagtail_restore.engines import cores
from wagtail_restore.exceptions import NoDevice, OutOfMemory, WeightsRefused

WRAPPERS = ("params_ema", "params", "state_dict", "model_state_dict", "model")
"""Keys under which training programs put the state dict, the one to be preferred first."""

OUT_OF_MEMORY = (
    "not enough memory",
    "can't allocate memory",
    "cannot allocate memory",
    "out of memory",
    "alloc_failed",
    "could not create a primitive",
    "could not create a memory",
)
"""How torch's CPU allocator (on Windows, then on Linux), CUDA, cuDNN and at last oneDNN say it."""

DAMAGED = (
    pickle.UnpicklingError,
    safetensors.SafetensorError,
    struct.error,
    RuntimeError,
    ValueError,
    EOFError,
    LookupError,
    ArithmeticError,
    AssertionError,
    AttributeError,
    TypeError,
)
"""What reading a file raises that is no weights or no longer whole, as seen by changing single bytes of good ones."""


def choose_device(wanted: str) -> torch.device:
    """The device for ``auto`` (CUDA, else Apple's, else the CPU) or for a name such as ``cuda:1``.

    Raises ``NoDevice`` when the named device is not there.
    """
    if wanted == "auto":
        if torch.cuda.is_available():
            return torch.device("cuda")
        return torch.device("mps" if torch.backends.mps.is_available() else "cpu")
    try:
        device = torch.device(wanted)
    except RuntimeError as error:
        raise NoDevice(device=wanted) from error
    there = {
        "cpu": True,
        "cuda": torch.cuda.is_available() and (device.index or 0) < torch.cuda.device_count(),
        "mps": torch.backends.mps.is_available(),
    }
    if not there.get(device.type, False):
        raise NoDevice(device=wanted)
    return device


def choose_dtype(device: torch.device, *, half: bool, bfloat: bool) -> torch.dtype:
    """The precision to try for a network that can do ``half`` (float16) or ``bfloat`` (bfloat16).

    On a GPU float16 comes first: it has three more bits of mantissa, which a picture needs more than range; what
    overflows is noticed and repeated in float32. A CPU is quicker in bfloat16, and only where it has it.
    """
    if device.type == "cpu":
        return torch.bfloat16 if bfloat and native_bfloat16() else torch.float32
    if half:
        return torch.float16
    if bfloat and (device.type != "cuda" or torch.cuda.is_bf16_supported()):
        return torch.bfloat16
    return torch.float32


def native_bfloat16() -> bool:
    """Whether this CPU multiplies bfloat16 by itself; where it does not, bfloat16 is slower than float32.

    Only x86 (AVX512_BF16) is taken at its word: on ARM nobody has measured it yet. A torch too old to tell says no.
    """
    known: Mapping[str, Any] = torch.cpu.get_capabilities() if hasattr(torch.cpu, "get_capabilities") else {}
    return bool(known.get("avx512_bf16", False))


@cache
def settle_threads() -> None:
    """Give the processors to torch, once, and no more of them than this process has; ``OMP_NUM_THREADS`` goes first.

    In a container that was given 2 of 64 processors torch would start 64 threads, which wait for each other. numpy's
    own threads would fight with those of torch, which go on spinning after each layer: on two processors a product of
    16 × 80 by 80 × 12288 between two convolutions took 6.6 ms with them and 1.1 ms without.
    """
    if "OMP_NUM_THREADS" not in os.environ:
        torch.set_num_threads(min(torch.get_num_threads(), cores.at_hand()))
    ThreadpoolController().select(internal_api="openblas").limit(limits=1)


def to_tensor(pixels: NDArray[Any], device: torch.device) -> Tensor:
    """A copy of (H, W, C) in 0..1 as float32 (1, C, H, W) on ``device``, the channels innermost in memory.

    A copy, since some networks change what they are given.
    """
    # permute leaves the channels innermost, which is what convolutions like best
    return torch.from_numpy(np.array(pixels, dtype=np.float32, order="C")).to(device).permute(2, 0, 1)[None]


def to_array(tensor: Tensor) -> NDArray[np.float32]:
    """(1, C, H, W) as float32 (H, W, C) in main memory, innermost the channels."""
    array: NDArray[np.float32] = tensor[0].permute(1, 2, 0).float().contiguous().cpu().numpy()
    return array


@contextmanager
def memory_errors(device: torch.device) -> Iterator[None]:
    """Inside, torch's ways to say that memory ran out become ``OutOfMemory``, and what was cached is given back."""
    try:
        yield
    except (torch.OutOfMemoryError, MemoryError) as error:
        free_memory(device)
        raise OutOfMemory(device=str(device)) from error
    except RuntimeError as error:
        # The CPU allocator and cuDNN have no error class of their own.
        words = str(error).lower()
        if any(known in words for known in OUT_OF_MEMORY):
            free_memory(device)
            raise OutOfMemory(device=str(device)) from error
        raise


def size_of(net: nn.Module) -> int:
    """How many bytes the weights of a network take."""
    return sum(weight.numel() * weight.element_size() for weight in net.parameters())


def free_memory(device: torch.device) -> None:
    """Give cached memory back to the device, for other programs on it and for larger pieces."""
    if device.type == "cuda":
        torch.cuda.empty_cache()
    elif device.type == "mps":
        torch.mps.empty_cache()


def read_state_dict(path: Path, *, model: str = "") -> dict[str, Tensor]:
    """The tensors of a weights file by name, on the CPU: safetensors, or a torch file that holds nothing but tensors.

    Torch files are read with ``weights_only``; a wrapper such as ``params_ema`` is taken off. Raises
    ``WeightsRefused`` for TorchScript, for a pickle with anything but tensors, and for what cannot be read.
    """
    try:
        if path.suffix == ".safetensors":
            return dict(load_file(path, device="cpu"))
        found = torch.load(path, map_location="cpu", weights_only=True)
    except DAMAGED as error:
        words = str(error).partition("\n")[0][:200]
        raise WeightsRefused(model=model, detail=words or f"it is damaged ({type(error).__name__})") from error
    return _state(found, model)


def _state(found: Any, model: str) -> dict[str, Tensor]:
    for key in WRAPPERS:
        if isinstance(found, Mapping) and isinstance(found.get(key), Mapping):
            found = found[key]
    if not isinstance(found, Mapping):
        raise WeightsRefused(model=model, detail="the file holds no table of tensors")
    tensors = {str(key): value for key, value in found.items() if isinstance(value, Tensor)}
    if not tensors or len(tensors) != len(found):
        raise WeightsRefused(model=model, detail="the file holds more than tensors")
    return tensors
