"""Keys as one short string."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.http import Http404
from django.test import Client

from tests.admin.bulk.test_restore import choose_url
from wagtail_restore.admin.bulk import selection
from wagtail_restore.models import Job


@pytest.mark.parametrize(
    ("keys", "packed"), [([], ""), ([7], "7"), ([3, 1, 2], "1-3"), ([1, 2, 4, 9, 10], "1-2,4,9-10")]
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
    "wrong", ["one", "1-x", "1-99999999999", "-", "1;2", "²", "1-²", "9" * 30, "9" * 5000, "1-600000,1-600000"]
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
