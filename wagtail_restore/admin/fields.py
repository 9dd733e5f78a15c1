"""The fields with which an editor asks for restoration, and the Wishes that their values stand for."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from wagtail_restore.admin.clean_up_field import RIGHTS, CleanUpField
from wagtail_restore.admin.quick_widgets import Select
from wagtail_restore.admin.upscale_field import Enlargement, UpscaleField
from wagtail_restore.imaging.planning import Choice, CleanUp, Mode, Repair, Upscale, Wishes
from wagtail_restore.rights import Asking

CLEAN_UP, REPAIR, FACES = "restore_clean_up", "restore_repair", "restore_faces"
UPSCALE, MODEL = "restore_upscale", "restore_model"
NAMES = (CLEAN_UP, REPAIR, FACES, UPSCALE, MODEL)
CONFIRMED = f"{CLEAN_UP}_{RIGHTS}"
PARTS = (CONFIRMED, f"{UPSCALE}_width", f"{UPSCALE}_strength", f"{UPSCALE}_denoise")
"""The further parts of the fields *Clean up* and *Upscale*."""
GIVEN = "restore_given"
"""What was asked for with the upload already; hidden, on the per-file forms of the multiple upload."""
BASE = "restore_base_size"
"""The size that the picture had when the page was opened; hidden, where a focal point is posted."""

REPAIR_CHOICES = [
    (Repair.OFF.value, _("Off")),
    (Repair.NOISE.value, _("Noise")),
    (Repair.JPEG.value, _("Traces of JPEG compression")),
]
MODEL_CHOICES = [
    (Choice.AUTO.value, _("Automatic")),
    (Choice.PHOTO.value, _("Photo")),
    (Choice.LINE.value, _("Line art")),
]

NOTHING_ASKED = Asking()


def build(*, by_rule_hint: bool, offer: Collection[str] = (), asking: Asking = NOTHING_ASKED) -> dict[str, forms.Field]:
    """The fields for one form, in their order.

    ``by_rule_hint`` where the picture is in the library and rules have looked at it; ``offer`` is the setting of
    that name; ``asking`` is what is to be confirmed before a watermark is removed.
    """
    hint = _("Rules look at new files: “By rule” does nothing here unless you put in another file.")
    return {
        CLEAN_UP: CleanUpField(asking, label=_("Clean up")),
        **_offered(offer),
        UPSCALE: UpscaleField(label=_("Upscale"), denoise="denoise" in offer, help_text=hint if by_rule_hint else ""),
        MODEL: forms.ChoiceField(
            label=_("Model"), choices=MODEL_CHOICES, initial=Choice.AUTO.value, required=False, widget=Select
        ),
    }


def remember(built: Mapping[str, forms.Field]) -> None:
    """Let the browser remember what is chosen in these fields for the next upload (see ``remember.js``)."""
    for field in built.values():
        field.widget.attrs["data-controller"] = "restore-remember"  # of a field of several parts, each has it


def _offered(offer: Collection[str]) -> dict[str, forms.Field]:
    """What there is on sites alone that have the weights for it."""
    made: dict[str, forms.Field] = {}
    repairs = [each for each in REPAIR_CHOICES if each[0] == Repair.OFF or each[0] in offer]
    if len(repairs) > 1:
        made[REPAIR] = _select(_("Repair"), repairs)
    if "faces" in offer:
        made[FACES] = forms.BooleanField(
            label=_("Rebuild faces"),
            required=False,
            help_text=_(
                "A network redraws the faces and invents what it does not see. You compare the result with the "
                "original before it is published."
            ),
        )
    return made


def _select(label: Any, choices: list[tuple[str, Any]]) -> forms.ChoiceField:
    # The longest choice is wider than a telephone.
    widget = Select(attrs={"class": "w-w-full"})
    return forms.ChoiceField(label=label, choices=choices, initial=choices[0][0], required=False, widget=widget)


def picked(posted: Mapping[str, Any]) -> dict[str, Any]:
    """Our values among those that were posted, under the names that an unprefixed form reads them by."""
    return {name: posted[name] for name in (*NAMES, *PARTS) if name in posted}


def wishes_of(cleaned: Mapping[str, Any]) -> Wishes | None:
    """The Wishes in a form's cleaned data; None where none of our fields was posted, which is not the same as *off*.

    Faces can only be rebuilt in creative mode, so to tick them is to ask for it, and for the review that comes with it.
    """
    if not any(cleaned.get(name) for name in NAMES):
        return None
    upscale = cleaned.get(UPSCALE) or Enlargement()
    faces = bool(cleaned.get(FACES))
    return Wishes(
        clean_up=CleanUp(cleaned.get(CLEAN_UP) or CleanUp.OFF),
        upscale=Upscale(upscale.choice),
        width=upscale.width,
        model=cleaned.get(MODEL) or Choice.AUTO.value,
        mode=Mode.CREATIVE if faces else Mode.STRICT,
        strength=upscale.strength / 100,
        denoise=None if upscale.denoise is None else upscale.denoise / 100,
        faces=faces,
        repair=Repair(cleaned.get(REPAIR) or Repair.OFF),
    )


def initial_of(wishes: Wishes) -> dict[str, Any]:
    """What a form shows that stands for these Wishes."""
    denoise = None if wishes.denoise is None else round(100 * wishes.denoise)
    return {
        CLEAN_UP: wishes.clean_up.value,
        REPAIR: wishes.repair.value,
        FACES: wishes.faces,
        UPSCALE: Enlargement(wishes.upscale.value, wishes.width, round(100 * wishes.strength), denoise),
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
