"""How many processors this process may keep busy, since torch counts those of the whole machine."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from pathlib import Path

_OWN_GROUP = Path("/proc/self/cgroup")
_GROUPS = Path("/sys/fs/cgroup")


def at_hand() -> int:
    """Processors that this process is allowed, by its affinity and by the quota of its container or service."""
    here = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    quotas = (limit.split() for limit in _limits("cpu.max"))
    shares = [math.ceil(int(quota) / int(period)) for quota, period in quotas if quota != "max"]
    return max(1, min([here, *shares]))


def _limits(name: str) -> Iterator[str]:
    """What the control groups (version 2) around this process say of ``name``, from its own one outwards."""
    if not _OWN_GROUP.is_file():
        return
    own = next((line[3:] for line in _OWN_GROUP.read_text().splitlines() if line.startswith("0::")), "/")
    folder = _GROUPS / own.lstrip("/")
    for group in (folder, *folder.parents):
        if (group / name).is_file():
            yield (group / name).read_text().strip()
        if group == _GROUPS:
            return
