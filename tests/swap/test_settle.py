"""The second look at a swap: what requests under way did in the meantime is put right."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import caches
from django.core.files.base import ContentFile
from django.db import connection
from django.utils import timezone
from wagtail import hooks

from tests.app import disk
from tests.app.frontend import RecordingBackend
from tests.app.images import Image, Rendition
from tests.app.models import PicturePage
from tests.app.storages import WatchedStorage
from tests.swap.conftest import Fussy, publish, size_of
from wagtail_restore import swap
from wagtail_restore.models import ImageFacts
from wagtail_restore.testing import make_picture

pytestmark = pytest.mark.django_db(transaction=True)


def settle() -> int:
    return swap.settle_due(timezone.now() + timedelta(minutes=6))


def test_a_swap_is_settled_once_its_time_has_come(image: Any) -> None:
    publish(image)
    assert swap.settle_due() == 0
    assert settle() == 1
    assert settle() == 0
    facts = ImageFacts.objects.get()
    assert (facts.settle_after, facts.leftovers) == (None, {})


def test_a_rendition_made_of_the_old_file_is_made_again(image: Any, nothing_lost: Callable[[], None]) -> None:
    """A request that read the image before the switch asks for a rendition that nobody had asked for."""
    stale = Image.objects.get()
    publish(image)
    made = stale.get_rendition("original|format-png")
    assert size_of(made) == (64, 48)
    settle()
    mended = Image.objects.get().get_rendition("original|format-png")
    assert (mended.pk, size_of(mended), mended.width) == (made.pk, (128, 96), 128)
    assert made.file.name in disk.waiting_names()
    nothing_lost()


def test_a_mended_rendition_is_not_cached_any_more(image: Any) -> None:
    stale = Image.objects.get()
    publish(image)
    stale.get_rendition("width-50")
    old = Image.objects.get().get_rendition("width-50").file.name
    settle()
    assert Image.objects.get().get_rendition("width-50").file.name != old
    assert stale.get_rendition("width-50").file.name != old


def test_pages_with_a_mended_rendition_are_purged(image: Any, page: PicturePage, settings: Any) -> None:
    settings.WAGTAILFRONTENDCACHE = {"here": {"BACKEND": "tests.app.frontend.RecordingBackend"}}
    stale = Image.objects.get()
    publish(image)
    stale.get_rendition("width-50")
    RecordingBackend.purged.clear()
    settle()
    assert RecordingBackend.purged == [page.get_full_url()]


def test_what_is_in_order_stays(image: Any) -> None:
    publish(image)
    Image.objects.get().get_rendition("width-51")
    shown = set(Rendition.objects.filter(focal_point_key="").values_list("pk", "file"))
    settle()
    assert set(Rendition.objects.filter(focal_point_key="").values_list("pk", "file")) == shown


def test_rows_for_stragglers_go(image: Any, nothing_lost: Callable[[], None]) -> None:
    publish(image)
    assert Rendition.objects.filter(filter_spec="fill-20x20").count() == 2
    settle()
    row = Rendition.objects.get(filter_spec="fill-20x20")
    assert Image.objects.get().get_rendition("fill-20x20").pk == row.pk
    nothing_lost()


def test_what_was_cached_late_under_the_old_hash_goes(image: Any) -> None:
    stale = Image.objects.get()
    old = stale.get_rendition("width-40")
    publish(image)
    key = Rendition.construct_cache_key(stale, "", "width-40")
    caches["default"].set(key, old)
    settle()
    assert caches["default"].get(key) is None


def test_a_cached_rendition_that_is_not_the_row_s_goes(image: Any) -> None:
    old = Image.objects.get().get_rendition("width-40")
    publish(image)
    key = Rendition.construct_cache_key(Image.objects.get(), "", "width-40")
    caches["default"].set(key, old)
    settle()
    assert caches["default"].get(key) is None


def test_keys_of_an_earlier_swap_are_not_forgotten(image: Any) -> None:
    stale = Image.objects.get()
    old = stale.get_rendition("width-40")
    first = publish(image)
    swap.publish(first.image, make_picture(256, 192), expected_name=first.image.file.name)
    key = Rendition.construct_cache_key(stale, "", "width-40")
    caches["default"].set(key, old)
    settle()
    assert caches["default"].get(key) is None


def test_a_rendition_that_cannot_be_made_again_goes(image: Any) -> None:
    with hooks.register_temporarily("register_image_operations", lambda: [("fussy", Fussy)]):
        stale = Image.objects.get()
        publish(image)
        stale.get_rendition("fussy")
        settle()
    assert not Rendition.objects.filter(filter_spec="fussy").exists()


def test_a_storage_in_trouble_is_met_again(image: Any, store_in: Any) -> None:
    stale = Image.objects.get()
    publish(image)
    stale.get_rendition("width-50")

    def fail(count: int, name: str) -> None:
        if count == 1:
            raise OSError("not now")

    store_in(Rendition, WatchedStorage.telling(fail))
    assert settle() == 0
    assert swap.settle_due(timezone.now() + timedelta(minutes=30)) == 1
    assert size_of(Rendition.objects.get(filter_spec="width-50")) == (50, 37)


def test_an_image_that_is_gone_needs_no_settling(image: Any) -> None:
    publish(image)
    facts = ImageFacts.objects.get()
    Image.objects.get().delete()
    ImageFacts.objects.create(
        content_type=facts.content_type,
        object_id=facts.object_id,
        file_name=facts.file_name,
        token=facts.token,
        settle_after=facts.settle_after,
    )
    assert settle() == 1


def test_a_swap_during_the_settling_wins(image: Any, store_in: Any, nothing_lost: Callable[[], None]) -> None:
    stale = Image.objects.get()
    first = publish(image)
    stale.get_rendition("width-50")

    def swap_again(count: int, name: str) -> None:
        if count == 1:
            swap.publish(first.image, make_picture(256, 192), expected_name=first.image.file.name)

    store_in(Rendition, WatchedStorage.telling(swap_again))
    settle()
    assert ImageFacts.objects.get().settle_after is not None
    settle()
    now = Image.objects.get()
    assert (now.width, size_of(now.get_rendition("original")), size_of(now.get_rendition("width-50"))) == (
        256,
        (256, 192),
        (50, 37),
    )
    nothing_lost()


def test_two_processes_settle_an_image_once(image: Any) -> None:
    stale = Image.objects.get()
    publish(image)
    stale.get_rendition("width-50")
    counts: list[int] = []
    start = threading.Barrier(2)

    def work() -> None:
        start.wait()
        counts.append(settle())
        connection.close()

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(counts) == 1
    assert size_of(Rendition.objects.get(filter_spec="width-50")) == (50, 37)


def test_a_stale_save_whose_repair_was_lost_is_repaired(image: Any) -> None:
    stale = Image.objects.get()
    publish(image)
    Image.objects.filter(pk=image.pk).update(**swap.snapshot(stale))
    settle()
    assert Image.objects.get().width == 128


def test_an_editor_s_file_is_not_touched(image: Any) -> None:
    publish(image)
    now = Image.objects.get()
    now.file = ContentFile(make_picture(50, 50), name="other.jpg")
    now.save()
    now.renditions.all().delete()
    row = now.get_rendition("width-40")
    settle()
    assert Rendition.objects.get(pk=row.pk).file.name == row.file.name
