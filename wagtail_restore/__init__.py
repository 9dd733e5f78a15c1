"""An image library that heals itself: date stamps erased, small pictures enlarged, on the site's own servers."""

from __future__ import annotations

from importlib import import_module
from typing import Any

__version__ = "0.1.0"
__all__ = ["restore", "signals"]


def __getattr__(name: str) -> Any:
    if name == "restore":
        return import_module("wagtail_restore.signals").restore
    if name == "signals":
        return import_module("wagtail_restore.signals")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
