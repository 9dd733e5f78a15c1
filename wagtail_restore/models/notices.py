"""Who wants a digest by mail, how often, and since when; and how far the site's chat has been told."""

from __future__ import annotations

from datetime import datetime, timedelta, tzinfo
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

HOUR = 7
"""When a digest is sent, by the clock of whoever gets it."""
UNCONFIRMED = timedelta(minutes=10)
"""After this long, nobody is sending any more what somebody began to: the process has died."""


class Digest(models.Model):
    """What one person has chosen about the digest; without a row they get none.

    It tells of what happened after ``told_until``, and is sent at ``due_at``. Whoever sends it marks it as
    taken first, by compare-and-swap, and has it due again when the mark has grown old; both move on once it is sent.
    """

    class Rhythm(models.TextChoices):
        DAILY = "daily", pgettext_lazy("digest", "Every day")
        WEEKLY = "weekly", pgettext_lazy("digest", "Every Monday")

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    asked = models.BooleanField(
        _("digest of restorations"),
        default=False,
        help_text=_(
            "Receive a mail with what was restored for you, what awaits your decision and what failed. "
            "Where there is nothing to tell, none is sent."
        ),
    )
    rhythm = models.CharField(
        _("how often"), max_length=8, choices=Rhythm.choices, default=Rhythm.DAILY, help_text=_("In the morning.")
    )
    told_until = models.DateTimeField()
    due_at = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(default=0, help_text="How often this one could not be sent.")
    failures = models.PositiveIntegerField(default=0, help_text="How often in a row, since a mail last went out.")
    taken_at = models.DateTimeField(
        null=True, help_text="When somebody began to send it; null once it is known what came of it."
    )

    objects: ClassVar[models.Manager[Digest]] = models.Manager()
    wagtail_reference_index_ignore = True

    class Meta:
        default_permissions = ()
        indexes = [models.Index(fields=["asked", "due_at"], name="restore_digest_due")]

    def __str__(self) -> str:
        return f"digest of {self.user}"

    def next_due(self, now: datetime, zone: tzinfo) -> datetime:
        """The first moment after ``now`` when a digest is due, by the clock of this zone."""
        local = now.astimezone(zone)
        due = local.replace(hour=HOUR, minute=0, second=0, microsecond=0)
        if due <= local:
            due += timedelta(days=1)
        if self.rhythm == self.Rhythm.WEEKLY:
            due += timedelta(days=-due.weekday() % 7)
        return due

    @classmethod
    def of(cls, user: Any) -> Digest:
        """The choice of this user, saved or not."""
        now = timezone.now()
        return cls.objects.filter(user=user).first() or cls(user=user, told_until=now, due_at=now)


class Bulletin(models.Model):
    """The single row that says how far the site's chat has been told, and since when it cannot be.

    ``backfill_since`` says that a backfill was going on when it was told last, ``asking_at`` when one last looked for
    images.
    """

    told_until = models.DateTimeField()
    told_at = models.DateTimeField(null=True)
    backfill_since = models.DateTimeField(null=True)
    asking_at = models.DateTimeField(null=True)
    failures = models.PositiveIntegerField(default=0, help_text="How often in a row a message was not taken.")
    trouble = models.CharField(max_length=100, blank=True, help_text="Why, without the address, which is a secret.")
    not_before = models.DateTimeField(null=True)
    taken_at = models.DateTimeField(
        null=True, help_text="When somebody began to post; null once it is known what came of it."
    )

    objects: ClassVar[models.Manager[Bulletin]] = models.Manager()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"told until {self.told_until}"
