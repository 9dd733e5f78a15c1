"""The small process beside a worker that answers live requests: kept running by one side, ended by the other."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import threading
import time

logger = logging.getLogger(__name__)

THREADS = 2
"""It computes on no more, so that the worker's own Jobs hardly notice it."""
LOOK_SECONDS = 0.2
SHORT_LIFE_SECONDS = 30.0
"""A process that ends sooner has met what the next one may meet as well, which therefore waits longer."""
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 60.0
ASKED_PAUSE = 5.0
"""Who asked it to end has as a rule asked us too, which we may hear only when a network has done its tile."""
END_SECONDS = 10.0
"""So long it may take for the answer at hand once it has been asked to end."""


class Beside:
    """Keeps one process of ``command`` running until ``end``; what happens to it never reaches the caller.

    The process gets a pipe as its standard input that closes when this process ends, by whatever cause: see
    ``end_with_parent``. It hears no Ctrl-C of the terminal, which reaches this process alone.
    """

    def __init__(self, command: list[str]) -> None:
        self.command = command
        self._ending = False
        self._thread = threading.Thread(target=self._keep, name="restore-live", daemon=True)
        self._thread.start()

    def ask_to_end(self) -> None:
        """From now on it ends, and is not started anew; returns at once, also in a handler of signals."""
        self._ending = True

    def end(self) -> None:
        """Return when it has ended."""
        self._ending = True
        self._thread.join()

    def _keep(self) -> None:
        pause = FIRST_PAUSE / 2
        while not self._ending:
            began, process = time.monotonic(), self._run()
            if self._ending:
                return
            if process is not None and process.returncode == 0:
                logger.info("the process for live requests (%d) was asked to end", process.pid)
                self._wait(ASKED_PAUSE)
                continue
            lasted = time.monotonic() - began > SHORT_LIFE_SECONDS
            pause = FIRST_PAUSE if lasted else min(2 * pause, LONGEST_PAUSE)
            if process is not None:
                logger.warning("the process for live requests (%d) ended with code %d", process.pid, process.returncode)
            logger.warning("the process for live requests is started anew in %g s", pause)
            self._wait(pause)

    def _run(self) -> subprocess.Popen[bytes] | None:
        """One life of it, which is over; None where it could not be started."""
        try:
            # Popen runs no Python between fork and program, so that a CUDA in use here stays whole.
            process = subprocess.Popen(  # noqa: S603
                self.command, stdin=subprocess.PIPE, env={**os.environ, **small()}, start_new_session=True
            )
        except OSError as error:
            logger.warning("the process for live requests cannot be started: %s", error)
            return None
        with process:
            while process.poll() is None and not self._ending:
                time.sleep(LOOK_SECONDS)
            if process.stdin is not None:
                process.stdin.close()
            try:
                process.wait(END_SECONDS + 5)
            except subprocess.TimeoutExpired:
                process.kill()
        return process

    def _wait(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end and not self._ending:
            time.sleep(LOOK_SECONDS)


def small() -> dict[str, str]:
    """The environment of a process that computes on the CPU, with few threads."""
    given = os.environ.get("OMP_NUM_THREADS", "")
    threads = min(int(given), THREADS) if given.isdigit() and int(given) else THREADS
    return {"OMP_NUM_THREADS": str(threads), "CUDA_VISIBLE_DEVICES": ""}


def end_with_parent() -> None:
    """End this process, after the answer at hand, when its standard input closes; see ``Beside``."""
    threading.Thread(target=_end_with_parent, name="restore-parent", daemon=True).start()


def _end_with_parent() -> None:
    while os.read(0, 1):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(END_SECONDS)
    os._exit(1)
