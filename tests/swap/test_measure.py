"""Facts from the header of the image's file."""

from __future__ import annotations

from typing import Any

import pytest

from tests.app.images import Image
from tests.app.storages import RemoteStorage
from tests.swap.conftest import make, turned
from wagtail_restore import swap
from wagtail_restore.models import ImageFacts
from wagtail_restore.testing import make_picture

pytestmark = pytest.mark.django_db(transaction=True)


def test_sizes_are_those_in_which_the_picture_is_shown(transactional_db: None) -> None:
    image = make(data=turned(64, 48, 8))
    facts = swap.measure(image)
    assert (facts.width, facts.height, facts.pixels, facts.orientation) == (48, 64, 48 * 64, 8)
    assert (facts.format, facts.frames, facts.alpha, facts.problem) == ("JPEG", 1, False, "")
    assert facts.file_hash == image.file_hash
    assert facts.state == {
        "file": image.file.name,
        "width": 64,
        "height": 48,
        "file_size": image.file_size,
        "file_hash": image.file_hash,
    }


def test_an_image_is_measured_when_it_is_saved(image: Any) -> None:
    assert swap.has_facts(image)
    assert ImageFacts.objects.get().width == 64


def test_facts_of_another_file_are_none(image: Any) -> None:
    ImageFacts.objects.update(file_name="original_images/earlier.jpg")
    assert not swap.has_facts(image)


def test_a_file_that_cannot_be_read_is_told_with_wagtail_s_numbers(image: Any) -> None:
    with image.file.storage.open(image.file.name, "wb") as file:
        file.write(b"not a picture")
    facts = swap.measure(Image.objects.get())
    assert (facts.problem, facts.width, facts.height, facts.format) == ("unreadable", 64, 48, "")


def test_a_missing_file_is_told(image: Any) -> None:
    image.file.storage.delete(image.file.name)
    assert swap.measure(Image.objects.get()).problem == "storage_failed"


def test_a_storage_without_path_is_read(transactional_db: None, store_in: Any) -> None:
    store_in(Image, RemoteStorage())
    assert swap.measure(make()).width == 64


def test_an_image_loaded_before_a_swap_is_measured_as_it_is_now(image: Any) -> None:
    stale = Image.objects.get()
    published = swap.publish(image, make_picture(128, 96), expected_name=image.file.name)
    assert swap.measure(stale).width == 128
    assert ImageFacts.objects.get().file_name == published.image.file.name


def test_measuring_again_forgets_nothing_of_a_swap(image: Any) -> None:
    published = swap.publish(image, make_picture(128, 96), expected_name=image.file.name)
    swap.measure(published.image)
    facts = ImageFacts.objects.get()
    assert facts.token == published.token
    assert facts.settle_after is not None


def test_what_is_presumed_is_what_wagtail_noted_and_the_name_says(image: Any) -> None:
    ImageFacts.objects.all().delete()
    image.file.storage.delete(image.file.name)
    facts = swap.presumed(Image.objects.get())
    assert (facts.file_name, facts.width, facts.height, facts.format) == (image.file.name, 64, 48, "JPEG")
    image.file.name = "original_images/drawing.SVG"
    assert swap.presumed(image).format == "SVG"
    image.file.name = "original_images/without"
    assert (swap.presumed(image).format, ImageFacts.objects.count()) == ("", 0)
