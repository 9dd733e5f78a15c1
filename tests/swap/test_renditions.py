"""Renditions on sites of every kind: other storages, other models, other filters, long names."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from wagtail import hooks

from tests.app import disk
from tests.app.images import Image, Rendition
from tests.app.models import CustomImage, CustomRendition
from tests.app.storages import RemoteStorage
from tests.swap.conftest import (
    LARGE,
    SHOWN,
    Fussy,
    make,
    publish,
    version_of,
)
from wagtail_restore import swap
from wagtail_restore.exceptions import BadOutput

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_storage_without_path_that_overwrites(transactional_db: None, store_in: Any) -> None:
    bucket = store_in(Image, RemoteStorage())
    store_in(Rendition, bucket)
    image = make()
    before = set(bucket.files)
    published = publish(image)
    assert before <= set(bucket.files)
    assert bucket.files[published.image.file.name] == LARGE
    swap.withdraw(version_of(published))
    later = timezone.now() + timedelta(days=8)
    swap.settle_due(later)
    swap.purge_due(later)
    assert set(bucket.files) == disk.public_names()


def test_renditions_in_another_storage(transactional_db: None, store_in: Any) -> None:
    bucket = store_in(Rendition, RemoteStorage())
    image = make()
    published = publish(image)
    assert set(bucket.files) >= set(Rendition.objects.values_list("file", flat=True))
    assert published.image.file.name in disk.public_files()
    later = timezone.now() + timedelta(days=8)
    swap.settle_due(later)
    swap.purge_due(later)
    assert set(bucket.files) == set(Rendition.objects.values_list("file", flat=True))
    assert disk.public_files() == {published.image.file.name}


def test_an_image_model_of_the_site(transactional_db: None) -> None:
    image = make(CustomImage, credit="A. Photographer")
    CustomRendition.objects.update(views=7)
    swap.measure(image)
    published = publish(image)
    now = CustomImage.objects.get()
    assert (now.width, now.credit) == (128, "A. Photographer")
    shown = {r.filter_spec: r for r in now.get_renditions("width-40", "fill-20x20", "original").values()}
    assert {spec: r.views for spec, r in shown.items()} == {"width-40": 7, "fill-20x20": 7, "original": 0}
    swap.withdraw(version_of(published))
    assert CustomImage.objects.get().width == 64


def test_names_survive_long_filters_and_long_file_names(transactional_db: None) -> None:
    image = make(name=f"{'a-very-long-name-' * 5}.jpg")
    long = "fill-300x200-c100|format-webp|webpquality-80|bgcolor-ffffff"
    image.get_rendition(long)
    first = publish(image)
    second = swap.withdraw(version_of(first))
    names = set(Rendition.objects.values_list("file", flat=True)) | {second.image.file.name}
    fresh = {r for r in names if second.token in r}
    assert len(fresh) == 1 + len(SHOWN) + 1
    assert all(len(name) <= 100 for name in names)


def test_a_filter_that_fails_for_the_result_alone_stops_the_swap(image: Any) -> None:
    with hooks.register_temporarily("register_image_operations", lambda: [("fussy", Fussy)]):
        image.get_rendition("fussy")
        with pytest.raises(BadOutput):
            publish(image)
    assert Image.objects.get().width == 64
    assert disk.public_files() == disk.public_names()


def test_a_filter_that_is_gone_does_not(image: Any) -> None:
    with hooks.register_temporarily("register_image_operations", lambda: [("fussy", Fussy)]):
        image.get_rendition("fussy")
    publish(image)
    assert not Rendition.objects.filter(filter_spec="fussy").exists()
