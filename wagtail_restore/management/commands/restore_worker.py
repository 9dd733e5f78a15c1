"""The worker: one long-lived process per device that answers rings and keeps its Models loaded."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from types import FrameType
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from wagtail_restore import queue, upkeep
from wagtail_restore.exceptions import ExtraMissing


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
        queue.work(bells, burst=options["burst"], every_minute=upkeep.run_from_worker)

    def _several(self, options: dict[str, Any]) -> None:
        command = [sys.executable, *sys.argv[:1], "restore_worker", "--device", options["device"]]
        command += ["--burst"] * options["burst"] + ["--no-live"] * (not options["live"])
        running = [subprocess.Popen(command, env=os.environ) for _ in range(options["workers"])]  # noqa: S603

        def pass_on(number: int, frame: FrameType | None) -> None:
            for process in running:
                process.send_signal(number)

        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, pass_on)
        codes = [process.wait() for process in running]
        if any(codes):
            raise CommandError(f"A worker process ended with code {next(code for code in codes if code)}.")
