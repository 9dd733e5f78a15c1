"""The process for live requests: it answers while a Job runs, comes back when it dies, and goes with its worker."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from PIL import Image as Pillow
from PIL import ImageDraw, ImageFont

from tests.processes import start_worker
from wagtail_restore import queue, restore
from wagtail_restore.management import beside
from wagtail_restore.management.beside import Beside
from wagtail_restore.models import Job
from wagtail_restore.testing import make_image

LIVE, JOBS = "restore-live", "restore,restore-bulk"
NOTES_ITS_BIRTH = """
import pathlib, sys, time
with pathlib.Path(sys.argv[1]).open("a") as file:
    file.write("born\\n")
"""
UNTIL_THE_PIPE_CLOSES = NOTES_ITS_BIRTH + "sys.stdin.read()"
STUBBORN = NOTES_ITS_BIRTH + "time.sleep(600)"


# — the side that keeps it running —


@pytest.fixture
def births(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], int]:
    """How many processes there were, with short waits between them."""
    monkeypatch.setattr(beside, "LOOK_SECONDS", 0.02)
    monkeypatch.setattr(beside, "FIRST_PAUSE", 0.1)
    file = tmp_path / "births"
    return lambda: len(file.read_text().split()) if file.exists() else 0


def command(program: str, folder: Path) -> list[str]:
    return [sys.executable, "-c", program, str(folder / "births")]


def test_what_dies_is_started_anew_after_longer_and_longer_waits(
    births: Callable[[], int], tmp_path: Path, caplog: Any
) -> None:
    kept = Beside(command(NOTES_ITS_BIRTH + "sys.exit(3)", tmp_path))
    until(lambda: births() == 4)
    kept.end()
    assert [said.partition(") ")[2] or said for said in caplog.messages][:6] == [
        "ended with code 3",
        "the process for live requests is started anew in 0.1 s",
        "ended with code 3",
        "the process for live requests is started anew in 0.2 s",
        "ended with code 3",
        "the process for live requests is started anew in 0.4 s",
    ]


def test_what_was_asked_to_end_by_others_is_no_trouble_and_comes_back(
    births: Callable[[], int], tmp_path: Path, caplog: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(beside, "ASKED_PAUSE", 0.5)
    began = time.monotonic()
    kept = Beside(command(NOTES_ITS_BIRTH, tmp_path))
    until(lambda: births() == 2)
    kept.end()
    assert time.monotonic() - began > 0.5
    assert [record for record in caplog.records if record.levelname == "WARNING"] == []


def test_its_pipe_closes_when_it_is_to_end(births: Callable[[], int], tmp_path: Path, caplog: Any) -> None:
    kept = Beside(command(UNTIL_THE_PIPE_CLOSES, tmp_path))
    until(lambda: births() == 1)
    began = time.monotonic()
    kept.end()
    assert time.monotonic() - began < 5
    assert (births(), caplog.records) == (1, [])


def test_what_does_not_end_is_killed(
    births: Callable[[], int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(beside, "END_SECONDS", -4.5)
    kept = Beside(command(STUBBORN, tmp_path))
    until(lambda: births() == 1)
    began = time.monotonic()
    kept.end()
    assert 0.4 < time.monotonic() - began < 5


def test_what_cannot_be_started_is_tried_again(births: Callable[[], int], tmp_path: Path, caplog: Any) -> None:
    kept = Beside([str(tmp_path / "no-such-program")])
    until(lambda: len(caplog.records) == 2)
    kept.end()
    assert caplog.messages[0].startswith("the process for live requests cannot be started: ")


@pytest.mark.parametrize(("given", "threads"), [("16", "2"), ("1", "1"), ("", "2"), ("0", "2"), ("4,2", "2")])
def test_it_computes_on_few_threads_and_sees_no_gpu(given: str, threads: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", given)
    assert beside.small() == {"OMP_NUM_THREADS": threads, "CUDA_VISIBLE_DEVICES": ""}


# — real workers —


@pytest.fixture
def worker() -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Starts a worker that is no burst; whatever comes of the test, none is left."""
    started: list[subprocess.Popen[str]] = []

    def start(*options: str, **environment: str) -> subprocess.Popen[str]:
        started.append(start_worker(*options, burst=False, **environment))
        return started[-1]

    yield start
    for process in started:
        if process.poll() is None:
            process.kill()
            process.communicate(timeout=60)


def dated() -> Any:
    """An image with something to read."""
    picture = Pillow.new("RGB", (480, 160), "navy")
    ImageDraw.Draw(picture).text((40, 40), "HARBOUR", "white", ImageFont.load_default(72))
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=95)
    return make_image(data=buffer.getvalue(), name="harbour.jpg")


