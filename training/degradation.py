"""What happens to a picture before the network meets it: made smaller, and some of what cameras and sites do to it."""

from __future__ import annotations

import io
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

Pixels = NDArray[np.uint8]

FILTERS = (
    Image.Resampling.BICUBIC,
    Image.Resampling.LANCZOS,
    Image.Resampling.BOX,
    Image.Resampling.BILINEAR,
    Image.Resampling.NEAREST,
)
JPEG_BLOCK = 8


@dataclass(frozen=True)
class Damage:
    """How often (shares of 1) and how much; a share of 0 draws nothing, so that it changes no other choice.

    ``filters``: how often each of bicubic, Lanczos, box, bilinear and nearest makes the picture small, those left out
    never. ``blur``: standard deviation of the Gaussian before that, in pixels of the small picture. ``noise``:
    standard deviation in the lightest parts, of 255. ``twice_share``: of those saved as JPEG, how many were saved
    before, on another grid of blocks. ``palette_share``: how many come as a GIF of so many ``colours`` and not as JPEG.
    ``grain_share``: of the large pictures, how many get noise of ``grain`` before anything happens to them: it is
    part of what is to be drawn, neither to be smoothed nor sharpened.
    """

    jpeg_share: float = 0.5
    quality: tuple[int, int] = (30, 95)
    full_chroma_share: float = 0.2
    filters: tuple[float, ...] = (0.8, 0.1, 0.1)
    blur_share: float = 0.0
    blur: tuple[float, float] = (0.2, 0.6)
    noise_share: float = 0.0
    noise: tuple[float, float] = (1.0, 6.0)
    twice_share: float = 0.0
    grain_share: float = 0.0
    grain: tuple[float, float] = (1.0, 10.0)
    palette_share: float = 0.0
    colours: tuple[int, int] = (12, 256)


BICUBIC = Damage(jpeg_share=0, filters=(1,))
# Grain, since a network that never saw any takes that of old prints and high sensitivities for detail.
CLEAN = Damage(jpeg_share=0, filters=(1,), grain_share=0.2)
# No blur and no further noise: with them in 15 % of the pictures each, the same start lost 0.17 dB on Set14 of JPEG
# quality 75 in 5000 steps, as it then sharpened and smoothed what was neither soft nor noisy.
PHOTOGRAPHS = Damage(jpeg_share=0.85, quality=(50, 95))
# Drawings meet low qualities, which ring at every line, more often than photographs do, but no lens. No nearest
# neighbour and no blur: with them a network drew lines of one pixel's width in grey.
LINE_ART = Damage(
    quality=(20, 95),
    full_chroma_share=0.15,
    filters=(0.75, 0.15, 0.1),
    noise_share=0.02,
    noise=(1.0, 4.0),
    twice_share=0.2,
    palette_share=0.05,
)


def shrink(picture: Pixels, scale: int, resampling: Image.Resampling = Image.Resampling.BICUBIC) -> Pixels:
    """H × W × 3 → H/scale × W/scale × 3; the sides must be multiples of ``scale``."""
    height, width = picture.shape[:2]
    return np.asarray(Image.fromarray(picture).resize((width // scale, height // scale), resampling))


def blurred(picture: Pixels, deviation: float) -> Pixels:
    """The picture behind a Gaussian of this standard deviation, in its own pixels."""
    return np.asarray(Image.fromarray(picture).filter(ImageFilter.GaussianBlur(deviation)))


def noisy(picture: Pixels, deviation: float, rng: np.random.Generator) -> Pixels:
    """With the noise of a sensor: its variance grows with the light from a tenth to all of ``deviation`` squared."""
    light = picture.astype(np.float32)
    spread = deviation * np.sqrt(0.1 + 0.9 * light / 255)
    noise = spread * rng.standard_normal(picture.shape, dtype=np.float32)
    return np.clip(np.round(light + noise), 0, 255).astype(np.uint8)


def jpeg(picture: Pixels, quality: int, *, full_chroma: bool = False) -> Pixels:
    """The picture as it comes back from a JPEG of this quality (4:2:0 unless ``full_chroma``)."""
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, "JPEG", quality=quality, subsampling=0 if full_chroma else 2)
    return np.asarray(Image.open(buffer).convert("RGB"))


def jpeg_aside(picture: Pixels, quality: int, down: int, right: int) -> Pixels:
    """As ``jpeg``, but its blocks begin ``down`` and ``right`` pixels outside, as after a crop."""
    larger = np.pad(picture, ((down, 0), (right, 0), (0, 0)), mode="edge")
    return np.ascontiguousarray(jpeg(larger, quality)[down:, right:])


def palette(picture: Pixels, colours: int) -> Pixels:
    """In no more than ``colours`` (2 to 256), by median cut and without dithering, as in a GIF."""
    few = Image.fromarray(picture).quantize(colours, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    return np.asarray(few.convert("RGB"))


def grained(picture: Pixels, damage: Damage, rng: np.random.Generator) -> Pixels:
    """The large picture as the network is to draw it: as it is, or with grain."""
    if _happens(damage.grain_share, rng):
        return noisy(picture, float(rng.uniform(*damage.grain)), rng)
    return picture


def degrade(picture: Pixels, scale: int, damage: Damage, rng: np.random.Generator) -> Pixels:
    """H × W × 3 → H/scale × W/scale × 3, with a filter and a damage drawn from ``rng``."""
    if _happens(damage.blur_share, rng):
        picture = blurred(picture, float(rng.uniform(*damage.blur)) * scale)
    low = shrink(picture, scale, FILTERS[int(rng.choice(len(damage.filters), p=damage.filters))])
    if _happens(damage.noise_share, rng):
        low = noisy(low, float(rng.uniform(*damage.noise)), rng)
    if _happens(damage.palette_share, rng):
        return palette(low, int(rng.integers(damage.colours[0], damage.colours[1] + 1)))
    if rng.random() >= damage.jpeg_share:
        return low
    if _happens(damage.twice_share, rng):
        down, right = (int(offset) for offset in rng.integers(1, JPEG_BLOCK, 2))
        low = jpeg_aside(low, _quality(damage, rng), down, right)
    quality = _quality(damage, rng)
    return jpeg(low, quality, full_chroma=bool(rng.random() < damage.full_chroma_share))


def _happens(share: float, rng: np.random.Generator) -> bool:
    return share > 0 and bool(rng.random() < share)


def _quality(damage: Damage, rng: np.random.Generator) -> int:
    return int(rng.integers(damage.quality[0], damage.quality[1] + 1))
