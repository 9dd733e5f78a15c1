"""Keys as one short string."""

from __future__ import annotations

import random
from typing import Any
from urllib.parse import urlencode

import pytest
from django.contrib.sessions.models import Session
from django.http import Http404
from django.test import Client

from tests.admin.bulk.test_restore import DOUBLE, choose_url, hidden_in, words_of
from wagtail_restore.admin.bulk import selection, together
from wagtail_restore.models import Job


@pytest.mark.parametrize(
    ("keys", "packed"), [([], ""), ([7], "7"), ([3, 1, 2], "1-3"), ([1, 2, 4, 9, 10], "1-2.4.9-10")]
)
def test_whole_numbers_are_packed_as_runs(keys: list[int], packed: str) -> None:
    assert selection.pack(keys) == packed
    assert selection.unpack(packed) == sorted(keys)


def test_the_order_is_the_one_in_which_they_come_out_again() -> None:
    assert selection.in_order([3, 1, 2]) == [1, 2, 3]
    assert selection.in_order(["b", "a"]) == ["b", "a"]


def test_other_keys_are_joined() -> None:
    assert selection.pack(["1b4e28ba-2fa1", "x"]) == "1b4e28ba-2fa1,x"


@pytest.mark.parametrize(
    "wrong",
    ["one", "1-x", "1-99999999999", "-", "1;2", "²", "1-²", "9" * 30, "9" * 5000, "1-600000.1-600000", ".forged:1:2"],
)
def test_what_is_no_key_is_not_found(wrong: str) -> None:
    with pytest.raises(Http404):
        selection.unpack(wrong)


def test_an_address_that_is_too_long_is_none(settings: Any) -> None:
    assert (
        selection.address("/back/", [1, 2, 3], "/admin/images/?p=2") == "/back/?images=1-3&next=/admin/images/%3Fp%3D2"
    )
    assert selection.address("/back/", range(0, 2000, 2), "/") == ""


def test_what_belongs_to_no_collection_is_not_found(admin: Client) -> None:
    for wrong in ("x", "²"):
        assert admin.get(choose_url(), {"id": "all", "childOf": wrong}).status_code == 404


def test_keys_of_another_model_are_read_as_such() -> None:
    assert selection.unpack("1,3-4", Job) == [1, 3, 4]
    assert selection.unpack("1,3-4", Session) == ["1", "3-4"]
    assert selection.unpack("1.3,4", Session) == ["1.3", "4"]


def scattered(count: int) -> list[int]:
    """Keys of which few lie beside each other."""
    return sorted(random.Random(1).sample(range(10**6, 10**6 + 4 * count), count))


def send(client: Client, **values: Any) -> Any:
    """As a browser sends it, which escapes what is not safe."""
    return client.post(choose_url(), urlencode(values), content_type="application/x-www-form-urlencoded")


def test_many_scattered_keys_are_compressed_in_a_form() -> None:
    keys = scattered(20_000)
    assert len(selection.hidden(keys)) < len(selection.pack(keys)) / 2
    assert selection.unpack(selection.hidden(keys)) == keys
    assert selection.hidden(range(9)) == "0-8" and selection.unpack("1,3.4") == [1, 3, 4]
    names = [f"{key}-name" for key in keys]
    assert selection.unpack(selection.hidden(names), Session) == names


@pytest.mark.django_db
def test_more_than_django_takes_in_commas_goes_from_page_to_page(
    editor: Client, image: Any, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 150_000
    keys = [image.pk, *scattered(20_000)]
    monkeypatch.setattr(selection, "listed", lambda request: keys)
    assert selection.hidden(keys) in editor.get(choose_url(), {"id": "all"}).content.decode()
    monkeypatch.setattr(together, "SECONDS", 0.0)
    page = send(editor, images=selection.hidden(keys), **DOUBLE)
    assert "500 of 20001 images are looked at" in words_of(page)
    monkeypatch.setattr(together, "SECONDS", 60.0)
    page = send(editor, **hidden_in(page.content.decode()))
    assert "1 image will be worked on." in words_of(page)


@pytest.mark.django_db
@pytest.mark.parametrize("most", [60_000, None])
def test_what_is_still_too_much_is_told_instead_of_refused(
    editor: Client, settings: Any, monkeypatch: pytest.MonkeyPatch, most: int | None
) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = most
    monkeypatch.setattr(selection, "listed", lambda request: scattered(20_000) if most else range(10**6 + 1))
    page = editor.get(choose_url(), {"id": "all"})
    assert "too many images for one go" in words_of(page) and "Back to the images" in words_of(page)
    assert hidden_in(page.content.decode()) == {}
    if most:
        monkeypatch.setattr(together, "BATCH", 20_000)
        for action in ("restore_publish", "restore_request"):
            page = editor.post(f"{choose_url(action)}?id=all", DOUBLE)
            assert page.status_code == 200 and "for one go. Choose fewer" in words_of(page)
