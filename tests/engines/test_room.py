"""How much main memory is at hand: what the system says, in its own words."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from wagtail_restore.engines import groups, room

MEMINFO = "MemTotal:       16000000 kB\nMemFree:          500000 kB\nMemAvailable:    4000000 kB\n"


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine with four gigabytes at hand, and the place of its control groups; none limits anything."""
    monkeypatch.setattr(room, "_MEMINFO", tmp_path / "meminfo")
    monkeypatch.setattr(groups, "_OWN", tmp_path / "own")
    monkeypatch.setattr(groups, "_ALL", tmp_path / "groups")
    (tmp_path / "meminfo").write_text(MEMINFO)
    (tmp_path / "own").write_text("0::/system.slice/restore.service\n")
    (tmp_path / "groups" / "system.slice" / "restore.service").mkdir(parents=True)
    return tmp_path


def limit(machine: Path, value: str, group: str = "") -> None:
    folder = machine / "groups" / group
    (folder / "memory.max").write_text(f"{value}\n")
    (folder / "memory.current").write_text("700000000\n")
    (folder / "memory.stat").write_text("anon 400000000\ninactive_file 200000000\nactive_file 100000000\n")


def test_what_the_machine_can_give(machine: Path) -> None:
    assert room.at_hand() == 4_096_000_000


def test_a_large_machine_gives_all_that_it_has(machine: Path) -> None:
    (machine / "meminfo").write_text("MemAvailable:    200000000 kB\n")
    limit(machine, "max")
    assert room.at_hand() == 204_800_000_000


@pytest.mark.parametrize("group", ["", "system.slice", "system.slice/restore.service"])
def test_what_a_container_or_a_service_leaves_of_its_limit(machine: Path, group: str) -> None:
    limit(machine, "1000000000", group)
    assert room.at_hand() == 1_000_000_000 - 700_000_000 + 200_000_000


def test_the_narrowest_group_counts(machine: Path) -> None:
    limit(machine, "1000000000")
    limit(machine, "900000000", "system.slice")
    limit(machine, "max", "system.slice/restore.service")
    assert room.at_hand() == 900_000_000 - 700_000_000 + 200_000_000


def test_a_container_without_a_limit_is_the_machine(machine: Path) -> None:
    limit(machine, "max")
    assert room.at_hand() == 4_096_000_000


def test_a_container_that_is_over_its_limit_has_nothing(machine: Path) -> None:
    limit(machine, "100000000")
    assert room.at_hand() == 0


@pytest.mark.parametrize(
    ("built_in", "expected"),
    [({"SC_PAGE_SIZE": 4096, "SC_PHYS_PAGES": 32_000_000}, 65_536_000_000), ({}, 8_589_934_592)],
)
def test_a_system_that_does_not_say_is_taken_at_half_of_what_it_has(
    machine: Path, monkeypatch: pytest.MonkeyPatch, built_in: dict[str, int], expected: int
) -> None:
    def sysconf(name: str) -> int:
        if name not in built_in:
            raise ValueError("unrecognized configuration name")
        return built_in[name]

    (machine / "meminfo").unlink()
    (machine / "own").unlink()
    monkeypatch.setattr(os, "sysconf", sysconf)
    assert room.at_hand() == expected


def test_this_machine_says_something() -> None:
    assert room.at_hand() > 10_000_000
