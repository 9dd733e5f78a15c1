"""Pages of ours show images whose files may be anything, and none of them may fail for one that is cut off or gone."""

from __future__ import annotations

import logging
from typing import Any

logger = logging.getLogger(__name__)


def rendition_of(image: Any, spec: str) -> Any | None:
    """The rendition of this image, or None where none can be made of its file."""
    try:
        return image.get_rendition(spec)
    except Exception:
        # Wagtail foresees only a file that is missing; what readers raise on a damaged one is of no common kind.
        logger.info("no rendition %s of image %s", spec, image.pk, exc_info=True)
        return None
