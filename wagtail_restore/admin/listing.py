"""The image listing with badges, a filter and an order of ours; it stands before Wagtail's own (see ``LISTING``)."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import BigIntegerField, F, QuerySet
from django.db.models.functions import Cast
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from wagtail.images.views.images import ImagesFilterSet, IndexView

from wagtail_restore.admin.permissions import may_use
from wagtail_restore.admin.quick_widgets import CheckboxSelectMultiple
from wagtail_restore.admin.standing import OUTSTANDING, Standing, standing_in, standings

PIXELS = "restore_pixels"
"""The number of pixels, by which images can be sorted; with a minus, the largest first."""
FILTER = "restore"
"""The filter's name in the address."""

TITLE_CELL = "wagtailimages/images/title_column_cell.html"
"""Wagtail's own, which ours extends; another package's is left alone."""


class RestorationFilterSet(ImagesFilterSet):
    """Wagtail's filters, and where an image stands with restoration."""

    restore = django_filters.MultipleChoiceFilter(
        label=_("Restoration"),
        choices=Standing.choices,
        method="filter_standing",
        widget=CheckboxSelectMultiple,
    )

    class Meta(ImagesFilterSet.Meta):
        pass

    def __init__(self, *args: Any, is_searching: bool | None = None, **kwargs: Any) -> None:
        self.is_searching = bool(is_searching)
        super().__init__(*args, is_searching=is_searching, **kwargs)

    def filter_standing(self, images: QuerySet[Any], name: str, value: list[str]) -> QuerySet[Any]:
        """Those that stand in one of the chosen ways; search backends take no subquery, so for them as a list."""
        if not value:
            return images
        found = standing_in(images.model, value, images.db).values_list("pk", flat=True)
        return images.filter(pk__in=list(found) if self.is_searching else found)


class ListingView(IndexView):
    """Wagtail's listing; each image of the page knows where it stands."""

    ORDERING_OPTIONS = {
        **IndexView.ORDERING_OPTIONS,
        PIXELS: _("Resolution: (low to high)"),
        f"-{PIXELS}": _("Resolution: (high to low)"),
    }
    filterset_class = RestorationFilterSet
    template_name = "wagtail_restore/listing/index.html"
    results_template_name = "wagtail_restore/listing/results.html"

    def get_valid_orderings(self) -> list[str]:
        orderings = list(super().get_valid_orderings())
        if self.is_searching:  # as with Wagtail's own orders by what is no column of the index
            orderings = [ordering for ordering in orderings if ordering.removeprefix("-") != PIXELS]
        return orderings

    def get_base_queryset(self) -> QuerySet[Any]:
        images: QuerySet[Any] = super().get_base_queryset()
        if self.ordering.removeprefix("-") == PIXELS:
            images = images.annotate(**{PIXELS: Cast(F("width"), BigIntegerField()) * F("height")})
        return images

    def order_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        ordered: QuerySet[Any] = super().order_queryset(queryset)
        if self.ordering.removeprefix("-") == PIXELS:  # many have the same, and pages must not overlap
            ordered = ordered.order_by(self.ordering, "-pk")
        return ordered

    def decorate_paginated_queryset(self, object_list: Any) -> Any:
        """Each image with where it stands, fetched together."""
        images = super().decorate_paginated_queryset(object_list)
        found = standings(images)
        for image in images:
            image.restore_standing = found.get(image.pk)
            image.restore_stands_out = image.restore_standing in OUTSTANDING
        return images

    @cached_property
    def columns(self) -> list[Any]:
        """In the list, the cell with the title tells it, so that narrow screens need no room for one more column."""
        columns: list[Any] = super().columns
        for column in columns:
            if column.name == "title" and column.cell_template_name == TITLE_CELL:
                column.cell_template_name = "wagtail_restore/listing/title_cell.html"
        return columns

    @cached_property
    def restore_offered(self) -> bool:
        """Whether the user may ask for restoration."""
        return may_use(self.request.user)

    @cached_property
    def restore_filtered(self) -> list[str]:
        """The chosen values of our filter."""
        filters = self.filters
        return list(filters.form.cleaned_data.get(FILTER) or ()) if filters and filters.is_valid() else []
