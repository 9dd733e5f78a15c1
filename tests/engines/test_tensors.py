"""Arrays to tensors and back, and torch's errors in our own words."""

from __future__ import annotations

import os
import pickle
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from threadpoolctl import threadpool_info

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
from wagtail_restore.exceptions import NoDevice, OutOfMemory, WeightsRefused

CPU = torch.device("cpu")
CUDA = torch.device("cuda")


def test_there_and_back_again() -> None:
    pixels = np.random.default_rng(1).random((5, 7, 3), dtype=np.float32)
    tensor = to_tensor(pixels, CPU)
    assert tensor.shape == (1, 3, 5, 7)
    assert tensor.is_contiguous(memory_format=torch.channels_last)
    assert (to_array(tensor) == pixels).all()
    assert to_array(tensor).flags.c_contiguous


def test_what_a_network_does_to_its_input_stays_with_it() -> None:
    pixels = np.full((2, 3, 1), 0.5, np.float32)
    to_tensor(pixels, CPU).mul_(0)
    assert (pixels == 0.5).all()


def test_half_precision_comes_back_as_float32() -> None:
    assert to_array(torch.full((1, 1, 2, 2), 0.5, dtype=torch.float16)).dtype == np.float32


def test_a_named_device_must_be_there() -> None:
    assert choose_device("cpu") == CPU
    for name in ("cuda:99", "abacus", "xpu"):
        with pytest.raises(NoDevice):
            choose_device(name)


def test_auto_is_a_device_that_is_there() -> None:
    assert choose_device("auto").type in ("cuda", "mps", "cpu")


@pytest.mark.parametrize(
    ("capabilities", "bfloat", "expected"),
    [
        ({"avx512_bf16": True}, True, torch.bfloat16),
        ({"avx512_bf16": True}, False, torch.float32),
        ({"avx512_bf16": False, "avx512_f": True}, True, torch.float32),
        ({"neon": True, "bf16": True}, True, torch.float32),
        ({}, True, torch.float32),
    ],
)
def test_a_cpu_works_in_bfloat16_where_it_has_it_and_the_network_bears_it(
    monkeypatch: pytest.MonkeyPatch, capabilities: dict[str, bool], bfloat: bool, expected: torch.dtype
) -> None:
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: capabilities, raising=False)
    assert choose_dtype(CPU, half=True, bfloat=bfloat) is expected


def test_a_torch_too_old_to_know_the_cpu_works_in_float32(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(torch.cpu, "get_capabilities", raising=False)
    assert choose_dtype(CPU, half=True, bfloat=True) is torch.float32


def test_a_gpu_works_in_half_where_it_may() -> None:
    assert choose_dtype(CUDA, half=True, bfloat=True) is torch.float16
    assert choose_dtype(CUDA, half=False, bfloat=False) is torch.float32


@pytest.mark.parametrize(
    "error",
    [
        torch.OutOfMemoryError("CUDA out of memory"),
        MemoryError(),
        RuntimeError("[enforce fail at alloc_cpu.cpp:117] . DefaultCPUAllocator: not enough memory: you tried to"),
        RuntimeError("[enforce fail at alloc_cpu.cpp:127] err == 0. DefaultCPUAllocator: can't allocate memory: you"),
        RuntimeError("could not create a primitive"),
        RuntimeError("cuDNN error: CUDNN_STATUS_ALLOC_FAILED"),
    ],
)
def test_every_way_to_run_out_of_memory_is_ours(error: Exception) -> None:
    with pytest.raises(OutOfMemory) as caught, memory_errors(CPU):
        raise error
    assert caught.value.params == {"device": "cpu"}
    assert caught.value.__cause__ is error


def test_other_errors_stay_what_they_are() -> None:
    with pytest.raises(RuntimeError, match="sizes do not match"), memory_errors(CPU):
        raise RuntimeError("sizes do not match")


@pytest.fixture
def threads() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    yield
    torch.set_num_threads(before)


@pytest.mark.parametrize(("told", "processors", "expected"), [(False, 1, 1), (False, 64, 2), (True, 1, 2)])
def test_no_more_threads_than_processors_unless_told(
    threads: None, monkeypatch: pytest.MonkeyPatch, told: bool, processors: int, expected: int
) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: set(range(processors)), raising=False)
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    if told:
        monkeypatch.setenv("OMP_NUM_THREADS", "2")
    settle_threads.__wrapped__()
    assert torch.get_num_threads() == expected
    assert {pool["num_threads"] for pool in threadpool_info() if pool["internal_api"] == "openblas"} <= {1}


