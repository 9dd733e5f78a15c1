"""How much main memory is at hand: what the system says, in its own words."""

from __future__ import annotations

from pathlib import Path

import pytest

from wagtail_restore.engines import room

MEMINFO = "MemTotal:       16000000 kB\nMemFree:          500000 kB\nMemAvailable:    4000000 kB\n"


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine with four gigabytes at hand, and no limit of a container."""
    monkeypatch.setattr(room, "_MEMINFO", tmp_path / "meminfo")
    monkeypatch.setattr(room, "_GROUP", tmp_path)
    (tmp_path / "meminfo").write_text(MEMINFO)
    return tmp_path


def container(machine: Path, limit: str) -> None:
    (machine / "memory.max").write_text(f"{limit}\n")
    (machine / "memory.current").write_text("700000000\n")
    (machine / "memory.stat").write_text("anon 400000000\ninactive_file 200000000\nactive_file 100000000\n")


def test_what_the_machine_can_give(machine: Path) -> None:
    assert room.at_hand() == 4_096_000_000


def test_what_a_container_leaves_of_its_limit(machine: Path) -> None:
    container(machine, "1000000000")
    assert room.at_hand() == 1_000_000_000 - 700_000_000 + 200_000_000


def test_a_container_without_a_limit_is_the_machine(machine: Path) -> None:
    container(machine, "max")
    assert room.at_hand() == 4_096_000_000


def test_a_container_that_is_over_its_limit_has_nothing(machine: Path) -> None:
    container(machine, "100000000")
    assert room.at_hand() == 0


def test_a_system_that_does_not_say_is_taken_at_half_of_what_it_has(machine: Path) -> None:
    (machine / "meminfo").unlink()
    assert 0 < room.at_hand() <= room.PLENTY


def test_this_machine_says_something() -> None:
    assert room.at_hand() > 10_000_000
