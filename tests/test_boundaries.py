"""The import contracts hold, and the site runs without the worker's packages."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "wagtail_restore"
CONTRACTS = {
    contract["name"]: contract
    for contract in tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"]
}

WORKER_SIDE = {
    "bench",
    "engines",
    "worker",
    "live",
    "known_marks",
    "testing",
    "migrations",
    "management",
    "imaging",
    "jinja2tags",
}
"""May reach torch or numpy, or is judged elsewhere."""
WEB_COMMANDS = {"restore_backfill", "restore_upkeep"}
OPENS_RQ = {"queue"}


def modules(folder: Path = PACKAGE) -> set[str]:
    """Names of the modules and packages directly below this folder."""
    files = {path.stem for path in folder.glob("*.py")} - {"__init__", "__main__"}
    return files | {path.parent.name for path in folder.glob("*/__init__.py")}


def sources(name: str) -> set[str]:
    """The modules that a contract speaks of, below ``wagtail_restore``."""
    contract = CONTRACTS[name]
    return {full.removeprefix("wagtail_restore.") for full in contract.get("source_modules", contract.get("modules"))}


def test_import_contracts_hold() -> None:
    linter = "from importlinter.cli import lint_imports_command as lint; lint()"
    command = [sys.executable, "-c", linter, "--no-cache"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_module_of_the_web_process_is_kept_from_torch() -> None:
    expected = modules() - WORKER_SIDE | {f"management.commands.{name}" for name in WEB_COMMANDS}
    assert sources("The web process never reaches torch") == expected


def test_only_queue_may_speak_rq() -> None:
    left_out = {"migrations", "engines", "imaging", "conf", "exceptions", "catalogue", "messages", "testing"}
    assert sources("only queue speaks RQ") == modules() - OPENS_RQ - left_out


def test_every_engine_is_a_stranger_to_the_others() -> None:
    known = {"upscale", "realesrgan", "erase", "detect", "faces", "find_faces", "diffusion", "resample"}
    known |= {"grabcut", "inpaint", "masked", "sam"}
    assert sources("engines are strangers") == {f"engines.{name}" for name in modules(PACKAGE / "engines") & known}


@pytest.fixture(scope="module")
def base_install(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the site does in a process where the worker's packages cannot be imported."""
    folder = tmp_path_factory.mktemp("base")
    env = {**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings", "RESTORE_TEST_ROOT": str(folder)}
    env.pop("RESTORE_TEST_IMAGE", None)
    command = [sys.executable, "-m", "tests.base_install"]
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def test_base_install_takes_an_upload_and_asks_for_its_job(base_install: dict[str, Any]) -> None:
    assert base_install["upload"] == {"success": True, "images": 1, "jobs": ["waiting"]}


def test_base_install_shows_every_admin_page(base_install: dict[str, Any]) -> None:
    pages = base_install["pages"]
    wrong = {path: status for path, status in pages.items() if status not in (200, 302, 405)}
    assert not wrong
    for path in ("/admin/images/", "/admin/images/multiple/add/", "/admin/images/1/", "/admin/images/chooser/"):
        assert pages[path] == 200
    assert any("rule" in path for path in pages)


def test_base_install_loads_nothing_of_the_worker(base_install: dict[str, Any]) -> None:
    assert base_install["loaded"] == []


def test_worker_in_a_base_install_answers_with_the_pip_command(base_install: dict[str, Any]) -> None:
    assert "pip install 'wagtail-restore[worker]'" in base_install["worker"]
