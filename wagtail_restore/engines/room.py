"""How much main memory is at hand, so that a worker beside other programs does not take what it cannot have."""

from __future__ import annotations

import os
from pathlib import Path

PLENTY = 1 << 33
"""What is taken to be there where the system does not say."""

_MEMINFO = Path("/proc/meminfo")
_GROUP = Path("/sys/fs/cgroup")


def at_hand() -> int:
    """Bytes of main memory that may still be taken: of the machine, or of the container where that has less."""
    return min(_of_machine(), _of_container())


def _of_machine() -> int:
    try:
        lines = _MEMINFO.read_text("ascii").splitlines()
    except OSError:
        return _physical()
    found = [int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:")]
    return found[0] if found else _physical()


def _physical() -> int:
    """Half of what is built in, on systems that tell no more."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2
    except (AttributeError, ValueError, OSError):
        return PLENTY


def _of_container() -> int:
    """What the control group (version 2) of the process leaves; file pages that it could drop count as free."""
    try:
        limit = (_GROUP / "memory.max").read_text("ascii").strip()
        used = int((_GROUP / "memory.current").read_text("ascii"))
        kept = (_GROUP / "memory.stat").read_text("ascii").splitlines()
    except (OSError, ValueError):
        return PLENTY
    if limit == "max":
        return PLENTY
    cached = sum(int(line.split()[1]) for line in kept if line.startswith("inactive_file "))
    return max(0, int(limit) - used + cached)
