"""The built wheel, installed into a blank Wagtail site by the words of the README, brings all that it needs."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "wagtail_restore"

PROBE = """
import json
from importlib.util import find_spec
from pathlib import Path

from django.contrib.auth import get_user_model
from django.contrib.staticfiles import finders
from django.template.loader import get_template
from django.test import Client

import wagtail_restore
from wagtail_restore import catalogue

home = Path(wagtail_restore.__file__).parent
static, templates = home / "static", home / "templates"
bundled = [m for m in catalogue.models().values() if m.bundled]
user = get_user_model().objects.create_superuser("admin", "admin@example.com", "admin")
browser = Client(headers={"host": "localhost"})
browser.force_login(user)
page = browser.get("/admin/images/multiple/add/")
print(json.dumps({
    "home": str(home),
    "source": find_spec("tests.settings_postgres") is not None if find_spec("tests") else False,
    "static": [str(p) for p in static.rglob("*.*") if not finders.find(str(p.relative_to(static)))],
    "templates": [str(p) for p in templates.rglob("*.*") if not get_template(str(p.relative_to(templates)))],
    "weights": [m.file for m in bundled if not (catalogue.BUNDLED / m.file).is_file()],
    "upload_page": page.status_code,
    "offers_clean_up": "restore_clean_up" in page.content.decode(),
}))
"""


def run(*command: str | Path, cwd: Path, **env: str) -> str:
    """Standard output of a command that must succeed, free of this process' own settings."""
    inherited = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHONPATH", "DJANGO_", "RESTORE_"))}
    done = subprocess.run(command, cwd=cwd, env={**inherited, **env}, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{command}:\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from this source tree."""
    folder = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, cwd=ROOT)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interpreter of an environment with the wheel and its dependencies, in which the source tree is unknown.

    The dependencies are those of our own environment: its folders are named in a ``.pth`` file, and Python does not
    read the ``.pth`` files of a folder that was added this way, hence not the one that leads to the source tree.
    """
    folder = tmp_path_factory.mktemp("environment")
    run(sys.executable, "-m", "venv", "--without-pip", folder, cwd=folder)
    python = folder / "bin" / "python"
    site = Path(run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=folder).strip())
    install = ("-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--target")
    run(sys.executable, *install, site, wheel, cwd=folder)
    ours = dict.fromkeys(path for path in sys.path if Path(path).name == "site-packages")
    (site / "dependencies.pth").write_text("\n".join(ours) + "\n")
    return python


@pytest.fixture(scope="module")
def site(python: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What ``wagtail start`` makes, with the README's lines at the end of its settings."""
    folder = tmp_path_factory.mktemp("site")
    run(python, "-m", "wagtail.bin.wagtail", "start", "blank", folder, cwd=folder)
    blocks = re.findall(r"```python\n# settings\.py\n(.*?)```", (ROOT / "README.md").read_text("utf-8"), re.DOTALL)
    assert blocks, "the README does not show what to write into settings.py"
    with (folder / "blank" / "settings" / "base.py").open("a") as settings:
        settings.write("\n" + "\n".join(blocks))
    return folder


@pytest.fixture(scope="module")
def probe(python: Path, site: Path) -> dict[str, Any]:
    """What the blank site says of itself after ``migrate``."""
    run(python, "manage.py", "migrate", "--verbosity", "0", cwd=site)
    (site / "probe.py").write_text(PROBE)
    told = run(python, "manage.py", "shell", "--no-imports", "-c", "import probe", cwd=site)
    answer: dict[str, Any] = json.loads(told.splitlines()[-1])
    return answer


def test_wheel_holds_every_file_that_is_no_python(wheel: Path) -> None:
    data = {
        str(path.relative_to(ROOT))
        for path in PACKAGE.rglob("*")
        if path.is_file() and path.suffix not in {".py", ".pyc"} and not path.name.startswith(".")
    }
    assert data
    assert data - set(zipfile.ZipFile(wheel).namelist()) == set()


def test_wheel_holds_nothing_but_the_package(wheel: Path) -> None:
    tops = {name.split("/")[0] for name in zipfile.ZipFile(wheel).namelist()}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"wagtail_restore"}


def test_site_uses_the_package_from_the_wheel(probe: dict[str, Any], python: Path) -> None:
    assert Path(probe["home"]).is_relative_to(python.parent.parent)
    assert not probe["source"]


def test_templates_static_files_and_weights_are_found(probe: dict[str, Any]) -> None:
    assert probe["templates"] == []
    assert probe["static"] == []
    assert probe["weights"] == []


def test_check_finds_nothing_wrong(python: Path, site: Path) -> None:
    assert "no issues" in run(python, "manage.py", "check", "--database", "default", cwd=site)


def test_no_migration_is_missing(python: Path, site: Path) -> None:
    assert "No changes" in run(python, "manage.py", "makemigrations", "--check", "--dry-run", cwd=site)


def test_upload_page_opens_and_offers_to_clean_up(probe: dict[str, Any]) -> None:
    assert probe["upload_page"] == 200
    assert probe["offers_clean_up"]
