"""An image is replaced again and again under readers: nobody ever meets a broken picture, and nothing is left over."""

from __future__ import annotations

import io
import random
import re
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import caches
from django.core.files.base import ContentFile
from django.db import connection
from django.utils import timezone
from PIL import Image as Pillow
from wagtail.models import Page

from tests.app import disk
from tests.app.images import Image
from tests.app.models import PicturePage
from wagtail_restore import swap
from wagtail_restore.models import Retired, Version
from wagtail_restore.testing import make_picture

pytestmark = pytest.mark.django_db(transaction=True)

SWAPS = 100
READERS = 2
ADDRESSES = re.compile(r'(?:src|srcset)="([^"]+)"')


@dataclass
class Readers:
    """People who fetch a page and every picture on it, over and over, and write down what they met."""

    site: str
    path: str
    stop: threading.Event = field(default_factory=threading.Event)
    pages: int = 0
    seen: set[str] = field(default_factory=set)
    broken: list[str] = field(default_factory=list)

    def read(self) -> set[str]:
        """Fetch the page and its pictures once; the addresses of the pictures."""
        html = self.fetch(self.path).decode()
        found = {part.split()[0] for entry in ADDRESSES.findall(html) for part in entry.split(",")}
        if not found:
            self.broken.append(f"{self.path}: no picture on the page")
        for address in found:
            self.look(address)
        self.pages += 1
        self.seen |= found
        return found

    def look(self, address: str) -> None:
        """Fetch a picture and decode it."""
        data = self.fetch(address)
        try:
            Pillow.open(io.BytesIO(data)).load()
        except (OSError, SyntaxError) as error:
            self.broken.append(f"{address}: {error}")

    def fetch(self, address: str) -> bytes:
        try:
            with urllib.request.urlopen(self.site + address, timeout=60) as response:
                if response.status != 200:
                    self.broken.append(f"{address}: {response.status}")
                data: bytes = response.read()
                return data
        except urllib.error.HTTPError as error:
            self.broken.append(f"{address}: {error.code}")
            return b""

    def keep_reading(self) -> None:
        """A visitor; every fifth time with the page that the browser has kept from the beginning."""
        held = self.read()
        while not self.stop.is_set():
            self.read()
            if self.pages % 5 == 0:
                for address in held:
                    self.look(address)

    def keep_forgetting(self) -> None:
        """The cache is emptied now and then, and the swaps are looked over as upkeep does it."""
        while not self.stop.wait(random.uniform(0.1, 0.5)):
            caches["default"].clear()
            swap.settle_due()
            swap.purge_due()
        connection.close()


@contextmanager
def at_work(readers: Readers) -> Iterator[None]:
    """Everybody reads for as long as the block lasts."""
    threads = [threading.Thread(target=readers.keep_reading) for _ in range(READERS)]
    threads.append(threading.Thread(target=readers.keep_forgetting))
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        readers.stop.set()
        for thread in threads:
            thread.join()


@pytest.fixture
def readers(live_server: Any) -> Readers:
    image = Image(
        title="Lighthouse",
        file=ContentFile(make_picture(96, 72), name="lighthouse.jpg"),
        focal_point_x=30,
        focal_point_y=20,
        focal_point_width=10,
        focal_point_height=10,
    )
    image.save()
    home = Page.objects.get(slug="home")
    page = home.add_child(instance=PicturePage(title="Pictures", slug="pictures", picture=image))
    return Readers(live_server.url, page.get_url_parts()[2])


def test_no_visitor_meets_a_broken_picture(readers: Readers, settings: Any, record_property: Any) -> None:
    settings.WAGTAIL_RESTORE = {**settings.WAGTAIL_RESTORE, "SETTLE_SECONDS": 5, "GRACE_SECONDS": 3600}
    first = readers.read()
    with at_work(readers):
        for number in range(SWAPS):
            image = Image.objects.get()
            result = make_picture(192 + number, 144, quality=60 + number % 30)
            published = swap.publish(image, result, expected_name=image.file.name)
            assert published.version is not None
            swap.withdraw(Version.objects.get(pk=published.version.pk))
    assert readers.broken == []
    assert readers.pages > SWAPS / 4
    assert len(readers.seen) > 5 * len(first)
    _cached_pages_hold_for_the_grace(readers)
    _after_the_grace_all_is_in_order(readers)
    record_property("pages", readers.pages)
    record_property("pictures", len(readers.seen))


def _cached_pages_hold_for_the_grace(readers: Readers) -> None:
    swap.settle_due(timezone.now() + timedelta(minutes=1))
    swap.purge_due()
    for address in readers.seen:
        readers.look(address)
    assert readers.broken == []


def _after_the_grace_all_is_in_order(readers: Readers) -> None:
    swap.purge_due(timezone.now() + timedelta(hours=2))
    swap.purge_due(timezone.now() + timedelta(hours=4))
    assert not Retired.objects.exists()
    assert disk.public_files() == disk.public_names()
    assert disk.private_files() == disk.private_names()
    readers.read()
    assert readers.broken == []
    assert Image.objects.get().width == 96


def test_the_readers_would_notice_a_broken_picture(readers: Readers) -> None:
    """The proof that the test above can fail: Wagtail's own way of replacing a file breaks the page that is held."""
    held = readers.read()
    image = Image.objects.get()
    before = image.file
    image.file = ContentFile(make_picture(80, 60), name="other.jpg")
    image.save()
    before.storage.delete(before.name)
    image.renditions.all().delete()
    time.sleep(0.1)
    for address in held:
        readers.look(address)
    assert len(readers.broken) >= len(held)
