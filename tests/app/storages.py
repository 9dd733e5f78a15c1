"""Storages as sites have them, and worse ones: remote, full, slow to answer, gone in the middle."""

from __future__ import annotations

import threading
from collections.abc import Callable
from io import BytesIO
from typing import Any, Self

from django.core.files.base import File
from django.core.files.storage import FileSystemStorage, Storage


class RemoteStorage(Storage):
    """Like a bucket: no ``path()``, a file of the same name is overwritten, deleting what is not there is no error."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}

    def get_available_name(self, name: str, max_length: int | None = None) -> str:
        return name

    def _open(self, name: str, mode: str = "rb") -> File[Any]:
        if name not in self.files:
            raise FileNotFoundError(name)
        return File(BytesIO(self.files[name]), name=name)

    def _save(self, name: str, content: File[Any]) -> str:
        self.files[name] = content.read()
        return name

    def exists(self, name: str) -> bool:
        return name in self.files

    def delete(self, name: str) -> None:
        self.files.pop(name, None)

    def size(self, name: str) -> int:
        return len(self.files[name])

    def url(self, name: str) -> str:
        return f"https://bucket.example/{name}"


class WatchedStorage(FileSystemStorage):
    """Tells a test before every save, counted from 1; what the test raises is what the storage raises."""

    def __init__(self) -> None:
        super().__init__()
        self.saves = 0
        self._lock = threading.Lock()

    @classmethod
    def telling(cls, watch: Callable[[int, str], None]) -> Self:
        # Not an argument of the constructor: Wagtail makes the storage anew from those to delete a file.
        storage = cls()
        storage.watch = watch
        return storage

    def watch(self, count: int, name: str) -> None:
        """Does nothing, until told."""

    def _save(self, name: str, content: File[Any]) -> str:
        with self._lock:
            self.saves += 1
            count = self.saves
        self.watch(count, name)
        return super()._save(name, content)


class StubbornStorage(FileSystemStorage):
    """Refuses to delete."""

    def delete(self, name: str) -> None:
        raise PermissionError(name)
