"""The sign that a worker process gives of itself: its device, what it has loaded, and when it was last heard of."""

from __future__ import annotations

from datetime import timedelta
from typing import ClassVar

from django.db import models
from django.utils import timezone

GONE = timedelta(minutes=4)
"""A process that has given no sign for so long is taken to be gone."""


class WorkerSign(models.Model):
    """One worker process, written by itself once a minute and deleted when it ends.

    What it is working on stands on the Job, whose ``worker`` is this ``name``; the sign decides nothing.
    """

    name = models.CharField(max_length=100, unique=True, help_text="Host and process.")
    device = models.CharField(max_length=100, blank=True)
    serves = models.JSONField(default=list, help_text="Which of our queues it answers: live, restore, bulk.")
    loaded = models.JSONField(default=list, help_text="Aliases of the loaded Models.")
    missing = models.JSONField(default=list, help_text="Aliases that rules or settings name, without weights there.")
    memory = models.PositiveBigIntegerField(default=0, help_text="Bytes of main memory that the process takes.")
    weights = models.PositiveBigIntegerField(default=0, help_text="Bytes that the loaded Models hold together.")
    started_at = models.DateTimeField()
    seen_at = models.DateTimeField(db_index=True)

    objects: ClassVar[models.Manager[WorkerSign]] = models.Manager()
    wagtail_reference_index_ignore = True

    class Meta:
        ordering = ["name"]
        default_permissions = ()

    def __str__(self) -> str:
        return self.name

    @classmethod
    def alive(cls) -> models.QuerySet[WorkerSign]:
        """Those that were heard of lately."""
        return cls.objects.filter(seen_at__gte=timezone.now() - GONE)

    @classmethod
    def serving(cls, bell: str) -> bool:
        """Whether a worker that answers the rings of this queue, by our name of it, was heard of lately."""
        return any(bell in serves for serves in cls.alive().values_list("serves", flat=True))

    @classmethod
    def gone(cls) -> models.QuerySet[WorkerSign]:
        """The others."""
        return cls.objects.filter(seen_at__lt=timezone.now() - GONE)
