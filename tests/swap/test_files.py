"""Names that no other file has, and files that are found again when their writer dies."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from tests.app import disk
from tests.app.images import Image
from tests.app.storages import WatchedStorage
from wagtail_restore import swap
from wagtail_restore.exceptions import StorageFailed
from wagtail_restore.models import Retired, Store
from wagtail_restore.swap.files import Drafts, is_ours, named, new_token
from wagtail_restore.testing import make_picture


def test_the_token_stands_before_the_name() -> None:
    assert named("2abcdefghj", "original_images/sunset.jpg") == "2abcdefghj.sunset.jpg"


def test_a_token_of_an_earlier_swap_gives_way() -> None:
    assert named("3bcdefghjk", "original_images/2abcdefghj.sunset.jpg") == "3bcdefghjk.sunset.jpg"


def test_a_long_name_loses_its_end() -> None:
    assert named("2abcdefghj", "a-picture-with-a-very-long-name.jpeg") == "2abcdefghj.a-picture-with-a-very-lo.jpeg"


def test_another_extension_can_be_given() -> None:
    assert named("2abcdefghj", "sunset.jpg", ".png") == "2abcdefghj.sunset.png"


def test_names_of_uploads_are_not_ours() -> None:
    assert not is_ours("original_images/sunset.jpg")
    assert not is_ours("original_images/2024.jpg")
    assert is_ours("original_images/2abcdefghj.sunset.jpg")


@given(st.text(st.characters(codec="ascii", exclude_characters="/\0\\"), min_size=1, max_size=120))
def test_a_name_keeps_its_token_however_long_and_often_it_is_replaced(stem: str) -> None:
    first, second = new_token(), new_token()
    name = named(second, named(first, f"original_images/{stem}.jpg"))
    assert name.startswith(f"{second}.")
    assert first not in name
    assert len(name) <= 10 + 1 + 24 + len(".jpg") + len(stem) * (stem.count(".") > 0)


def test_tokens_differ() -> None:
    assert len({new_token() for _ in range(2000)}) == 2000


@pytest.mark.django_db(transaction=True)
def test_the_intent_is_written_down_before_the_file(image: Any, store_in: Any) -> None:
    known: list[tuple[str, str, bool]] = []

    def look(count: int, name: str) -> None:
        known.extend(Retired.objects.values_list("store", "name", "intent"))

    store_in(Image, WatchedStorage.telling(look))
    name = Drafts(image).write(Store.IMAGE, "original_images/x.jpg", ContentFile(b"x"))
    assert known == [(Store.IMAGE, name, True)]


@pytest.mark.django_db(transaction=True)
def test_a_file_of_a_dead_process_is_deleted_in_time(image: Any) -> None:
    name = Drafts(image).write(Store.IMAGE, "original_images/x.jpg", ContentFile(b"x"))
    swap.purge_due(timezone.now() + timedelta(hours=5))
    assert name in disk.public_files()
    swap.purge_due(timezone.now() + timedelta(hours=7))
    assert name not in disk.public_files()


@pytest.mark.django_db(transaction=True)
def test_a_file_that_is_being_swept_cannot_be_adopted(image: Any, store_in: Any) -> None:
    """A swap that took hours finds its files gone: it fails, and the image stays whole."""

    def sweep(count: int, name: str) -> None:
        swap.purge_due(timezone.now() + timedelta(hours=7))

    store_in(Image, WatchedStorage.telling(sweep))
    with pytest.raises(StorageFailed):
        swap.publish(Image.objects.get(), make_picture(128, 96), expected_name=image.file.name)
    assert Image.objects.get().file.name == image.file.name
    assert disk.public_files() == disk.public_names()


@pytest.mark.django_db(transaction=True)
def test_what_is_not_adopted_is_deleted_at_the_end(image: Any) -> None:
    drafts = Drafts(image)
    kept = drafts.write(Store.PRIVATE, "a.jpg", ContentFile(b"a"))
    drafts.write(Store.PRIVATE, "b.jpg", ContentFile(b"b"))
    drafts.adopt({(Store.PRIVATE, kept)})
    drafts.close()
    assert disk.private_files() == {kept}
    assert not Retired.objects.exists()
