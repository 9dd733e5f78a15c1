"""How many processors this process may keep busy, since torch counts those of the whole machine."""

from __future__ import annotations

import math
import os

from wagtail_restore.engines import groups


def at_hand() -> int:
    """Processors that this process is allowed, by its affinity and by the quota of its container or service."""
    here = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    told = (groups.told(group, "cpu.max") for group in groups.around())
    quotas = (limit.split() for limit in told if limit)
    shares = [math.ceil(int(quota) / int(period)) for quota, period in quotas if quota != "max"]
    return max(1, min([here, *shares]))
