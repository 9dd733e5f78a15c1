"""Tells people outside of the admin: a digest by mail for those who asked, and a message to the site's chat."""

from __future__ import annotations

from wagtail_restore.notify.bulletin import backfill_goes_on, tell_chat
from wagtail_restore.notify.mail import send_digests

__all__ = ["backfill_goes_on", "send_digests", "tell_chat"]
