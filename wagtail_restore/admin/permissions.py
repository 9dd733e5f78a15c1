"""Who may ask for restoration, and who may see and change a given image."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import Permission
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.shortcuts import get_object_or_404
from wagtail.images import get_image_model
from wagtail.models import Collection

from wagtail_restore.deciding import USE, changeable, may_review, may_use, policy

__all__ = ["USE", "changeable", "may_review", "may_use"]

SEEING = ("add", "change", "delete", "choose")
"""Whoever may do one of these with images sees them."""


def may_change(user: Any, image: Any) -> bool:
    """Whether this user may change this image, by the site's own policy for images."""
    return bool(policy().user_has_permission_for_instance(user, "change", image))


def may_change_all(user: Any, images: QuerySet[Any]) -> bool:
    """Whether this user may change images, and each of these, by the site's own policy for images."""
    may = bool(policy().user_has_permission(user, "change"))
    return may and not images.exclude(pk__in=changeable(user).values("pk")).exists()


def seen_by(user: Any) -> QuerySet[Any]:
    """The images that this user may see in Wagtail's listing or chooser."""
    seen: QuerySet[Any] = policy().instances_user_has_any_permission_for(user, SEEING)
    return seen


def seen_collections(user: Any) -> QuerySet[Collection]:
    """The collections in which this user may do anything with images."""
    found: QuerySet[Collection] = policy().collections_user_has_any_permission_for(user, SEEING)
    return found


def image_or_404(pk: int) -> Any:
    """The image of this key. Raises ``Http404`` where there is none."""
    return get_object_or_404(get_image_model(), pk=pk)


def require(user: Any, image: Any, *, use: bool) -> None:
    """Raise ``PermissionDenied`` unless the user may change the image, and with ``use`` also ask for restoration."""
    if not may_change(user, image) or (use and not may_use(user)):
        raise PermissionDenied


def changeable_collections(user: Any) -> QuerySet[Collection]:
    """The collections in which this user may change images."""
    found: QuerySet[Collection] = policy().collections_user_has_permission_for(user, "change")
    return found


def own_collections(user: Any) -> QuerySet[Collection]:
    """The collections in which this user may change images, be it only those that they have uploaded."""
    found: QuerySet[Collection] = policy().collections_user_has_any_permission_for(user, ["add", "change"])
    return found


def offered_collections(user: Any, present: int | None) -> QuerySet[Collection]:
    """The collections that a form offers this user: those in which they may change images, and the ``present`` one."""
    found = changeable_collections(user).order_by().values("pk")
    offered: QuerySet[Collection] = Collection.objects.filter(Q(pk__in=found) | Q(pk=present))
    return offered


def may_see_marks(user: Any) -> bool:
    """Whether this user may see the known marks: whoever may add, change or delete them, or only look at them."""
    return any(user.has_perm(f"wagtail_restore.{right}_knownmark") for right in ("view", "add", "change", "delete"))


def offered() -> QuerySet[Permission]:
    """The permissions of ours that an administrator gives to groups (rules bring their own)."""
    return Permission.objects.filter(
        content_type__app_label="wagtail_restore", codename__in=["use_restore", "view_job"]
    )
