"""What can be done about the versions of an image, and which pages change with it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import template
from django.template import Context
from django.utils import timezone

from wagtail_restore import swap
from wagtail_restore.conf import conf
from wagtail_restore.models import State
from wagtail_restore.usage import Usage, usage_of

register = template.Library()


@register.simple_tag
def restore_deletable(panel: Any, may_use: bool) -> str:
    """Which earlier files of this image could be deleted now: ``versions``, only those still ``public``, or none."""
    if not may_use:
        return ""
    if any(not each.shown for each in panel.earlier):
        return "versions"
    # Only a swap of these days can have left public files, and only then is it worth a query.
    since = timezone.now() - timedelta(seconds=conf.GRACE_SECONDS)
    finished = panel.job.finished_at if panel.state in (State.PUBLISHED, State.WITHDRAWN) else None
    return "public" if finished and finished > since and swap.still_public(panel.image).exists() else ""


@register.simple_tag(takes_context=True)
def restore_usage(context: Context, panel: Any) -> Usage | None:
    """Where the image is used, while somebody may decide what it shows.

    Not while a Job is at work: then the panel is asked for again and again, and nothing is to be decided.
    """
    if not context["may_use"] or panel.state in (State.WAITING, State.RUNNING):
        return None
    publishes = panel.state == State.REVIEW and panel.job.result
    goes_back = any(not each.shown for each in panel.earlier)
    return usage_of(panel.image, context["request"].user) if publishes or goes_back else None
