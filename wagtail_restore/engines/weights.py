"""The file that holds a Model's weights: found in the folders where it may lie, and proved to be the right one."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

from wagtail_restore.catalogue import BUNDLED, Model
from wagtail_restore.exceptions import WeightsCorrupt, WeightsMissing

Seen = tuple[str, int, int, int]

_proved: dict[Seen, str] = {}
"""sha256 by path, size, time of change and inode, so that a file is read once per process and again when it changes."""


def locate(model: Model, folders: Iterable[str | Path] = ()) -> Path:
    """The verified file of ``model``: an absolute path as it is, else bundled with the package, else in ``folders``.

    Raises ``WeightsMissing`` when it is nowhere, ``WeightsCorrupt`` when its sha256 is not the catalogue's.
    """
    path = find(model, folders)
    if path is None:
        raise WeightsMissing(model=model.alias, path=model.file)
    verify(model, path)
    return path


def find(model: Model, folders: Iterable[str | Path] = ()) -> Path | None:
    """Where the file of ``model`` lies, unverified, or None."""
    if not model.file:
        return None
    named = Path(model.file)
    if named.is_absolute():
        return named if named.is_file() else None
    for folder in (BUNDLED, *(Path(folder) for folder in folders)):
        path = (folder / named).resolve()
        # A name such as ../../etc/x must not lead out of the folder.
        if path.is_file() and path.is_relative_to(folder.resolve()):
            return path
    return None


def verify(model: Model, path: Path) -> None:
    """Raise ``WeightsCorrupt`` unless ``path`` has the sha256 of ``model``; a Model without one is taken on trust."""
    if model.sha256 and sha256(path) != model.sha256.lower():
        raise WeightsCorrupt(model=model.alias, path=str(path))


def sha256(path: Path) -> str:
    """The sha256 of a file in hexadecimal, read again only when the file has changed."""
    about = path.stat()
    key = (str(path.resolve()), about.st_size, about.st_mtime_ns, about.st_ino)
    if key not in _proved:
        with path.open("rb") as file:
            _proved[key] = hashlib.file_digest(file, "sha256").hexdigest()
    return _proved[key]
