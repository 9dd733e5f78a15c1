"""Earlier files go when a person says so: those that were named, and nothing that the image shows or a swap keeps."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.db import DatabaseError
from django.utils import timezone
from wagtail.models import ModelLogEntry

from tests.app import disk
from tests.app.frontend import RecordingBackend
from tests.app.images import Image
from tests.app.storages import StubbornStorage
from tests.swap.conftest import LARGE, publish, read, version_of
from tests.swap.test_races import at_once
from wagtail_restore import swap
from wagtail_restore.exceptions import StorageFailed
from wagtail_restore.models import Job, State, Version
from wagtail_restore.models.links import image_type
from wagtail_restore.swap import earlier
from wagtail_restore.testing import make_picture

pytestmark = pytest.mark.django_db(transaction=True)

LARGER = make_picture(256, 192)


def keys() -> list[int]:
    return list(Version.objects.values_list("pk", flat=True))


def logged() -> list[dict[str, Any]]:
    return [
        entry.data for entry in ModelLogEntry.objects.filter(action="wagtail_restore.delete_versions").order_by("pk")
    ]


def test_the_versions_that_are_named_go_with_their_files(image: Any, nothing_lost: Callable[[], None]) -> None:
    size = version_of(publish(image)).file_size
    dropped = swap.drop_earlier(image, keys())
    assert dropped == swap.Dropped(versions=1, size=size)
    assert not Version.objects.exists()
    assert disk.private_files() == set()
    assert logged() == [{"versions": 1, "size": size, "public": False}]
    nothing_lost()


def test_the_public_files_keep_their_grace_unless_they_are_to_go(image: Any) -> None:
    old = disk.public_files()
    publish(image)
    swap.drop_earlier(image, keys())
    assert old <= disk.public_files()
    dropped = swap.drop_earlier(image, [], public=True)
    assert dropped == swap.Dropped(public=True)
    assert disk.public_files() == disk.public_names()
    assert logged()[-1] == {"versions": 0, "size": 0, "public": True}


def test_a_second_time_there_is_nothing_to_do(image: Any) -> None:
    publish(image)
    named = keys()
    swap.drop_earlier(image, named, public=True)
    assert swap.drop_earlier(image, named, public=True) == swap.Dropped()
    assert len(logged()) == 1


def test_what_is_shown_now_stays(image: Any) -> None:
    version = version_of(publish(image))
    swap.withdraw(version)
    assert swap.drop_earlier(image, keys()).versions == 1
    assert keys() == [version.pk]
    assert len(disk.private_files()) == 1


def test_a_result_under_review_stays(image: Any) -> None:
    publish(image)
    name = swap.store_private(image, "results/1.jpg", ContentFile(LARGE))
    about = {"content_type": image_type(image), "object_id": str(image.pk)}
    Job.objects.create(**about, source_name=image.file.name, state=State.REVIEW, result=name)
    swap.drop_earlier(image, keys(), public=True)
    assert disk.private_files() == {name}


def test_versions_of_other_images_stay(image: Any) -> None:
    other = type(image)(title="Other", file=ContentFile(make_picture(32, 24), name="other.jpg"))
    other._set_image_file_metadata()
    other.save()
    publish(other)
    assert swap.drop_earlier(image, keys()) == swap.Dropped()
    assert Version.objects.count() == 1


@pytest.mark.parametrize("_", range(3))
def test_a_publish_at_once_keeps_its_version(image: Any, _: int, nothing_lost: Callable[[], None]) -> None:
    first = publish(image)
    old, name = version_of(first), first.image.file.name
    ends = at_once(
        lambda: swap.drop_earlier(image, [old.pk], public=True),
        lambda: swap.publish(first.image, LARGER, expected_name=name),
    )
    assert ends[0].versions == 1
    assert isinstance(ends[1], swap.Published)
    now = Image.objects.get()
    assert read(now) == LARGER
    (kept,) = Version.objects.all()
    assert kept.pk != old.pk and kept.file_hash == first.image.file_hash
    assert kept.file.storage.exists(kept.file.name)
    nothing_lost()


@pytest.mark.parametrize("_", range(3))
def test_going_back_to_a_version_at_once_shows_it_or_says_so(
    image: Any, _: int, nothing_lost: Callable[[], None]
) -> None:
    original = read(image)
    first = publish(image)
    old = version_of(first)
    ends = at_once(lambda: swap.drop_earlier(image, [old.pk], public=True), lambda: swap.withdraw(old))
    assert isinstance(ends[0], swap.Dropped)
    shown = read(Image.objects.get())
    assert shown == (LARGE if isinstance(ends[1], StorageFailed) else original)
    nothing_lost()


def test_a_swap_that_replaces_something_meanwhile_keeps_its_grace(image: Any, monkeypatch: Any) -> None:
    first = publish(image)
    tell = swap.purge.renew_pages  # type: ignore[attr-defined]

    def meanwhile(about: Any) -> None:
        monkeypatch.setattr(swap.purge, "renew_pages", tell)  # type: ignore[attr-defined]
        publish(first.image, LARGER)

    monkeypatch.setattr(swap.purge, "renew_pages", meanwhile)  # type: ignore[attr-defined]
    swap.drop_earlier(image, [], public=True)
    assert first.image.file.name in disk.public_files()
    assert image.file.name not in disk.public_files()


def test_a_database_that_fails_keeps_every_file(image: Any, monkeypatch: Any, nothing_lost: Callable[[], None]) -> None:
    publish(image)
    before = disk.private_files()

    def fail(*args: Any, **options: Any) -> None:
        raise DatabaseError("no")

    monkeypatch.setattr(earlier, "log", fail)
    with pytest.raises(DatabaseError):
        swap.drop_earlier(image, keys(), public=True)
    assert Version.objects.count() == 1
    assert disk.private_files() == before
    nothing_lost()


def test_a_storage_that_refuses_is_told_and_met_again(image: Any, store_in: Any) -> None:
    publish(image)
    good = Image._meta.get_field("file").storage
    store_in(Image, StubbornStorage())
    assert swap.drop_earlier(image, keys(), public=True).left
    store_in(Image, good)
    swap.purge_due(timezone.now() + timedelta(hours=2))
    assert disk.public_files() == disk.public_names()


def test_the_front_end_cache_forgets_pages_and_files(image: Any, page: Any, settings: Any) -> None:
    settings.WAGTAILFRONTENDCACHE = {"test": {"BACKEND": "tests.app.frontend.RecordingBackend"}}
    publish(image)
    RecordingBackend.purged.clear()
    swap.drop_earlier(image, keys())
    assert RecordingBackend.purged == []
    swap.drop_earlier(image, [], public=True)
    forgotten = set(RecordingBackend.purged)
    assert page.full_url in forgotten
    assert f"http://localhost{image.file.url}" in forgotten
    assert not any("private" in address for address in forgotten)


def test_a_front_end_cache_that_fails_keeps_nothing(image: Any, monkeypatch: Any) -> None:
    def fail(*args: Any) -> None:
        raise RuntimeError("no")

    publish(image)
    monkeypatch.setattr(swap.purge, "renew_pages", fail)  # type: ignore[attr-defined]
    swap.drop_earlier(image, keys(), public=True)
    assert disk.public_files() == disk.public_names()
