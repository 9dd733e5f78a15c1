"""What a page says, once, when restorations end while it is open: in words of its own for one, counted for more."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from wagtail_restore import telling
from wagtail_restore.models import Job, State


def _published(count: int) -> str:
    return ngettext("%(count)s image is restored.", "%(count)s images are restored.", count)


def _kept(count: int) -> str:
    return ngettext(
        "%(count)s image was left as it is: there was nothing to do.",
        "%(count)s images were left as they are: there was nothing to do.",
        count,
    )


def _review(count: int) -> str:
    return ngettext("%(count)s result awaits a decision.", "%(count)s results await a decision.", count)


def _skipped(count: int) -> str:
    return ngettext("%(count)s file was left as it is.", "%(count)s files were left as they are.", count)


def _failed(count: int) -> str:
    return ngettext("%(count)s restoration has failed.", "%(count)s restorations have failed.", count)


COUNTED: Mapping[str, Callable[[int], str]] = {
    State.PUBLISHED: _published,
    State.KEPT: _kept,
    State.REVIEW: _review,
    State.SKIPPED: _skipped,
    State.FAILED: _failed,
}


def news_of(ended: Iterable[tuple[Job, str]]) -> list[dict[str, str]]:
    """For each state that these Jobs came to, of images with these titles, what Wagtail's messages are given."""
    found: dict[str, list[tuple[Job, str]]] = {}
    for job, title in ended:
        found.setdefault(job.state, []).append((job, title))
    return [
        {"type": tone, "text": _one(*found[state][0]) if len(found[state]) == 1 else _many(state, len(found[state]))}
        for state, tone in telling.TONES.items()
        if state in found
    ]


def _one(job: Job, title: str) -> str:
    return _("“%(title)s”: %(sentence)s") % {"title": title, "sentence": telling.sentence(job)}


def _many(state: Any, count: int) -> str:
    return COUNTED[state](count) % {"count": count}