STATE = {"a.weight": torch.ones(2, 3), "a.bias": torch.zeros(2)}


def test_safetensors_are_read(tmp_path: Path) -> None:
    save_file(STATE, tmp_path / "w.safetensors")
    assert read_state_dict(tmp_path / "w.safetensors")["a.weight"].tolist() == [[1, 1, 1], [1, 1, 1]]


@pytest.mark.parametrize(
    "wrapped", [STATE, {"params": STATE}, {"params_ema": STATE, "params": {}}, {"state_dict": STATE}]
)
def test_torch_files_are_read_and_unwrapped(tmp_path: Path, wrapped: Any) -> None:
    torch.save(wrapped, tmp_path / "w.pth")
    assert sorted(read_state_dict(tmp_path / "w.pth")) == ["a.bias", "a.weight"]


class Sly:
    """Leaves a file behind when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> Any:
        return os.mkdir, (str(self.path),)


def test_a_pickle_with_code_is_refused_and_not_run(tmp_path: Path) -> None:
    trap = tmp_path / "sprung"
    torch.save({"params": STATE, "extra": Sly(trap)}, tmp_path / "w.pth")
    with pytest.raises(WeightsRefused):
        read_state_dict(tmp_path / "w.pth", model="sly")
    (tmp_path / "plain.pth").write_bytes(pickle.dumps(Sly(trap)))
    with pytest.raises(WeightsRefused):
        read_state_dict(tmp_path / "plain.pth")
    assert not trap.exists()


def test_torchscript_is_refused(tmp_path: Path) -> None:
    torch.jit.save(torch.jit.script(torch.nn.Conv2d(3, 3, 1)), tmp_path / "w.pt")
    with pytest.raises(WeightsRefused):
        read_state_dict(tmp_path / "w.pt")


@pytest.mark.parametrize("content", [{"epoch": 3}, {**STATE, "epoch": 3}, [1, 2], {}])
def test_anything_but_tensors_is_refused(tmp_path: Path, content: Any) -> None:
    torch.save(content, tmp_path / "w.pth")
    with pytest.raises(WeightsRefused):
        read_state_dict(tmp_path / "w.pth")


@pytest.mark.parametrize("name", ["w.pth", "w.safetensors"])
@pytest.mark.parametrize("content", [b"", b"not weights at all", b"\x80\x02" + b"\0" * 40])
def test_rubbish_is_refused(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(WeightsRefused):
        read_state_dict(tmp_path / name)


PICKLES = {
    "cut off": b"\x80\x02",
    "empty": b"\x80\x02.",
    "half a number": b"\x80\x02J\x01",
    "an item of no table": b"\x80\x02}K\x01s.",
    "a table of a number": b"\x80\x02ccollections\nOrderedDict\nK\x01R.",
    "a storage of nothing": b"\x80\x02NQ.",
}


@pytest.mark.parametrize("name", PICKLES)
def test_pickles_that_are_damaged_are_refused_in_words(tmp_path: Path, name: str) -> None:
    (tmp_path / "w.pth").write_bytes(PICKLES[name])
    with pytest.raises(WeightsRefused) as caught:
        read_state_dict(tmp_path / "w.pth", model="torn")
    assert caught.value.params["model"] == "torn"
    assert caught.value.params["detail"]


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (AssertionError(), "it is damaged (AssertionError)"),
        (AttributeError("'tuple' object has no attribute 'dtype'"), "'tuple' object has no attribute 'dtype'"),
        (IndexError("index out of range"), "index out of range"),
        (OverflowError("too large\nand more"), "too large"),
    ],
)
def test_what_torch_raises_on_damage_is_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception, words: str
) -> None:
    def fail(path: Path, **how: Any) -> None:
        raise error

    monkeypatch.setattr(torch, "load", fail)
    with pytest.raises(WeightsRefused) as caught:
        read_state_dict(tmp_path / "w.pth")
    assert caught.value.params["detail"] == words


def test_memory_that_really_runs_out_on_the_cpu_is_ours() -> None:
    with pytest.raises(OutOfMemory), memory_errors(CPU):
        torch.empty(2**58, dtype=torch.uint8)


def test_a_network_takes_what_its_weights_take_in_their_precision() -> None:
    net = torch.nn.Conv2d(3, 8, kernel_size=3)
    assert size_of(net) == 4 * (3 * 8 * 9 + 8)
    assert size_of(net.half()) == 2 * (3 * 8 * 9 + 8)
