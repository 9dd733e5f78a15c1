"""The file that holds a Model's weights: found in the folders where it may lie, and proved to be the right one."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path

from wagtail_restore.catalogue import BUNDLED, Model
from wagtail_restore.exceptions import WeightsCorrupt, WeightsMissing

Seen = tuple[str, int, int, int]

_proved: dict[Seen, str] = {}
"""sha256 by path, size, time of change and inode, so that a file is read once per process and again when it changes."""


class Presence(StrEnum):
    """Whether the weights of a Model are on this machine."""

    NEEDLESS = "needs none"
    BUNDLED = "bundled"
    HERE = "here"
    MISSING = "missing"
    CORRUPT = "corrupt"


def locate(model: Model, folders: Iterable[str | Path] = ()) -> Path:
    """The verified file of ``model``: an absolute path as it is, else bundled with the package, else in ``folders``.

    Raises ``WeightsMissing`` when it is nowhere, ``WeightsCorrupt`` when its sha256 is not the expected one.
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
    """Raise ``WeightsCorrupt`` unless ``path`` has the expected sha256; where none is known it is taken on trust."""
    wanted = expected(model, path)
    if wanted and sha256(path) != wanted:
        raise WeightsCorrupt(model=model.alias, path=str(path))


def expected(model: Model, path: Path) -> str:
    """The sha256 that the file of ``model`` must have: the catalogue's, else that noted beside the file, else ""."""
    note = beside(path)
    if model.sha256 or not note.is_file():
        return model.sha256.lower()
    return note.read_text("utf-8", errors="replace").partition(" ")[0].strip().lower()


def remember(path: Path, digest: str) -> None:
    """Note the sha256 of a file that nobody has published one for, as ``sha256sum`` does, so that it cannot change."""
    beside(path).write_text(f"{digest}  {path.name}\n", "utf-8")


def beside(path: Path) -> Path:
    """Where the sha256 of ``path`` is noted."""
    return path.with_name(path.name + ".sha256")


def presence(model: Model, folders: Iterable[str | Path] = ()) -> Presence:
    """Whether the weights of ``model`` are on this machine and the right ones; they are read for that."""
    if not model.file:
        return Presence.NEEDLESS
    path = find(model, folders)
    if path is None:
        return Presence.MISSING
    wanted = expected(model, path)
    if wanted and sha256(path) != wanted:
        return Presence.CORRUPT
    return Presence.BUNDLED if path.is_relative_to(BUNDLED) else Presence.HERE


def sha256(path: Path) -> str:
    """The sha256 of a file in hexadecimal, read again only when the file has changed."""
    about = path.stat()
    key = (str(path.resolve()), about.st_size, about.st_mtime_ns, about.st_ino)
    if key not in _proved:
        with path.open("rb") as file:
            _proved[key] = hashlib.file_digest(file, "sha256").hexdigest()
    return _proved[key]
