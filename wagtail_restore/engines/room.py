"""How much main memory is at hand, so that a worker beside other programs does not take what it cannot have."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from wagtail_restore.engines import groups

ASSUMED = 1 << 33
"""What is taken to be there where the system says nothing at all."""

_MEMINFO = Path("/proc/meminfo")
_STATM = Path("/proc/self/statm")


def at_hand() -> int:
    """Bytes of main memory that may still be taken: of the machine, or of the container or service that has less."""
    return min([_of_machine(), *_of_groups()])


def taken() -> int:
    """Bytes of main memory that this process takes now; 0 where the system does not tell."""
    try:
        return int(_STATM.read_text("ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, IndexError):
        return 0


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
        return ASSUMED


def _of_groups() -> Iterator[int]:
    """What each group that has a limit leaves of it; file pages that it could drop count as free."""
    for group in groups.around():
        limit, used = groups.told(group, "memory.max"), groups.told(group, "memory.current")
        if limit is None or used is None or limit == "max":
            continue
        kept = (groups.told(group, "memory.stat") or "").splitlines()
        cached = sum(int(line.split()[1]) for line in kept if line.startswith("inactive_file "))
        yield max(0, int(limit) - int(used) + cached)
