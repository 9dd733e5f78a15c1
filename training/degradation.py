"""What happens to a picture before the network meets it: made smaller, and for half of them saved as a JPEG."""

from __future__ import annotations

import io
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Pixels = NDArray[np.uint8]

FILTERS = (Image.Resampling.BICUBIC, Image.Resampling.LANCZOS, Image.Resampling.BOX)


@dataclass(frozen=True)
class Damage:
    """How often and how much. ``filters``: how often each of bicubic, Lanczos and box makes the picture small."""

    jpeg_share: float = 0.5
    quality: tuple[int, int] = (30, 95)
    full_chroma_share: float = 0.2
    filters: tuple[float, float, float] = (0.8, 0.1, 0.1)


def shrink(picture: Pixels, scale: int, resampling: Image.Resampling = Image.Resampling.BICUBIC) -> Pixels:
    """H × W × 3 → H/scale × W/scale × 3; the sides must be multiples of ``scale``."""
    height, width = picture.shape[:2]
    return np.asarray(Image.fromarray(picture).resize((width // scale, height // scale), resampling))


def jpeg(picture: Pixels, quality: int, *, full_chroma: bool = False) -> Pixels:
    """The picture as it comes back from a JPEG of this quality (4:2:0 unless ``full_chroma``)."""
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, "JPEG", quality=quality, subsampling=0 if full_chroma else 2)
    return np.asarray(Image.open(buffer).convert("RGB"))


def degrade(picture: Pixels, scale: int, damage: Damage, rng: np.random.Generator) -> Pixels:
    """H × W × 3 → H/scale × W/scale × 3, with a filter and a damage drawn from ``rng``."""
    low = shrink(picture, scale, FILTERS[int(rng.choice(len(FILTERS), p=damage.filters))])
    if rng.random() >= damage.jpeg_share:
        return low
    quality = int(rng.integers(damage.quality[0], damage.quality[1] + 1))
    return jpeg(low, quality, full_chroma=bool(rng.random() < damage.full_chroma_share))
