"""A front-end cache that remembers what it was told to forget."""

from __future__ import annotations

from typing import Any

from wagtail.contrib.frontend_cache.backends import BaseBackend


class RecordingBackend(BaseBackend):
    """Writes down the addresses."""

    purged: list[str] = []

    def __init__(self, params: dict[str, Any]) -> None:
        super().__init__(params)

    def purge(self, url: str) -> None:
        self.purged.append(url)
