"""Who may ask for restoration and decide about which results, by the site's own policy for images."""

from __future__ import annotations

from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db.models import Exists, QuerySet
from wagtail.images import get_image_model

from wagtail_restore.models import Job, State
from wagtail_restore.models.links import image_number

USE = "wagtail_restore.use_restore"
"""The permission to ask for restoration, to publish or discard results, and to go back to earlier versions."""


def policy() -> Any:
    """The site's policy for images."""
    try:
        from wagtail.permissions import policy_registry
    except ImportError:  # Wagtail 7.4
        from wagtail.images.permissions import permission_policy

        return permission_policy
    return policy_registry.get_by_type(get_image_model())


def may_use(user: Any) -> bool:
    """Whether restoration is offered to this user; code that acts without one is trusted."""
    return user is None or bool(user.has_perm(USE))


def may_review(user: Any) -> bool:
    """Whether this user may decide about results, on some images or on all."""
    return may_use(user) and bool(policy().user_has_permission(user, "change"))


def changeable(user: Any) -> QuerySet[Any]:
    """The images that this user may change, by the site's own policy for images, in no order."""
    found: QuerySet[Any] = policy().instances_user_has_permission_for(user, "change").order_by()
    return found


def concerning(rows: QuerySet[Job], images: QuerySet[Any]) -> QuerySet[Job]:
    """Those of the rows that are about one of these images, found by the primary key of each."""
    kind = ContentType.objects.get_for_model(images.model)
    about = images.filter(pk=image_number(outer=True))
    return rows.filter(Exists(about), content_type=kind)


def waiting_for(user: Any) -> QuerySet[Job]:
    """The Jobs under review on images that this user may change, the oldest first."""
    return concerning(Job.objects.filter(state=State.REVIEW), changeable(user)).order_by("pk")
