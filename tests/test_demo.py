"""The example site does the main job by itself, from an empty folder, and leaves no process behind."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
MANAGE = ROOT / "example_site" / "manage.py"


def demo(*options: str, folder: Path | None) -> subprocess.CompletedProcess[str]:
    """Run the demo command with its data in this folder."""
    return manage("demo", *options, folder=folder)


def manage(*command: str, folder: Path | None, at: Path = ROOT) -> subprocess.CompletedProcess[str]:
    """Run a command of the example site, ``at`` a place, with its data in this folder."""
    env = {
        name: value for name, value in os.environ.items() if not name.startswith(("DJANGO_", "RESTORE_", "EXAMPLE_"))
    }
    if folder is not None:
        env["EXAMPLE_VAR"] = str(folder)
    whole = [sys.executable, str(MANAGE), *command]
    return subprocess.run(whole, cwd=at, env=env, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demo") / "var"


@pytest.fixture(scope="module")
def told(folder: Path) -> list[str]:
    """The lines that one whole run prints."""
    done = demo("--once", folder=folder)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.strip().splitlines()


def test_once_ends_with_its_verdict(told: list[str]) -> None:
    assert re.fullmatch(r"demo: ok, 5 images restored in \d+ s", told[-1])


def test_once_tells_sizes_before_and_after(told: list[str]) -> None:
    sizes = [re.search(r"(\d+ × \d+) → (\d+ × \d+)", line) for line in told]
    assert [found.groups() for found in sizes if found] == [
        ("480 × 324", "1200 × 810"),
        ("320 × 213", "800 × 533"),
        ("360 × 240", "800 × 534"),
        ("400 × 267", "800 × 534"),
        ("300 × 300", "800 × 800"),
    ]


def test_once_saves_pictures_to_compare(told: list[str], folder: Path) -> None:
    names = {path.name for path in (folder / "before-after").iterdir()}
    assert names == {"chelsea.png", "motorcycle_left.png", "coffee.png", "rocket.png", "retina.png"}


def test_once_leaves_no_process_behind(told: list[str], folder: Path) -> None:
    listed = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout
    assert str(folder) not in listed
    assert not list(folder.glob("*.sock"))


def test_once_wants_a_folder_of_its_own() -> None:
    done = demo("--once", folder=None)
    assert done.returncode == 1
    assert "EXAMPLE_VAR" in done.stderr


@pytest.mark.parametrize("command", [("demo", "--once"), ("screenshots", "pictures")])
def test_a_folder_that_is_not_the_example_s_is_left_alone(tmp_path: Path, command: tuple[str, ...]) -> None:
    (tmp_path / "work.txt").write_text("a day's work")
    done = manage(*command, folder=Path("."), at=tmp_path)
    assert done.returncode == 1
    assert f"{tmp_path} is not emptied: it holds files" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["work.txt"]
