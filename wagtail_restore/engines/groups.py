"""The control groups (version 2) around this process: what a container or a service may take is noted in them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

_OWN = Path("/proc/self/cgroup")
_ALL = Path("/sys/fs/cgroup")


def around() -> Iterator[Path]:
    """The folders of the groups around this process, from its own one outwards; none where the system has no groups.

    Each may limit those inside it. A container that sees its own groups only is the outermost of them.
    """
    if not _OWN.is_file():
        return
    own = next((line[3:] for line in _OWN.read_text().splitlines() if line.startswith("0::")), "/")
    folder = _ALL / own.lstrip("/")
    for group in (folder, *folder.parents):
        yield group
        if group == _ALL:
            return


def told(group: Path, name: str) -> str | None:
    """What ``group`` says of ``name``; None where it says nothing."""
    try:
        return (group / name).read_text().strip()
    except OSError:
        return None
