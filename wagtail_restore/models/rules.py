"""An administrator's rule: a condition on the size of a picture, or a template, and what is done."""

from __future__ import annotations

import logging

from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from wagtail.models import Collection

from wagtail_restore.catalogue import Model, shipped
from wagtail_restore.catalogue import models as known_models
from wagtail_restore.conf import conf
from wagtail_restore.imaging.planning import Action, Choice, Condition, Mode, RuleSpec
from wagtail_restore.models.templates import MaskTemplate

logger = logging.getLogger(__name__)


def upscalers() -> dict[str, Model]:
    """The Models that a rule may name, by alias: those that enlarge, whether ours, imported, or the site's own.

    What cannot be read is left out with a warning, so that rules can still be seen and changed.
    """
    return {alias: model for alias, model in _readable().items() if model.kind == "upscale"}


def _readable() -> dict[str, Model]:
    """All Models; those of the package and the settings, or of the package alone, where others cannot be read."""
    try:
        return known_models(conf.MODELS, conf.WEIGHTS_FOLDERS)
    except (TypeError, ValueError) as error:
        logger.warning("models are missing from the choice for rules: %s", error)
    try:
        return known_models(conf.MODELS)
    except (TypeError, ValueError):
        return dict(shipped())


class ResolutionRule(models.Model):
    """Pictures in a collection that are too small are enlarged, or refused; or a template says what is erased."""

    class Actions(models.TextChoices):
        UPSCALE = Action.UPSCALE.value, _("Upscale")
        REFUSE = Action.REFUSE.value, _("Refuse the upload")
        ERASE = Action.ERASE.value, _("Erase with template")

    class AppliesTo(models.TextChoices):
        UPLOADS = "uploads", _("New uploads")
        BACKFILL = "backfill", _("Images already in the library (backfill)")
        BOTH = "both", _("Uploads and library")

    class Publish(models.TextChoices):
        NOW = "now", _("At once")
        REVIEW = "review", _("After review")

    class Models(models.TextChoices):
        AUTO = Choice.AUTO.value, _("Automatic")
        PHOTO = Choice.PHOTO.value, _("Photo")
        LINE = Choice.LINE.value, _("Line art")

    class Modes(models.TextChoices):
        STRICT = Mode.STRICT.value, _("Strict: true to the original")
        CREATIVE = Mode.CREATIVE.value, _("Creative: may invent detail")

    name = models.CharField(_("name"), max_length=255)
    active = models.BooleanField(pgettext_lazy("rule", "active"), default=True)
    sort_order = models.IntegerField(_("order"), default=0, db_index=True, editable=False)
    collection = models.ForeignKey(
        Collection,
        verbose_name=_("collection"),
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="+",
        help_text=_(
            "With all collections inside it. Leave empty for the whole library, or, with a template, for the "
            "template's collection."
        ),
    )
    min_width = models.PositiveIntegerField(
        _("minimum width"), null=True, blank=True, validators=[MinValueValidator(1)], help_text=_("In pixels.")
    )
    min_height = models.PositiveIntegerField(
        _("minimum height"), null=True, blank=True, validators=[MinValueValidator(1)], help_text=_("In pixels.")
    )
    min_megapixels = models.DecimalField(
        _("minimum megapixels"),
        max_digits=7,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(0.01)],
        help_text=_("Width × height in millions of pixels, whatever the shape."),
    )
    action = models.CharField(_("action"), max_length=16, choices=Actions.choices, default=Actions.UPSCALE)
    target_width = models.PositiveIntegerField(
        _("upscale to width"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
        help_text=_("Leave empty to upscale just to the minimum."),
    )
    model = models.CharField(_("model"), max_length=100, default=Models.AUTO)
    mode = models.CharField(_("mode"), max_length=16, choices=Modes.choices, default=Modes.STRICT)
    template = models.ForeignKey(
        MaskTemplate,
        verbose_name=_("mask template"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="rules",
        help_text=_("What to erase from every picture. The template's collection must contain the rule's."),
    )
    message = models.CharField(
        _("message"), max_length=500, blank=True, help_text=_("Added to what the editor reads when a file is refused.")
    )
    applies_to = models.CharField(_("applies to"), max_length=16, choices=AppliesTo.choices, default=AppliesTo.BOTH)
    publish = models.CharField(_("publish"), max_length=16, choices=Publish.choices, default=Publish.NOW)

    class Meta:
        ordering = ["sort_order", "pk"]
        verbose_name = _("resolution rule")
        verbose_name_plural = _("resolution rules")

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """A rule needs a condition, a refusing one concerns uploads, a target may not lie below the minimum.

        A Model that is named must be there, and in strict mode a faithful one. One that erases needs a template for
        its collection, and takes all pictures.
        """
        super().clean()
        if self.action == self.Actions.ERASE:
            self._fit_template()
            return
        self.template = None
        if not (self.min_width or self.min_height or self.min_megapixels):
            missing = _("Give a minimum width, a minimum height, or minimum megapixels.")
            raise ValidationError({"min_width": missing})
        if self.min_megapixels and (self.min_width or self.min_height):
            raise ValidationError(
                {"min_megapixels": _("Give either megapixels, or a minimum width and height, not both.")}
            )
        if self.action == self.Actions.REFUSE and self.applies_to == self.AppliesTo.BACKFILL:
            raise ValidationError(
                {"applies_to": _("A refusing rule concerns new uploads; images in the library stay.")}
            )
        if self.target_width and self.min_width and self.target_width < self.min_width:
            raise ValidationError({"target_width": _("The target is below the minimum width of this rule.")})
        if self.action == self.Actions.UPSCALE and self.model not in self.Models.values:
            self._refuse_unfit_model()

    def _fit_template(self) -> None:
        if self.template is None:
            raise ValidationError({"template": _("Choose the template that says what to erase.")})
        if self.collection is not None and not self.collection.path.startswith(self.template.collection.path):
            wrong = _("This template is for “%(collection)s” and what is inside it. Choose one of these collections.")
            raise ValidationError({"collection": wrong % {"collection": self.template.collection}})
        self.min_width = self.min_height = self.min_megapixels = self.target_width = None
        self.mode, self.model = self.Modes.STRICT, self.Models.AUTO

    def _refuse_unfit_model(self) -> None:
        model = upscalers().get(self.model)
        if model is None:
            gone = _("There is no model called “%(model)s” in the catalogue any more. Choose another one.")
            raise ValidationError({"model": gone % {"model": self.model}})
        if self.mode == self.Modes.STRICT and not model.faithful:
            unfaithful = _("Strict mode allows no model that invents: choose creative mode, or another model.")
            raise ValidationError({"model": unfaithful})

    @property
    def holds_in(self) -> Collection | None:
        """The collection that it holds in, with those inside, where need be that of its template; None for all."""
        if self.collection is None and self.template is not None:
            return self.template.collection
        return self.collection

    @property
    def scope(self) -> str | None:
        """Path of the collection that it holds in; None for the whole library."""
        return str(self.holds_in.path) if self.holds_in else None

    @property
    def condition(self) -> Condition:
        """What a picture has to measure."""
        return Condition(self.min_width, self.min_height, float(self.min_megapixels) if self.min_megapixels else None)

    def spec(self) -> RuleSpec:
        """This rule as planning sees it."""
        return RuleSpec(
            id=self.pk,
            name=self.name,
            condition=self.condition,
            action=Action(self.action),
            target_width=self.target_width,
            model=self.model,
            mode=Mode(self.mode),
            message=self.message,
            review=self.publish == self.Publish.REVIEW,
            stencil=self.template.stencil if self.template else None,
        )
