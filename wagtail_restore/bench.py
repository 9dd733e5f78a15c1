"""What a worker process keeps between Jobs: its name, its device, and the loaded Models."""

from __future__ import annotations

import os
import socket
from collections.abc import Sequence
from typing import Any

from wagtail_restore import catalogue, rules
from wagtail_restore.conf import conf
from wagtail_restore.engines import room
from wagtail_restore.engines.pool import Pool


class Bench:
    """One for each process."""

    def __init__(self, device: str = "") -> None:
        self.device = device
        self.name = f"{socket.gethostname()}:{os.getpid()}"[:100]
        self._pool: Pool | None = None

    @property
    def pool(self) -> Pool:
        if self._pool is None:
            folders = tuple(conf.WEIGHTS_FOLDERS)
            known, device = catalogue.models(conf.MODELS, folders), self.device or conf.DEVICE
            self._pool = Pool(known, device, folders, conf.MEMORY_BUDGET, preferred=conf.PREFERRED_MODELS)
        return self._pool

    def sign(self, serves: Sequence[str]) -> dict[str, Any]:
        """What there is to tell of this process, as ``signs`` keeps it."""
        pool = self.pool
        wanted = {*conf.PREFERRED_MODELS.values(), *rules.named_models()} if "restore" in serves else set()
        missing = [alias for alias in sorted(wanted) if alias in pool.models and not pool.at_hand(pool.models[alias])]
        device = ", ".join(pool.devices) or self.device or conf.DEVICE
        told = {"device": device[:100], "loaded": list(dict.fromkeys(pool.loaded)), "missing": missing}
        return {**told, "memory": room.taken(), "weights": pool.size}


bench = Bench()
