"""What is known of the file of an image, which may be one from before we were installed, or why it is of no use."""

from __future__ import annotations

from typing import Any

from wagtail_restore import rules, swap
from wagtail_restore.exceptions import ImageGone, RestoreError
from wagtail_restore.imaging.planning import Note
from wagtail_restore.models import ImageFacts


def facts_or_obstacle(image: Any) -> ImageFacts | Note:
    """The Facts of the file of this image, or why nothing can be done with it."""
    try:
        facts = swap.current_facts(image) or swap.measure(image)
    except RestoreError as error:
        return Note(error.code, error.params)
    if facts.pk is None:
        return Note(ImageGone.code)
    return rules.obstacle(facts) or facts
