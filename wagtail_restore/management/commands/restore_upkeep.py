"""Settle, re-ring, expire, delete and tell, now."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from wagtail_restore import upkeep


class Command(BaseCommand):
    help = (
        "Settles swaps, rings for waiting jobs, deletes what has expired, sends digests. "
        "Safe at any time, any number of times."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="Print the counts as one JSON document.")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            done = upkeep.run()
        finally:
            told = upkeep.tell()
        counts = {**(done or {}), **(told or {})}
        if options["json"]:
            self.stdout.write(json.dumps({"done": done is not None, **counts}))
        elif not counts:
            self.stdout.write("Another process is at it; nothing to do here.")
        else:
            self.stdout.write(", ".join(f"{count} {name}" for name, count in counts.items()))
