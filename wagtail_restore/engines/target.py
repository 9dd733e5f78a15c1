"""The file that a result goes into: refused before any work where it cannot be one, and whole or not there."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from wagtail_restore.imaging.header import EXTENSIONS, MAX_SIDE


def format_of(path: Path) -> str:
    """The format that the ending of a name asks for, empty where it asks for none that we know."""
    ending = path.suffix.lower().lstrip(".")
    return next((format for format, endings in EXTENSIONS.items() if ending in endings), "")


def names(path: Path, format: str) -> bool:
    """Whether the ending of the name tells the truth about a file of this format."""
    return path.suffix.lower().lstrip(".") in EXTENSIONS.get(format, frozenset())


@contextmanager
def whole(path: Path) -> Iterator[BinaryIO]:
    """A file to write into that becomes ``path`` in the end: a program that watches it never sees half a file.

    Raises ``OSError`` at once where nothing can be written there, or not in the format that the name asks for.
    """
    _check(path)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with part.open("xb") as file:
            yield file
        part.replace(path)
    except OSError as error:
        if error.filename == str(part):
            # Of the name that it had meanwhile nobody was told.
            raise OSError(error.errno, error.strerror, str(path)) from error
        raise
    finally:
        part.unlink(missing_ok=True)


def _check(path: Path) -> None:
    if path.is_dir():
        raise OSError(errno.EISDIR, "is a folder, and the result is a file", str(path))
    if not path.parent.is_dir():
        raise OSError(errno.ENOENT, "no such folder", str(path.parent))
    if path.exists() and not path.is_file():
        raise OSError(errno.EINVAL, "is no file that could be replaced", str(path))
    format = format_of(path)
    if format and format not in MAX_SIDE:
        raise OSError(errno.EINVAL, f"{format} files cannot be written", str(path))
