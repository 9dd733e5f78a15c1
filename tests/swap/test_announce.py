"""Who hears of a swap: the site, its pages, its log, its search, and Wagtail's cache of renditions."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.cache import caches
from django.db.models.signals import post_delete, post_save
from wagtail.log_actions import registry
from wagtail.models import ModelLogEntry

from tests.app import disk
from tests.app.frontend import RecordingBackend
from tests.app.images import Image, Rendition
from tests.app.models import PicturePage
from tests.swap.conftest import (
    job_of,
    publish,
    version_of,
)
from wagtail_restore import swap

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_site_hears_of_it(image: Any, page: PicturePage, admin_user: Any) -> None:
    heard: list[dict[str, Any]] = []

    def hear(sender: Any, **told: Any) -> None:
        heard.append({"sender": sender, **told})

    swap.published.connect(hear)
    swap.withdrawn.connect(hear)
    try:
        job = job_of(image)
        version = version_of(publish(image, job=job, by=admin_user))
        swap.withdraw(version, by=admin_user)
    finally:
        swap.published.disconnect(hear)
        swap.withdrawn.disconnect(hear)
    first, second = heard
    assert (first["sender"], first["image"].width, first["job"], first["by"]) == (Image, 128, job, admin_user)
    assert (second["image"].width, second["version"], second["by"]) == (64, version, admin_user)
    assert [p.pk for p in first["pages"]] == [p.pk for p in second["pages"]] == [page.pk]


def test_a_receiver_that_fails_harms_nobody(image: Any) -> None:
    def fail(sender: Any, **told: Any) -> None:
        raise ValueError("not today")

    swap.published.connect(fail)
    try:
        publish(image)
    finally:
        swap.published.disconnect(fail)
    assert Image.objects.get().width == 128


def test_pages_are_purged_from_the_front_end_cache(image: Any, page: PicturePage, settings: Any) -> None:
    settings.WAGTAILFRONTENDCACHE = {"here": {"BACKEND": "tests.app.frontend.RecordingBackend"}}
    publish(image)
    assert RecordingBackend.purged == [page.get_full_url()]


def test_the_search_index_is_brought_up_to_date(image: Any) -> None:
    Image.objects.filter(pk=image.pk).update(title="Lighthouse")
    assert not Image.objects.all().search("Lighthouse")
    publish(image)
    assert [found.pk for found in Image.objects.all().search("Lighthouse")] == [image.pk]


@pytest.fixture
def registered(monkeypatch: pytest.MonkeyPatch) -> None:
    registry.scan_for_actions()
    known = dict(registry.formatters)
    for action in ("wagtail_restore.publish", "wagtail_restore.withdraw"):
        if action not in known:
            registry.register_action(action, action, action)
    yield
    registry.formatters = known


def test_the_log_says_who_did_what(image: Any, admin_user: Any, registered: None) -> None:
    swap.withdraw(version_of(publish(image, by=admin_user)))
    last, first = ModelLogEntry.objects.filter(action__startswith="wagtail_restore.").order_by("-pk")[:2]
    assert (first.action, first.user, first.data["to"]["width"]) == ("wagtail_restore.publish", admin_user, 128)
    assert (last.action, last.user, last.data["from"]["width"]) == ("wagtail_restore.withdraw", None, 128)


def test_an_unregistered_action_does_not_stop_a_swap(image: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    registry.scan_for_actions()
    others = {name: f for name, f in registry.formatters.items() if not name.startswith("wagtail_restore.")}
    monkeypatch.setattr(registry, "formatters", others)
    publish(image)
    assert Image.objects.get().width == 128


def test_no_model_signals_are_sent_for_what_exists(image: Any) -> None:
    sent: list[Any] = []

    def hear(sender: Any, instance: Any, **kwargs: Any) -> None:
        if sender is Image or instance.pk in known:
            sent.append(instance)

    Rendition.objects.create(
        image=image, filter_spec="width-9", focal_point_key="stale", file="images/x.jpg", width=9, height=9
    )
    known = set(Rendition.objects.values_list("pk", flat=True))
    for signal in (post_save, post_delete):
        signal.connect(hear, sender=Image)
        signal.connect(hear, sender=Rendition)
    try:
        publish(image)
    finally:
        for signal in (post_save, post_delete):
            signal.disconnect(hear, sender=Image)
            signal.disconnect(hear, sender=Rendition)
    assert sent == []
    assert not Rendition.objects.filter(focal_point_key="stale").exists()
    assert "images/x.jpg" in disk.waiting_names()


def test_cached_renditions_of_the_old_file_are_purged(image: Any) -> None:
    stale = Image.objects.get()
    old = stale.get_rendition("width-40").file.name
    publish(image)
    assert Image.objects.get().get_rendition("width-40").file.name != old
    assert stale.get_rendition("width-40").file.name != old


def test_a_request_that_began_before_finds_its_cropped_rendition(image: Any) -> None:
    """It asks with the old focal point: it gets the old file, and makes none."""
    stale = Image.objects.get()
    old = Rendition.objects.get(filter_spec="fill-20x20").file.name
    publish(image)
    files = disk.public_files()
    assert stale.get_rendition("fill-20x20").file.name == old
    assert disk.public_files() == files


def test_going_back_does_not_revive_what_was_cached_under_the_same_hash(image: Any) -> None:
    stale = Image.objects.get()
    old = stale.get_rendition("original")
    published = publish(image)
    key = Rendition.construct_cache_key(stale, "", "original")
    caches["default"].set(key, old)
    swap.withdraw(version_of(published))
    now = Image.objects.get()
    assert now.file_hash == stale.file_hash
    assert now.get_rendition("original").file.name == Rendition.objects.get(filter_spec="original").file.name
