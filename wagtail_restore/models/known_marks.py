"""An administrator's logo or words: they are looked for in the pictures of a collection, and taken off."""

from __future__ import annotations

import logging
import secrets
from pathlib import PurePath
from typing import Any

from django.core.exceptions import ValidationError
from django.core.files.base import File
from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from wagtail.models import Collection

from wagtail_restore.imaging.words import FEWEST, too_short, unreadable
from wagtail_restore.models.files import UNFINISHED, Retired, private_storage, retire_private
from wagtail_restore.models.links import database_of

logger = logging.getLogger(__name__)


def place_of(mark: KnownMark, name: str) -> str:
    """Where a picture lies: under a name that tells nothing and is never used again."""
    return f"known-marks/{secrets.token_hex(10)}{PurePath(name).suffix.lower()[:5]}"


class KnownMark(models.Model):
    """A mark whose picture or words are known, and the collection in which, with those inside it, it is looked for.

    The picture is a PNG or WebP: its transparency says how opaque the mark is where, and its colours are the mark's.
    A picture without transparency counts as a drawing, dark on light, of a mark that is white or black.
    """

    name = models.CharField(
        _("name"), max_length=100, unique=True, help_text=_("What editors read when it was taken off.")
    )
    active = models.BooleanField(
        pgettext_lazy("known mark", "active"),
        default=True,
        help_text=_("Looked for wherever watermarks are cleaned up."),
    )
    collection = models.ForeignKey(
        Collection,
        verbose_name=_("collection"),
        on_delete=models.PROTECT,
        related_name="+",
        help_text=_("With all collections inside it."),
    )
    picture = models.FileField(
        _("picture of the mark"),
        storage=private_storage,
        upload_to=place_of,
        max_length=255,
        blank=True,
        help_text=_(
            "The mark alone, as a PNG or WebP on a transparent ground, in its own colours and at least as large as it "
            "stands on your pictures. Or, for a mark in white or black, a dark drawing of it on plain white."
        ),
    )
    words = models.CharField(
        _("words of the mark"),
        max_length=200,
        blank=True,
        help_text=_(
            "For a mark that is one line of writing, like “© Example Agency”: it is taken off wherever just these "
            "words stand on a line, also where nothing shines through them."
        ),
    )

    changed_at = models.DateTimeField(
        default=timezone.now, editable=False, help_text="When what is looked for, or where, was last given or changed."
    )

    picture_refused = False
    """Set by a form to which a picture was given that is no use: then it is not said that none was given."""

    wagtail_reference_index_ignore = True

    class Meta:
        ordering = ["name"]
        verbose_name = _("known mark")
        verbose_name_plural = _("known marks")

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save the row, its picture, and when what is looked for was changed.

        Upkeep deletes the picture that another one took the place of.
        """
        using = kwargs.get("using") or database_of(self)
        given = self.store_picture(using)
        old = type(self).objects.using(using).filter(pk=self.pk).first()
        if old is None or self._sought != old._sought:
            self.changed_at = timezone.now()
            if kwargs.get("update_fields") is not None:
                kwargs["update_fields"] = {*kwargs["update_fields"], "changed_at"}
        try:
            with transaction.atomic(using=using):
                super().save(*args, **kwargs)
                if old is not None and old.picture and old.picture.name != self.picture.name:
                    retire_private(str(old.picture), using)
        except Exception:
            if given is not None:  # the intent may be gone with a transaction around this one
                _delete(str(self.picture))
                self.picture = given
            raise

    def store_picture(self, using: str | None = None) -> File[Any] | None:
        """Write a picture that is in no storage yet, with the intent written down first; the file that it was.

        Upkeep deletes what no row was saved for. ``save`` does this too; call it before a transaction in which the row
        is saved, for a rollback takes the intent along.
        """
        if not self.picture or self.picture._committed:  # type: ignore[attr-defined]
            return None
        using = using or database_of(self)
        given: File[Any] = self.picture.file
        name = place_of(self, str(self.picture.name))
        intent = retire_private(name, using, after=UNFINISHED, intent=True)
        given.seek(0)
        self.picture = self.picture.storage.save(name, given, max_length=255)
        Retired.objects.using(using).filter(pk=intent.pk).update(name=str(self.picture))
        return given

    @property
    def _sought(self) -> tuple[Any, ...]:
        """What is looked for and where; the name is none of it."""
        return self.active, self.collection_id, self.picture.name or "", self.words

    def clean(self) -> None:
        """Raises ``ValidationError`` for a mark that could not be looked for."""
        super().clean()
        if not self.picture and not self.words and not self.picture_refused:
            raise ValidationError(_("Give a picture of the mark, or its words."))
        strange = unreadable(self.words)
        if strange:
            text = _(
                "The signs “%(letters)s” are not known to the reader, which reads Latin, Greek, Chinese and Japanese: "
                "such a line would never be found. Give a picture of the mark instead."
            )
            raise ValidationError({"words": text % {"letters": strange}})
        if self.words and too_short(self.words):
            text = _("These words are too short to know a mark by: give at least %(fewest)s letters or digits.")
            raise ValidationError({"words": text % {"fewest": FEWEST}})


def _delete(name: str) -> None:
    try:
        private_storage().delete(name)
    except Exception:
        # The border to storages, which raise what they like; why the row was not saved is the news.
        logger.exception("%s, the picture of a known mark that was not saved, could not be deleted", name)
