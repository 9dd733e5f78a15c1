"""The documentation names every setting, check, command and model that there is, and its links lead somewhere."""

from __future__ import annotations

import ast
import re
import tomllib
from pathlib import Path

import pytest

from wagtail_restore import catalogue, checks
from wagtail_restore.conf import Settings

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
PAGES = sorted([*DOCS.rglob("*.md"), ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md"])
EXTRA = re.compile(r"wagtail-restore\[([\w,]+)\]|ExtraMissing\(extra=\"(\w+)\"")
PICTURE = re.compile(r'(?:src|srcset)="(?!https?:)([^"]+)"')
LINK = re.compile(r"\]\((?!https?:)([^)#\s]*)(?:#([^)\s]+))?\)")


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as the usual renderers make them."""
    headings = re.findall(r"^#+ (.+)$", page.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    for name, anchor in LINK.findall(page.read_text("utf-8")):
        target = (page.parent / name).resolve() if name else page
        assert target.exists(), name
        assert not anchor or anchor in anchors(target), f"{name}#{anchor}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_pictures_are_there(page: Path) -> None:
    shown = PICTURE.findall(page.read_text("utf-8"))
    assert [name for name in shown if not (page.parent / name).exists()] == []


def test_every_picture_of_the_admin_comes_in_light_in_dark_and_for_a_phone() -> None:
    names = {path.stem for path in (DOCS / "images").glob("*.webp")}
    pages = {name for name in names if not name.endswith(("-dark", "-phone"))}
    assert len(pages) == 12
    assert names == {f"{name}{look}" for name in pages for look in ("", "-dark", "-phone")}


def test_every_setting_stands_there_with_its_default() -> None:
    rows = re.findall(
        r"^\| `([A-Z_]+)` \| `(.*?)` \|", (DOCS / "reference/settings.md").read_text("utf-8"), re.MULTILINE
    )
    assert {name: ast.literal_eval(default) for name, default in rows} == {
        name: value for name, value in vars(Settings).items() if name.isupper()
    }


def test_every_check_has_a_section() -> None:
    ids = set(re.findall(r'"([EW]\d{3})"', Path(checks.__file__).read_text("utf-8")))
    assert ids
    assert {number.lower() for number in ids} == anchors(DOCS / "reference/checks.md") - {"system-checks"}


def test_every_command_has_a_section() -> None:
    commands = {path.stem for path in (ROOT / "wagtail_restore/management/commands").glob("restore_*.py")}
    assert commands <= anchors(DOCS / "reference/commands.md")


def test_every_model_that_ships_is_listed() -> None:
    text = (DOCS / "reference/catalogue.md").read_text("utf-8")
    assert [alias for alias in catalogue.shipped() if f"`{alias}`" not in text] == []


def test_every_extra_that_is_named_can_be_installed() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    named = {
        extra
        for file in [*PAGES, *(ROOT / "wagtail_restore").rglob("*.py"), ROOT / "training/README.md"]
        for found in EXTRA.findall(file.read_text("utf-8"))
        for extra in "".join(found).split(",")
    }
    assert {"worker", "heif"} <= named <= set(project["optional-dependencies"])
    assert set(project["optional-dependencies"]["heif"]) <= set(project["optional-dependencies"]["worker"])
