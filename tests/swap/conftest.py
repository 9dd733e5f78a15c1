"""An image on a page, with renditions, and what a swap needs beside it."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.cache import caches
from django.core.files.base import ContentFile
from django.core.files.storage import Storage
from PIL import Image as Pillow
from wagtail.images.image_operations import FilterOperation
from wagtail.models import Page

from tests.app import disk
from tests.app.frontend import RecordingBackend
from tests.app.images import Image
from tests.app.models import PicturePage
from wagtail_restore import swap
from wagtail_restore.models import Job, Version
from wagtail_restore.models.links import image_type
from wagtail_restore.testing import make_picture

LARGE = make_picture(128, 96)
"""What is published where nothing else is said: twice as large as the image."""

SHOWN = {"width-40", "fill-20x20", "max-165x165", "max-800x600", "original"}
"""Filters of the renditions that the image has after a swap."""


@pytest.fixture(autouse=True)
def fresh_caches(dead_redis: None) -> Iterator[None]:
    """Nothing cached; and no worker to ring for."""
    caches["default"].clear()
    RecordingBackend.purged.clear()
    yield
    caches["default"].clear()


@pytest.fixture
def image(transactional_db: None) -> Any:
    """64 × 48 with a focal point, shown as ``width-40`` and ``fill-20x20``."""
    return make(width=64, height=48)


@pytest.fixture
def page(image: Any) -> PicturePage:
    """A page that shows the image."""
    home = Page.objects.get(slug="home")
    shown: PicturePage = home.add_child(instance=PicturePage(title="Pictures", slug="pictures", picture=image))
    return shown


@pytest.fixture
def store_in(monkeypatch: pytest.MonkeyPatch) -> Callable[[Any, Storage], Storage]:
    """Lets the files of a model lie in another storage for the length of the test."""

    def put(model: Any, storage: Storage) -> Storage:
        monkeypatch.setattr(model._meta.get_field("file"), "storage", storage)
        return storage

    return put


@pytest.fixture
def nothing_lost() -> Callable[[], None]:
    """Asserts that every file which a row names is there, and that every other file waits to be deleted."""

    def check() -> None:
        assert disk.public_names() <= disk.public_files()
        assert disk.private_names() <= disk.private_files()
        assert disk.public_files() <= disk.public_names() | disk.waiting_names()

    return check


def make(model: Any = Image, *, width: int = 64, height: int = 48, name: str = "sunset.jpg", **fields: Any) -> Any:
    """A saved image with a focal point and two renditions."""
    focal = {"focal_point_x": 16, "focal_point_y": 12, "focal_point_width": 8, "focal_point_height": 6}
    file = ContentFile(fields.pop("data", None) or make_picture(width, height), name=name)
    image = model(title="Sunset", file=file, **{**focal, **fields})
    image._set_image_file_metadata()
    image.save()
    image.get_rendition("width-40")
    image.get_rendition("fill-20x20")
    return model.objects.get(pk=image.pk)


def turned(width: int, height: int, orientation: int) -> bytes:
    """A JPEG of stored size ``width`` × ``height`` with an EXIF orientation."""
    exif = Pillow.Exif()
    exif[0x0112] = orientation
    return make_picture(width, height, exif=exif)


def size_of(rendition: Any) -> tuple[int, int]:
    """The size that the file itself has, in pixels."""
    with rendition.file.storage.open(rendition.file.name, "rb") as file:
        return Pillow.open(io.BytesIO(file.read())).size


def read(image: Any) -> bytes:
    """The bytes of the image's file."""
    with image.file.storage.open(image.file.name, "rb") as file:
        data: bytes = file.read()
    return data


def focal(image: Any) -> tuple[int | None, ...]:
    """The focal point as it is in the database."""
    columns = ("focal_point_x", "focal_point_y", "focal_point_width", "focal_point_height")
    found: tuple[int | None, ...] = type(image).objects.values_list(*columns).get(pk=image.pk)
    return found


def publish(image: Any, data: bytes = LARGE, **options: Any) -> swap.Published:
    """Publish over the file that this instance of the image has."""
    return swap.publish(image, data, expected_name=options.pop("expected_name", image.file.name), **options)


def shown(image: Any) -> dict[str, Any]:
    """Filter → rendition, as a request that begins now gets them."""
    found: dict[str, Any] = Image.objects.get(pk=image.pk).get_renditions(*sorted(SHOWN))
    return found


def version_of(published: swap.Published) -> Version:
    """The Version that a swap kept, as it is in the database."""
    assert published.version is not None
    return Version.objects.get(pk=published.version.pk)


def job_of(image: Any) -> Job:
    """A Job for the image's present file."""
    return Job.objects.create(content_type=image_type(image), object_id=str(image.pk), source_name=image.file.name)


class Fussy(FilterOperation):
    """Works for small pictures only."""

    def construct(self) -> None:
        """Takes nothing."""

    def run(self, willow: Any, image: Any, env: dict[str, Any]) -> None:
        if willow.get_size()[0] > 100:
            raise ValueError("too large for me")
