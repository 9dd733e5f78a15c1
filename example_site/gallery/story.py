"""The main job, done once through the site's own doors and told as it happens: what ``demo --once`` does."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import contextmanager
from html import unescape
from pathlib import Path
from typing import Any

from wagtail.images import get_image_model

from gallery import content, evidence
from gallery.photos import LIBRARY, TOO_SMALL, UPLOAD, Photo
from gallery.services import MANAGE, Services
from gallery.visitors import Crowd, Editor, Shown
from wagtail_restore import jobs
from wagtail_restore.messages import say as in_words
from wagtail_restore.models import Job, State

ADD = "/admin/images/multiple/add/"
NEWS, ARCHIVE = "/news/", "/archive/"
PATIENCE = 300.0
"""Seconds that one image may take before we give up."""


class Failed(Exception):
    """Something is not as it should be; the text says what."""


class Story:
    """Upload, refusal, swap, back and forth, backfill; every step raises ``Failed`` or ``Broken`` when it is wrong."""

    def __init__(self, site: str, services: Services, say: Callable[[str], None], folder: Path) -> None:
        self.services, self.say, self.folder = services, say, folder
        self.editor = Editor(site)
        self.crowd = Crowd(site, ["/", NEWS, ARCHIVE])
        self.restored = 0

    def tell(self) -> int:
        """Do it all; returns how many images were restored."""
        self.crowd.start()
        self.editor.login(content.USER, content.PASSWORD)
        self.say(f"Logged in as {content.USER}.")
        self.refuse()
        image, before = self.upload()
        self.back_and_forth(image, before)
        self.backfill()
        self.nobody_saw_anything_broken()
        return self.restored

    def refuse(self) -> None:
        """A file that a refusing rule concerns does not enter the library."""
        self.say(f"\nUploading {TOO_SMALL.name}, {_size(TOO_SMALL.picture().size)}, to {content.NEWS}:")
        answer = self._post(TOO_SMALL)
        if answer.get("success"):
            raise Failed("a thumbnail was accepted, though a rule refuses it")
        reason = unescape(answer["error_message"])
        if str(content.NEWS_LEAST) not in reason:
            raise Failed(f"the refusal does not say what is needed: {reason}")
        self.say(f"  refused: “{reason}”")

    def upload(self) -> tuple[Any, list[Shown]]:
        """A small photo with a date stamp, *Clean up* ticked, until every visitor sees the cleaned, larger one."""
        self.say(
            f"\nUploading {UPLOAD.name}, {_size(UPLOAD.picture().size)}, with a date stamp; Clean up: date stamps."
        )
        answer = self._post(UPLOAD, restore_clean_up="dates", restore_upscale="rule", restore_model="auto")
        if not answer.get("success"):
            raise Failed(f"the upload was not accepted: {answer.get('error_message', answer)}")
        image = get_image_model().objects.get(pk=answer["image_id"])
        before = self.editor.article(NEWS, f"image-{image.pk}")
        with self._timed() as seconds:
            after = self._changed(NEWS, image, before)
        self._larger(UPLOAD, image, before, after, seconds(), content.NEWS_WIDTH)
        stamp_before, stamp_after = (evidence.stamp(_widest(shown)) for shown in (before, after))
        self.say(f"  date stamp: {stamp_before:.1%} of its corner was orange, now {stamp_after:.1%}")
        if stamp_after > stamp_before / 10:
            raise Failed("the date stamp is still there")
        return image, before

    def back_and_forth(self, image: Any, before: list[Shown]) -> None:
        """One click brings the earlier picture back, another the restored one."""
        restored = self.editor.article(NEWS, f"image-{image.pk}")
        for name, as_it_was in (("back", before), ("forth", restored)):
            now = self.editor.article(NEWS, f"image-{image.pk}")
            self.editor.go_back(image.pk)
            after = self._changed(NEWS, image, now)
            if [shown.size for shown in after] != [shown.size for shown in as_it_was]:
                raise Failed(f"going {name}, the sizes are {[s.size for s in after]}")
            self.say(f"  one click {name}: {_size(_widest(after).size)}")

    def backfill(self) -> None:
        """The images that were there before the rule."""
        self.say(f"\nA rule for the collection {content.ARCHIVE}, where {len(LIBRARY)} images lie already:")
        content.archive_rule()
        self.say("  restore_backfill --dry-run: " + self._backfill("--dry-run").strip().replace("\n", "\n    "))
        images = list(get_image_model().objects.filter(collection__name=content.ARCHIVE).order_by("pk"))
        before = {image.pk: self.editor.article(ARCHIVE, f"image-{image.pk}") for image in images}
        with self._timed() as seconds:
            self.say("  restore_backfill: " + self._backfill().strip().replace("\n", "\n    "))
            for photo, image in zip(LIBRARY, images, strict=True):
                after = self._changed(ARCHIVE, image, before[image.pk])
                self._larger(photo, image, before[image.pk], after, seconds(), content.ARCHIVE_WIDTH)
        again = json.loads(self._backfill("--json"))
        if again["asked"]:
            raise Failed(f"a second backfill asked for {again['asked']} images again")
        self.say("  a second restore_backfill asks for nothing.")

    def nobody_saw_anything_broken(self) -> None:
        """The verdict of the visitor who read along all the while."""
        self.crowd.stop()
        self.say(
            f"\nMeanwhile a visitor read {self.crowd.pages} pages and decoded {self.crowd.pictures} pictures from "
            f"{len(self.crowd.seen)} addresses: {len(self.crowd.broken) or 'none'} broken."
        )
        if self.crowd.broken:
            raise Failed("a visitor met something broken:\n  " + "\n  ".join(self.crowd.broken[:10]))

    def _post(self, photo: Photo, **wishes: str) -> dict[str, Any]:
        values = {"title": photo.title, "collection": str(content.collection(content.NEWS).pk), **wishes}
        files = {"files[]": (photo.name, photo.jpeg(), "image/jpeg")}
        answer: dict[str, Any] = self.editor.post(ADD, values, page=ADD, files=files, ajax=True).json()
        return answer

    def _changed(self, path: str, image: Any, before: list[Shown]) -> list[Shown]:
        """The pictures of the image on this page, once not one of the earlier addresses is among them."""
        earlier = {shown.url for shown in before}
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            self.services.check()
            urls = self.editor.page(path).get(f"image-{image.pk}", [])
            if urls and not earlier & set(urls):
                return [self.editor.look(url) for url in urls]
            job = jobs.latest(image)
            if job and job.state not in (*State.open(), State.PUBLISHED, State.WITHDRAWN):
                raise Failed(f"“{image.title}” ended as {job.state}: {in_words(job.why)}\n{job.traceback}")
            if job and job.state == State.REVIEW:
                raise Failed(f"“{image.title}” waits for a review: {in_words(job.why)}")
            time.sleep(0.2)
        raise Failed(f"“{image.title}” did not change within {PATIENCE:.0f} s; see {self.services.log('worker')}")

    def _larger(
        self, photo: Photo, image: Any, before: list[Shown], after: list[Shown], seconds: float, wanted: int
    ) -> None:
        was, now = _widest(before), _widest(after)
        stored = get_image_model().objects.get(pk=image.pk)
        if now.size[0] <= was.size[0] or stored.width < wanted:
            raise Failed(f"“{image.title}” is {_size((stored.width, stored.height))}, shown at {_size(now.size)}")
        job = Job.objects.for_image(image).order_by("pk").last()
        self.say(
            f"  {image.title}: {_size((was.size[0], was.size[1]))} → {_size((stored.width, stored.height))}, "
            f"{_work(job)} s of work, shown after {seconds:.1f} s"
        )
        sheet = evidence.side_by_side(was, now, self.folder / f"{Path(photo.name).stem}.png")
        self.say(f"    look: {sheet}")
        self.restored += 1

    def _backfill(self, *options: str) -> str:
        command = [sys.executable, str(MANAGE), "restore_backfill", *options]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise Failed(f"restore_backfill ended with code {done.returncode}:\n{done.stderr.strip()}")
        return done.stdout

    @contextmanager
    def _timed(self) -> Any:
        start = time.monotonic()
        yield lambda: time.monotonic() - start


def _widest(shown: list[Shown]) -> Shown:
    return max(shown, key=lambda one: one.size)


def _size(size: tuple[int, int]) -> str:
    return f"{size[0]} × {size[1]}"


def _work(job: Job | None) -> str:
    if job is None or job.started_at is None or job.finished_at is None:
        return "?"
    return f"{(job.finished_at - job.started_at).total_seconds():.1f}"
