"""What every form for an image gains: the editor's wishes, refusals by rule, and focal points kept in place."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django import forms
from django.forms.utils import ErrorDict
from django.utils.functional import cached_property
from wagtail.images.forms import BaseImageForm
from wagtail.models import UploadedFile

from wagtail_restore import jobs, messages, rights, rules, swap
from wagtail_restore.admin import fields
from wagtail_restore.admin.clean_up_field import CONCERNED
from wagtail_restore.admin.permissions import may_use
from wagtail_restore.admin.quick_widgets import HiddenInput
from wagtail_restore.admin.unsent import Unsent
from wagtail_restore.conf import conf
from wagtail_restore.exceptions import RestoreError
from wagtail_restore.imaging import header
from wagtail_restore.imaging.geometry import Focal, Size, move_focal
from wagtail_restore.imaging.planning import CleanUp, Note, Wishes
from wagtail_restore.models import ImageFacts, Job
from wagtail_restore.models.links import database_of
from wagtail_restore.rules import Rulebook

UPLOADED = re.compile(r"uploaded-image-(\d+)")
"""Prefix of Wagtail's form for an upload that still lacks a field."""
SIZE = re.compile(r"(\d{1,7})x(\d{1,7})")
FOCAL = ("focal_point_x", "focal_point_y", "focal_point_width", "focal_point_height")


