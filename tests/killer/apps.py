"""Joins the killing to the worker's own signal, and to Django's storages."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.files.storage import FileSystemStorage


class KillerConfig(AppConfig):
    name = "tests.killer"

    def ready(self) -> None:
        if settings.KILL_AT.startswith("save-"):
            _kill_at_save(int(settings.KILL_AT.removeprefix("save-")))
        elif settings.KILL_AT == "commit":
            _kill_after_commit()
        elif settings.KILL_AT:
            from wagtail_restore.worker import stepping

            stepping.connect(_kill_at_step, weak=False)
        if settings.HOLD_AT:
            from wagtail_restore.worker import stepping

            stepping.connect(_hold_at_step, weak=False)
        if settings.IDLE_SECONDS:
            from wagtail_restore.management.commands import restore_worker

            restore_worker.IDLE_SECONDS = settings.IDLE_SECONDS


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _kill_at_step(sender: Any, step: str, **kwargs: Any) -> None:
    if step == settings.KILL_AT:
        _die()


def _hold_at_step(sender: Any, step: str, **kwargs: Any) -> None:
    """A Job that takes long: until there is a file called ``go``."""
    while step == settings.HOLD_AT and not (Path(settings.MEDIA_ROOT) / "go").exists():
        time.sleep(0.05)


def _kill_at_save(number: int) -> None:
    original, count = FileSystemStorage._save, 0

    def save(self: Any, name: str, content: Any) -> str:
        nonlocal count
        count += 1
        if count == number:
            _die()
        saved: str = original(self, name, content)
        return saved

    FileSystemStorage._save = save  # type: ignore[method-assign]


def _kill_after_commit() -> None:
    """Between the commit of the switch and everything that is to follow it."""
    from wagtail_restore.swap import switch

    def die_first(*args: Any, **kwargs: Any) -> None:
        from django.db import transaction

        transaction.on_commit(_die)

    switch.after_commit = die_first
