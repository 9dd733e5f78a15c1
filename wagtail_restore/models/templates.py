"""A mask to use again: painted once, it holds for every picture of a collection."""

from __future__ import annotations

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from wagtail.models import Collection

from wagtail_restore.imaging.anchoring import Anchor, Stencil
from wagtail_restore.models.files import private_storage, retire_private


class MaskTemplate(models.Model):
    """What is painted at one place of every picture in a collection, such as an agency's logo.

    The file, a grey PNG trimmed to the ``box_…`` that is painted, is never written over, so that a Job may refer to it
    by name: it stays until neither a template nor a Job needs it.
    """

    class Anchors(models.TextChoices):
        TOP_LEFT = Anchor.TOP_LEFT.value, _("Upper left corner")
        TOP_RIGHT = Anchor.TOP_RIGHT.value, _("Upper right corner")
        BOTTOM_LEFT = Anchor.BOTTOM_LEFT.value, _("Lower left corner")
        BOTTOM_RIGHT = Anchor.BOTTOM_RIGHT.value, _("Lower right corner")
        WHOLE = Anchor.WHOLE.value, _("Whole picture (stretched with it)")

    name = models.CharField(_("name"), max_length=100, unique=True)
    collection = models.ForeignKey(
        Collection,
        verbose_name=_("collection"),
        on_delete=models.PROTECT,
        related_name="+",
        help_text=_("With all collections inside it."),
    )
    anchor = models.CharField(
        pgettext_lazy("mask template", "keeps its place to"),
        max_length=16,
        choices=Anchors.choices,
        help_text=_("On pictures of another size or shape, the mask keeps its distance from there."),
    )
    file = models.FileField(storage=private_storage, max_length=255, editable=False)
    width = models.PositiveIntegerField(editable=False, help_text="Of the picture that it was painted on.")
    height = models.PositiveIntegerField(editable=False)
    box_x = models.PositiveIntegerField(editable=False)
    box_y = models.PositiveIntegerField(editable=False)
    box_width = models.PositiveIntegerField(editable=False)
    box_height = models.PositiveIntegerField(editable=False)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("made by"),
        null=True,
        editable=False,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    rights = models.JSONField(
        default=dict,
        editable=False,
        help_text="Who of those that saved it confirmed last that what it marks may go: name, time, words.",
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    wagtail_reference_index_ignore = True

    class Meta:
        ordering = ["name"]
        verbose_name = _("mask template")
        verbose_name_plural = _("mask templates")

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Raises ``ValidationError`` where a rule goes by it in a collection that it would not hold in any more."""
        super().clean()
        if self.pk is None or self.collection_id is None:
            return
        path = self.collection.path
        rules = self.rules.exclude(collection=None).exclude(collection__path__startswith=path)
        if rules:
            text = _("These rules use the template in other collections: %(rules)s. Change them first.")
            raise ValidationError({"collection": text % {"rules": ", ".join(f"“{rule}”" for rule in rules)}})

    @property
    def stencil(self) -> Stencil:
        """This template as planning and the worker see it."""
        box = (self.box_x, self.box_y, self.box_width, self.box_height)
        return Stencil(str(self.file), self.name, (self.width, self.height), box, Anchor(self.anchor))


def forget(template: MaskTemplate, using: str) -> None:
    """After a template was deleted: upkeep deletes its file as soon as no open Job needs it either."""
    let_go(str(template.file), using)


def let_go(name: str, using: str) -> None:
    """Have upkeep delete the mask in this file, unless a template has it; a Job that names it is seen there."""
    if not MaskTemplate.objects.using(using).filter(file=name).exists():
        retire_private(name, using)
