"""Which Jobs the report of restorations shows."""

from __future__ import annotations

from typing import Any

import django_filters
from django import forms
from django.contrib.auth import get_user_model
from django.contrib.contenttypes.models import ContentType
from django.db.models import Case, Exists, OuterRef, QuerySet, TextField, When
from django.db.models.fields.json import KT
from django.db.models.functions import Cast
from django.utils.translation import gettext_lazy as _
from django_filters.widgets import SuffixedMultiWidget
from wagtail.admin.filters import CollectionFilter, WagtailFilterSet
from wagtail.images import get_image_model
from wagtail.models import Collection

from wagtail_restore.admin.attention import REMEDIES
from wagtail_restore.admin.permissions import seen_collections
from wagtail_restore.models import Job, ResolutionRule, State
from wagtail_restore.models.links import image_number


def _askers(request: Any) -> QuerySet[Any]:
    """Whoever has asked for anything."""
    users = get_user_model()._default_manager.filter(Exists(Job.objects.filter(user=OuterRef("pk"))))
    return users.order_by(get_user_model().USERNAME_FIELD)


def _collections(request: Any) -> QuerySet[Collection]:
    return seen_collections(request.user)


class DateRange(SuffixedMultiWidget):
    """From one day to another, with the browser's own calendar: Wagtail's is started by a script in the page."""

    template_name = "wagtail_restore/widgets/date_range.html"
    suffixes = ["from", "to"]

    def __init__(self, attrs: Any = None) -> None:
        days = [
            forms.DateInput(attrs={"type": "date", "placeholder": label}, format="%Y-%m-%d")
            for label in (_("Date from"), _("Date to"))
        ]
        super().__init__(days, attrs)

    def decompress(self, value: Any) -> list[Any]:
        """The two days of a range."""
        return [value.start, value.stop] if value else [None, None]


class JobFilterSet(WagtailFilterSet):
    """By what became of it, who asked, through what, where the image is, by which rule, and when."""

    state = django_filters.MultipleChoiceFilter(
        label=_("State"), choices=State.choices, widget=forms.CheckboxSelectMultiple, distinct=False
    )
    reason = django_filters.ChoiceFilter(
        label=_("Failed because of"),
        choices=[(code, words) for code, (words, _fix) in REMEDIES.items()],
        method="failed",
    )
    collection = CollectionFilter(label=_("Collection"), queryset=_collections, method="inside")
    user = django_filters.ModelChoiceFilter(label=_("Asked for by"), queryset=_askers)
    origin = django_filters.ChoiceFilter(label=_("Asked for through"), choices=Job.Origin.choices)
    rule = django_filters.ModelChoiceFilter(label=_("Rule"), queryset=ResolutionRule.objects.all())
    created_at = django_filters.DateFromToRangeFilter(label=_("Asked for"), widget=DateRange)
    finished_at = django_filters.DateFromToRangeFilter(label=_("Finished"), widget=DateRange)

    class Meta:
        model = Job
        fields = ["state", "reason", "collection", "user", "origin", "rule", "created_at", "finished_at"]

    def failed(self, rows: QuerySet[Job], name: str, code: str) -> QuerySet[Job]:
        """Those that failed for this reason."""
        told = Cast(KT("reason__code"), TextField())
        return rows.filter(state=State.FAILED).annotate(failed_of=told).filter(failed_of=code)

    def inside(self, rows: QuerySet[Job], name: str, collection: Collection) -> QuerySet[Job]:
        """Those whose image is in this collection now, or in one inside it."""
        model = get_image_model()
        images = model._base_manager.filter(collection__path__startswith=collection.path).order_by().values("pk")
        ours = When(content_type=ContentType.objects.get_for_model(model), then=image_number())
        # As one value, so that the database goes by the order and stops at a page, not by the kind, which most have.
        return rows.annotate(image_pk=Case(ours)).filter(image_pk__in=images)
