"""How Wagtail's log and the site history tell what was done to an image's picture."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from wagtail.log_actions import LogFormatter


class Requested(LogFormatter):
    label = gettext_lazy("Ask for restoration")
    message = gettext_lazy("Restoration asked for")

    def format_message(self, log_entry: Any) -> str:
        data = log_entry.data or {}
        template, confirmed = data.get("template"), data.get("rights") or {}
        if not template:
            return str(self.message)
        if confirmed:
            return _(
                "Restoration asked for, with the mask template “%(template)s”, for which %(name)s has confirmed the "
                "right to remove watermarks"
            ) % {"template": template, "name": confirmed.get("name", "")}
        return _("Restoration asked for, with the mask template “%(template)s”") % {"template": template}


class Published(LogFormatter):
    label = gettext_lazy("Publish a restored picture")

    def format_message(self, log_entry: Any) -> str:
        return _with_sizes(log_entry, _("Restored picture published"))


class Withdrawn(LogFormatter):
    label = gettext_lazy("Go back to an earlier picture")

    def format_message(self, log_entry: Any) -> str:
        return _with_sizes(log_entry, _("Went back to an earlier picture"))


class VersionsDeleted(LogFormatter):
    label = gettext_lazy("Delete earlier versions of a picture")

    def format_message(self, log_entry: Any) -> str:
        data = log_entry.data or {}
        count = data.get("versions", 0)
        sentence = ngettext("%(count)s earlier version deleted", "%(count)s earlier versions deleted", count)
        told = sentence % {"count": count} if count else ""
        if not data.get("public"):
            return told
        public = _("Files of earlier pictures that were still public deleted")
        return f"{told}. {public}" if told else public


class Cancelled(LogFormatter):
    label = gettext_lazy("Cancel a restoration")
    message = gettext_lazy("Restoration cancelled")


class Discarded(LogFormatter):
    label = gettext_lazy("Discard a restored picture")
    message = gettext_lazy("Restored picture discarded")


class RightsConfirmed(LogFormatter):
    label = gettext_lazy("Confirm the right to remove watermarks")
    message = gettext_lazy("Confirmed the right to remove watermarks")

    def format_message(self, log_entry: Any) -> str:
        through = (log_entry.data or {}).get("through")
        if not through:
            return str(self.message)
        return _("Confirmed the right to remove watermarks, through the command %(command)s") % {"command": through}


LOGGED: Mapping[str, type[LogFormatter]] = {
    "wagtail_restore.request": Requested,
    "wagtail_restore.publish": Published,
    "wagtail_restore.withdraw": Withdrawn,
    "wagtail_restore.delete_versions": VersionsDeleted,
    "wagtail_restore.cancel": Cancelled,
    "wagtail_restore.discard": Discarded,
    "wagtail_restore.confirm_rights": RightsConfirmed,
}


def _with_sizes(log_entry: Any, sentence: str) -> str:
    data = log_entry.data or {}
    old, new = data.get("from") or {}, data.get("to") or {}
    if not (old.get("width") and new.get("width")):
        return sentence
    return _("%(sentence)s: %(old_width)s × %(old_height)s → %(new_width)s × %(new_height)s") % {
        "sentence": sentence,
        "old_width": old["width"],
        "old_height": old["height"],
        "new_width": new["width"],
        "new_height": new["height"],
    }
