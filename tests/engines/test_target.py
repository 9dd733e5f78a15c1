"""Where a result cannot be written one is told in a line, before anything is worked on."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from wagtail_restore.engines.__main__ import main
from wagtail_restore.engines.target import whole


def refusal(target: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> str:
    """What is said of OUT; nothing is read for it, for there is no IN."""
    assert main(["erase", str(folder / "none.png"), target, "--detect", "date"]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    (line,) = err.splitlines()
    return line


@pytest.mark.parametrize(("target", "shown"), [(".", "."), ("", "."), ("/", "/"), ("..", "..")])
def test_a_folder_is_no_file(target: str, shown: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert refusal(target, tmp_path, capsys) == f"{shown}: is a folder, and the result is a file"


def test_a_folder_of_ones_own_is_none_either(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert refusal(str(tmp_path), tmp_path, capsys) == f"{tmp_path}: is a folder, and the result is a file"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("name", "format"), [("x.svg", "SVG"), ("x.PSD", "PSD"), ("x.jp2", "JPEG2000")])
def test_a_kind_that_cannot_be_written(
    name: str, format: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / name
    assert refusal(str(target), tmp_path, capsys) == f"{target}: {format} files cannot be written"


def test_what_is_no_file_is_not_replaced(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    assert refusal(str(pipe), tmp_path, capsys) == f"{pipe}: is no file that could be replaced"


def test_what_goes_wrong_is_told_of_the_name_that_was_given(tmp_path: Path) -> None:
    target = tmp_path / "out.png"
    with pytest.raises(OSError) as caught, whole(target) as file:
        file.write(b"a result")
        target.mkdir()
    assert caught.value.filename == str(target)
    assert list(tmp_path.iterdir()) == [target]
