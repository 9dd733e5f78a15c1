"""That somebody has said they may remove watermarks: who, when, and in which words."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class RightsConfirmation(models.Model):
    """One row for each user and wording.

    ``wording`` is the SHA-256 of the statement as the settings have it, with the condition that was put before it.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    wording = models.CharField(max_length=64)
    statement = models.TextField(help_text="The words in the language in which they were shown.")
    confirmed_at = models.DateTimeField(auto_now_add=True)

    wagtail_reference_index_ignore = True

    class Meta:
        default_permissions = ("view",)
        constraints = [models.UniqueConstraint(fields=["user", "wording"], name="restore_rights_once")]

    def __str__(self) -> str:
        return self.statement
