"""Fixtures that every test may use."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def data() -> Path:
    """The folder of photographs, odd files, evaluation sets and weights; the test is skipped where it is absent."""
    here = Path(__file__).resolve().parent.parent
    folder = Path(os.environ.get("RESTORE_TEST_DATA", here.parent / "shared"))
    if not (folder / "DATA.md").is_file():
        pytest.skip(f"the test data is not at {folder}; set RESTORE_TEST_DATA")
    return folder
