"""Publish and withdraw: what the image, its renditions and its Versions are afterwards."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from tests.app import disk
from tests.app.images import Image, Rendition
from tests.swap.conftest import (
    LARGE,
    SHOWN,
    focal,
    job_of,
    make,
    publish,
    read,
    shown,
    size_of,
    turned,
    version_of,
)
from wagtail_restore import swap
from wagtail_restore.models import ImageFacts, Retired, Version
from wagtail_restore.testing import make_picture

pytestmark = pytest.mark.django_db(transaction=True)


def test_image_and_renditions_show_the_result(image: Any) -> None:
    publish(image)
    now = Image.objects.get()
    assert read(now) == LARGE
    assert (now.width, now.height, now.file_size) == (128, 96, len(LARGE))
    assert now.file_hash == hashlib.sha1(LARGE).hexdigest()
    assert {spec: size_of(r) for spec, r in shown(image).items()} == {
        "fill-20x20": (20, 20),
        "max-165x165": (128, 96),
        "max-800x600": (128, 96),
        "original": (128, 96),
        "width-40": (40, 30),
    }


def test_renditions_are_there_before_anybody_asks(image: Any, django_assert_num_queries: Any) -> None:
    publish(image)
    now = Image.objects.get()
    with django_assert_num_queries(1):
        now.get_renditions(*SHOWN)


def test_row_and_file_of_a_rendition_have_one_size(image: Any) -> None:
    publish(image)
    for rendition in Rendition.objects.all():
        assert (rendition.width, rendition.height) == size_of(rendition)


def test_a_rendition_row_is_changed_in_place(image: Any) -> None:
    before = {r.filter_spec: r for r in Rendition.objects.all()}
    publish(image)
    after = {spec: r for spec, r in shown(image).items() if spec in before}
    assert {spec: r.pk for spec, r in after.items()} == {spec: r.pk for spec, r in before.items()}
    assert all(before[spec].file.name != r.file.name for spec, r in after.items())


def test_the_replaced_files_stay_for_the_grace_period(image: Any, nothing_lost: Callable[[], None]) -> None:
    before = disk.public_files()
    publish(image)
    assert before <= disk.public_files()
    assert disk.waiting_names() == before
    nothing_lost()


def test_after_the_grace_nothing_is_left_over(image: Any) -> None:
    publish(image)
    later = timezone.now() + timedelta(days=8)
    swap.settle_due(later)
    swap.purge_due(later)
    assert disk.public_files() == disk.public_names()
    assert not Retired.objects.exists()


def test_facts_are_those_of_the_result(image: Any) -> None:
    published = publish(image)
    facts = ImageFacts.objects.get()
    assert (facts.width, facts.height, facts.format, facts.file_name) == (128, 96, "JPEG", published.image.file.name)
    assert facts.state == swap.snapshot(Image.objects.get())


def test_the_focal_point_keeps_its_place(image: Any) -> None:
    publish(image)
    assert focal(image) == (32, 24, 16, 12)


def test_the_focal_point_comes_back_with_the_original(image: Any) -> None:
    swap.withdraw(version_of(publish(image)))
    assert focal(image) == (16, 12, 8, 6)


def test_no_focal_point_stays_none(transactional_db: None) -> None:
    image = make(focal_point_x=None, focal_point_y=None, focal_point_width=None, focal_point_height=None)
    publish(image)
    assert focal(image) == (None, None, None, None)


def test_axes_turn_when_the_orientation_is_baked(transactional_db: None) -> None:
    image = make(data=turned(64, 48, 6))
    assert (image.width, image.height) == (64, 48)
    published = publish(image, make_picture(96, 128))
    now = Image.objects.get()
    assert (now.width, now.height) == (96, 128)
    # 48 × 64 as shown becomes 96 × 128: twice as large, and not turned, as Wagtail reads it in upright pixels.
    assert focal(image) == (32, 24, 16, 12)
    swap.withdraw(version_of(published))
    now = Image.objects.get()
    assert (now.width, now.height) == (64, 48)
    assert focal(image) == (16, 12, 8, 6)
    assert now.get_rendition("original").width == 48


def test_withdraw_brings_back_the_very_same_bytes(image: Any) -> None:
    before = read(image)
    published = publish(image)
    swap.withdraw(version_of(published))
    now = Image.objects.get()
    assert read(now) == before
    assert (now.width, now.height, now.file_hash) == (64, 48, image.file_hash)
    assert size_of(shown(image)["original"]) == (64, 48)


def test_every_swap_uses_a_name_of_its_own(image: Any) -> None:
    names = {image.file.name}
    published = publish(image)
    names.add(published.image.file.name)
    names.add(swap.withdraw(version_of(published)).image.file.name)
    assert len(names) == 3


def test_what_was_withdrawn_can_be_shown_again(image: Any) -> None:
    withdrawn = swap.withdraw(version_of(publish(image)))
    swap.withdraw(version_of(withdrawn))
    assert read(Image.objects.get()) == LARGE


def test_the_same_file_is_kept_once(image: Any) -> None:
    withdrawn = swap.withdraw(version_of(publish(image)))
    publish(withdrawn.image)
    assert Version.objects.count() == 2
    assert len(disk.private_files()) == 2
    assert Version.objects.first().file_hash == image.file_hash


def test_the_version_is_private_and_expires(image: Any, settings: Any) -> None:
    settings.WAGTAIL_RESTORE = {**settings.WAGTAIL_RESTORE, "KEEP_VERSIONS_DAYS": 3}
    version = version_of(publish(image))
    assert disk.private_files() == {version.file.name}
    assert (version.name, version.width, version.height) == (image.file.name, 64, 48)
    assert timedelta(days=2, hours=23) < version.expires_at - timezone.now() <= timedelta(days=3)


def test_a_site_may_keep_no_versions(image: Any, settings: Any) -> None:
    settings.WAGTAIL_RESTORE = {**settings.WAGTAIL_RESTORE, "KEEP_VERSIONS_DAYS": 0}
    assert publish(image).version is None
    assert disk.private_files() == set()


def test_the_version_names_the_job_that_replaced_it(image: Any) -> None:
    job = job_of(image)
    assert version_of(publish(image, job=job)).job == job


def test_an_image_saved_by_code_without_hash_and_size(transactional_db: None) -> None:
    image = make()
    Image.objects.filter(pk=image.pk).update(file_hash="", file_size=None)
    image = Image.objects.get()
    image.get_rendition("width-40")
    published = publish(image)
    now = Image.objects.get()
    assert now.file_hash == hashlib.sha1(LARGE).hexdigest()
    assert version_of(published).file_hash == hashlib.sha1(make_picture(64, 48)).hexdigest()
    swap.withdraw(version_of(published))
    assert Image.objects.get().file_hash == hashlib.sha1(make_picture(64, 48)).hexdigest()


def test_a_missing_file_can_be_replaced(image: Any) -> None:
    image.file.storage.delete(image.file.name)
    assert publish(image).version is None
    assert read(Image.objects.get()) == LARGE


def test_the_extension_tells_the_truth(image: Any) -> None:
    published = publish(image, make_picture(128, 96, format="PNG"))
    assert published.image.file.name.endswith(".png")