def read(image: Any, seconds: float = 60) -> str:
    """What a live request reads in the image."""
    label, pk, name = image._meta.label, str(image.pk), image.file.name
    key = queue.ask("wagtail_restore.live.find_text", label, pk, name, by="1", about=f"{label} {pk}")
    until(lambda: queue.answer(key)[0] not in queue.OPEN, seconds)
    state, found = queue.answer(key)
    assert state == "done", found
    return " ".join(region["text"] for region in found["regions"])


def listening(redis: Any) -> dict[str, int]:
    """The process ids of RQ's workers by the queues that they serve; RQ remembers the dead for minutes."""
    rows = [redis.hmget(key, "queues", "pid") for key in redis.smembers("rq:workers")]
    return {queues.decode(): int(pid) for queues, pid in rows if queues and alive(int(pid))}


def alive(pid: int) -> bool:
    """Whether there is such a process; a zombie counts."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def until(true: Callable[[], Any], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it takes too long"
        time.sleep(0.05)


@pytest.mark.django_db(transaction=True)
def test_a_live_request_is_answered_while_a_job_runs_which_a_stop_lets_finish(redis: Any, worker: Any) -> None:
    restore(make_image(), upscale="x2", model="resample")
    main = worker(RESTORE_TEST_HOLD_AT="run")
    until(lambda: Job.objects.get().state == "running" and LIVE in listening(redis))
    image = dated()
    began = time.monotonic()
    assert read(image) == "HARBOUR"
    assert time.monotonic() - began < 30
    assert Job.objects.get().state == "running"
    live = listening(redis)[LIVE]
    main.send_signal(signal.SIGTERM)
    until(lambda: not alive(live), 15)
    assert main.poll() is None and Job.objects.get().state == "running"
    (Path(settings.MEDIA_ROOT) / "go").touch()
    said = main.communicate(timeout=30)[0]
    assert main.returncode == 0, said
    assert "serves restore, bulk" in said and said.count("serves live") == 1 and "anew" not in said
    assert Job.objects.get().state == "published" and redis.scard("rq:workers") == 0


@pytest.mark.django_db(transaction=True)
def test_killed_it_comes_back_and_with_its_worker_it_goes(redis: Any, worker: Any) -> None:
    main = worker()
    until(lambda: set(listening(redis)) == {LIVE, JOBS})
    first = listening(redis)[LIVE]
    os.kill(first, signal.SIGKILL)
    until(lambda: not alive(first), 10)
    assert read(dated()) == "HARBOUR"
    assert main.poll() is None
    second = listening(redis)[LIVE]
    assert second != first
    main.kill()
    said = main.communicate(timeout=30)[0]
    assert f"the process for live requests ({first}) ended with code -9" in said
    until(lambda: not alive(second), 15)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.django_db(transaction=True)
def test_a_signal_to_all_at_once_ends_all_quietly(redis: Any, worker: Any, number: int) -> None:
    main = worker("--workers", "2")
    until(lambda: redis.scard("rq:workers") == 3)
    for pid in {*listening(redis).values(), main.pid}:
        os.kill(pid, number)
    said = main.communicate(timeout=30)[0]
    assert main.returncode == 0, said
    assert said.count("serves restore, bulk") == 2 and said.count("serves live") == 1
    assert "anew" not in said and "Traceback" not in said
    assert redis.scard("rq:workers") == 0


@pytest.mark.django_db(transaction=True)
def test_alone_it_leaves_jobs_to_others_and_begins_anew_when_nobody_asks(redis: Any, worker: Any) -> None:
    restore(make_image(), upscale="x2", model="resample")
    live = worker("--live", RESTORE_TEST_IDLE_SECONDS="1")
    image = dated()
    assert read(image) == "HARBOUR"
    assert listening(redis) == {LIVE: live.pid}
    until(lambda: redis.scard("rq:workers") == 0)
    assert read(image) == "HARBOUR"
    live.send_signal(signal.SIGTERM)
    said = live.communicate(timeout=30)[0]
    assert live.returncode == 0, said
    assert said.count("serves live") == 2 and said.count("begins anew, since nobody has asked for a while") == 1
    assert Job.objects.get().state == "waiting"


@pytest.mark.django_db(transaction=True)
def test_without_it_the_worker_answers_between_jobs(redis: Any, worker: Any) -> None:
    main = worker("--no-live")
    assert read(dated()) == "HARBOUR"
    assert listening(redis) == {f"{LIVE},{JOBS}": main.pid}
    main.send_signal(signal.SIGTERM)
    assert main.wait(30) == 0
