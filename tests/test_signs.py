"""The signs that workers give of themselves."""

from __future__ import annotations

import signal
import time
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError
from django.utils import timezone

from tests.processes import run_worker, start_worker
from wagtail_restore import signs, upkeep
from wagtail_restore.bench import Bench
from wagtail_restore.models import ResolutionRule, WorkerSign
from wagtail_restore.models.workers import GONE

pytestmark = pytest.mark.django_db(transaction=True)

TOLD = {"device": "cpu", "loaded": ["compact-x2"], "missing": [], "memory": 5, "weights": 3}


def test_a_process_is_seen_for_as_long_as_it_runs(monkeypatch: Any) -> None:
    monkeypatch.setattr(signs, "EVERY_SECONDS", 0.05)
    asked: list[Any] = []

    def tell(serves: Any) -> dict[str, Any]:
        asked.append(serves)
        return {**TOLD, "memory": len(asked)}

    with signs.signing("host:1", ["restore"], tell):
        first = WorkerSign.alive().get()
        assert (first.name, first.device, first.loaded, first.serves) == ("host:1", "cpu", ["compact-x2"], ["restore"])
        end = time.monotonic() + 20
        while WorkerSign.objects.get().memory < 3 and time.monotonic() < end:
            time.sleep(0.05)
        later = WorkerSign.objects.get()
        assert later.memory >= 3 and later.seen_at > first.seen_at and later.started_at == first.started_at
    assert not WorkerSign.objects.exists() and asked[0] == ["restore"]


def test_its_sign_goes_also_when_it_ends_with_an_error() -> None:
    with pytest.raises(SystemExit), signs.signing("host:1", ["restore"], lambda serves: TOLD):
        raise SystemExit(0)
    assert not WorkerSign.objects.exists()


def test_no_trouble_with_a_sign_reaches_the_worker(monkeypatch: Any) -> None:
    def broken(*args: Any, **kwargs: Any) -> Any:
        raise OperationalError("no answer")

    monkeypatch.setattr(type(WorkerSign.objects), "update_or_create", broken)
    with signs.signing("host:1", ["restore"], lambda serves: TOLD):
        assert not WorkerSign.objects.exists()


def test_who_cannot_tell_what_it_has_loaded_is_seen_all_the_same() -> None:
    def broken(serves: Any) -> Any:
        raise ValueError("imported.toml")

    with signs.signing("host:1", ["restore"], broken):
        assert (WorkerSign.alive().get().device, WorkerSign.alive().get().loaded) == ("", [])


def test_upkeep_forgets_who_has_given_no_sign_for_minutes(redis: Any) -> None:
    now = timezone.now()
    for name, age in (("here", GONE / 2), ("gone", GONE + timedelta(seconds=5))):
        WorkerSign.objects.create(name=name, started_at=now, seen_at=now - age)
    assert [sign.name for sign in WorkerSign.alive()] == ["here"]
    counts = upkeep.run()
    assert counts is not None and counts["forgotten"] == 1
    assert [sign.name for sign in WorkerSign.objects.all()] == ["here"]


def test_a_bench_tells_what_it_has_loaded_and_what_it_lacks(settings: Any) -> None:
    settings.WAGTAIL_RESTORE = {**settings.WAGTAIL_RESTORE, "PREFERRED_MODELS": {"photo": "realesrgan-x4plus"}}
    for model, values in (("swinir-large-x4", {"active": False}), ("realesrgan-x2plus", {}), ("auto", {}), ("own", {})):
        ResolutionRule.objects.create(name=model, min_width=9, model=model, **values)
    bench = Bench("cpu")
    told = bench.sign(["restore", "bulk"])
    assert (told["device"], told["loaded"], told["weights"]) == ("cpu", [], 0)
    assert told["missing"] == ["realesrgan-x2plus", "realesrgan-x4plus"]
    assert told["memory"] > 10_000_000
    assert bench.sign(["live"])["missing"] == []
    bench.pool.get("compact-x2")
    told = bench.sign(["restore"])
    assert told["loaded"] == ["compact-x2"] and told["weights"] > 100_000


def test_a_real_worker_gives_its_sign_and_takes_it_back(redis: Any) -> None:
    process = start_worker("--no-live", burst=False)
    end = time.monotonic() + 120
    while not WorkerSign.objects.exists():
        assert time.monotonic() < end and process.poll() is None
        time.sleep(0.2)
    sign = WorkerSign.alive().get()
    assert sign.serves == ["live", "restore", "bulk"] and sign.name.endswith(f":{process.pid}")
    while not redis.scard("rq:workers"):
        time.sleep(0.2)
    process.send_signal(signal.SIGTERM)
    said = process.communicate(timeout=60)[0]
    assert process.returncode == 0, said
    assert not WorkerSign.objects.exists()
    assert run_worker()[0] == 0 and not WorkerSign.objects.exists()
