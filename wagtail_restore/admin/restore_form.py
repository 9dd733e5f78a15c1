"""The form with which somebody asks for restoration of what is in the library already, of one image or of many."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _

from wagtail_restore import messages, rights
from wagtail_restore.admin import fields
from wagtail_restore.admin.clean_up_field import CONCERNED
from wagtail_restore.conf import conf
from wagtail_restore.imaging.planning import Note, Upscale, Wishes


class RestoreForm(forms.Form):
    """The same fields as with an upload."""

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.asking = rights.asked_of(user)
        self.fields.update(fields.build(by_rule_hint=False, offer=conf.OFFER, asking=self.asking))
        self.wishes = Wishes()
        self.confirms = False

    def clean(self) -> Any:
        cleaned: Any = super().clean()
        self.wishes = fields.wishes_of(cleaned) or Wishes()
        if self.wishes.upscale is Upscale.NO and not self.wishes.explicit:
            self.add_error(fields.UPSCALE, _("Choose what is to be done: as it is, nothing would be."))
        self.confirms = self.asking.needed and self.wishes.clean_up in CONCERNED
        if self.confirms and not self.data.get(fields.CONFIRMED):
            self.add_error(fields.CLEAN_UP, forms.ValidationError(messages.say(Note("rights_unconfirmed")), "rights"))
        return cleaned
