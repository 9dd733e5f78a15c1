"""Joins the signals and the system checks when the site starts."""

from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class WagtailRestoreConfig(AppConfig):
    name = "wagtail_restore"
    verbose_name = _("Restoration")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from wagtail_restore import checks, signals

        checks.register()
        signals.connect()
