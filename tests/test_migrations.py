"""The migrations fit the models, and every Wagtail that we name."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

import pytest
from django.core.management import call_command

import wagtail_restore

FOLDER = Path(wagtail_restore.__file__).parent / "migrations"
NEWEST = {"wagtailcore": 97}
"""The last migration of each app in the oldest Wagtail that we support, 7.4."""


@pytest.mark.django_db
def test_no_migration_is_missing() -> None:
    call_command("makemigrations", "wagtail_restore", check=True, dry_run=True, verbosity=0)


@pytest.mark.parametrize("name", sorted(path.stem for path in FOLDER.glob("0*.py")))
def test_a_migration_asks_for_nothing_that_the_oldest_wagtail_lacks(name: str) -> None:
    migration = importlib.import_module(f"wagtail_restore.migrations.{name}").Migration
    wanted = {app: int(re.match(r"\d+", number)[0]) for app, number in migration.dependencies if app in NEWEST}  # type: ignore[index]
    assert {app: number for app, number in wanted.items() if number > NEWEST[app]} == {}
