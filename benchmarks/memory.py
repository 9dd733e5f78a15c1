"""The most memory that a peer takes beyond its loaded network, each in a process of its own."""

from __future__ import annotations

import gc
import json
import re
import resource
import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

import numpy as np
import torch

from benchmarks.peers import Pixels, Subject, build
from benchmarks.photos import ROOT

MIB = 1024**2
WARM_UP = 64
"""The side in pixels of the picture that brings in what is loaded on first use."""


def peak_extra(name: str, subject: Subject, pixels: Pixels) -> float:
    """MiB that ``name`` takes at most for one photograph, beyond the process with the network loaded.

    Of main memory on a CPU, of the GPU's on a GPU. Measured in a new process, for memory once taken may stay taken.
    """
    with tempfile.TemporaryDirectory() as folder:
        np.save(Path(folder, "photo.npy"), pixels)
        task = [
            name,
            str(subject.weights.resolve()),
            subject.device,
            str(subject.scale),
            str(Path(folder, "photo.npy")),
        ]
        command = [sys.executable, "-m", "benchmarks.memory", json.dumps(task)]
        done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=True)
    return float(done.stdout.split()[-1]) / MIB


def _measure(name: str, weights: str, device: str, scale: str, photo: str) -> int:
    peer = build(name, Subject(Path(weights), device, int(scale)))
    pixels = np.load(photo)
    peer.enlarge(peer.given(pixels[:WARM_UP, :WARM_UP].copy()))
    given = peer.given(pixels)
    gc.collect()
    if device.startswith("cuda"):
        torch.cuda.reset_peak_memory_stats(device)
        before = torch.cuda.memory_allocated(device)
        peer.enlarge(given)
        return torch.cuda.max_memory_allocated(device) - before
    before = _forget_peak()
    peer.enlarge(given)
    return _peak() - before


def _forget_peak() -> int:
    """Let the high-water mark of this process begin anew, where the system can; bytes at the mark."""
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")
    return _peak()


def _peak() -> int:
    """The high-water mark in bytes: from /proc on Linux, where ``ru_maxrss`` begins with that of the parent process."""
    status = Path("/proc/self/status")
    if status.is_file():
        found = re.search(r"VmHWM:\s+(\d+) kB", status.read_text())
        assert found, "Linux tells the high-water mark of every process"
        return int(found.group(1)) * 1024
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


if __name__ == "__main__":
    print(_measure(*json.loads(sys.argv[1])))
