"""The pictures of known marks in private storage: none stays that no mark has, whatever came between."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage, storages
from django.db import IntegrityError, transaction
from django.db.models.signals import pre_save
from django.test import Client
from django.urls import resolve
from django.utils import timezone
from wagtail.models import Collection

from tests.admin.test_known_marks import INDEX, NEW, files, mark, posted  # noqa: F401 — a fixture
from wagtail_restore import swap
from wagtail_restore.models import KnownMark, Retired

pytestmark = pytest.mark.django_db
LATER = timedelta(hours=7)


def upkeep(after: timedelta = timedelta()) -> list[str]:
    """The files that are left when upkeep has run."""
    swap.purge_due(timezone.now() + after)
    return files()


def test_another_picture_takes_the_place_of_the_old_file(admin: Client, mark: KnownMark) -> None:  # noqa: F811
    before = files()
    assert admin.post(f"{INDEX}edit/{mark.pk}/", posted(mark.collection)).status_code == 302
    assert len(files()) == 2
    (left,) = upkeep()
    assert left not in before and KnownMark.objects.get().picture.name == f"known-marks/{left}"


def test_the_file_goes_with_the_row(mark: KnownMark) -> None:  # noqa: F811
    KnownMark.objects.filter(pk=mark.pk).delete()
    assert len(files()) == 1
    assert upkeep() == []


def test_the_file_of_a_mark_stays(mark: KnownMark) -> None:  # noqa: F811
    assert Retired.objects.filter(name=mark.picture.name, intent=True).exists()
    assert len(upkeep(LATER)) == 1
    assert not Retired.objects.exists()


def test_a_storage_in_trouble_is_met_again(mark: KnownMark, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    with monkeypatch.context() as trouble:
        trouble.setattr(FileSystemStorage, "delete", lambda storage, name: 1 / 0)
        mark.delete()
        assert len(upkeep()) == 1
    assert upkeep(timedelta(hours=2)) == []


class Renaming(FileSystemStorage):
    """Puts a file under another name than it was told, as buckets with a layout of their own do."""

    def get_available_name(self, name: str, max_length: int | None = None) -> str:
        return name.replace(".png", "-1.png")


def test_the_intent_names_the_file_that_the_storage_made_of_it(news: Collection, settings: Any, tmp_path: Path) -> None:
    renaming = {"BACKEND": f"{__name__}.Renaming", "OPTIONS": {"location": str(tmp_path)}}
    settings.STORAGES = {**settings.STORAGES, "private": renaming}
    unsaved = KnownMark(name="Agency", collection=news, picture=ContentFile(b"a picture", name="logo.png"))
    unsaved.picture.storage = storages["private"]
    unsaved.store_picture()
    (written,) = files()
    assert written.endswith("-1.png")
    intent = Retired.objects.get()
    assert (intent.store, intent.name, intent.intent) == ("private", f"known-marks/{written}", True)
    assert timedelta(hours=5) < intent.delete_after - timezone.now() < timedelta(hours=7)
    assert upkeep() == [written], "somebody may be saving it just now"
    assert upkeep(LATER) == []


def test_what_was_written_for_a_mark_that_was_not_saved_goes(admin: Client, news: Collection) -> None:
    def quicker(sender: Any, **kwargs: Any) -> None:
        KnownMark.objects.bulk_create([KnownMark(name="Agency", collection=news, words="Example Agency")])

    pre_save.connect(quicker, sender=KnownMark)
    try:
        with pytest.raises(IntegrityError):
            admin.post(NEW, posted(news))
    finally:
        pre_save.disconnect(quicker, sender=KnownMark)
    assert len(files()) == 1, "the intent was written down before the transaction that failed"
    assert upkeep(LATER) == []


@pytest.mark.parametrize("url", [NEW, f"{INDEX}edit/1/"])
def test_a_site_that_puts_each_request_into_a_transaction_keeps_the_intent(url: str) -> None:
    assert "default" in resolve(url).func._non_atomic_requests  # type: ignore[attr-defined]


def test_code_that_fails_within_a_transaction_leaves_no_file_and_may_try_again(news: Collection) -> None:
    KnownMark.objects.create(name="Agency", collection=news, words="Example Agency")
    again = KnownMark(name="Agency", collection=news, picture=ContentFile(b"a picture", name="logo.png"))
    with pytest.raises(IntegrityError), transaction.atomic():
        again.save()
    assert files() == []
    again.name = "Agency, red"
    again.save()
    with again.picture.open("rb") as file:
        assert file.read() == b"a picture"
    assert len(files()) == 1
