"""A swap that is disturbed: it goes on where it can, and else leaves all as it was."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.db import connection

from tests.app import disk
from tests.app.images import Image, Rendition
from tests.app.storages import WatchedStorage
from tests.swap.conftest import (
    SHOWN,
    focal,
    publish,
    read,
    shown,
    size_of,
)
from wagtail_restore import swap
from wagtail_restore.exceptions import ImageGone, StorageFailed, Superseded, Unreadable
from wagtail_restore.models import Retired
from wagtail_restore.testing import make_picture

pytestmark = pytest.mark.django_db(transaction=True)


def test_another_file_than_expected_is_left_alone(image: Any, nothing_lost: Callable[[], None]) -> None:
    with pytest.raises(Superseded):
        publish(image, expected_name="original_images/other.jpg")
    assert Image.objects.get().file.name == image.file.name
    assert not Retired.objects.exists()
    nothing_lost()


def test_a_deleted_image_is_gone(image: Any) -> None:
    Image.objects.get().delete()
    with pytest.raises(ImageGone):
        publish(image)
    assert disk.public_files() == set()


def test_what_is_no_picture_is_refused(image: Any) -> None:
    with pytest.raises(Unreadable):
        publish(image, b"no picture")
    assert Image.objects.get().file.name == image.file.name


def test_an_image_deleted_while_renditions_are_made_leaves_nothing(image: Any, store_in: Any) -> None:
    store_in(Rendition, WatchedStorage.telling(_at(2, lambda: Image.objects.get().delete())))
    with pytest.raises(ImageGone):
        publish(image)
    assert disk.public_files() == set()
    assert disk.private_files() == set()
    assert not Retired.objects.exists()


def test_a_file_replaced_while_renditions_are_made_stays(image: Any, store_in: Any) -> None:
    store_in(Rendition, WatchedStorage.telling(_at(3, lambda: _replace_by_editor(image))))
    with pytest.raises(Superseded):
        publish(image)
    now = Image.objects.get()
    assert read(now) == make_picture(50, 50)
    assert disk.public_files() == disk.public_names()
    assert disk.private_files() == set()


def test_a_focal_point_set_while_renditions_are_made_counts(image: Any, store_in: Any) -> None:
    def set_focal() -> None:
        Image.objects.filter(pk=image.pk).update(focal_point_x=40, focal_point_y=40)

    store_in(Rendition, WatchedStorage.telling(_at(3, set_focal)))
    publish(image)
    assert focal(image) == (80, 80, 16, 12)
    assert {r.file.name for r in Rendition.objects.all()} <= disk.public_files()
    assert disk.public_files() == disk.public_names() | disk.waiting_names()
    assert shown(image)["fill-20x20"].pk in Rendition.objects.values_list("pk", flat=True)


def test_a_rendition_made_of_the_old_file_meanwhile_goes(image: Any, store_in: Any) -> None:
    def ask() -> None:
        Image.objects.get().get_rendition("width-33")

    store_in(Rendition, WatchedStorage.telling(_at(2, ask)))
    publish(image)
    assert not Rendition.objects.filter(filter_spec="width-33").exists()
    assert size_of(Image.objects.get().get_rendition("width-33")) == (33, 24)
    assert disk.public_names() <= disk.public_files()


def test_renditions_deleted_while_they_are_made_are_there_again(image: Any, store_in: Any) -> None:
    """As Wagtail's command for making all renditions anew does it."""
    store_in(Rendition, WatchedStorage.telling(_at(3, lambda: Image.objects.get().renditions.all().delete())))
    publish(image)
    assert set(Rendition.objects.values_list("filter_spec", flat=True)) == SHOWN
    assert disk.public_names() <= disk.public_files()


def test_within_runs_inside_the_transaction(image: Any) -> None:
    seen = []
    publish(image, within=lambda: seen.append((connection.in_atomic_block, Image.objects.get().width)))
    assert seen == [(True, 128)]


def test_what_within_raises_undoes_everything(image: Any, nothing_lost: Callable[[], None]) -> None:
    before = disk.public_files()

    def refuse() -> None:
        raise Superseded

    with pytest.raises(Superseded):
        publish(image, within=refuse)
    assert disk.public_files() == before
    assert disk.private_files() == set()
    assert not Retired.objects.exists()
    assert Image.objects.get().width == 64
    nothing_lost()


@pytest.mark.parametrize("count", range(1, 6))
def test_a_storage_that_fails_leaves_all_as_it_was(image: Any, store_in: Any, count: int) -> None:
    before, rows = disk.public_files(), set(Rendition.objects.values_list("file", "focal_point_key"))
    store_in(Rendition, WatchedStorage.telling(_at(count, _fail)))
    with pytest.raises(StorageFailed) as caught:
        publish(image)
    assert "no space left" in str(caught.value)
    assert disk.public_files() == before
    assert set(Rendition.objects.values_list("file", "focal_point_key")) == rows
    assert Image.objects.get().file.name == image.file.name
    assert not Retired.objects.exists()
    assert disk.private_files() == set()


def test_an_image_storage_that_fails_leaves_all_as_it_was(image: Any, store_in: Any) -> None:
    before = disk.public_files()
    store_in(Image, WatchedStorage.telling(_at(1, _fail)))
    with pytest.raises(StorageFailed):
        publish(Image.objects.get())
    assert disk.public_files() == before
    assert disk.private_files() == set()


def test_publish_undoes_a_stale_save_first(image: Any) -> None:
    stale = Image.objects.get()
    first = publish(image)
    Image.objects.filter(pk=image.pk).update(**swap.snapshot(stale))
    publish(first.image, make_picture(256, 192))
    assert Image.objects.get().width == 256


def _at(count: int, act: Callable[[], Any]) -> Callable[[int, str], None]:
    def watch(saves: int, name: str) -> None:
        if saves == count:
            act()

    return watch


def _fail() -> None:
    raise OSError("no space left on device")


def _replace_by_editor(image: Any) -> None:
    """As Wagtail's form does it."""
    now = Image.objects.get(pk=image.pk)
    before = now.file
    now.file = ContentFile(make_picture(50, 50), name="other.jpg")
    now._set_image_file_metadata()
    now.save()
    before.storage.delete(before.name)
    now.renditions.all().delete()
