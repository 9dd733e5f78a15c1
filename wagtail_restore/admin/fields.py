"""The fields with which an editor asks for restoration, and the Wishes that their values stand for."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from wagtail_restore.imaging.planning import Choice, CleanUp, Upscale, Wishes

CLEAN_UP, UPSCALE, MODEL = "restore_clean_up", "restore_upscale", "restore_model"
NAMES = (CLEAN_UP, UPSCALE, MODEL)
WIDTH = "restore_upscale_width"
"""The second half of the *Upscale* field."""
GIVEN = "restore_given"
"""What was asked for with the upload already; hidden, on the per-file forms of the multiple upload."""
BASE = "restore_base_size"
"""The size that the picture had when the page was opened; hidden, where a focal point is posted."""
LARGEST_WIDTH = 65_500

CLEAN_UP_CHOICES = [
    (CleanUp.OFF.value, _("Off")),
    (CleanUp.DATES.value, _("Date stamps")),
    (CleanUp.MARKS.value, _("Date stamps and watermarks")),
    (CleanUp.TEXT.value, _("All overlaid text")),
]
UPSCALE_CHOICES = [
    (Upscale.RULE.value, _("By rule")),
    (Upscale.X2.value, _("×2")),
    (Upscale.X4.value, _("×4")),
    (Upscale.WIDTH.value, _("To a width")),
    (Upscale.NO.value, _("No")),
]
MODEL_CHOICES = [
    (Choice.AUTO.value, _("Automatic")),
    (Choice.PHOTO.value, _("Photo")),
    (Choice.LINE.value, _("Line art")),
]


class UpscaleWidget(forms.MultiWidget):
    """A select, and a number of pixels that shows only when the choice is *To a width*."""

    template_name = "wagtail_restore/widgets/upscale.html"
    use_fieldset = False

    def __init__(self, choices: Any = UPSCALE_CHOICES, attrs: dict[str, Any] | None = None) -> None:
        number = forms.NumberInput(attrs={"min": 1, "max": LARGEST_WIDTH, "step": 1})
        super().__init__({"": forms.Select(choices=choices), "width": number}, attrs)

    def decompress(self, value: Any) -> list[Any]:
        return list(value) if value else [Upscale.RULE.value, None]

    def id_for_label(self, id_: str, index: str | None = None) -> str:
        return f"{id_}_0" if id_ else id_

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context(name, value, attrs)
        choice = value[0] if isinstance(value, list | tuple) and value else Upscale.RULE.value
        context["widget"]["rules"] = json.dumps({name: [Upscale.WIDTH.value]})
        context["widget"]["wants_width"] = choice == Upscale.WIDTH
        return context


class UpscaleField(forms.MultiValueField):
    """The choice and the width: ``(choice, width or None)``, or None where nothing was posted."""

    widget = UpscaleWidget

    def __init__(self, **kwargs: Any) -> None:
        choice = forms.ChoiceField(choices=UPSCALE_CHOICES, required=False)
        width = forms.IntegerField(min_value=1, max_value=LARGEST_WIDTH, required=False)
        super().__init__((choice, width), require_all_fields=False, required=False, **kwargs)

    def clean(self, value: Any) -> Any:
        """The width counts only with the choice that asks for one."""
        choice = value[0] if value else None
        return super().clean(value if choice == Upscale.WIDTH else [choice, None])

    def compress(self, data_list: Any) -> tuple[str, int | None] | None:
        if not data_list or not data_list[0]:
            return None
        choice, width = data_list
        if choice == Upscale.WIDTH and not width:
            raise ValidationError(_("Give the width in pixels."), code="restore_width")
        return choice, width


def build(*, by_rule_hint: bool) -> dict[str, forms.Field]:
    """The fields for one form; ``by_rule_hint`` where the picture is in the library and rules have looked at it."""
    hint = _("Rules look at new files: “By rule” does nothing here unless you put in another file.")
    return {
        CLEAN_UP: forms.ChoiceField(
            label=_("Clean up"),
            choices=CLEAN_UP_CHOICES,
            initial=CleanUp.OFF.value,
            required=False,
            widget=forms.Select(attrs={"class": "w-w-full"}),  # the longest choice is wider than a telephone
        ),
        UPSCALE: UpscaleField(
            label=_("Upscale"), initial=(Upscale.RULE.value, None), help_text=hint if by_rule_hint else ""
        ),
        MODEL: forms.ChoiceField(label=_("Model"), choices=MODEL_CHOICES, initial=Choice.AUTO.value, required=False),
    }


def picked(posted: Mapping[str, Any]) -> dict[str, Any]:
    """Our values among those that were posted, under the names that an unprefixed form reads them by."""
    return {name: posted[name] for name in (*NAMES, WIDTH) if name in posted}


def wishes_of(cleaned: Mapping[str, Any]) -> Wishes | None:
    """The Wishes in a form's cleaned data; None where none of our fields was posted, which is not the same as *off*."""
    if not any(cleaned.get(name) for name in NAMES):
        return None
    choice, width = cleaned.get(UPSCALE) or (Upscale.RULE.value, None)
    return Wishes(
        clean_up=CleanUp(cleaned.get(CLEAN_UP) or CleanUp.OFF),
        upscale=Upscale(choice),
        width=width,
        model=cleaned.get(MODEL) or Choice.AUTO.value,
    )


def initial_of(wishes: Wishes) -> dict[str, Any]:
    """What a form shows that stands for these Wishes."""
    return {
        CLEAN_UP: wishes.clean_up.value,
        UPSCALE: (wishes.upscale.value, wishes.width),
        MODEL: str(wishes.model),
    }


def packed(wishes: Wishes) -> str:
    """Wishes as one hidden value."""
    return json.dumps(wishes.to_json())


def unpacked(value: str) -> Wishes:
    """Wishes out of a hidden value; what makes no sense counts as having asked for nothing."""
    try:
        return Wishes.from_json(json.loads(value))
    except (ValueError, TypeError, AttributeError):
        return Wishes()
