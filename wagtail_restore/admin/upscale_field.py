"""The *Upscale* field: how far to enlarge, and folded away how strongly; one field, so that every form can show it."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from wagtail_restore.admin.quick_widgets import NumberInput, Select
from wagtail_restore.imaging.planning import Upscale

LARGEST_WIDTH = 65_500
CHOICES = [
    (Upscale.RULE.value, _("By rule")),
    (Upscale.X2.value, _("×2")),
    (Upscale.X4.value, _("×4")),
    (Upscale.WIDTH.value, _("To a width")),
    (Upscale.NO.value, _("No")),
]
ENLARGING = [value for value, _label in CHOICES if value != Upscale.NO]


class Enlargement(NamedTuple):
    """The value of the field: the choice, the width in pixels, and two amounts in whole percent."""

    choice: str = Upscale.RULE.value
    width: int | None = None
    strength: int = 100
    denoise: int | None = None


class UpscaleWidget(forms.MultiWidget):
    """A select, a number of pixels that shows only with *To a width*, and amounts that are folded away."""

    template_name = "wagtail_restore/widgets/upscale.html"
    use_fieldset = False

    def __init__(self, *, denoise: bool = False, attrs: dict[str, Any] | None = None) -> None:
        pixels = {"min": 1, "max": LARGEST_WIDTH, "step": 1}
        percent = {"min": 0, "max": 100, "step": 1}
        amounts = ("strength", "denoise") if denoise else ("strength",)
        widgets: dict[str, forms.Widget] = {"": Select(choices=CHOICES), "width": NumberInput(attrs=pixels)}
        super().__init__({**widgets, **{name: NumberInput(attrs=percent) for name in amounts}}, attrs)

    def decompress(self, value: Any) -> list[Any]:
        return list(value or Enlargement())[: len(self.widgets)]

    def id_for_label(self, id_: str, index: str | None = None) -> str:
        return f"{id_}_0" if id_ else id_

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        """Also which choices show the width and the amounts, and whether they show, by ``value``, from the start."""
        context: dict[str, Any] = super().get_context(name, value, attrs)
        values = value if isinstance(value, list) else self.decompress(value)
        choice, amounts = values[0] or Upscale.RULE.value, [str(each) for each in values[2:] if each is not None]
        context["widget"] |= {
            "width_rules": json.dumps({name: [Upscale.WIDTH.value]}),
            "amount_rules": json.dumps({name: ENLARGING}),
            "wants_width": choice == Upscale.WIDTH,
            "wants_amounts": choice != Upscale.NO,
            "open": any(each not in ("", "100") for each in amounts),
        }
        for part in context["widget"]["subwidgets"][2:]:
            part["attrs"]["aria-describedby"] = f"{part['attrs'].get('id', part['name'])}-hint"
        return context


class UpscaleField(forms.MultiValueField):
    """An ``Enlargement``, or None where nothing was posted; ``denoise`` offers the amount of noise to take out too."""

    widget = UpscaleWidget

    def __init__(self, *, denoise: bool = False, **kwargs: Any) -> None:
        amounts = [_percent(_("Give the strength as a whole number from 0 to 100."))]
        if denoise:
            amounts.append(_percent(_("Give how much noise as a whole number from 0 to 100, or nothing.")))
        choice = forms.ChoiceField(choices=CHOICES, required=False)
        width = forms.IntegerField(min_value=1, max_value=LARGEST_WIDTH, required=False)
        options = {"widget": UpscaleWidget(denoise=denoise), "initial": Enlargement(), "required": False, **kwargs}
        super().__init__((choice, width, *amounts), require_all_fields=False, **options)

    def clean(self, value: Any) -> Any:
        """The width counts only with the choice that asks for one, and the amounts only with an enlargement."""
        choice, width, *amounts = value or [None, None]
        width = width if choice == Upscale.WIDTH else None
        amounts = amounts if choice in ENLARGING else [None for _each in amounts]
        return super().clean([choice, width, *amounts])

    def compress(self, data_list: Any) -> Enlargement | None:
        if not data_list or not data_list[0]:
            return None
        choice, width, strength, *denoise = data_list
        if choice == Upscale.WIDTH and not width:
            raise ValidationError(_("Give the width in pixels."), code="restore_width")
        return Enlargement(choice, width, 100 if strength is None else strength, *denoise)


def _percent(wrong: Any) -> forms.IntegerField:
    told = dict.fromkeys(("invalid", "min_value", "max_value"), wrong)
    return forms.IntegerField(min_value=0, max_value=100, required=False, error_messages=told)
