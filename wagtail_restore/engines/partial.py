"""The beginning of a download: what has arrived so far, where it came from, and how to ask for the rest."""

from __future__ import annotations

import hashlib
import json
import os
import re
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import requests
from filelock import FileLock

SECONDS = 30.0
"""That somebody waits who wants to write a list that another command is writing."""
LOCKS = ".locks"
RANGE = re.compile(r"bytes (\d+)-(\d+)/(\d+|\*)")
PARTIAL_CONTENT = 206


def alone(path: Path, seconds: float = SECONDS) -> FileLock:
    """That nobody else writes ``path``, as a context; locks stay in the hidden folder ``.locks`` beside it.

    Raises ``filelock.Timeout``, which is an ``OSError``, when it is still held by another after ``seconds``.
    """
    locks = path.with_name(LOCKS)
    if not locks.is_dir():
        locks.mkdir(parents=True, exist_ok=True)
        # Who may put weights into the folder may lock there too, whoever came first.
        locks.chmod(stat.S_IMODE(path.parent.stat().st_mode))
    return FileLock(locks / path.name, timeout=seconds, mode=0o666)


class Partial:
    """``NAME.part`` beside the file that it is to become, and ``NAME.part.json`` with its source, ETag and whole size.

    Only what came from the same source under the same strong ETag is gone on with; anything else begins anew. A link
    that lies in the place of either is removed, never followed.
    """

    def __init__(self, target: Path) -> None:
        self.target = target
        self.path = target.with_name(target.name + ".part")
        self.note = target.with_name(target.name + ".part.json")
        for each in (self.path, self.note):
            if each.is_symlink():
                each.unlink()
        self.size = self.path.stat().st_size if self.path.is_file() else 0
        self.source, self.etag, self.total = self._read_note()

    @property
    def whole(self) -> bool:
        """Whether all is there; where the server did not say how much that is, what came is all."""
        return not self.total or self.size == self.total

    def continues(self, source: str) -> bool:
        """Whether ``source`` can be asked for the rest."""
        return bool(self.size and self.total and self.etag and self.source == source and self.size <= self.total)

    def asking(self, source: str) -> dict[str, str]:
        """The headers that ask for the rest, and for all of it should the file have changed."""
        return {"Range": f"bytes={self.size}-", "If-Range": self.etag} if self.continues(source) else {}

    def begin(self, source: str, status: int, headers: Mapping[str, str]) -> None:
        """Take note of an answer: the rest of what is here, or the whole from its beginning.

        Raises ``requests.RequestException`` for an answer that fits neither.
        """
        etag = headers.get("ETag", "")
        if status == PARTIAL_CONTENT:
            found = RANGE.fullmatch(headers.get("Content-Range", "").strip())
            fits = found and int(found[1]) == self.size and found[3] in ("*", str(self.total))
            if not fits or not self.continues(source) or etag not in ("", self.etag):
                self.discard()
                raise requests.exceptions.InvalidHeader("it sent another part of the file than it was asked for")
            return
        self.discard()
        length = headers.get("Content-Length", "")
        self.source, self.total = source, int(length) if length.isdecimal() else 0
        self.etag = etag if etag.startswith('"') else ""
        text = json.dumps({"source": self.source, "etag": self.etag, "total": self.total})
        with self._opened(self.note, os.O_TRUNC) as file:
            file.write(text.encode())

    @contextmanager
    def writing(self) -> Iterator[IO[bytes]]:
        """The file, to add to; on the disk when the block ends, however it ends."""
        with self._opened(self.path, os.O_APPEND) as file:
            try:
                yield file
            finally:
                file.flush()
                os.fsync(file.fileno())

    def digest(self) -> str:
        """The sha256 of what is there."""
        with self.path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    def finish(self) -> Path:
        """Give the file its name, in one step."""
        self.path.replace(self.target)
        self.note.unlink(missing_ok=True)
        return self.target

    def discard(self) -> None:
        """Forget what is there."""
        self.path.unlink(missing_ok=True)
        self.note.unlink(missing_ok=True)
        self.size, self.source, self.etag, self.total = 0, "", "", 0

    def _read_note(self) -> tuple[str, str, int]:
        try:
            told: Any = json.loads(self.note.read_bytes())
            return str(told["source"]), str(told["etag"]), int(told["total"])
        except (OSError, ValueError, TypeError, KeyError):
            # Without a word on where it came from, what lies here is begun anew.
            return "", "", 0

    @staticmethod
    def _opened(path: Path, how: int) -> IO[bytes]:
        flags = os.O_WRONLY | os.O_CREAT | how | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
        return os.fdopen(os.open(path, flags, 0o644), "wb")
