"""The *Clean up* field: what is to be erased, and with watermarks, the statement that they may be removed."""

from __future__ import annotations

import json
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from wagtail_restore.admin.quick_widgets import Select
from wagtail_restore.imaging.planning import DETECT, CleanUp
from wagtail_restore.rights import MARK, Asking

CHOICES = [
    (CleanUp.OFF.value, _("Off")),
    (CleanUp.DATES.value, _("Date stamps")),
    (CleanUp.MARKS.value, _("Date stamps and watermarks")),
    (CleanUp.TEXT.value, _("All text in the picture")),
]
CONCERNED = [choice.value for choice in CleanUp if MARK in DETECT[choice]]
"""The choices with which a watermark may go."""
RIGHTS = "rights"
"""The further part of the field: that the statement is confirmed."""


class CleanUpWidget(forms.MultiWidget):
    """A select; with what removes watermarks, it also shows the statement to confirm, or when it was confirmed.

    ``holds_back`` says that without the confirmation the rest is done, and only watermarks stay in.
    """

    holds_back = False

    template_name = "wagtail_restore/widgets/clean_up.html"
    use_fieldset = False

    def __init__(self, asking: Asking, attrs: dict[str, Any] | None = None) -> None:
        self.asking = asking
        # The longest choice is wider than a telephone.
        select = Select(attrs={"class": "w-w-full"}, choices=CHOICES)
        super().__init__({"": select, RIGHTS: forms.CheckboxInput()}, attrs)

    def decompress(self, value: Any) -> list[Any]:
        return [value or CleanUp.OFF.value, False]

    def id_for_label(self, id_: str, index: str | None = None) -> str:
        return f"{id_}_0" if id_ else id_

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        """Also with which choices the statement shows, and whether it shows, by ``value``, from the start."""
        context: dict[str, Any] = super().get_context(name, value, attrs)
        choice = value[0] if isinstance(value, list) else value
        rules, shown = json.dumps({name: CONCERNED}), choice in CONCERNED
        box = context["widget"]["subwidgets"][1]
        box["attrs"] |= {
            "required": True,
            "aria-describedby": f"{box['attrs'].get('id', box['name'])}-hint",
            "data-w-rules-target": "enable",
            "data-w-rules": rules,
            **({} if shown else {"disabled": True}),
        }
        context["widget"] |= {
            "rules": rules,
            "shown": shown,
            "asking": self.asking,
            "holds_back": self.holds_back,
            "text_rules": json.dumps({name: [CleanUp.TEXT.value]}),
            "takes_text": choice == CleanUp.TEXT,
        }
        return context


class CleanUpField(forms.MultiValueField):
    """One of ``CleanUp``, empty where nothing was posted; whether the statement is confirmed, the form looks for."""

    def __init__(self, asking: Asking, **kwargs: Any) -> None:
        parts = (forms.ChoiceField(choices=CHOICES, required=False), forms.BooleanField(required=False))
        options = {"widget": CleanUpWidget(asking), "initial": CleanUp.OFF.value, "required": False, **kwargs}
        super().__init__(parts, require_all_fields=False, **options)

    def compress(self, data_list: Any) -> str:
        return data_list[0] if data_list else ""
