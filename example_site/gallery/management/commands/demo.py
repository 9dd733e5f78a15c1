"""Prepares the example site and runs it with its Redis and its worker until Ctrl-C; or does the main job once."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser

from gallery import content
from gallery.folder import emptied
from gallery.services import ServiceError, Services, free_port
from gallery.story import Failed, Story
from gallery.visitors import Broken

WELCOME = """
  The site       {site}
  The admin      {site}admin/    user {user}, password {password}
  Photos to try  {photos}

  1. Images → Add an image: choose the collection News, Clean up: date stamps, and drop {stamped} on the page.
  2. Look at {site}news/ while the worker is at it; then open the image in the admin: go back with one click.
  3. Settings → Resolution rules: what the collections ask for. The photos in Archive were there before the rule:
         {command} restore_backfill --dry-run
         {command} restore_backfill

  What the worker does: {log}
  Ctrl-C ends everything.
"""


class Command(BaseCommand):
    help = "Prepares the example site and runs it: embedded Redis, one worker, the development server."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", type=int, default=8000, help="Port of the site (default: 8000).")
        parser.add_argument("--once", action="store_true", help="Do the main job once in a fresh folder, and stop.")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["once"] and not os.environ.get("EXAMPLE_VAR"):
            raise CommandError("--once empties the folder of its data: name a folder for it in EXAMPLE_VAR.")
        try:
            with _ended_by_signals():
                self._once() if options["once"] else self._serve(options["port"])
        except (ServiceError, Failed, Broken) as error:
            raise CommandError(str(error)) from error
        except KeyboardInterrupt:
            if options["once"]:
                raise CommandError("Interrupted.") from None
            self.stdout.write("\nThe demo has ended.")

    def _serve(self, port: int) -> None:
        self._prepare()
        content.archive_rule()
        with Services(settings.VAR) as services:
            site = self._start(services, port)
            self._say(self._welcome(site, services))
            while True:
                services.check()
                time.sleep(1)

    def _welcome(self, site: str, services: Services) -> str:
        return WELCOME.format(
            site=site,
            user=content.USER,
            password=content.PASSWORD,
            photos=_shown(settings.VAR / "photos"),
            stamped=content.UPLOAD.name,
            command=f"{_shown(Path(sys.executable))} {_shown(settings.HERE / 'manage.py')}",
            log=_shown(services.log("worker")),
        )

    def _once(self) -> None:
        began = time.monotonic()
        emptied(settings.VAR)
        self._prepare()
        with Services(settings.VAR) as services:
            site = self._start(services, 0)
            story = Story(site, services, self._say, settings.VAR / "before-after")
            restored = story.tell()
        self._say(f"\ndemo: ok, {restored} images restored in {time.monotonic() - began:.0f} s")

    def _prepare(self) -> None:
        self._say("Preparing the database, sample photos and rules.")
        (settings.VAR / "photos").mkdir(parents=True, exist_ok=True)
        for photo in content.samples():
            (settings.VAR / "photos" / photo.name).write_bytes(photo.jpeg())
        call_command("migrate", verbosity=0, interactive=False)
        content.lay_down()
        content.news_rules()

    def _start(self, services: Services, port: int) -> str:
        self._say("Starting Redis, one worker and the development server.")
        services.redis()
        services.worker()
        services.server(free_port(port))
        return services.ready()

    def _say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()


@contextmanager
def _ended_by_signals() -> Iterator[None]:
    """A polite *end* to this process is like Ctrl-C, so that no other process stays behind."""

    def interrupt(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    earlier = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, earlier)


def _shown(path: Path) -> str:
    """The path as short as one can type it from here."""
    return os.path.relpath(path)
