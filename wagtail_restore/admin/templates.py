"""Mask templates in the settings menu: where each holds, what it marks, and which rules go by it."""

from __future__ import annotations

import io
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.html import format_html
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from PIL import Image
from wagtail.admin import messages as toast
from wagtail.admin.auth import any_permission_required
from wagtail.admin.panels import FieldPanel, ObjectList, Panel
from wagtail.admin.ui.tables import Column
from wagtail.admin.viewsets.model import ModelViewSet
from wagtail.models import Collection

from wagtail_restore import messages, rights, swap
from wagtail_restore.admin.collection_form import CollectionForm
from wagtail_restore.exceptions import RestoreError
from wagtail_restore.imaging.anchoring import Anchor, nearest
from wagtail_restore.models import MaskTemplate

PREVIEW = 160
"""Pixels of the longer side of a preview."""
PLATE, INK = (154, 154, 154), (227, 0, 43)
PLACES = {
    Anchor.TOP_LEFT: _("%(width)s × %(height)s %% of the picture, at the upper left"),
    Anchor.TOP_RIGHT: _("%(width)s × %(height)s %% of the picture, at the upper right"),
    Anchor.BOTTOM_LEFT: _("%(width)s × %(height)s %% of the picture, at the lower left"),
    Anchor.BOTTOM_RIGHT: _("%(width)s × %(height)s %% of the picture, at the lower right"),
    Anchor.WHOLE: _("%(width)s × %(height)s %% of the picture, from border to border"),
}
"""Where a mark lies; one that spans a side lies in no corner."""
MIDDLE = _("%(width)s × %(height)s %% of the picture, in the middle")


def preview(template: MaskTemplate) -> bytes:
    """A PNG of what the template marks, in red on a grey plate of the shape of the picture that it was painted on."""
    scale = PREVIEW / max(template.width, template.height)
    plate = Image.new("RGB", _scaled(template.width, template.height, scale), PLATE)
    with swap.reaching(str(template.file)), template.file.open("rb") as file, Image.open(file) as mask:
        mark = mask.convert("L").resize(_scaled(template.box_width, template.box_height, scale))
    plate.paste(INK, (int(template.box_x * scale), int(template.box_y * scale)), mark)
    buffer = io.BytesIO()
    plate.save(buffer, "PNG")
    return buffer.getvalue()


@any_permission_required(*(f"wagtail_restore.{right}_masktemplate" for right in ("view", "add", "change", "delete")))
def preview_view(request: HttpRequest, pk: int) -> HttpResponse:
    """The preview for the list, for those who may see that."""
    template = get_object_or_404(MaskTemplate, pk=pk)
    try:
        return HttpResponse(preview(template), content_type="image/png")
    except RestoreError as error:
        raise Http404 from error


class ConfirmInput(forms.CheckboxInput):
    """A box beside the words that it confirms."""

    template_name = "wagtail_restore/widgets/confirm.html"
    statement = ""

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        """Also the words."""
        context: dict[str, Any] = super().get_context(name, value, attrs)
        context["widget"]["statement"] = self.statement
        return context


