"""A library in which every page of the admin has something to show: what ``screenshots`` takes its pictures of."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.contrib.auth import get_user_model
from wagtail.images import get_image_model

from gallery import content
from gallery.photos import UPLOAD, Photo
from gallery.services import Services
from gallery.visitors import Editor
from wagtail_restore import restore
from wagtail_restore.models import Job, ResolutionRule, State

SHOP, SHOP_WIDTH = "Shop", 1000
ADD = "/admin/images/multiple/add/"
PATIENCE = 600.0
"""Seconds that the worker may take for everything together."""

ARCHIVE = (
    Photo("brick.png", "Bricks", 420),
    Photo("camera.png", "Cameraman", 400),
    Photo("clock_motion.png", "A clock that moves", 300),
    Photo("coins.png", "Greek coins from Pompeii", 384),
    Photo("grass.png", "Grass", 400),
    Photo("ihc.png", "Tissue under the microscope", 420),
    Photo("moon.png", "Surface of the moon", 500),
    Photo("page.png", "Page of a book", 384),
)
STAMPED = Photo("rocket.jpg", "Rocket before the launch", 560, stamp="02 11 9")
PLAIN = Photo("chelsea.png", "Chelsea at home", 451)
UPLOADS = (
    Photo("astronaut.png", "Astronaut before the flight", 560, stamp="92 4 11"),
    Photo("coffee.png", "Coffee on the terrace", 520, stamp="99 5 23"),
)
GOODS = (
    Photo("chelsea.png", "Cushion with a cat", 450),
    Photo("coffee.png", "Cup with saucer", 400),
    Photo("hubble_deep_field.jpg", "Poster of the sky", 600),
)


@dataclass(frozen=True)
class Staged:
    """Keys of what the pictures show: an image restored, a Job under review, a rule, images with a date and without."""

    restored: Any
    review: Any
    rule: Any
    stamped: Any
    plain: Any


def stage(site: str, services: Services) -> Staged:
    """Upload, restore, ask for decisions, let one fail; returns once the worker is done."""
    for photo in ARCHIVE:
        content.put(photo, content.ARCHIVE)
    stamped = content.put(STAMPED, content.ARCHIVE)
    plain = content.put(PLAIN, content.ARCHIVE)
    ResolutionRule.objects.create(
        name="Shop: look at it before it is for sale",
        collection=content.collection(SHOP),
        min_width=SHOP_WIDTH,
        publish=ResolutionRule.Publish.REVIEW,
        sort_order=3,
    )
    content.archive_rule()
    editor = Editor(site)
    editor.login(content.USER, content.PASSWORD)
    for photo in GOODS:
        _upload(editor, photo, SHOP)
    for photo in UPLOADS:
        _upload(editor, photo, content.NEWS, restore_clean_up="dates")
    _break(content.put(Photo("retina.jpg", "Scan that broke off", 480), content.NEWS))
    restored = _upload(editor, UPLOAD, content.NEWS, restore_clean_up="dates")
    _settle(services)
    review = Job.objects.filter(state=State.REVIEW).order_by("pk").first()
    rule = ResolutionRule.objects.get(name__startswith="Archive")
    if review is None:
        raise RuntimeError("the worker left nothing to decide")
    return Staged(restored.pk, review.pk, rule.pk, stamped.pk, plain.pk)


def _break(image: Any) -> None:
    """Let the file of the image end in the middle, as after a disk was full; its thumbnail was made before."""
    image.get_rendition("max-165x165")
    path = Path(image.file.path)
    path.write_bytes(path.read_bytes()[: image.file_size // 2])
    restore(image, upscale="x2", by=get_user_model().objects.get(username=content.USER))


def _upload(editor: Editor, photo: Photo, into: str, **wishes: str) -> Any:
    """Through the multiple upload."""
    values = {"title": photo.title, "collection": str(content.collection(into).pk), "restore_upscale": "rule"}
    files = {"files[]": (photo.name, photo.jpeg(), "image/jpeg")}
    answer = editor.post(ADD, {**values, **wishes}, page=ADD, files=files, ajax=True).json()
    return get_image_model().objects.get(pk=answer["image_id"])


def _settle(services: Services) -> None:
    """Wait until nothing waits or runs any more."""
    end = time.monotonic() + PATIENCE
    while Job.objects.filter(state__in=[State.WAITING, State.RUNNING]).exists():
        services.check()
        if time.monotonic() > end:
            raise RuntimeError(f"the worker is not done after {PATIENCE:.0f} s")
        time.sleep(0.5)
