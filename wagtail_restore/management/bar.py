"""A stream of a command for a line that is written over and over, as a progress bar is."""

from __future__ import annotations

from typing import Any

from django.core.management.base import OutputWrapper


class AsItIs:
    """Passes on what it is given; Django's own stream would write each piece as a line, in red."""

    def __init__(self, stream: OutputWrapper) -> None:
        self._stream = stream

    def write(self, text: str) -> None:
        self._stream.write(text, style_func=str, ending="")

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)
