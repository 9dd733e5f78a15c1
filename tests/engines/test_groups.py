"""The control groups around this process, as Linux shows them."""

from __future__ import annotations

from pathlib import Path

import pytest

from wagtail_restore.engines import groups


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(groups, "_OWN", tmp_path / "own")
    monkeypatch.setattr(groups, "_ALL", tmp_path / "groups")
    return tmp_path / "groups"


@pytest.mark.parametrize(
    ("own", "expected"),
    [
        ("0::/system.slice/restore.service\n", ["system.slice/restore.service", "system.slice", "."]),
        ("0::/\n", ["."]),
        ("12:memory:/docker/x\n0::/docker/x\n", ["docker/x", "docker", "."]),
        ("12:memory:/docker/x\n", ["."]),
    ],
)
def test_the_groups_come_from_the_own_one_outwards(root: Path, own: str, expected: list[str]) -> None:
    (root.parent / "own").write_text(own)
    assert list(groups.around()) == [root / name for name in expected]


def test_a_system_without_groups_has_none(root: Path) -> None:
    assert list(groups.around()) == []


def test_what_a_group_does_not_say_is_none(root: Path) -> None:
    root.mkdir()
    (root / "cpu.max").write_text("max 100000\n")
    assert groups.told(root, "cpu.max") == "max 100000"
    assert groups.told(root, "memory.max") is None
    assert groups.told(root / "nowhere", "cpu.max") is None
