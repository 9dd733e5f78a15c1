"""Templates in the mask editor: saving what is painted as one, and laying one on the picture that is open."""

from __future__ import annotations

import io
from typing import Any

from django import forms
from django.core.files.base import ContentFile
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST
from PIL import Image
from wagtail.models import Collection

from wagtail_restore import messages, rights, swap
from wagtail_restore.admin.hindered import facts_or_obstacle
from wagtail_restore.admin.mask_form import MaskForm
from wagtail_restore.admin.permissions import changeable_collections, image_or_404
from wagtail_restore.admin.refusals import error, refusal
from wagtail_restore.exceptions import RestoreError, RightsUnconfirmed, StorageFailed
from wagtail_restore.imaging.anchoring import nearest, place
from wagtail_restore.imaging.geometry import Size
from wagtail_restore.imaging.planning import Note
from wagtail_restore.models import MaskTemplate
from wagtail_restore.models.links import database_of

ADD = "wagtail_restore.add_masktemplate"


class TemplateForm(forms.ModelForm):  # type: ignore[type-arg]
    """Name and place of a new template, for somebody who may change images in these collections."""

    anchor = forms.ChoiceField(
        label=gettext_lazy("Keeps its place to"),
        required=False,
        choices=[("", gettext_lazy("Automatic: the nearest corner")), *MaskTemplate.Anchors.choices],
    )

    class Meta:
        model = MaskTemplate
        fields = ("name", "collection")

    def __init__(self, *args: Any, collections: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["collection"].queryset = collections  # type: ignore[attr-defined]
        self.fields["collection"].empty_label = None  # type: ignore[attr-defined]
        for name in ("collection", "anchor"):
            self.fields[name].widget.attrs["class"] = "w-w-full"  # some of their choices are wider than a telephone


def context(image: Any, user: Any, size: Size) -> dict[str, Any]:
    """What the editor page needs: the templates that lie on this picture, each with its box, and the form."""
    context: dict[str, Any] = {"mask_templates": _offered(image, size)}
    if user.has_perm(ADD):
        initial = {"collection": image.collection_id}
        context["template_form"] = TemplateForm(
            collections=changeable_collections(user), initial=initial, auto_id="restore-template-%s"
        )
        context["template_asking"] = rights.asked_of(user, rights.Case.TEMPLATE)
    return context


def _holding_for(image: Any) -> QuerySet[MaskTemplate]:
    """The templates of the image's collection, and of those around it."""
    path = image.collection.path
    above = [path[:end] for end in range(Collection.steplen, len(path) + 1, Collection.steplen)]
    return MaskTemplate.objects.filter(collection__path__in=above)


def _offered(image: Any, size: Size) -> list[tuple[MaskTemplate, list[int]]]:
    """The templates for this image that lie on it, each with its box there."""
    found = [(template, place(template.stencil, *size)) for template in _holding_for(image)]
    return [(template, list(box)) for template, box in found if box]


@transaction.non_atomic_requests  # what was written is written down first, and that must outlive a failure
@never_cache
@require_POST
def save(request: HttpRequest, pk: int) -> JsonResponse:
    """Keep what was painted on this image as a template: a sentence and the list with it, or what is wrong."""
    image = image_or_404(pk)
    refused = refusal(request.user, image)
    if refused is not None:
        return refused
    if not request.user.has_perm(ADD):
        return error(_("You may not save templates any more."), 403)
    known = facts_or_obstacle(image)
    if isinstance(known, Note):
        return error(messages.say(known), 409)
    size = (known.width, known.height)
    sent = MaskForm(request.POST, request.FILES, size=size, name=image.file.name)
    form = TemplateForm(request.POST, collections=changeable_collections(request.user))
    for each in (sent, form):
        if not each.is_valid():
            ((field, sentences), *_rest) = each.errors.items()
            return error(str(sentences[0]), 422, field)
    template = form.save(commit=False)
    try:
        rights.require(request.user, rights.Case.TEMPLATE, confirms="rights" in request.POST)
    except RightsUnconfirmed:
        return error(messages.say(Note("template_unconfirmed")), 422)
    try:
        _keep(template, image, sent.cleaned_data["mask"], form.cleaned_data["anchor"], request.user)
    except RestoreError as failure:
        return error(messages.say(Note(failure.code, failure.params)), 503)
    except IntegrityError:  # somebody was quicker with the same name
        return error(str(template.unique_error_message(MaskTemplate, ("name",)).messages[0]), 422, "name")
    told = {"mask_templates": _offered(image, size), "image": image, "size": size}
    offered = render_to_string("wagtail_restore/painting_offered.html", told, request)
    return JsonResponse({"said": _("Saved as the template “%(name)s”.") % {"name": template.name}, "offered": offered})


@never_cache
@require_GET
def mask(request: HttpRequest, pk: int, template: int) -> HttpResponse:
    """The trimmed mask of a template, for the editor of this image, in whose collection it holds."""
    image = image_or_404(pk)
    refused = refusal(request.user, image)
    if refused is not None:
        return refused
    row = get_object_or_404(_holding_for(image), pk=template)
    try:
        with swap.reaching(str(row.file)), row.file.open("rb") as file:
            return HttpResponse(file.read(), content_type="image/png")
    except StorageFailed as failure:
        return error(messages.say(Note(failure.code, failure.params)), 503)


def _keep(template: MaskTemplate, image: Any, data: bytes, anchor: str, by: Any) -> None:
    """Fill in and save the row, with its file, trimmed to what is painted.

    Raises ``StorageFailed``, and ``IntegrityError`` where the name was taken meanwhile.
    """
    with Image.open(io.BytesIO(data), formats=["PNG"]) as picture:
        grey = picture.convert("L")
    left, top, right, bottom = grey.getbbox() or (0, 0, *grey.size)
    template.width, template.height = grey.size
    template.box_x, template.box_y = left, top
    template.box_width, template.box_height = right - left, bottom - top
    template.anchor = anchor or nearest(grey.size, (left, top, right - left, bottom - top))
    template.made_by, template.rights = by, rights.told_of(by, rights.Case.TEMPLATE)
    buffer = io.BytesIO()
    grey.crop((left, top, right, bottom)).save(buffer, "PNG")
    name = f"templates/{swap.new_token()}.png"
    template.file = swap.store_private(image, name, ContentFile(buffer.getvalue()))
    with transaction.atomic(using=database_of(template)):
        template.save()
