"""Who may do what."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.core.exceptions import PermissionDenied
from wagtail.images import get_image_model

from tests.admin.conftest import person
from wagtail_restore.admin.permissions import may_change, may_use, offered, require

pytestmark = pytest.mark.django_db


def test_superusers_and_code_may_always_ask(admin_user: Any) -> None:
    assert may_use(admin_user)
    assert may_use(None)


def test_asking_needs_its_permission() -> None:
    assert may_use(person("one", "use_restore"))
    assert not may_use(person("two"))


def test_an_inactive_superuser_may_nothing(image: Any) -> None:
    gone = get_user_model().objects.create_superuser("gone", password="x", is_active=False)
    assert not may_use(gone)
    assert not may_change(gone, image)


def test_changing_follows_the_policy_of_the_site(image: Any) -> None:
    owner = person("owner", images=("add",))
    assert not may_change(owner, image)
    get_image_model().objects.update(uploaded_by_user=owner)
    assert may_change(owner, get_image_model().objects.get())
    assert may_change(person("changer", images=("change",)), image)
    assert not may_change(person("chooser", images=("choose",)), image)


def test_both_rights_are_required(image: Any) -> None:
    changer = person("changer")
    require(changer, image, use=False)
    with pytest.raises(PermissionDenied):
        require(changer, image, use=True)
    with pytest.raises(PermissionDenied):
        require(person("user", "use_restore", images=()), image, use=True)


def test_two_permissions_are_offered_to_groups() -> None:
    assert sorted(offered().values_list("codename", flat=True)) == ["use_restore", "view_job"]
