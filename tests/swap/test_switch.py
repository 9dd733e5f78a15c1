"""Publish and withdraw: what changes, what stays, and what is undone when something goes wrong."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import caches
from django.db import connection
from django.db.models.signals import post_delete, post_save
from django.utils import timezone
from wagtail import hooks
from wagtail.images.image_operations import FilterOperation
from wagtail.images.models import Image, Rendition
from wagtail.log_actions import registry
from wagtail.models import ModelLogEntry

from tests.app import disk
from tests.app.frontend import RecordingBackend
from tests.app.models import CustomImage, CustomRendition, PicturePage
from tests.app.storages import RemoteStorage, WatchedStorage
from tests.swap.conftest import focal, make, read, size_of, turned
from wagtail_restore import swap
from wagtail_restore.exceptions import BadOutput, ImageGone, StorageFailed, Superseded, Unreadable
from wagtail_restore.models import ImageFacts, Job, Retired, Version
from wagtail_restore.testing import make_picture

pytestmark = pytest.mark.django_db(transaction=True)

LARGE = make_picture(128, 96)
SHOWN = {"width-40", "fill-20x20", "max-165x165", "max-800x600", "original"}


def publish(image: Any, data: bytes = LARGE, **options: Any) -> swap.Published:
    return swap.publish(image, data, expected_name=options.pop("expected_name", image.file.name), **options)


def shown(image: Any) -> dict[str, Any]:
    """Spec → rendition, as a request that begins now gets them."""
    return Image.objects.get(pk=image.pk).get_renditions(*sorted(SHOWN))


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
    swap.withdraw(_version(publish(image)))
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
    swap.withdraw(_version(published))
    now = Image.objects.get()
    assert (now.width, now.height) == (64, 48)
    assert focal(image) == (16, 12, 8, 6)
    assert now.get_rendition("original").width == 48


def test_withdraw_brings_back_the_very_same_bytes(image: Any) -> None:
    before = read(image)
    published = publish(image)
    swap.withdraw(_version(published))
    now = Image.objects.get()
    assert read(now) == before
    assert (now.width, now.height, now.file_hash) == (64, 48, image.file_hash)
    assert size_of(shown(image)["original"]) == (64, 48)


def test_every_swap_uses_a_name_of_its_own(image: Any) -> None:
    names = {image.file.name}
    published = publish(image)
    names.add(published.image.file.name)
    names.add(swap.withdraw(_version(published)).image.file.name)
    assert len(names) == 3


def test_what_was_withdrawn_can_be_shown_again(image: Any) -> None:
    withdrawn = swap.withdraw(_version(publish(image)))
    swap.withdraw(_version(withdrawn))
    assert read(Image.objects.get()) == LARGE


def test_the_same_file_is_kept_once(image: Any) -> None:
    withdrawn = swap.withdraw(_version(publish(image)))
    publish(withdrawn.image)
    assert Version.objects.count() == 2
    assert len(disk.private_files()) == 2
    assert Version.objects.first().file_hash == image.file_hash


def test_the_version_is_private_and_expires(image: Any, settings: Any) -> None:
    settings.WAGTAIL_RESTORE = {**settings.WAGTAIL_RESTORE, "KEEP_VERSIONS_DAYS": 3}
    version = _version(publish(image))
    assert disk.private_files() == {version.file.name}
    assert (version.name, version.width, version.height) == (image.file.name, 64, 48)
    assert timedelta(days=2, hours=23) < version.expires_at - timezone.now() <= timedelta(days=3)


def test_a_site_may_keep_no_versions(image: Any, settings: Any) -> None:
    settings.WAGTAIL_RESTORE = {**settings.WAGTAIL_RESTORE, "KEEP_VERSIONS_DAYS": 0}
    assert publish(image).version is None
    assert disk.private_files() == set()


def test_the_version_names_the_job_that_replaced_it(image: Any) -> None:
    job = _job(image)
    assert _version(publish(image, job=job)).job == job


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


def test_the_site_hears_of_it(image: Any, page: PicturePage, admin_user: Any) -> None:
    heard: list[dict[str, Any]] = []

    def hear(sender: Any, **told: Any) -> None:
        heard.append({"sender": sender, **told})

    swap.published.connect(hear)
    swap.withdrawn.connect(hear)
    try:
        job = _job(image)
        version = _version(publish(image, job=job, by=admin_user))
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
    swap.withdraw(_version(publish(image, by=admin_user)))
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
    swap.withdraw(_version(published))
    now = Image.objects.get()
    assert now.file_hash == stale.file_hash
    assert now.get_rendition("original").file.name == Rendition.objects.get(filter_spec="original").file.name


def test_an_image_saved_by_code_without_hash_and_size(transactional_db: None) -> None:
    image = make()
    Image.objects.filter(pk=image.pk).update(file_hash="", file_size=None)
    image = Image.objects.get()
    image.get_rendition("width-40")
    published = publish(image)
    now = Image.objects.get()
    assert now.file_hash == hashlib.sha1(LARGE).hexdigest()
    assert _version(published).file_hash == hashlib.sha1(make_picture(64, 48)).hexdigest()
    swap.withdraw(_version(published))
    assert Image.objects.get().file_hash == hashlib.sha1(make_picture(64, 48)).hexdigest()


def test_a_missing_file_can_be_replaced(image: Any) -> None:
    image.file.storage.delete(image.file.name)
    assert publish(image).version is None
    assert read(Image.objects.get()) == LARGE


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


def test_a_storage_without_path_that_overwrites(transactional_db: None, store_in: Any) -> None:
    bucket = store_in(Image, RemoteStorage())
    store_in(Rendition, bucket)
    image = make()
    before = set(bucket.files)
    published = publish(image)
    assert before <= set(bucket.files)
    assert bucket.files[published.image.file.name] == LARGE
    swap.withdraw(_version(published))
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
    swap.withdraw(_version(published))
    assert CustomImage.objects.get().width == 64


def test_names_survive_long_filters_and_long_file_names(transactional_db: None) -> None:
    image = make(name=f"{'a-very-long-name-' * 5}.jpg")
    long = "fill-300x200-c100|format-webp|webpquality-80|bgcolor-ffffff"
    image.get_rendition(long)
    first = publish(image)
    second = swap.withdraw(_version(first))
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


def test_the_extension_tells_the_truth(image: Any) -> None:
    published = publish(image, make_picture(128, 96, format="PNG"))
    assert published.image.file.name.endswith(".png")


def test_publish_undoes_a_stale_save_first(image: Any) -> None:
    stale = Image.objects.get()
    first = publish(image)
    Image.objects.filter(pk=image.pk).update(**swap.snapshot(stale))
    publish(first.image, make_picture(256, 192))
    assert Image.objects.get().width == 256


class Fussy(FilterOperation):
    """Works for small pictures only."""

    def construct(self) -> None:
        """Takes nothing."""

    def run(self, willow: Any, image: Any, env: dict[str, Any]) -> None:
        if willow.get_size()[0] > 100:
            raise ValueError("too large for me")


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
    from django.core.files.base import ContentFile

    now.file = ContentFile(make_picture(50, 50), name="other.jpg")
    now._set_image_file_metadata()
    now.save()
    before.storage.delete(before.name)
    now.renditions.all().delete()


def _version(published: swap.Published) -> Version:
    assert published.version is not None
    return Version.objects.get(pk=published.version.pk)


def _job(image: Any) -> Job:
    from wagtail_restore.models.links import image_type

    return Job.objects.create(content_type=image_type(image), object_id=str(image.pk), source_name=image.file.name)
