"""The worker: one long-lived process per device that answers rings and keeps its Models loaded."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import FrameType
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from wagtail_restore import jobs, queue, upkeep
from wagtail_restore.exceptions import ExtraMissing

LOOK_SECONDS = 0.5
SHORT_LIFE_SECONDS = 30.0
"""A process that ends with an error sooner than this has met a fault of the set-up, and would meet it again."""


class Command(BaseCommand):
    help = "Restores images as they are asked for. Run one per GPU, or one on a machine without."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--device", default="", help="auto, cpu, cuda, cuda:1 … (default: the setting DEVICE).")
        parser.add_argument("--workers", type=int, default=1, metavar="N", help="How many processes (default: 1).")
        parser.add_argument("--burst", action="store_true", help="Stop when nothing is waiting.")
        parser.add_argument("--live", action="store_true", default=True, help="Also answer live requests (default).")
        parser.add_argument("--no-live", action="store_false", dest="live", help="Leave live requests to others.")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["workers"] < 1:
            raise CommandError("--workers needs a number from 1 up.")
        if options["workers"] > 1:
            self._several(options)
        else:
            self._one(options)

    def _one(self, options: dict[str, Any]) -> None:
        try:
            from wagtail_restore import worker  # heavy, and absent from a base install
        except ImportError as error:
            missing = ExtraMissing(extra="worker")
            raise CommandError(f"{error}. The worker needs its packages: {missing.params['command']}") from error
        worker.bench.device = options["device"]
        bells = [bell for bell in queue.BELLS if bell != "live" or options["live"]]
        self.stderr.write(f"restore_worker {worker.bench.name} serves {', '.join(bells)}")
        every_minute, burst = upkeep.run_from_worker, options["burst"]
        queue.work(bells, burst=burst, every_minute=every_minute, crashed=jobs.broken)

    def _several(self, options: dict[str, Any]) -> None:
        command = [*_this_program(), "restore_worker", "--device", options["device"]]
        command += ["--burst"] * options["burst"] + ["--no-live"] * (not options["live"])
        workers = Workers(command, options["workers"], again=not options["burst"])
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, workers.pass_on)
        code = workers.wait()
        if code:
            raise CommandError(f"A worker process ended with code {code}.")


class Workers:
    """Several worker processes under one that starts those anew which a hanging Job or a full memory has ended."""

    def __init__(self, command: list[str], count: int, *, again: bool) -> None:
        self.command, self.again = command, again
        self.began: dict[subprocess.Popen[bytes], float] = {}
        for _ in range(count):
            self._start()

    def wait(self) -> int:
        """Return when all have ended: 0, or the first other exit code of one that was not started anew."""
        code = 0
        while self.began:
            time.sleep(LOOK_SECONDS)
            for process in [each for each in self.began if each.poll() is not None]:
                lived = time.monotonic() - self.began.pop(process)
                if process.returncode and self.again and lived > SHORT_LIFE_SECONDS:
                    self._start()
                else:
                    code = code or process.returncode
        return code

    def pass_on(self, number: int, frame: FrameType | None) -> None:
        """Each of them ends after the Job at hand."""
        self.again = False
        for process in self.began:
            process.send_signal(number)

    def _start(self) -> None:
        self.began[subprocess.Popen(self.command, env=os.environ)] = time.monotonic()  # noqa: S603


def _this_program() -> list[str]:
    """How this process was started: by a script such as ``manage.py``, or by ``python -m django``."""
    if Path(sys.argv[0]).name == "__main__.py":
        return [sys.executable, "-m", "django"]
    return [sys.executable, sys.argv[0]]
