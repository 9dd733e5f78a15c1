"""Every save of an image: new, the same, replaced by an editor, or an old file brought back by a stale save."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.utils import timezone
from wagtail.images.forms import get_image_form

from tests.app import disk
from tests.app.images import Image, Rendition
from tests.swap.conftest import LARGE, focal, make, publish, read, size_of, turned
from wagtail_restore import swap
from wagtail_restore.models import ImageFacts, Retired, Version
from wagtail_restore.testing import make_picture

pytestmark = pytest.mark.django_db(transaction=True)


def put(image: Any, data: bytes, name: str = "other.jpg") -> None:
    """Another file, as an editor's form saves it."""
    before = image.file
    image.file = ContentFile(data, name=name)
    image._set_image_file_metadata()
    image.save()
    before.storage.delete(before.name)
    image.renditions.all().delete()


def test_an_image_that_was_never_seen_is_new(image: Any) -> None:
    ImageFacts.objects.all().delete()
    assert swap.guard(image) == "new"


def test_an_image_with_the_file_we_know_is_the_same(image: Any) -> None:
    assert swap.guard(image) == "same"
    assert swap.guard(publish(image).image) == "same"


def test_a_file_put_in_by_an_editor_is_a_replacement(image: Any) -> None:
    image.file = ContentFile(make_picture(50, 50), name="other.jpg")
    image.save()
    ImageFacts.objects.update(file_name="original_images/sunset.jpg")
    assert swap.guard(image) == "replaced"


def test_other_bytes_under_the_same_name_are_a_replacement(image: Any) -> None:
    image.file_hash = "0" * 40
    assert swap.guard(image) == "replaced"


def test_a_file_that_was_replaced_by_a_swap_is_stale(image: Any) -> None:
    stale = Image.objects.get()
    publish(image)
    assert swap.guard(stale) == "ours-stale"


def test_a_file_that_is_not_there_is_stale_even_after_the_grace(image: Any, settings: Any) -> None:
    settings.WAGTAIL_RESTORE = {**settings.WAGTAIL_RESTORE, "KEEP_VERSIONS_DAYS": 0}
    stale = Image.objects.get()
    publish(image)
    swap.purge_now(image)
    assert not Retired.objects.exists()
    assert swap.guard(stale) == "ours-stale"


def test_a_stale_save_is_undone_and_keeps_what_else_it_changed(image: Any) -> None:
    stale = Image.objects.get()
    published = publish(image)
    stale.title = "Sunrise"
    stale.save()
    now = Image.objects.get()
    assert now.title == "Sunrise"
    assert swap.snapshot(now) == swap.snapshot(published.image)
    assert read(now) == LARGE
    assert focal(image) == (32, 24, 16, 12)


def test_a_focal_point_that_was_set_on_the_old_file_is_moved(image: Any) -> None:
    stale = Image.objects.get()
    publish(image)
    stale.focal_point_x, stale.focal_point_y = 40, 30
    stale.save()
    assert focal(image) == (80, 60, 16, 12)


def test_a_focal_point_that_was_set_on_a_turned_file_is_moved(transactional_db: None) -> None:
    image = make(data=turned(64, 48, 6))
    stale = Image.objects.get()
    publish(image, make_picture(96, 128))
    stale.focal_point_x, stale.focal_point_y = 24, 32
    stale.save()
    assert focal(image) == (48, 64, 16, 12)


def test_a_focal_point_found_in_the_old_file_is_moved(image: Any) -> None:
    """As Wagtail's task for feature detection saves it."""
    stale = Image.objects.get()
    publish(image)
    stale.focal_point_x, stale.focal_point_y, stale.focal_point_width, stale.focal_point_height = 30, 20, 10, 10
    stale.save(update_fields=["focal_point_x", "focal_point_y", "focal_point_width", "focal_point_height"])
    assert focal(image) == (60, 40, 20, 20)


def test_a_focal_point_is_not_moved_twice(image: Any) -> None:
    stale = Image.objects.get()
    publish(image)
    stale.save()
    stale.save(update_fields=["file_hash"])
    assert focal(image) == (32, 24, 16, 12)


def test_an_old_hash_written_late_is_undone(image: Any) -> None:
    stale = Image.objects.get()
    published = publish(image)
    stale.save(update_fields=["file_hash", "file_size"])
    assert Image.objects.get().file_hash == published.image.file_hash


def test_a_stale_save_after_two_swaps_is_undone(image: Any) -> None:
    stale = Image.objects.get()
    first = publish(image)
    publish(first.image, make_picture(256, 192))
    stale.save()
    assert Image.objects.get().width == 256
    assert focal(image) == (64, 48, 32, 24)


def test_a_stale_save_after_a_withdrawal_is_undone(image: Any) -> None:
    published = publish(image)
    stale = Image.objects.get()
    swap.withdraw(Version.objects.get(pk=published.version.pk))
    stale.save()
    assert Image.objects.get().width == 64
    assert focal(image) == (16, 12, 8, 6)


def test_a_form_opened_before_the_swap_can_be_saved_after_it(image: Any) -> None:
    """Wagtail's own form."""
    stale = Image.objects.get()
    published = publish(image)
    form = get_image_form(Image)(
        data={"title": "Sunrise", "collection": stale.collection_id, "focal_point_x": 16, "focal_point_y": 12}
        | {"focal_point_width": 8, "focal_point_height": 6, "tags": "", "description": ""},
        instance=stale,
    )
    assert form.is_valid(), form.errors
    form.save()
    now = Image.objects.get()
    assert (now.title, now.file.name) == ("Sunrise", published.image.file.name)
    assert focal(image) == (32, 24, 16, 12)


def test_renditions_made_during_a_stale_save_are_mended(image: Any, nothing_lost: Callable[[], None]) -> None:
    stale = Image.objects.get()
    publish(image)
    Image.objects.filter(pk=image.pk).update(**swap.snapshot(stale))
    Image.objects.get().get_rendition("width-50")
    swap.repair(stale)
    swap.settle_due(timezone.now() + timedelta(seconds=5))
    assert size_of(Rendition.objects.get(filter_spec="width-50")) == (50, 37)
    assert Image.objects.get().get_rendition("original").width == 128
    nothing_lost()


def test_a_file_replaced_after_the_swap_drops_the_versions(image: Any) -> None:
    publish(image)
    put(Image.objects.get(), make_picture(50, 50))
    assert not Version.objects.exists()
    swap.purge_due()
    assert disk.private_files() == set()
    assert ImageFacts.objects.get().width == 50


def test_our_file_that_a_slow_editor_knew_nothing_of_is_deleted_in_time(image: Any) -> None:
    """The form was opened before the swap, and saved with another file after it."""
    slow = Image.objects.get()
    published = publish(image)
    put(slow, make_picture(50, 50))
    now = Image.objects.get()
    assert read(now) == make_picture(50, 50)
    assert published.image.file.name in disk.waiting_names()
    later = timezone.now() + timedelta(days=8)
    swap.settle_due(later)
    swap.purge_due(later)
    assert disk.public_files() == disk.public_names()


def test_repair_of_an_image_that_nobody_knows_does_nothing(image: Any) -> None:
    ImageFacts.objects.all().delete()
    assert swap.repair(image) is False


def test_repair_leaves_an_editor_s_file_alone(image: Any) -> None:
    stale = Image.objects.get()
    publish(image)
    put(Image.objects.get(), make_picture(50, 50))
    swap.repair(stale)
    assert Image.objects.get().width == 50
