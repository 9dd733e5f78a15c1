"""A Picture as a file for a browser: no more than it needs to be looked at."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

if TYPE_CHECKING:
    from wagtail_restore.imaging.codec import Picture

QUALITIES = (92, 80, 60)
"""Of WebP; a lower one is taken where the file would be larger than it may be."""


def webp(picture: Picture, *, most_bytes: int) -> bytes:
    """``picture`` as WebP in its own colour space, of ``most_bytes`` where one of the ``QUALITIES`` is as small."""
    samples = picture.samples()
    if picture.depth == 16:
        samples = (samples >> 8).astype(np.uint8)
    colours = samples[:, :, : picture.channels]
    if picture.is_grey:
        colours = np.repeat(colours, 3, axis=2)
    clear = [] if picture.alpha is None else [samples[:, :, picture.channels]]
    image = Image.fromarray(np.ascontiguousarray(np.dstack([colours, *clear])))
    # A profile for grey means nothing to the three channels that are written.
    profile = None if picture.is_grey else picture.source.icc
    made = b""
    for quality in QUALITIES:
        buffer = io.BytesIO()
        image.save(buffer, "WEBP", quality=quality, method=2, icc_profile=profile)
        made = buffer.getvalue()
        if len(made) <= most_bytes:
            break
    return made
