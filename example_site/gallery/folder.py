"""The folder of the site's data is emptied only where it is ours: somebody may name any folder there is."""

from __future__ import annotations

import shutil
from pathlib import Path

from django.conf import settings
from django.core.management.base import CommandError

MARK = ".restore-example"
"""A file of this name says that the folder was made to be emptied."""


def emptied(folder: Path) -> None:
    """Make the folder, or empty it where an earlier run has made it. Raises ``CommandError`` for any other folder."""
    ours = (folder / MARK).is_file() or settings.HERE / "var" in folder.parents
    if ours and folder.is_dir():
        shutil.rmtree(folder)
    elif folder.exists() and not (folder.is_dir() and next(folder.iterdir(), None) is None):
        raise CommandError(
            f"{folder} is not emptied: it holds files, and no run of the example has made it. "
            "Name a new or an empty folder in EXAMPLE_VAR, or delete this one yourself."
        )
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MARK).write_text("The example site has made this folder, and empties it when it begins anew.\n")
