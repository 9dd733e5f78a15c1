"""A person at a terminal reads whole sentences, and what to do next."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.engines.test_main import write
from wagtail_restore.engines.told import Progress, error_in_words, report_in_words
from wagtail_restore.exceptions import NotFaithful, OutOfMemory, TooLarge, Truncated, WeightsMissing


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (Truncated(), "The file ends before the picture does."),
        (
            TooLarge(width=20000, height=20000, limit=256_000_000),
            "The picture has more pixels than we open: width 20000, height 20000, limit 256000000",
        ),
        (
            WeightsMissing(model="realesrgan-x4plus", path="RealESRGAN_x4plus.pth"),
            "The weights of a Model are not on this machine: model realesrgan-x4plus, path RealESRGAN_x4plus.pth\n"
            "get them with `manage.py restore_models pull realesrgan-x4plus`, and say with --folder where they are",
        ),
        (
            NotFaithful(model="faces"),
            "A Model that may invent was asked for in strict mode: model faces\nsay --creative if it may",
        ),
    ],
)
def test_errors_are_told_with_what_to_do(error: Any, words: str) -> None:
    assert error_in_words(error) == words


def test_a_lack_of_memory_is_told_with_what_to_do() -> None:
    assert error_in_words(OutOfMemory(device="cuda")).endswith("\ntry --device cpu, or a smaller --scale")


@pytest.mark.parametrize(
    ("report", "words"),
    [
        ([], "nothing found"),
        (
            [{"kind": "date", "confidence": 0.9, "box": [1, 2, 3, 4], "text": "7 4 '98"}],
            "date       0.90  [1, 2, 3, 4]  7 4 '98",
        ),
        ({"outcome": "kept", "why": "large_enough", "out": "o.jpg"}, "o.jpg: kept as it was (large enough)"),
        (
            {"outcome": "unsure", "out": "o.jpg", "unsure": [{"kind": "text", "text": "Ltd", "confidence": 0.4}]},
            "o.jpg: kept as it was; not sure of text 'Ltd' (0.40)",
        ),
        (
            {"outcome": "done", "out": "o.jpg", "to": [40, 30], "seconds": 1.26, "device": "cpu"},
            "o.jpg: 40 × 30, 1.3 s on cpu",
        ),
    ],
)
def test_reports_are_told_in_a_line(report: Any, words: str) -> None:
    assert report_in_words(report) == words


def test_progress_is_a_line_for_each_tenth(capsys: pytest.CaptureFixture[str]) -> None:
    told = Progress()
    for share in (0.0, 0.04, 0.1, 0.15, 0.5, 1.0):
        told(share, "upscale")
    assert capsys.readouterr().err == "upscale 0%\nupscale 10%\nupscale 50%\nupscale 100%\n"


def command(folder: Path, *more: str, out: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
    words = [sys.executable, "-m", "wagtail_restore.engines", "upscale", str(write(folder / "in.png", (8, 8)))]
    line = [*words, str(folder / "größer.png"), "--model", "resample", *more]
    settings = {**os.environ, "PYTHONIOENCODING": "utf-8", **environment}
    with open(out or os.devnull, "w") as file:
        where = file if out else subprocess.PIPE
        return subprocess.run(line, stdout=where, stderr=subprocess.PIPE, text=True, env=settings, timeout=60)


@pytest.mark.parametrize("json", [[], ["--json"]])
def test_a_terminal_without_the_signs_is_told_all_the_same(json: list[str], tmp_path: Path) -> None:
    done = command(tmp_path, *json, PYTHONIOENCODING="ascii")
    assert (done.returncode, "Traceback" in done.stderr) == (0, False)
    assert ("gr\\u00f6\\u00dfer" if json else "gr\\xf6\\xdfer") in done.stdout


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_a_report_that_cannot_be_written_is_told_and_the_result_stays(tmp_path: Path) -> None:
    done = command(tmp_path, "--json", out="/dev/full")
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith("standard output: the report could not be written: No space left")
    assert (tmp_path / "größer.png").exists()


def test_a_reader_that_has_gone_is_told(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    words = [sys.executable, "-m", "wagtail_restore.engines", "upscale", str(write(tmp_path / "in.png", (8, 8)))]
    line = [*words, str(tmp_path / "out.png"), "--model", "resample"]
    done = subprocess.run(line, stdout=writing, stderr=subprocess.PIPE, text=True, timeout=60)
    os.close(writing)
    assert (done.returncode, done.stderr.splitlines()[-1]) == (
        1,
        "standard output: the report could not be written: Broken pipe",
    )
