"""Real worker processes for tests, on the database, files and Redis of the test that starts them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from django.db import connection

import tests.settings

ROOT = Path(__file__).resolve().parent.parent


def start_worker(*options: str, kill_at: str = "", burst: bool = True, **settings: str) -> subprocess.Popen[str]:
    """A ``restore_worker``, as a rule with ``--burst``.

    With ``kill_at`` it gets a SIGKILL from itself when it comes to that step.
    """
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "tests.settings_worker",
        "PYTHONPATH": str(ROOT),
        "OMP_NUM_THREADS": "1",
        "RESTORE_TEST_ROOT": str(tests.settings.ROOT),
        "RESTORE_TEST_DB": str(connection.settings_dict["NAME"]),
        "RESTORE_TEST_KILL_AT": kill_at,
        **settings,
    }
    command = [sys.executable, "-m", "django", "restore_worker", *["--burst"] * burst, *options]
    return subprocess.Popen(
        command, cwd=ROOT, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )


def run_worker(*options: str, kill_at: str = "", timeout: float = 180, **settings: str) -> tuple[int, str]:
    """The exit code of such a worker, and what it said."""
    worker = start_worker(*options, kill_at=kill_at, **settings)
    said: Any = worker.communicate(timeout=timeout)[0]
    return worker.returncode, said
