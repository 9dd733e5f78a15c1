"""Files go when their time is over and no row refers to them, and not before."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import caches
from django.core.files.base import ContentFile
from django.db import connection
from django.utils import timezone

from tests.app import disk
from tests.app.images import Image, Rendition
from tests.app.storages import StubbornStorage
from tests.swap.conftest import LARGE, publish
from wagtail_restore import swap
from wagtail_restore.models import ImageFacts, Job, Retired, State, Store, Version
from wagtail_restore.models.links import image_type

pytestmark = pytest.mark.django_db(transaction=True)

LATER = timedelta(days=8)


def job(image: Any, state: str, result: str = "") -> Job:
    about = {"content_type": image_type(image), "object_id": str(image.pk)}
    return Job.objects.create(**about, source_name=image.file.name, state=state, result=result)


def test_nothing_goes_before_its_time(image: Any) -> None:
    publish(image)
    before = disk.public_files()
    assert swap.purge_due() == 0
    assert disk.public_files() == before


def test_replaced_files_go_after_the_grace(image: Any) -> None:
    old = disk.public_files()
    publish(image)
    swap.settle_due(timezone.now() + LATER)
    swap.purge_due(timezone.now() + LATER)
    assert not old & disk.public_files()
    assert not Retired.objects.exists()


def test_the_grace_is_the_site_s(image: Any, settings: Any) -> None:
    settings.WAGTAIL_RESTORE = {**settings.WAGTAIL_RESTORE, "GRACE_SECONDS": 60}
    publish(image)
    last = Retired.objects.order_by("delete_after").last()
    assert timedelta(seconds=50) < last.delete_after - timezone.now() <= timedelta(seconds=60)


def test_a_file_that_a_row_refers_to_stays(image: Any) -> None:
    published = publish(image)
    Retired.objects.all().delete()
    for store, name in (
        (Store.IMAGE, published.image.file.name),
        (Store.RENDITION, Rendition.objects.first().file.name),
        (Store.PRIVATE, Version.objects.get().file.name),
    ):
        about = {"content_type": image_type(image), "object_id": str(image.pk)}
        Retired.objects.create(**about, store=store, name=name, delete_after=timezone.now())
    before = disk.public_files(), disk.private_files()
    assert swap.purge_due() == 0
    assert (disk.public_files(), disk.private_files()) == before
    assert not Retired.objects.exists()


def test_a_file_that_the_cache_names_waits_a_little(image: Any) -> None:
    old = Image.objects.get().get_rendition("width-40")
    publish(image)
    key = Rendition.construct_cache_key(Image.objects.get(), "", "width-40")
    caches["default"].set(key, old)
    swap.purge_due(timezone.now() + LATER)
    assert old.file.name in disk.public_files()
    assert Image.objects.get().get_rendition("width-40").file.name != old.file.name
    swap.purge_due(timezone.now() + LATER)
    assert old.file.name not in disk.public_files()


def test_a_storage_that_refuses_is_met_again(image: Any, store_in: Any) -> None:
    publish(image)
    swap.settle_due(timezone.now() + LATER)
    good = Rendition._meta.get_field("file").storage
    store_in(Rendition, StubbornStorage())
    swap.purge_due(timezone.now() + LATER)
    assert {row.store for row in Retired.objects.all()} == {Store.RENDITION}
    assert all(row.claimed_at is None for row in Retired.objects.all())
    store_in(Rendition, good)
    swap.purge_due(timezone.now() + LATER)
    assert disk.public_files() == disk.public_names()


def test_two_processes_delete_each_file_once(image: Any) -> None:
    publish(image)
    swap.settle_due(timezone.now() + LATER)
    expected = len(disk.waiting_names())
    counts: list[int] = []
    start = threading.Barrier(2)

    def work() -> None:
        start.wait()
        counts.append(swap.purge_due(timezone.now() + LATER))
        connection.close()

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(counts) >= expected
    assert disk.public_files() == disk.public_names()


def test_a_claim_of_a_dead_process_is_taken_over(image: Any) -> None:
    publish(image)
    swap.settle_due(timezone.now() + LATER)
    Retired.objects.update(claimed_at=timezone.now())
    swap.purge_due(timezone.now() + LATER)
    assert Retired.objects.exists()
    Retired.objects.update(claimed_at=timezone.now() - timedelta(hours=2))
    swap.purge_due(timezone.now() + LATER)
    assert not Retired.objects.exists()


def test_purge_now_ends_the_grace_of_one_image(image: Any) -> None:
    old = disk.public_files()
    publish(image)
    assert swap.purge_now(image) == len(old)
    assert not old & disk.public_files()
    assert not Retired.objects.exists()
    assert Version.objects.count() == 1


def test_purge_now_with_versions_leaves_the_present_picture_alone(image: Any) -> None:
    publish(image)
    swap.settle_due(timezone.now() + timedelta(minutes=6))
    swap.purge_now(image, versions=True)
    assert disk.private_files() == set()
    assert disk.public_files() == disk.public_names()


def test_purge_now_leaves_a_swap_under_way_alone(image: Any) -> None:
    name = swap.store_private(image, "results/1.jpg", ContentFile(LARGE))
    swap.purge_now(image)
    assert disk.private_files() == {name}


def test_versions_expire(image: Any) -> None:
    publish(image)
    assert swap.expire_due() == 0
    assert swap.expire_due(timezone.now() + timedelta(days=181)) == 1
    swap.purge_due()
    assert not Version.objects.exists()
    assert disk.private_files() == set()


def test_a_result_goes_when_its_job_is_over(image: Any) -> None:
    waits = swap.store_private(image, "results/1.jpg", ContentFile(LARGE))
    ended = swap.store_private(image, "results/2.jpg", ContentFile(LARGE))
    job(image, State.REVIEW, waits)
    over = job(image, State.DISCARDED, ended)
    assert swap.expire_due() == 1
    swap.purge_due()
    over.refresh_from_db()
    assert over.result.name == ""
    assert disk.private_files() == {waits}


def test_a_private_file_without_a_row_goes(image: Any) -> None:
    swap.store_private(image, "results/1.jpg", ContentFile(LARGE))
    swap.purge_due()
    assert len(disk.private_files()) == 1
    swap.purge_due(timezone.now() + timedelta(hours=7))
    assert disk.private_files() == set()


def test_a_private_file_with_a_row_stays(image: Any) -> None:
    name = swap.store_private(image, "results/1.jpg", ContentFile(LARGE))
    job(image, State.REVIEW, name)
    swap.purge_due(timezone.now() + timedelta(hours=7))
    assert disk.private_files() == {name}
    assert not Retired.objects.exists()


def test_nothing_of_a_deleted_image_is_kept(image: Any) -> None:
    publish(image)
    Image.objects.get().delete()
    assert not Version.objects.exists()
    assert not ImageFacts.objects.exists()
    assert not Retired.objects.exists()
    assert disk.public_files() == set()
    assert disk.private_files() == set()


def test_the_result_of_a_deleted_image_goes(image: Any) -> None:
    under_review = job(image, State.REVIEW, swap.store_private(image, "results/1.jpg", ContentFile(LARGE)))
    Retired.objects.all().delete()
    Image.objects.get().delete()
    under_review.refresh_from_db()
    assert under_review.result.name == ""
    assert disk.private_files() == set()
