"""Tells people outside of the admin: a digest by mail for those who asked."""

from __future__ import annotations

from wagtail_restore.notify.mail import send_digests

__all__ = ["send_digests"]
