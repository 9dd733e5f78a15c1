"""The worker: one long-lived process per device that answers rings and keeps its Models loaded."""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connections

from wagtail_restore import jobs, queue, signs, upkeep
from wagtail_restore.exceptions import ExtraMissing
from wagtail_restore.management import beside

if TYPE_CHECKING:
    from wagtail_restore.bench import Bench

IDLE_SECONDS = 300
"""A process for live requests gives its memory back when nobody has asked for so long."""
LIVE = (
    ("--live", "only", "Answer live requests and nothing else, on the CPU."),
    ("--no-live", "between", "Start no process for live requests beside this one: answer them between jobs."),
    ("--jobs-only", "never", "Leave live requests to others."),
)
FOR_EACH = {"only": "--live", "between": "--no-live", "never": "--jobs-only", "beside": "--jobs-only"}
"""What each of several processes is told about live requests, by what all of them together do."""
STOPS = (signal.SIGTERM, signal.SIGINT)
LOOK_SECONDS = 0.5
SHORT_LIFE_SECONDS = 30.0
"""A process that ends with an error sooner than this has met a fault of the set-up, and would meet it again."""


class Command(BaseCommand):
    help = "Restores images as they are asked for. Run one per GPU, or one on a machine without."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--device", default="", help="auto, cpu, cuda, cuda:1 … (default: the setting DEVICE).")
        parser.add_argument("--workers", type=int, default=1, metavar="N", help="How many processes (default: 1).")
        parser.add_argument("--burst", action="store_true", help="Stop when nothing is waiting.")
        live = parser.add_mutually_exclusive_group()
        for option, meant, said in LIVE:
            live.add_argument(option, action="store_const", const=meant, dest="live", help=said)
        parser.set_defaults(live="beside")
        # Said by a worker to the process that it starts beside itself.
        parser.add_argument("--until-stdin-closes", action="store_true", help=argparse.SUPPRESS)

    def handle(self, *args: Any, **options: Any) -> None:
        if options["workers"] < 1:
            raise CommandError("--workers needs a number from 1 up.")
        if options["live"] == "only" and options["device"] not in ("", "cpu"):
            raise CommandError("--live computes on the CPU; leave --device out.")
        if options["burst"] and options["live"] == "beside":
            options["live"] = "between"
        for number in STOPS:
            signal.signal(number, _end_at_once)
        if options["workers"] > 1:
            self._several(options)
        elif options["live"] == "only":
            self._live(options)
        else:
            self._one(options)

    def _one(self, options: dict[str, Any]) -> None:
        bench = _bench(options["device"])
        bells = [bell for bell in queue.BELLS if bell != "live" or options["live"] == "between"]
        self.stderr.write(f"restore_worker {bench.name} serves {', '.join(bells)}")
        acts: dict[str, Any] = {"every_minute": upkeep.run_from_worker, "beside": upkeep.tell_from_worker}
        burst = options["burst"]
        with _live_beside(options) as stopping, signs.signing(bench.name, bells, bench.sign):
            queue.work(bells, burst=burst, crashed=jobs.broken, stopping=stopping, **acts)
        if burst:
            upkeep.tell_from_worker()

    def _live(self, options: dict[str, Any]) -> None:
        os.environ.update(beside.small())
        if options["until_stdin_closes"]:
            beside.end_with_parent()
        bench = _bench("cpu")
        import cv2  # came with the bench

        cv2.setNumThreads(int(os.environ["OMP_NUM_THREADS"]))
        self.stderr.write(f"restore_worker {bench.name} serves live")
        if options["burst"]:
            queue.work(["live"], burst=True, every_minute=lambda: None)
            return
        with signs.signing(bench.name, ["live"], bench.sign):
            stopped = queue.work_live(IDLE_SECONDS)
        if not stopped:
            self.stderr.write(f"restore_worker {bench.name} begins anew, since nobody has asked for a while")
            _begin_anew(options)

    def _several(self, options: dict[str, Any]) -> None:
        command = [*_this_command(options), "--device", options["device"]]
        command += ["--burst"] * options["burst"] + [FOR_EACH[options["live"]]]
        workers = Workers(command, options["workers"], again=not options["burst"])
        with _live_beside(options) as stopping:

            def stop(number: int, frame: FrameType | None) -> None:
                stopping()
                workers.stop()

            for number in STOPS:
                signal.signal(number, stop)
            code = workers.wait()
        if code:
            raise CommandError(f"A worker process ended with code {code}.")


class Workers:
    """Several worker processes under one that starts those anew which a hanging Job or a full memory has ended."""

    def __init__(self, command: list[str], count: int, *, again: bool) -> None:
        self.command, self.again, self.stopped = command, again, False
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
                elif not (self.stopped and -process.returncode in STOPS):  # else it had not begun yet
                    code = code or process.returncode
        return code

    def stop(self) -> None:
        """Each of them ends after the Job at hand, whichever signal said so.

        A Python that SIGINT meets while it starts calls that an error.
        """
        self.again, self.stopped = False, True
        for process in self.began:
            process.terminate()

    def _start(self) -> None:
        self.began[subprocess.Popen(self.command, env=os.environ)] = time.monotonic()  # noqa: S603


@contextmanager
def _live_beside(options: dict[str, Any]) -> Iterator[Callable[[], object]]:
    """Where it is wanted, a process for live requests as long as this lasts; what asks that process to end."""
    if options["live"] != "beside":
        yield lambda: None
        return
    process = beside.Beside([*_this_command(options), "--live", "--until-stdin-closes"])
    try:
        yield process.ask_to_end
    finally:
        process.end()


def _begin_anew(options: dict[str, Any]) -> None:
    """This program from its start: no library gives all the memory back that it took for an answer."""
    connections.close_all()
    command = [*_this_command(options), "--live"]
    command += ["--until-stdin-closes"] * options["until_stdin_closes"]
    sys.stderr.flush()
    os.execv(command[0], command)  # noqa: S606


def _end_at_once(number: int, frame: FrameType | None) -> None:
    """What a stop means until there is something that has to be brought to an end first."""
    raise SystemExit(0)


def _bench(device: str) -> Bench:
    try:
        import wagtail_restore.worker  # noqa: F401 — heavy, and what it needs is absent from a base install
        from wagtail_restore.bench import bench
    except ImportError as error:
        missing = ExtraMissing(extra="worker")
        raise CommandError(f"{error}. The worker needs its packages: {missing.params['command']}") from error
    bench.device = device
    return bench


def _this_command(options: dict[str, Any]) -> list[str]:
    """How this process was started: by a script such as ``manage.py``, or by ``python -m django``."""
    program = ["-m", "django"] if Path(sys.argv[0]).name == "__main__.py" else [sys.argv[0]]
    path = options.get("pythonpath")  # unlike --settings, which Django leaves in the environment
    return [sys.executable, *program, "restore_worker", *(["--pythonpath", path] if path else [])]
