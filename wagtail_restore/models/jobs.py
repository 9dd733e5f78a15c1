"""The row that carries a Plan through its states, and the locks under which upkeep runs."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from wagtail_restore.imaging.anchoring import Stencil
from wagtail_restore.imaging.planning import Note, Plan, Wishes
from wagtail_restore.models.files import private_storage
from wagtail_restore.models.links import ImageLink, database_of
from wagtail_restore.models.rules import ResolutionRule


class State(models.TextChoices):
    """Where a Job stands; all but the first three are final (but see ``jobs``)."""

    WAITING = "waiting", _("Waiting")
    RUNNING = "running", _("Working")
    REVIEW = "review", _("Under review")
    PUBLISHED = "published", pgettext_lazy("restoration", "Published")
    KEPT = "kept", _("Nothing to do")
    SKIPPED = "skipped", pgettext_lazy("restoration", "Skipped")
    FAILED = "failed", _("Failed")
    CANCELLED = "cancelled", pgettext_lazy("restoration", "Cancelled")
    SUPERSEDED = "superseded", _("Superseded")
    DISCARDED = "discarded", _("Discarded")
    WITHDRAWN = "withdrawn", _("Withdrawn")

    @classmethod
    def open(cls) -> tuple[State, ...]:
        """The states of a Job that is not over."""
        return cls.WAITING, cls.RUNNING, cls.REVIEW

    @classmethod
    def said_no(cls) -> tuple[State, ...]:
        """The states of a Job whose result a person did not want."""
        return cls.WITHDRAWN, cls.DISCARDED


class Job(ImageLink):
    """A Plan for one image on its way through the states; only ``jobs`` writes ``state``."""

    class Origin(models.TextChoices):
        UPLOAD = "upload", pgettext_lazy("restoration", "Upload")
        EDIT = "edit", _("Edit page")
        LISTING = "listing", _("Image listing")
        BACKFILL = "backfill", _("Backfill")
        CODE = "code", _("The site's code")
        RETRY = "retry", _("Tried again")

    state = models.CharField(_("state"), max_length=16, choices=State.choices, default=State.WAITING)
    open_key = models.CharField(  # noqa: DJ001 — a unique column holds many nulls, but only one empty string
        max_length=300,
        null=True,
        unique=True,
        editable=False,
        help_text="Image key while open, with a suffix for the follow-up; null when over: one open Job per image.",
    )
    origin = models.CharField(_("asked for by"), max_length=16, choices=Origin.choices, default=Origin.UPLOAD)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("user"), null=True, on_delete=models.SET_NULL, related_name="+"
    )
    rule = models.ForeignKey(
        ResolutionRule, verbose_name=_("rule"), null=True, on_delete=models.SET_NULL, related_name="+"
    )
    retry_of = models.ForeignKey("self", null=True, on_delete=models.SET_NULL, related_name="+")
    image_title = models.CharField(_("image"), max_length=255, blank=True)
    wishes = models.JSONField(default=dict)
    plan = models.JSONField(default=dict)
    mask = models.FileField(
        storage=private_storage,
        max_length=255,
        blank=True,
        help_text="What a person painted over; gone when it ends, save for another try of what failed.",
    )

    rights = models.JSONField(default=dict, help_text="Who confirmed that watermarks may go: name, time, words.")

    source_name = models.CharField(max_length=255)
    source_hash = models.CharField(max_length=40, blank=True, db_index=True)
    source_width = models.PositiveIntegerField(default=0)
    source_height = models.PositiveIntegerField(default=0)

    attempt = models.PositiveSmallIntegerField(default=0)
    worker = models.CharField(max_length=100, blank=True)
    lease_until = models.DateTimeField(null=True)
    not_before = models.DateTimeField(null=True)
    cancel_requested = models.BooleanField(default=False)
    progress = models.FloatField(default=0.0)
    doing = models.CharField(max_length=32, blank=True)

    reason = models.JSONField(default=dict, help_text="Why it ended as it did: a code and its numbers.")
    may_retry = models.BooleanField(default=False)
    traceback = models.TextField(_("traceback"), blank=True)
    report = models.JSONField(default=dict)
    result = models.FileField(storage=private_storage, max_length=255, blank=True)
    result_width = models.PositiveIntegerField(default=0)
    result_height = models.PositiveIntegerField(default=0)

    created_at = models.DateTimeField(_("asked for"), auto_now_add=True)
    started_at = models.DateTimeField(null=True)
    review_since = models.DateTimeField(null=True, help_text="When its Result began to await a person.")
    finished_at = models.DateTimeField(_("finished"), null=True)

    class Meta:
        ordering = ["-pk"]
        verbose_name = _("job")
        verbose_name_plural = _("jobs")
        default_permissions = ("view",)
        permissions = [("use_restore", "Can ask for images to be restored, and publish or withdraw results")]
        indexes = [
            models.Index(fields=["content_type", "object_id", "-id"], name="restore_job_image"),
            models.Index(fields=["state", "origin", "id"], name="restore_job_state"),
            models.Index(fields=["state", "id"], name="restore_job_oldest"),
            models.Index(fields=["state", "created_at"], name="restore_job_since"),
            models.Index(fields=["created_at", "id", "image_title", "source_name"], name="restore_job_created"),
            models.Index(fields=["started_at", "finished_at", "state"], name="restore_job_started"),
            models.Index(fields=["state", "finished_at"], name="restore_job_finished"),
            models.Index(fields=["user", "created_at"], name="restore_job_user"),
            models.Index(fields=["user", "state", "may_retry", "id"], name="restore_job_again"),
            models.Index(fields=["rule", "created_at"], name="restore_job_rule"),
            models.Index(fields=["state", "rule"], name="restore_job_going"),
        ]

    asked_before = False
    """Of what ``jobs.request`` returns: the same was open already, and nothing new was asked for. No column."""

    def __str__(self) -> str:
        return f"#{self.pk} {self.image_title}: {self.state}"

    @property
    def is_open(self) -> bool:
        return self.state in State.open()

    @property
    def why(self) -> Note | None:
        """Why it ended as it did."""
        return Note.from_json(self.reason) if self.reason else None

    @property
    def steps(self) -> Plan:
        return Plan.from_json(self.plan)

    @property
    def painted(self) -> bool:
        """Whether the Plan speaks of a mask that a person painted, which is gone when the Job is over."""
        return any("mask" in step.get("params", {}) for step in self.plan.get("steps", []))

    @property
    def located(self) -> bool:
        """Whether the Plan names marks that were found in one file, in its pixels; in another they lie elsewhere."""
        return any("regions" in step.get("params", {}) for step in self.plan.get("steps", []))

    @property
    def stencil(self) -> Stencil | None:
        """The mask template that the Plan erases with, as it was when the Job was asked for."""
        return self.steps.stencil if self.plan else None

    @property
    def wished(self) -> Wishes:
        return Wishes.from_json(self.wishes)

    def changed(self, **values: Any) -> bool:
        """Write these columns of this row, here and in the database; whether the row was still there."""
        for name, value in values.items():
            setattr(self, name, value)
        rows = type(self).objects.using(database_of(self)).filter(pk=self.pk).update(**values)
        return bool(rows)


class UpkeepLock(models.Model):
    """A row for upkeep and one for telling, under which each runs, so that of many workers one does it."""

    held_until = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"held until {self.held_until}"