class RestoreImageFormMixin(forms.ModelForm):  # type: ignore[type-arg]
    """Adds restoration to an image form; put it before ``BaseImageForm``, or before another plugin's form.

    The fields stand at every upload door for those who may use them. Wishes are left on the instance
    (``rules.hang``), for whoever handles its save; a form in whose data none of our fields is present asks for
    nothing and cancels nothing. Refusing rules hold for everybody, and for new files only.
    """

    collections: Any  # set by Wagtail's form

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.restore_user = kwargs.get("user")
        super().__init__(*args, **kwargs)
        self._replaces = self._confirms = self._holds_back = False
        self.asked: Wishes | None = None
        self.held: dict[str, list[str]] = {}
        self._asking = rights.Asking()
        if may_use(self.restore_user):
            self._asking = rights.asked_of(self.restore_user)
            if self.instance.pk and not self.is_bound and self._as_we_made_them:
                unsent = Unsent(below_file=self._per_file, offer=conf.OFFER, asking=self._asking)
                self.fields[fields.GIVEN] = forms.CharField(required=False, widget=unsent)
            else:
                self._add_fields()
        if self.instance.pk and "focal_point_x" in self.fields:
            size = "{}x{}".format(*self._shown_size)
            self.fields[fields.BASE] = forms.CharField(required=False, initial=size, widget=HiddenInput)

    @property
    def _as_we_made_them(self) -> bool:
        """Whether no form of the site's own can have changed our fields, which then need not be there one by one."""
        return type(self).__init__ is RestoreImageFormMixin.__init__

    def __getitem__(self, name: str) -> Any:
        """Also one of our fields by its name, for a template that shows them where it likes."""
        if name in fields.NAMES and name not in self.fields and fields.GIVEN in self.fields:
            self._add_fields()
        return super().__getitem__(name)

    def _add_fields(self) -> None:
        self.fields.pop(fields.GIVEN, None)
        in_library = bool(self.instance.pk) and not self._per_file
        built = fields.build(by_rule_hint=in_library, offer=conf.OFFER, asking=self._asking)
        if not self.instance.pk and "file" in self.fields:
            fields.remember(built)
        self.fields.update(built)
        if self._per_file:
            self.fields[fields.GIVEN] = forms.CharField(required=False, widget=HiddenInput)

    @property
    def _per_file(self) -> bool:
        """Whether this is the form below a file that the multiple upload has just stored."""
        return bool(self.instance.pk) and "file" not in self.fields

    @property
    def errors(self) -> ErrorDict:
        """Until the form itself is sent, why something that was asked for with the upload is held back."""
        if self.held and not self.is_bound:
            return ErrorDict({name: self.error_class(texts) for name, texts in self.held.items()})
        return super().errors

    def hold_back(self) -> None:
        """What is wrong with our fields is left out and told afterwards, instead of standing against the image."""
        self._holds_back = True
        if fields.CLEAN_UP in self.fields:
            self.fields[fields.CLEAN_UP].widget.holds_back = True

    def offer(self, wishes: Wishes | None, held: Mapping[str, list[str]] | None = None) -> None:
        """Show these Wishes, which were asked for with the upload already, as what is chosen, and what is ``held``."""
        if wishes is None:
            return
        self.initial[fields.GIVEN] = fields.packed(wishes)
        if held and fields.GIVEN in self.fields:
            self._add_fields()  # what is held is told at each
        self.initial.update(fields.initial_of(wishes))
        self.held = {name: texts for name, texts in (held or {}).items() if name in self.fields}

    def clean(self) -> Any:
        cleaned = super().clean()
        self._refuse_what_rules_refuse()
        self._move_focal_point()
        self._take_wishes()
        return cleaned

    def save(self, commit: bool = True) -> Any:
        """Save the image; a wish that takes the place of the upload's own first ends what that one began."""
        if self._confirms:
            rights.confirm(self.restore_user)
        if commit and self._replaces:
            job = jobs.latest(self.instance)
            if job is not None and job.is_open and job.origin == Job.Origin.UPLOAD:
                jobs.cancel(job)
        return super().save(commit=commit)

    def _take_wishes(self) -> None:
        if self._holds_back:
            self._hold_back_mistakes()
        wishes = self.asked = fields.wishes_of(self.cleaned_data)
        if wishes is None:
            return
        if self._per_file:
            self._replaces = wishes != fields.unpacked(self.cleaned_data.get(fields.GIVEN) or "{}")
            if not self._replaces:
                return
        self._confirms = self._asking.needed and wishes.clean_up in CONCERNED
        if self._confirms and not self.data.get(self.add_prefix(fields.CONFIRMED)):
            if not self._holds_back:
                text = messages.say(Note("rights_unconfirmed"))
                self.add_error(fields.CLEAN_UP, forms.ValidationError(text, "rights"))
                return
            self._confirms = False
            self.held[fields.CLEAN_UP] = [messages.say(Note("marks_held_back"))]
            wishes = self.asked = replace(wishes, clean_up=CleanUp.DATES)
        rules.hang(self.instance, wishes, self.restore_user)

    def _hold_back_mistakes(self) -> None:
        """A mistake in one of our fields leaves out what it was for, and not the image."""
        for name in fields.NAMES:
            if name in self.errors:
                left_out = messages.say(Note("left_out"))
                self.held[name] = [f"{text} {left_out}" for text in self.errors.pop(name)]

    def _refuse_what_rules_refuse(self) -> None:
        found = self._new_file()
        if found is None:
            return
        width, height, form = found
        book = Rulebook.load("uploads", using=database_of(self.instance))
        rules.carry(self.instance, book)
        note = rules.refusal_for(width, height, self._collection(), book, format=form)
        if note is not None:
            self.add_error(
                "file" if "file" in self.fields else None, forms.ValidationError(messages.say(note), "refused")
            )

    def _collection(self) -> Any:
        if "collection" in self.fields:
            return self.cleaned_data.get("collection")
        return self.collections[0]

    def _new_file(self) -> tuple[int, int, str] | None:
        """Oriented size and format of the file that comes with this form, or None where it brings none."""
        if "file" in self.fields:
            file = self.cleaned_data.get("file")
            return _measured(file) if file and "file" in self.changed_data else None
        waiting = UPLOADED.fullmatch(self.prefix or "")
        upload = UploadedFile.objects.filter(pk=waiting[1]).first() if waiting and not self.instance.pk else None
        if upload is None:
            return None
        with upload.file.open("rb") as file:
            return _measured(file)

    @cached_property
    def restore_facts(self) -> ImageFacts | None:
        """What is known of the image, read once for all that the page tells of it."""
        return swap.facts_of(self.instance) if self.instance.pk else None

    @property
    def _shown_size(self) -> Size:
        """The oriented size of the file that the image has now."""
        image, facts = self.instance, self.restore_facts
        if facts is not None and facts.file_name == image.file.name and facts.width:
            return facts.width, facts.height
        return image.width, image.height

    def _move_focal_point(self) -> None:
        """A focal point from a page that was opened before the picture grew is brought to its new size."""
        then = SIZE.fullmatch(self.cleaned_data.get(fields.BASE) or "")
        if then is None or "file" in self.changed_data:
            return
        old, new = (int(then[1]), int(then[2])), self._shown_size
        x, y, width, height = (self.cleaned_data.get(name) for name in FOCAL)
        if old == new or 0 in old or x is None or y is None:
            return
        moved = move_focal(Focal(x, y, width or 0, height or 0), old, 1, new)
        if moved is not None:
            self.cleaned_data.update(zip(FOCAL, (moved.x, moved.y, moved.width, moved.height), strict=True))


class RestoreImageForm(RestoreImageFormMixin, BaseImageForm):
    """The form for ``WAGTAILIMAGES_IMAGE_FORM_BASE`` on a site that has no form of its own."""


def _measured(file: Any) -> tuple[int, int, str] | None:
    try:
        found = header.read(file, getattr(file, "name", "") or "")
    except RestoreError:
        opened = getattr(file, "image", None)  # left by Wagtail's own check of the file
        return (*opened.get_size(), "") if opened is not None else None
    return found.width, found.height, found.format
