"""The known marks that a worker looks for in one image: those of its collection and of the collections above it."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from django.db import Error as DatabaseTrouble

from wagtail_restore.imaging import logo
from wagtail_restore.imaging.planning import Plan
from wagtail_restore.models import KnownMark
from wagtail_restore.models.links import database_of

logger = logging.getLogger(__name__)


def wanted(image: Any, plan: Plan, report: dict[str, Any]) -> tuple[list[logo.Mark], list[str]]:
    """The active marks for ``image`` where ``plan`` has a use for them: those with a picture, and the words of others.

    A mark whose file is missing or broken is left out, as the rest of the work is worth having; its name is added to
    ``marks_left_out`` in ``report``.
    """
    if not any(_of_use(step.params) for step in plan.steps):
        return [], []
    marks: list[logo.Mark] = []
    words: list[str] = []
    above = image.collection.get_ancestors(inclusive=True)
    for row in KnownMark.objects.using(database_of(image)).filter(active=True, collection__in=above):
        if row.words:
            words.append(row.words)
        if not row.picture:
            continue
        try:
            with row.picture.open("rb") as file:
                marks.append(logo.read(file.read(), row.name))
        except DatabaseTrouble:
            raise
        except Exception:
            # The border to storages, which raise what they like, and to what other programs wrote into them.
            logger.exception("the known mark %s is left out: its picture cannot be read", row)
            report.setdefault("marks_left_out", []).append(row.name)
    return marks, words


def _of_use(params: Mapping[str, Any]) -> bool:
    """Whether a Step with these params looks for watermarks, or takes a known mark off that a person confirmed."""
    return "watermark" in params.get("detect", ()) or any(region.get("mark") for region in params.get("regions", ()))
