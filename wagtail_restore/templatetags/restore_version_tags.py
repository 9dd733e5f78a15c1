"""What can be done about the versions of an image."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import template
from django.utils import timezone

from wagtail_restore import swap
from wagtail_restore.conf import conf
from wagtail_restore.models import State

register = template.Library()


@register.simple_tag
def restore_deletable(panel: Any, may_use: bool) -> bool:
    """Whether there are earlier files of this image that could be deleted now."""
    if not may_use:
        return False
    if any(not each.shown for each in panel.earlier):
        return True
    # Only a swap of these days can have left public files, and only then is it worth a query.
    since = timezone.now() - timedelta(seconds=conf.GRACE_SECONDS)
    finished = panel.job.finished_at if panel.state in (State.PUBLISHED, State.WITHDRAWN) else None
    return bool(finished and finished > since and swap.still_public(panel.image).exists())
