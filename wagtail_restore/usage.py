"""The pages and other places that change when an image shows another file, as Wagtail's reference index knows them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ValidationError
from django.db.models import Count, Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, npgettext
from wagtail import models as wagtail_models
from wagtail.models import ReferenceIndex
from wagtail.permissions import page_permission_policy

FEW = 5
"""So many pages are named."""
MOST = 500
"""More places than these are not told apart."""

PAGE: Any = getattr(wagtail_models, "AbstractPage", wagtail_models.Page)


@dataclass(frozen=True)
class Named:
    """A page that the reader may know of, with the address of its form, or of its place in the tree."""

    title: str
    url: str
    live: bool


@dataclass(frozen=True)
class Usage:
    """How many pages and other places show an image, ``drafts`` of the pages unpublished; some pages are named.

    ``many`` where there are more places than are told apart.
    """

    pages: int = 0
    drafts: int = 0
    places: int = 0
    named: Sequence[Named] = ()
    many: bool = False

    def __bool__(self) -> bool:
        return self.many or self.pages + self.places > 0

    def __str__(self) -> str:
        """One phrase that says where it is used."""
        if self.many:
            return _("Used in more than %(count)s places") % {"count": MOST}
        pages = npgettext("used on …", "one page", "%(count)s pages", self.pages) % {"count": self.pages}
        if not self.places:
            return _("Used on %(pages)s") % {"pages": pages}
        if not self.pages:
            places = npgettext("used in …", "one place", "%(count)s places", self.places) % {"count": self.places}
            return _("Used in %(places)s") % {"places": places}
        others = npgettext("used in …", "one other place", "%(count)s other places", self.places)
        return _("Used on %(pages)s and in %(places)s") % {"pages": pages, "places": others % {"count": self.places}}

    @property
    def more(self) -> int:
        """How many pages are not named."""
        return 0 if self.many else self.pages - len(self.named)

    @property
    def unpublished(self) -> str:
        """What is to be said of drafts; empty where there are none, or where all are named."""
        if self.many or self.drafts <= sum(not each.live for each in self.named):
            return ""
        text = ngettext(
            "One of these pages is not published.", "%(count)s of these pages are not published.", self.drafts
        )
        return text % {"count": self.drafts}


def usage_of(image: Any, user: Any) -> Usage:
    """Where the image is used, in a handful of queries; only what is there still is counted."""
    rows = ReferenceIndex.get_references_to(image).order_by().values_list("base_content_type", "object_id").distinct()
    found = list(rows[: MOST + 1])
    keys: defaultdict[Any, list[str]] = defaultdict(list)
    for kind, key in found[:MOST]:
        keys[ContentType.objects.get_for_id(kind).model_class()].append(key)
    on_pages = [(model, keys.pop(model)) for model in list(keys) if model and issubclass(model, PAGE)]
    pages = drafts = 0
    named: list[Named] = []
    for model, of_pages in on_pages:
        about = model._base_manager.filter(pk__in=of_pages)
        counts = about.aggregate(all=Count("pk"), drafts=Count("pk", filter=Q(live=False)))
        pages, drafts = pages + counts["all"], drafts + counts["drafts"]
        named += _named(of_pages, user)
    places = sum(_there(model, of_model) for model, of_model in keys.items() if model)
    return Usage(pages, drafts, places, tuple(named[:FEW]), many=len(found) > MOST)


def _named(keys: list[str], user: Any) -> list[Named]:
    """The first of these pages that the user may find in the page tree, those that visitors see first."""
    seen: QuerySet[Any] = page_permission_policy.explorable_instances(user).filter(pk__in=keys)
    rows = list(seen.order_by("-live", "draft_title", "pk").values_list("pk", "draft_title", "live")[:FEW])
    changed = page_permission_policy.instances_user_has_permission_for(user, "change")
    editable = set(changed.filter(pk__in=[pk for pk, _title, _live in rows]).values_list("pk", flat=True))
    return [Named(title, _address(pk, pk in editable), live) for pk, title, live in rows]


def _address(pk: Any, editable: bool) -> str:
    return reverse("wagtailadmin_pages:edit" if editable else "wagtailadmin_explore", args=[pk])


def _there(model: Any, keys: list[str]) -> int:
    """How many of these rows there are; of a key that no row of the model could have, none."""
    try:
        return int(model._base_manager.filter(pk__in=keys).count())
    except (ValueError, ValidationError):
        return 0
