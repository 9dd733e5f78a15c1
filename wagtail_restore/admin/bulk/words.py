"""How it is told what was done to many images, what was left out and why, and how long the work may take."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, ngettext_lazy

from wagtail_restore import backfill, messages
from wagtail_restore.imaging.planning import Note, Plan

UNREADABLE = ngettext_lazy(
    "%(count)s file that cannot be opened as a picture", "%(count)s files that cannot be opened as pictures", "count"
)
CHANGED = ngettext_lazy(
    "%(count)s image that has changed meanwhile", "%(count)s images that have changed meanwhile", "count"
)
LEFT: Mapping[str, Any] = {
    "no_access": ngettext_lazy(
        "%(count)s image that you may not change", "%(count)s images that you may not change", "count"
    ),
    "under_way": ngettext_lazy(
        "%(count)s image that is being worked on, or under review, already",
        "%(count)s images that are being worked on, or under review, already",
        "count",
    ),
    "said_no": ngettext_lazy(
        "%(count)s image whose result somebody took back or discarded",
        "%(count)s images whose results somebody took back or discarded",
        "count",
    ),
    "nothing_asked": ngettext_lazy(
        "%(count)s image that no rule would enlarge", "%(count)s images that no rule would enlarge", "count"
    ),
    "large_enough": ngettext_lazy(
        "%(count)s image that is as large as asked for, or as it may be",
        "%(count)s images that are as large as asked for, or as they may be",
        "count",
    ),
    "animated": ngettext_lazy("%(count)s animation", "%(count)s animations", "count"),
    "vector": ngettext_lazy(
        "%(count)s vector drawing (SVG), which is sharp at any size",
        "%(count)s vector drawings (SVG), which are sharp at any size",
        "count",
    ),
    "too_large": ngettext_lazy(
        "%(count)s image with more pixels than this site opens",
        "%(count)s images with more pixels than this site opens",
        "count",
    ),
    "unreadable": UNREADABLE,
    "truncated": UNREADABLE,
    "mislabelled": UNREADABLE,
    "unsupported_format": ngettext_lazy(
        "%(count)s file of a format that cannot be restored",
        "%(count)s files of formats that cannot be restored",
        "count",
    ),
    "no_result": ngettext_lazy(
        "%(count)s image without a result under review", "%(count)s images without a result under review", "count"
    ),
    "undecided": ngettext_lazy(
        "%(count)s image on whose marks somebody has to decide first, on its own page",
        "%(count)s images on whose marks somebody has to decide first, on their own pages",
        "count",
    ),
    "not_restored": ngettext_lazy(
        "%(count)s image that does not show a restored picture",
        "%(count)s images that do not show a restored picture",
        "count",
    ),
    "not_taken_back": ngettext_lazy(
        "%(count)s image of which nothing was taken back",
        "%(count)s images of which nothing was taken back",
        "count",
    ),
    "no_version": ngettext_lazy(
        "%(count)s image of which that version is not kept any more",
        "%(count)s images of which that version is not kept any more",
        "count",
    ),
    "not_working": ngettext_lazy(
        "%(count)s image that is not being worked on", "%(count)s images that are not being worked on", "count"
    ),
    "superseded": CHANGED,
    "lease_lost": CHANGED,
    "image_gone": CHANGED,
}
"""What is left out, by the code of the reason."""


def left_out(left: Mapping[str, int]) -> list[str]:
    """What is left out, a phrase for each reason, the most frequent first."""
    found = sorted(left.items(), key=lambda item: (-item[1], item[0]))
    return [_phrase(code, count) for code, count in found if count]


def _phrase(code: str, count: int) -> str:
    if code in LEFT:
        return str(LEFT[code] % {"count": count})
    return _("%(count)s × %(reason)s") % {"count": count, "reason": messages.say(Note(code))}


def estimate(megapixels: float) -> str:
    """How long one worker needs for this many megapixels of result, by what the site has measured."""
    speed = backfill.throughput()
    if not speed:
        return _("How long it takes is not known yet: no picture has been restored on this site.")
    told = {"time": duration(megapixels / speed)}
    return _("About %(time)s on one worker, by what this site’s workers have needed so far.") % told


def published(plan: Plan) -> str:
    """Whether what comes of this Plan is shown at once, or waits for somebody's decision."""
    if plan.review:
        return _("The result waits for your decision before it is shown.")
    return _("The result is published as soon as it is done, unless the worker is not sure of it.")


def duration(seconds: float) -> str:
    """So long, in words, and no more exact than an estimate is."""
    if seconds < 55:
        count = max(1, round(seconds) if seconds < 10 else 5 * round(seconds / 5))
        return ngettext("%(count)s second", "%(count)s seconds", count) % {"count": count}
    minutes = max(1, round(seconds / 60))
    hours, rest = divmod(minutes, 60)
    if not hours:
        return ngettext("%(count)s minute", "%(count)s minutes", minutes) % {"count": minutes}
    told = ngettext("%(count)s hour", "%(count)s hours", hours) % {"count": hours}
    if not rest or hours >= 10:
        return told
    return _("%(hours)s %(minutes)s") % {
        "hours": told,
        "minutes": ngettext("%(count)s minute", "%(count)s minutes", rest) % {"count": rest},
    }
