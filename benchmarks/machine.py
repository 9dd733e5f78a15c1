"""What was measured on: without it no figure can be compared with another."""

from __future__ import annotations

import datetime
import os
import platform
from pathlib import Path
from typing import Any

import torch


def described(device: str) -> dict[str, Any]:
    """The machine in words, today's date, the threads that torch uses, and its version."""
    return {
        "machine": _gpu(device) if device.startswith("cuda") else f"{_processor()}, {_cores()} cores",
        "device": "gpu" if device.startswith("cuda") else "cpu",
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "threads": torch.get_num_threads(),
        "torch": torch.__version__,
    }


def _gpu(device: str) -> str:
    return f"{torch.cuda.get_device_name(device)} ({_processor()}, {_cores()} cores)"


def _processor() -> str:
    """With what it can do that matters here, for clouds give their processors names that say little."""
    name, able = platform.processor() or platform.machine(), ""
    about = Path("/proc/cpuinfo")
    if about.is_file():
        lines = dict(line.split(":", 1) for line in about.read_text().splitlines() if ":" in line)
        fields = {key.strip(): value.strip() for key, value in lines.items()}
        name = fields.get("model name", name)
        flags = set(fields.get("flags", "").split())
        able = " ".join(flag for flag in ("avx2", "avx512f", "avx512_bf16", "amx_bf16") if flag in flags)
    return f"{name} ({able})" if able else name


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
