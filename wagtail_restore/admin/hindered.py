"""Why nothing can be done with the file of an image, which may be one from before we were installed."""

from __future__ import annotations

from typing import Any

from wagtail_restore import rules, swap
from wagtail_restore.exceptions import RestoreError
from wagtail_restore.imaging.planning import Note


def obstacle(image: Any) -> Note | None:
    """Why nothing can be done with the file of this image, or None; from here on its Facts are known."""
    try:
        facts = swap.current_facts(image) or swap.measure(image)
    except RestoreError as error:
        return Note(error.code, error.params)
    return rules.obstacle(facts)
