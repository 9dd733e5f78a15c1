"""Processors as affinity, a container and a service allow them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from wagtail_restore.engines import cores
from wagtail_restore.engines import groups as module


@pytest.fixture
def groups(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine of 64 processors, and the place where Linux would show its control groups; none limits anything."""
    monkeypatch.setattr(module, "_OWN", tmp_path / "own")
    monkeypatch.setattr(module, "_ALL", tmp_path / "groups")
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: set(range(64)), raising=False)
    (tmp_path / "own").write_text("0::/\n")
    (tmp_path / "groups" / "system" / "worker").mkdir(parents=True)
    return tmp_path / "groups"


@pytest.mark.parametrize(
    ("quota", "expected"), [("200000 100000", 2), ("150000 100000", 2), ("20000 100000", 1), ("max 100000", 64)]
)
def test_a_container_may_use_what_it_was_given(groups: Path, quota: str, expected: int) -> None:
    (groups / "cpu.max").write_text(quota + "\n")
    assert cores.at_hand() == expected


def test_the_narrowest_group_counts(groups: Path) -> None:
    (groups.parent / "own").write_text("0::/system/worker\n")
    (groups / "system" / "worker" / "cpu.max").write_text("max 100000\n")
    (groups / "system" / "cpu.max").write_text("300000 100000\n")
    assert cores.at_hand() == 3


def test_older_groups_are_passed_over(groups: Path) -> None:
    (groups.parent / "own").write_text("12:cpu:/docker/x\n11:memory:/docker/x\n")
    (groups / "cpu.max").write_text("100000 100000\n")
    assert cores.at_hand() == 1, "the root stands in for a group that is not told"


def test_where_nothing_limits_the_processors_count(groups: Path) -> None:
    assert cores.at_hand() == 64


def test_a_system_without_groups_or_affinity_has_its_processors(groups: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (groups.parent / "own").unlink()
    monkeypatch.delattr(os, "sched_getaffinity")
    monkeypatch.setattr(os, "cpu_count", lambda: 12)
    assert cores.at_hand() == 12
