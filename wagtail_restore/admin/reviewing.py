"""The queue of what awaits a decision, as each person may decide it, and the place of one Job in it."""

from __future__ import annotations

from dataclasses import dataclass, field

import django_filters
from django.db.models import QuerySet
from django.http import HttpRequest, QueryDict
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from wagtail.admin.filters import CollectionFilter, WagtailFilterSet
from wagtail.images import get_image_model
from wagtail.models import Collection

from wagtail_restore.admin.permissions import own_collections
from wagtail_restore.deciding import concerning, waiting_for
from wagtail_restore.models import Job, ResolutionRule

STRIP = 8
"""How many of the following ones are shown beside the one that is looked at."""

REASONS = [
    ("review_asked", pgettext_lazy("reason for review", "It was asked for")),
    ("review_by_rule", pgettext_lazy("reason for review", "A rule asks for it")),
    ("review_creative", pgettext_lazy("reason for review", "Creative mode")),
    ("not_faithful_enough", pgettext_lazy("reason for review", "Differs from the original")),
    ("much_text", pgettext_lazy("reason for review", "Much text erased")),
    ("unsure", pgettext_lazy("reason for review", "Doubtful marks")),
    ("on_face", pgettext_lazy("reason for review", "A mark over a face")),
]
"""Why a person must look: the codes of the worker, in the words of a choice."""


class ReviewFilterSet(WagtailFilterSet):
    """Which part of the queue is shown."""

    reason = django_filters.ChoiceFilter(label=_("Reason"), choices=REASONS, method="by_reason")
    rule = django_filters.ModelChoiceFilter(label=_("Rule"), queryset=ResolutionRule.objects.all())
    collection = CollectionFilter(
        label=_("Collection"), queryset=lambda request: own_collections(request.user), method="within"
    )

    class Meta:
        model = Job
        fields = ["reason", "rule", "collection"]

    def by_reason(self, rows: QuerySet[Job], name: str, value: str) -> QuerySet[Job]:
        """Those that wait for this reason."""
        return rows.filter(reason__code=value)

    def within(self, rows: QuerySet[Job], name: str, value: Collection) -> QuerySet[Job]:
        """Those of images in this collection or in one inside it."""
        images = get_image_model()._default_manager.filter(collection__path__startswith=value.path)
        return concerning(rows, images.order_by())


def asked_for(request: HttpRequest, query: QueryDict | None = None) -> QuerySet[Job]:
    """The part of this person's queue that the address asks for; all of it where it asks for nothing."""
    query = request.GET if query is None else query
    rows = waiting_for(request.user)
    if not kept(query):
        return rows
    found: QuerySet[Job] = ReviewFilterSet(query, queryset=rows, request=request).qs
    return found


def kept(query: QueryDict) -> str:
    """What of a query string chooses a part of the queue, to be carried along from one to the next."""
    names = ReviewFilterSet.base_filters
    carried = QueryDict(mutable=True)
    for name, values in query.lists():
        if name in names and any(values):
            carried.setlist(name, values)
    return carried.urlencode()


@dataclass(frozen=True)
class Place:
    """Where a Job stands: the how manieth of how many, what comes before and after it."""

    job: Job
    number: int
    total: int
    earlier: int | None
    following: list[Job] = field(default_factory=list)

    @property
    def later(self) -> int | None:
        return self.following[0].pk if self.following else None


def place_of(job: Job, rows: QuerySet[Job]) -> Place:
    """Where this Job stands among the ``rows``."""
    before = rows.filter(pk__lt=job.pk)
    earlier = before.order_by("-pk").values_list("pk", flat=True).first()
    following = list(rows.filter(pk__gt=job.pk).select_related("content_type")[:STRIP])
    return Place(job, before.count() + 1, rows.count(), earlier, following)


def after(pk: int, rows: QuerySet[Job]) -> int | None:
    """The one that follows this one; after the last the first that is left, and None where none is."""
    keys = rows.values_list("pk", flat=True)
    return keys.filter(pk__gt=pk).first() or keys.first()
