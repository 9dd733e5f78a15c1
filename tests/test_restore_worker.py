"""The worker command: several processes under one, signals, and what a worker of this kind leaves to others."""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from tests.processes import run_worker, start_worker
from wagtail_restore import restore
from wagtail_restore.management.commands import restore_worker
from wagtail_restore.management.commands.restore_worker import Workers
from wagtail_restore.models import Job
from wagtail_restore.testing import make_image

ENDS = """
import pathlib, sys
file = pathlib.Path(sys.argv[1])
codes = file.read_text().split()
file.write_text(" ".join(codes[1:]))
sys.exit(int(codes[0]))
"""


@pytest.fixture
def ending(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A command that ends with the first of these codes, then with the second …; no life is short."""
    monkeypatch.setattr(restore_worker, "SHORT_LIFE_SECONDS", 0.0)
    monkeypatch.setattr(restore_worker, "LOOK_SECONDS", 0.02)
    file = tmp_path / "codes"

    def command(*codes: int) -> list[str]:
        file.write_text(" ".join(map(str, codes)))
        return [sys.executable, "-c", ENDS, str(file)]

    command.left = file.read_text  # type: ignore[attr-defined]
    return command


def test_a_process_that_ends_with_an_error_is_started_anew(ending: Any) -> None:
    assert Workers(ending(70, 1, 0, 5), 1, again=True).wait() == 0
    assert ending.left() == "5"


def test_with_burst_none_is_started_anew(ending: Any) -> None:
    assert Workers(ending(70, 0), 1, again=False).wait() == 70
    assert ending.left() == "0"


def test_a_process_that_fails_at_once_is_not_started_again_and_again(
    ending: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(restore_worker, "SHORT_LIFE_SECONDS", 30.0)
    assert Workers(ending(3, 0), 1, again=True).wait() == 3
    assert ending.left() == "0"


@pytest.mark.parametrize("later", [0.0, 0.003, 0.006, 0.009, 0.05])
def test_a_process_that_a_stop_meets_before_it_has_begun_ends_without_an_error(later: float) -> None:
    workers = Workers([sys.executable, "-c", "import time; time.sleep(60)"], 2, again=True)
    time.sleep(later)
    workers.stop()
    assert workers.wait() == 0


def test_a_process_that_somebody_else_ends_is_an_error(tmp_path: Path) -> None:
    dies = [sys.executable, "-c", "import os; os.kill(os.getpid(), 15)"]
    assert Workers(dies, 1, again=False).wait() == -15


@pytest.mark.parametrize("options", [["--no-live"], ["--live"], ["--jobs-only"]])
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_stop_before_there_is_anything_to_end_ends_it_at_once(
    number: int, options: list[str], monkeypatch: pytest.MonkeyPatch, signals: None
) -> None:
    monkeypatch.setattr(restore_worker, "_bench", lambda device: os.kill(os.getpid(), number))
    with pytest.raises(SystemExit) as ended:
        call_command("restore_worker", *options)
    assert ended.value.code == 0


def test_no_worker_at_all_is_refused() -> None:
    with pytest.raises(CommandError, match="--workers needs a number from 1 up"):
        call_command("restore_worker", workers=0)


def test_live_requests_are_answered_on_the_cpu_alone() -> None:
    with pytest.raises(CommandError, match="--live computes on the CPU; leave --device out"):
        call_command("restore_worker", "--live", device="cuda")


@pytest.mark.django_db(transaction=True)
def test_two_processes_do_what_is_waiting_and_end(redis: Any) -> None:
    for number in range(3):
        restore(make_image(name=f"picture-{number}.jpg"), upscale="x2", model="resample")
    code, said = run_worker("--workers", "2")
    assert code == 0, said
    assert said.count("serves live, restore, bulk") == 2
    assert list(Job.objects.values_list("state", flat=True)) == ["published"] * 3


@pytest.mark.django_db(transaction=True)
def test_a_signal_reaches_each_process_and_all_end_cleanly(redis: Any) -> None:
    worker = start_worker("--workers", "2", "--jobs-only", burst=False)
    _until(lambda: redis.scard("rq:workers") == 2)
    worker.send_signal(signal.SIGTERM)
    said = worker.communicate(timeout=60)[0]
    assert worker.returncode == 0, said
    assert said.count("serves restore, bulk") == 2
    assert redis.scard("rq:workers") == 0


def _until(true: Any, seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it takes too long"
        time.sleep(0.1)
