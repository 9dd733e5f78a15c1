"""A faint mark is taken off along the strokes that are seen over the picture, also where its ground misleads."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

pytest.importorskip("torch")

from PIL import Image, ImageDraw, ImageFilter, ImageFont

from wagtail_restore import catalogue
from wagtail_restore.engines import hiding, runner
from wagtail_restore.engines.base import Context, Region
from wagtail_restore.engines.pool import Pool
from wagtail_restore.engines.step import Work
from wagtail_restore.imaging import masks
from wagtail_restore.imaging.codec import Picture, Source
from wagtail_restore.imaging.planning import Mode, Plan, Step

TOP, BOTTOM, LEFT, RIGHT = 90, 160, 40, 600
REGION = Region(
    "watermark",
    (LEFT, TOP, RIGHT - LEFT, BOTTOM - TOP),
    ((LEFT, TOP), (RIGHT, TOP), (RIGHT, BOTTOM), (LEFT, BOTTOM)),
    "Kestrel Archive",
    0.9,
)


class Seen:
    """The strokes of a mark as a reader sees them that sees just these."""

    def __init__(self, strokes: masks.Mask) -> None:
        self.strokes = strokes

    def ink(self, polygon: Sequence[tuple[int, int]], box: tuple[int, int, int, int]) -> masks.Mask:
        x, y, width, height = box
        return self.strokes[y : y + height, x : x + width]


def starry(width: int = 640, height: int = 260) -> NDArray[np.uint8]:
    """A night sky that grows lighter to the right, with stars."""
    rng = np.random.default_rng(8)
    sky = np.linspace(30, 150, width)[None, :, None] * np.array((1.0, 0.9, 0.75)) + rng.normal(0, 2, (height, width, 3))
    sky[rng.random((height, width)) < 0.01] = 230
    return np.clip(sky, 0, 255).astype(np.uint8)


def letters(blur: float = 0.0) -> NDArray[np.float32]:
    """The mark, 0..1, with an edge so many pixels softer than type is drawn."""
    layer = Image.new("L", (640, 260))
    ImageDraw.Draw(layer).text((320, 125), "Kestrel Archive", 255, ImageFont.load_default(64), anchor="mm")
    return np.asarray(layer.filter(ImageFilter.GaussianBlur(blur)), np.float32) / 255


def laid(clean: NDArray[np.uint8], layer: NDArray[np.float32], opacity: float, tone: int) -> NDArray[np.uint8]:
    cover = layer[:, :, None] * np.float32(opacity)
    return np.rint(clean * (1 - cover) + tone * cover).astype(np.uint8)


def off(made: NDArray[np.uint8], clean: NDArray[np.uint8]) -> NDArray[np.int_]:
    """By how many levels each pixel differs at most, (H, W)."""
    return np.asarray(np.abs(made.astype(int) - clean).max(axis=2))


@pytest.mark.parametrize("tone", [0, 255])
def test_a_faint_mark_over_a_starry_sky_comes_off_without_a_trace(tone: int) -> None:
    clean = starry()
    layer = letters()
    marked = laid(clean, layer, 0.25, tone)
    plan = Plan((Step("erase", "auto", {"regions": [REGION.to_json()]}),), Mode.STRICT)
    pool = Pool(catalogue.shipped(), "cpu")
    made = runner.run(plan, Picture(marked, None, Source("PNG")), pool, Context()).picture.pixels
    ink = layer > 0.5
    before, after = (np.abs(each.astype(int) - clean)[ink].mean() for each in (marked, made))
    assert before > 12
    # Most of it is the soft edge of the letters, which is filled: 4.9 by one training of the network, 5.0 by the next.
    assert after < 5.2
    here = (slice(TOP - 20, BOTTOM + 20), slice(LEFT - 20, RIGHT + 20))
    outside = np.ones(ink.shape, bool)
    outside[here] = False
    assert (made[outside] == marked[outside]).all()


@pytest.mark.parametrize("tone", [0, 255])
def test_the_soft_edge_of_a_letter_is_filled_and_only_its_inside_is_lifted(tone: int) -> None:
    clean = np.full((260, 640, 3), 60, np.uint8)
    clean[125:] = 150  # the upper half of the letters lies on the dark
    layer = letters(blur=1.0)
    seen = layer > 0.9
    picture = Picture(laid(clean, layer, 0.6, tone), None, Source("PNG"))
    work = Work(Pool(catalogue.shipped(), "cpu"), Context(), Mode.STRICT, 0.5)
    bared = hiding.bare(picture, None, [REGION], work, Seen(seen))
    assert off(picture.pixels, clean)[seen].min() > 30
    assert bared.where.sum() > 1000
    assert off(bared.pixels, clean)[bared.where].max() < 10, "of its edge much more would be left"
    edge = masks.grow(seen, 1) & ~seen
    assert edge.sum() > 1500
    assert not bared.where[edge].any()
    assert (bared.weight[edge] == 1).all()
    assert (bared.weight[bared.where] == 0).all()
    untouched = ~bared.where
    assert (bared.pixels[untouched] == picture.pixels[untouched]).all()
