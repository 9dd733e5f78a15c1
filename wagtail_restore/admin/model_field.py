"""The choice of a Model for a rule: any of the catalogue that enlarges, each with what an administrator should know."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from wagtail_restore.admin.summaries import SUMMARIES
from wagtail_restore.catalogue import Model
from wagtail_restore.models.rules import ResolutionRule, upscalers

GROUPS: Mapping[str, Any] = {
    "photo": gettext_lazy("For photographs"),
    "clean": gettext_lazy("For photographs saved without loss"),
    "line": gettext_lazy("For line art"),
    "": gettext_lazy("Others"),
}
"""What Models are grouped under, by purpose."""


class ModelWidget(forms.Select):
    """A select, and under it what is to be said of the Model that is chosen; shown by Wagtail's ``w-rules``."""

    template_name = "wagtail_restore/widgets/model.html"

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context(name, value, attrs)
        context["widget"]["remarks"] = [
            {"text": remark(model), "rules": json.dumps({name: [alias]}), "shown": str(value) == alias}
            for alias, model in upscalers().items()
        ]
        return context


class ModelField(forms.ChoiceField):
    """What editors may choose too, then every Model by its alias."""

    widget = ModelWidget

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(choices=choices, **kwargs)

    def keep(self, alias: str) -> None:
        """Show a Model that is gone as what it is, so that the first choice of the list is not taken for it."""
        known = {value for value, _label in ResolutionRule.Models.choices}
        if alias not in known and alias not in upscalers():
            gone = (alias, _("%(model)s (no longer in the catalogue)") % {"model": alias})
            self.choices = [gone, *choices()]


def choices() -> list[tuple[Any, Any]]:
    """The choices of the moment: settings are read live."""
    named: list[tuple[Any, Any]] = list(ResolutionRule.Models.choices)
    grouped: dict[str, list[tuple[str, str]]] = {purpose: [] for purpose in GROUPS}
    for alias, model in upscalers().items():
        grouped[model.purpose if model.purpose in GROUPS else ""].append((alias, label(model)))
    return named + [(GROUPS[purpose], models) for purpose, models in grouped.items() if models]


def label(model: Model) -> str:
    """The alias, the factor of the network, and whether it may invent."""
    told = [f"×{model.scale}"] if model.scale > 1 else []
    if model.invents or not model.faithful:
        told.append(_("may invent detail"))
    return f"{model.alias} ({', '.join(told)})" if told else model.alias


def remark(model: Model) -> str:
    """What it is for, under which licence, and where its weights come from; a site's own summary as it is."""
    return " ".join(_remarks(model))


def _remarks(model: Model) -> Iterable[str]:
    if model.summary:
        yield _(model.summary) if model.summary in SUMMARIES else model.summary
    if not model.faithful:
        yield _("In creative mode only.")
    if model.licence:
        text = _("Licence: %(licence)s.") if model.commercial else _("Licence: %(licence)s, not for commercial use.")
        yield text % {"licence": model.licence}
    if model.sources and not model.bundled:
        yield _("Before its first use, run on the worker: restore_models pull %(model)s") % {"model": model.alias}
    elif model.file and not model.bundled:
        yield _("Its weights must lie in a folder of the worker: %(file)s") % {"file": model.file}
