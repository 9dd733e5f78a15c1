"""Known marks in the settings menu: a list with their pictures, and a form that takes no picture that is no use."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.functional import cached_property
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext, pgettext_lazy
from wagtail.admin.panels import FieldPanel, MultiFieldPanel, ObjectList
from wagtail.admin.ui.tables import BooleanColumn, Column
from wagtail.admin.viewsets.model import ModelViewSet
from wagtail.models import Collection

from wagtail_restore.admin.collection_form import CollectionForm
from wagtail_restore.admin.mark_picture import MarkPictureField
from wagtail_restore.models import KnownMark


class MarkPictureInput(forms.ClearableFileInput):
    """Takes a file, and shows the one that is there, with a box to remove it; a private file has no address."""

    template_name = "wagtail_restore/widgets/mark_picture.html"

    def is_initial(self, value: Any) -> bool:
        """Whether there is a picture already; its storage is not asked for an address."""
        return bool(value and getattr(value, "instance", None) and value.instance.pk)

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        """Also the address of the small picture, where there is one; ``checked`` is the box, and not the file's."""
        context: dict[str, Any] = super().get_context(name, value, attrs)
        context["widget"]["checked"] = context["widget"]["attrs"].pop("checked", False)
        context["widget"]["picture"] = address(value.instance) if self.is_initial(value) else ""
        return context


class KnownMarkForm(CollectionForm):
    """A new mark is at first for the topmost collection that its maker may choose."""

    picture = MarkPictureField(
        required=False,
        label=_("Picture of the mark"),
        help_text=KnownMark._meta.get_field("picture").help_text,
        widget=MarkPictureInput(attrs={"accept": "image/png,image/webp"}),
    )

    def clean(self) -> Any:
        self.instance.picture_refused = "picture" in self.errors
        return super().clean()


class KnownMarkIndexView(ModelViewSet.index_view_class):
    """The list, with the collection of each fetched along."""

    def get_base_queryset(self) -> QuerySet[KnownMark]:
        marks: QuerySet[KnownMark] = super().get_base_queryset()
        return marks.select_related("collection")


class PictureFirst:
    """Writes the picture before the transaction in which the row is saved: its intent must outlive a rollback."""

    def form_valid(self, form: Any) -> Any:
        form.instance.store_picture()
        return super().form_valid(form)  # type: ignore[misc]


@method_decorator(transaction.non_atomic_requests, name="dispatch")
class KnownMarkCreateView(PictureFirst, ModelViewSet.add_view_class):
    """Adds a mark."""


@method_decorator(transaction.non_atomic_requests, name="dispatch")
class KnownMarkEditView(PictureFirst, ModelViewSet.edit_view_class):
    """Changes a mark."""


class KnownMarkViewSet(ModelViewSet):
    """The known marks, for those with Django's permissions for them."""

    model = KnownMark
    index_view_class = KnownMarkIndexView
    add_view_class = KnownMarkCreateView
    edit_view_class = KnownMarkEditView
    name = "restore_known_marks"
    url_prefix = "restore/known-marks"
    icon = "restore-eraser"
    menu_label = _("Known marks")
    menu_name = "restore-known-marks"
    menu_order = 952
    add_to_settings_menu = True
    add_to_reference_index = False
    copy_view_enabled = False
    inspect_view_enabled = False
    search_fields = ["name", "words"]
    list_filter = ["active", "collection"]
    list_export = ["name", "words", "active", "collection"]
    index_results_template_name = "wagtail_restore/known_marks/index_results.html"

    @cached_property
    def list_display(self) -> list[Any]:
        return [
            "name",
            Column("picture", label=_("Mark"), accessor=_shown),
            Column("collection", label=_("Collection"), accessor="collection", classname="restore-aside"),
            BooleanColumn("active", label=pgettext_lazy("known mark", "Active")),
        ]

    @cached_property
    def edit_handler(self) -> ObjectList:
        fields = [FieldPanel(name) for name in ("name", "active", "collection", "picture", "words")]
        help_text = _(
            "Give a picture or words, or both. Wherever watermarks are cleaned up, this mark is looked for, large or "
            "small, and taken off."
        )
        panel = MultiFieldPanel(fields, heading=_("Known mark"), icon="restore-eraser", help_text=help_text)
        return ObjectList([panel], base_form_class=KnownMarkForm)


def contents_of(collection: Collection) -> dict[str, Any] | None:
    """What Wagtail says of a collection that cannot be deleted, as known marks are for it."""
    count = KnownMark.objects.filter(collection=collection).count()
    if not count:
        return None
    text = ngettext("%(count)s known mark", "%(count)s known marks", count) % {"count": count}
    return {
        "count": count,
        "count_text": text,
        "url": f"{reverse('restore_known_marks:index')}?collection={collection.pk}",
    }


def address(mark: KnownMark) -> str:
    """Where the small picture of a mark is served."""
    return reverse("wagtail_restore:known_mark", args=[mark.pk])


def _shown(mark: KnownMark) -> str:
    source, name = address(mark), mark.name
    picture = format_html('<img class="restore-mark" src="{}" alt="{}" loading="lazy">', source, name)
    quoted = format_html("“{}”", mark.words)
    return format_html("{} {}", picture if mark.picture else "", quoted if mark.words else "")