class TemplateSettingsForm(CollectionForm):
    """Asks whoever saves a template for the right to remove what it marks; it keeps who confirmed that last."""

    confirms = forms.BooleanField(
        label=_("Right to remove watermarks"),
        widget=ConfirmInput,
        help_text=_("You are asked only once; it is kept with your name."),
        error_messages={"required": messages.TEXTS["template_unconfirmed"]},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        asking = rights.asked_of(self.for_user, rights.Case.TEMPLATE)
        if asking.needed:
            self.fields["confirms"].widget.statement = asking.statement
        else:
            del self.fields["confirms"]

    def save(self, commit: bool = True) -> MaskTemplate:
        """Save the template, with the confirmation that was given now or earlier."""
        if self.cleaned_data.get("confirms"):
            rights.confirm(self.for_user, rights.Case.TEMPLATE)
        self.instance.rights = rights.told_of(self.for_user, rights.Case.TEMPLATE) or self.instance.rights
        template: MaskTemplate = super().save(commit=commit)
        return template


class TemplateIndexView(ModelViewSet.index_view_class):
    """The list; templates are made in the editor for masks, not here."""

    def get_base_queryset(self) -> QuerySet[MaskTemplate]:
        found: QuerySet[MaskTemplate] = super().get_base_queryset()
        return found.select_related("collection").prefetch_related("rules")

    def get_add_url(self) -> None:
        return None


class TemplateDeleteView(ModelViewSet.delete_view_class):
    """Deletes a template that no rule goes by; of any other it tells the rules."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        return self._kept() or super().get(request, *args, **kwargs)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        return self._kept() or super().post(request, *args, **kwargs)

    def _kept(self) -> HttpResponse | None:
        rules = used_by(self.object)
        if not rules:
            return None
        text = gettext("The template is used by these rules, so it was not deleted: %(rules)s. Change them first.")
        toast.error(self.request, text % {"rules": rules})
        return redirect("restore_templates:index")


def used_by(template: MaskTemplate) -> str:
    """The names of the rules that go by this template."""
    return ", ".join(f"“{rule}”" for rule in template.rules.all())


def whereabouts(template: MaskTemplate) -> str:
    """What the template marks, in words: how large it is on its picture, and where it lies on it."""
    stencil = template.stencil
    (width, height), (x, y, wide, high) = stencil.size, stencil.box
    place = PLACES[nearest(stencil.size, stencil.box)]
    off = max(abs(2 * x + wide - width) / width, abs(2 * y + high - height) / height)
    if off < 1 / 3 and place is not PLACES[Anchor.WHOLE]:
        place = MIDDLE
    return str(place % {"width": _percent(wide, width), "height": _percent(high, height)})


class MarkedPanel(Panel):
    """The picture of what the template marks, and where that is in words."""

    class BoundPanel(Panel.BoundPanel):
        template_name = "wagtail_restore/templates/marked.html"

        def get_context_data(self, parent_context: Any = None) -> dict[str, Any]:
            context: dict[str, Any] = super().get_context_data(parent_context)
            return {**context, "template": self.instance, "whereabouts": whereabouts(self.instance)}


class TemplateViewSet(ModelViewSet):
    """The mask templates, for those with Django's permissions for them."""

    model = MaskTemplate
    index_view_class = TemplateIndexView
    delete_view_class = TemplateDeleteView
    name = "restore_templates"
    url_prefix = "restore/templates"
    icon = "restore-brush"
    menu_label = _("Mask templates")
    menu_name = "restore-templates"
    menu_order = 951
    add_to_settings_menu = True
    add_to_reference_index = False
    copy_view_enabled = False
    inspect_view_enabled = False
    search_fields = ["name"]
    list_filter = ["collection"]
    index_results_template_name = "wagtail_restore/templates/index_results.html"

    @cached_property
    def list_display(self) -> list[Any]:
        return [
            "name",
            Column("preview", label=_("What it marks"), accessor=_picture),
            Column("collection", label=_("Collection"), accessor="collection"),
            Column("anchor", _("Keeps its place to"), lambda row: row.get_anchor_display(), classname="restore-aside"),
            Column("rules", _("Used by the rules"), lambda row: used_by(row) or "—", classname="restore-aside"),
        ]

    @cached_property
    def edit_handler(self) -> ObjectList:
        fields = [FieldPanel(name) for name in ("name", "collection", "anchor", "confirms")]
        return ObjectList([MarkedPanel(heading=_("What it marks")), *fields], base_form_class=TemplateSettingsForm)

    def get_urlpatterns(self) -> list[Any]:
        return [pattern for pattern in super().get_urlpatterns() if pattern.name != "add"]


def contents_of(collection: Collection) -> dict[str, Any] | None:
    """What Wagtail says of a collection that cannot be deleted, as mask templates are for it."""
    count = MaskTemplate.objects.filter(collection=collection).count()
    if not count:
        return None
    text = ngettext("%(count)s mask template", "%(count)s mask templates", count) % {"count": count}
    return {
        "count": count,
        "count_text": text,
        "url": f"{reverse('restore_templates:index')}?collection={collection.pk}",
    }


def _picture(template: MaskTemplate) -> str:
    address = reverse("wagtail_restore:template_preview", args=[template.pk])
    return format_html('<img src="{}" alt="{}" width="80" loading="lazy">', address, whereabouts(template))


def _percent(part: int, whole: int) -> int:
    return max(1, round(100 * part / whole))


def _scaled(width: int, height: int, scale: float) -> tuple[int, int]:
    return max(1, round(width * scale)), max(1, round(height * scale))
