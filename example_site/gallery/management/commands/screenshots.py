"""Takes the pictures of the documentation: every page of the admin in light, in dark, and as large as a phone."""

from __future__ import annotations

import io
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError, CommandParser
from PIL import Image
from wagtail.images import get_image_model

from gallery import content
from gallery.folder import emptied
from gallery.management.commands import demo
from gallery.scenes import Scene, scenes
from gallery.services import Services
from gallery.staging import stage

LOOKS: dict[str, dict[str, Any]] = {
    "": {"viewport": {"width": 1280, "height": 860}, "color_scheme": "light"},
    "-dark": {"viewport": {"width": 1280, "height": 860}, "color_scheme": "dark"},
    "-phone": {"viewport": {"width": 390, "height": 844}, "device_scale_factor": 2, "has_touch": True},
}
"""How a picture's name ends, and the browser that it is taken in."""
FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--hide-scrollbars"]


class Command(demo.Command):
    help = "Takes the pictures of the documentation in a fresh folder (EXAMPLE_VAR) with a worker of its own."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path, help="Where the pictures go.")
        parser.add_argument("--only", nargs="*", default=[], help="Names of pages, without how they look.")

    def handle(self, *args: Any, **options: Any) -> None:
        if not os.environ.get("EXAMPLE_VAR"):
            raise CommandError("This empties the folder of the site's data: name a folder for it in EXAMPLE_VAR.")
        emptied(settings.VAR)
        # Playwright runs its loop in this thread.
        os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
        self._prepare()
        with Services(settings.VAR) as services:
            site = self._start(services, 0)
            self._say("The worker restores what the pictures show.")
            shown = scenes(stage(site, services))
            with chromium() as browser:
                for ending, look in LOOKS.items():
                    self._take(browser.new_context(**look), site, ending, shown, options)

    def _take(self, context: Any, site: str, ending: str, shown: Any, options: dict[str, Any]) -> None:
        newest = get_image_model().objects.latest("pk").pk
        # Wagtail asks another server for its newest version, which takes its time where there is no network.
        context.route(lambda url: not url.startswith(site), lambda route: route.abort())
        page = context.new_page()
        log_in(page, site)
        for scene in shown:
            if options["only"] and scene.name not in options["only"]:
                continue
            name = options["folder"] / f"{scene.name}{ending}.webp"
            save(picture(page, site, scene), name)
            self._say(f"  {name}")
        context.close()
        # The next looks show the same library.
        get_image_model().objects.filter(pk__gt=newest).delete()


def log_in(page: Any, site: str) -> None:
    """Through the login page."""
    page.goto(f"{site}admin/login/")
    page.get_by_label("Username").fill(content.USER)
    page.get_by_label("Password").fill(content.PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/admin/")


def picture(page: Any, site: str, scene: Scene) -> bytes:
    """The page as one sees it without scrolling, as PNG."""
    page.goto(f"{site}admin/{scene.path}")
    page.wait_for_load_state("networkidle")
    scene.act(page)
    page.mouse.move(0, 0)
    page.wait_for_function("[...document.images].every((image) => image.complete || image.loading === 'lazy')")
    page.wait_for_function("document.getAnimations().every(({ playState }) => playState !== 'running')")
    taken: bytes = page.screenshot()
    return taken


def save(png: bytes, target: Path) -> None:
    """As WebP, in which text stays sharp and a page of photographs weighs a fifth."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with Image.open(io.BytesIO(png)) as shot:
        shot.convert("RGB").save(target, "WEBP", quality=86, method=6)


@contextmanager
def chromium() -> Iterator[Any]:
    """The system's Chromium, as the tests use it."""
    path = os.environ.get("RESTORE_TEST_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if not path:
        raise CommandError("There is no Chromium here. Install one, or name it in RESTORE_TEST_CHROMIUM.")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()
