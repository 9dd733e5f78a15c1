"""Two at once, and a process that dies in the middle."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, connections
from django.utils import timezone

from tests.app import disk
from tests.app.images import Image, Rendition
from tests.app.storages import WatchedStorage
from tests.swap.conftest import read, size_of
from wagtail_restore import swap
from wagtail_restore.exceptions import RestoreError, Superseded
from wagtail_restore.models import Retired, Version
from wagtail_restore.testing import make_picture

pytestmark = pytest.mark.django_db(transaction=True)

LARGE = make_picture(128, 96)
LARGER = make_picture(256, 192)


def at_once(*acts: Callable[[], Any]) -> list[Any]:
    """Do these in threads that start together; what each returned or raised, in order."""
    start = threading.Barrier(len(acts))
    ends: list[Any] = [None] * len(acts)

    def run(place: int, act: Callable[[], Any]) -> None:
        start.wait()
        try:
            ends[place] = act()
        except RestoreError as error:
            ends[place] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(place, act)) for place, act in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return ends


@pytest.mark.parametrize("_", range(3))
def test_of_two_publishes_at_once_one_wins(image: Any, _: int, nothing_lost: Callable[[], None]) -> None:
    name = image.file.name
    ends = at_once(
        lambda: swap.publish(image, LARGE, expected_name=name),
        lambda: swap.publish(image, LARGER, expected_name=name),
    )
    won = [end for end in ends if isinstance(end, swap.Published)]
    lost = [end for end in ends if isinstance(end, Superseded)]
    assert (len(won), len(lost)) == (1, 1)
    now = Image.objects.get()
    assert now.file.name == won[0].image.file.name
    assert size_of(now.get_rendition("original")) == (now.width, now.height)
    assert Version.objects.count() == 1
    assert len(disk.private_files()) == 1
    assert not Retired.objects.filter(intent=True).exists()
    nothing_lost()


def test_a_withdrawal_and_a_publish_at_once(image: Any, nothing_lost: Callable[[], None]) -> None:
    published = swap.publish(image, LARGE, expected_name=image.file.name)
    version = Version.objects.get(pk=published.version.pk)
    name = published.image.file.name
    ends = at_once(lambda: swap.withdraw(version), lambda: swap.publish(published.image, LARGER, expected_name=name))
    assert sum(isinstance(end, swap.Published) for end in ends) >= 1
    assert all(isinstance(end, swap.Published | Superseded) for end in ends)
    now = Image.objects.get()
    assert size_of(now.get_rendition("original")) == (now.width, now.height)
    nothing_lost()


def test_a_stale_save_and_a_publish_at_once(image: Any, nothing_lost: Callable[[], None]) -> None:
    first = swap.publish(image, LARGE, expected_name=image.file.name)
    stale = image

    def save() -> None:
        stale.title = "Sunrise"
        stale.save()

    at_once(save, lambda: swap.publish(first.image, LARGER, expected_name=first.image.file.name))
    swap.settle_due(timezone.now() + timedelta(minutes=6))
    now = Image.objects.get()
    assert now.title == "Sunrise"
    assert read(now) in (LARGE, LARGER)
    assert size_of(now.get_rendition("original")) == (now.width, now.height)
    nothing_lost()


def test_readers_and_a_publish_at_once(image: Any, nothing_lost: Callable[[], None]) -> None:
    """Whoever asks meanwhile gets a rendition whose file is there."""
    gone: list[str] = []

    def ask() -> None:
        for width in range(30, 40):
            found = Image.objects.get().get_rendition(f"width-{width}")
            if not found.file.storage.exists(found.file.name):
                gone.append(found.file.name)

    at_once(ask, lambda: swap.publish(image, LARGE, expected_name=image.file.name))
    assert gone == []
    swap.settle_due(timezone.now() + timedelta(minutes=6))
    now = Image.objects.get()
    assert {now.get_rendition(f"width-{width}").height for width in range(30, 40)} <= set(range(22, 31))
    sources = {r.file.name.split("/")[-1].split(".")[0] for r in Rendition.objects.all()}
    assert sources == {now.file.name.split("/")[-1].split(".")[0]}
    nothing_lost()


@pytest.mark.parametrize(("model", "count"), [(Image, 1), (Rendition, 1), (Rendition, 2), (Rendition, 5)])
def test_a_process_killed_while_it_writes_leaves_nothing_for_good(
    image: Any, store_in: Any, model: Any, count: int
) -> None:
    before, rows = disk.public_files(), set(Rendition.objects.values_list("file", flat=True))

    def die(saves: int, name: str) -> None:
        if saves == count:
            os.kill(os.getpid(), signal.SIGKILL)

    store_in(model, WatchedStorage.telling(die))
    connections.close_all()
    child = os.fork()
    if child == 0:
        try:
            swap.publish(Image.objects.get(), LARGE, expected_name=image.file.name)
        finally:
            os._exit(1)
    _, status = os.waitpid(child, 0)
    assert os.WTERMSIG(status) == signal.SIGKILL
    assert Image.objects.get().file.name == image.file.name
    assert set(Rendition.objects.values_list("file", flat=True)) == rows
    assert before <= disk.public_files()
    swap.purge_due(timezone.now() + timedelta(hours=7))
    assert disk.public_files() == before
    assert disk.private_files() == set()
    assert not Retired.objects.exists()


def test_a_process_killed_inside_the_transaction_leaves_all_as_it_was(image: Any) -> None:
    before = disk.public_files()
    connections.close_all()
    child = os.fork()
    if child == 0:
        try:
            swap.publish(
                Image.objects.get(),
                LARGE,
                expected_name=image.file.name,
                within=lambda: os.kill(os.getpid(), signal.SIGKILL),
            )
        finally:
            os._exit(1)
    _, status = os.waitpid(child, 0)
    assert os.WTERMSIG(status) == signal.SIGKILL
    assert Image.objects.get().width == 64
    swap.purge_due(timezone.now() + timedelta(hours=7))
    assert disk.public_files() == before
    assert disk.private_files() == set()
