"""Settle, re-ring, expire and delete, now."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from wagtail_restore import upkeep


class Command(BaseCommand):
    help = "Settles swaps, rings for waiting jobs, deletes what has expired. Safe at any time, any number of times."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="Print the counts as one JSON document.")

    def handle(self, *args: Any, **options: Any) -> None:
        counts = upkeep.run()
        if options["json"]:
            self.stdout.write(json.dumps({"done": counts is not None, **(counts or {})}))
        elif counts is None:
            self.stdout.write("Another process is at it; nothing to do here.")
        else:
            self.stdout.write(", ".join(f"{count} {name}" for name, count in counts.items()))
