"""A part of a picture is worked on as the whole would be: marks found in the whole, exact places, a bounded time."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.engines.doubles import CLOCK, Doubler, model, picture, pool
from tests.imaging.test_known import photo, png, stamped
from wagtail_restore.catalogue import Model
from wagtail_restore.engines.base import Capabilities, Context, Engine, Region
from wagtail_restore.engines.excerpt import Excerpt, excerpt
from wagtail_restore.engines.resample import Resampler
from wagtail_restore.engines.runner import run
from wagtail_restore.engines.step import Work
from wagtail_restore.exceptions import TimedOut
from wagtail_restore.imaging import logo
from wagtail_restore.imaging.codec import Picture, Source
from wagtail_restore.imaging.planning import Mode, Plan, Step

PHOTO = model("photo-x2", "Doubler", purpose="photo", scale=2)
FILL = model("fill", "Filler", kind="erase")


class Slow(Doubler):
    """Takes a hundredth of a second for each 64 × 64 pixels."""

    def run(self, pixels: Any, mask: Any = None) -> Any:
        CLOCK.passes(0.01 * pixels.shape[0] * pixels.shape[1] / 64**2)
        return super().run(pixels, mask)


class Reader(Engine):
    """Finds a line over the upper left corner and one at the lower right; remembers the size that it was shown."""

    seen: Sequence[Any] = ()

    @property
    def capabilities(self) -> Capabilities:
        return Capabilities(kind="detect")

    def load(self) -> None:
        self.device = "cpu"

    def run(self, pixels: Any, mask: Any = None) -> list[Region]:
        type(self).seen = pixels.shape
        boxes = ((290, 290, 60, 20), (600, 600, 20, 10))
        return [
            Region("other", box, ((x, y), (x + w, y), (x + w, y + h), (x, y + h)), "7 14", sure)
            for box, sure in zip(boxes, (0.9, 0.3), strict=True)
            for x, y, w, h in [box]
        ]


class Blind(Reader):
    """Reads nothing."""

    def run(self, pixels: Any, mask: Any = None) -> list[Region]:
        return []


READ = Model("reader", "detect", f"{__name__}.Reader")


def go(plan: Plan, source: Picture, box: Any, *models: Model, seconds: float = 1000.0) -> Excerpt:
    work = Work(pool(*models), Context(), Mode.STRICT, 0.6)
    return excerpt(plan, source, box, work, seconds=seconds)


def doubled(source: Picture) -> Plan:
    return Plan((Step("upscale", "auto", {"width": 2 * source.width, "height": 2 * source.height}),))


@pytest.mark.parametrize("box", [(0, 0, 128, 128), (100, 80, 128, 128), (272, 172, 128, 128), (0, 0, 400, 300)])
def test_it_is_what_the_whole_shows_there(box: tuple[int, int, int, int]) -> None:
    source = picture(400, 300)
    made = go(doubled(source), source, box, PHOTO)
    x, y, width, height = box
    whole = run(doubled(source), source, pool(PHOTO), Context()).picture.pixels
    here = whole[2 * y : 2 * (y + height), 2 * x : 2 * (x + width)].astype(int)
    assert made.box == box
    assert (made.before.pixels == source.pixels[y : y + height, x : x + width]).all()
    assert made.after.pixels.shape == here.shape
    assert np.abs(made.after.pixels - here).max() <= 2
    assert (made.models, made.changed) == (("photo-x2",), True)


def test_a_box_beyond_the_border_is_cut_off() -> None:
    source = picture(400, 300)
    assert go(doubled(source), source, (300, 250, 512, 512), PHOTO).box == (300, 250, 100, 50)
    assert go(doubled(source), source, (-40, 900, 512, 512), PHOTO).box == (0, 299, 400, 1)


def test_transparency_and_grey_come_along() -> None:
    source = picture(400, 300, 1, alpha=True)
    made = go(doubled(source), source, (100, 100, 64, 64), PHOTO)
    assert made.after.pixels.shape == (128, 128, 1)
    assert made.after.alpha is not None and made.after.alpha.shape == (128, 128)


def test_a_size_in_between_is_met_to_the_pixel() -> None:
    source = picture(400, 300)
    plan = Plan((Step("upscale", "auto", {"width": 600, "height": 450}),))
    made = go(plan, source, (50, 50, 101, 64), PHOTO)
    assert (made.after.width, made.after.height) in ((151, 96), (152, 96))


def test_the_kind_of_picture_is_that_of_the_whole() -> None:
    line = replace(PHOTO, alias="line-x2", purpose="line")
    pixels = np.full((400, 400, 3), 255, np.uint8)
    pixels[:, ::8] = 0
    pixels[300:, 300:] = np.random.default_rng(3).integers(90, 160, (100, 100, 3))
    source = picture(400, 400).with_pixels(pixels)
    whole = run(doubled(source), source, pool(PHOTO, line), Context()).models
    assert whole == ("line-x2",)
    assert go(doubled(source), source, (320, 320, 64, 64), PHOTO, line).models == whole


def test_marks_are_looked_for_in_the_whole_and_erased_in_the_part() -> None:
    source = picture(700, 700)
    plan = Plan((Step("erase", params={"detect": ["other"]}), *doubled(source).steps))
    made = go(plan, source, (300, 250, 128, 128), READ, FILL, PHOTO)
    assert tuple(Reader.seen) == (700, 700, 3)
    assert (made.found, made.here, made.doubtful) == (2, 1, 1)
    assert made.models == ("fill", "photo-x2")
    plain = go(doubled(source), source, (300, 250, 128, 128), PHOTO)
    changed = np.abs(made.after.pixels.astype(int) - plain.after.pixels).max(axis=2) > 8
    assert changed[84:116, 4:90].mean() > 0.9, "where the mark is, cut off at the left"
    assert not changed[:60].any() and not changed[140:].any()


def large() -> bytes:
    """The mark of the tests of known marks, as a file of 320 × 320 pixels."""
    made = io.BytesIO()
    with Image.open(io.BytesIO(png())) as mark:
        mark.resize((320, 320), Image.Resampling.LANCZOS).save(made, "PNG")
    return made.getvalue()


def test_a_known_mark_that_reaches_out_of_the_part_keeps_its_size() -> None:
    under, mark = photo(1000, 640), large()
    seen = np.rint(stamped(under, mark, 473, 0.5, (100, 80)) * 255).astype(np.uint8)
    plan = Plan((Step("erase", params={"detect": ["watermark"]}),))
    blind = replace(READ, engine=f"{__name__}.Blind")
    work = Work(pool(blind, FILL), Context(), Mode.STRICT, 0.6, marks=(logo.read(mark, "agency"),))
    made = excerpt(plan, Picture(seen, None, Source("PNG")), (480, 250, 128, 128), work, seconds=1000)
    assert (made.found, made.here, made.models) == (1, 1, ()), "what is taken off by arithmetic needs no model"
    assert np.abs(made.after.pixels - under[250:378, 480:608] * 255).mean() < 3


def test_where_no_mark_is_nothing_changes() -> None:
    source = picture(1400, 700)
    made = go(Plan((Step("erase", params={"detect": ["other"]}),)), source, (1200, 0, 128, 128), READ, FILL)
    assert (made.found, made.here, made.changed, made.models) == (2, 0, False, ())


def test_the_whole_is_told_to_take_as_many_times_as_long_as_it_is_larger() -> None:
    source = picture(1000, 800)
    slow = Model("slow-x2", "upscale", f"{__name__}.Slow", scale=2)
    made = go(doubled(source), source, (400, 300, 128, 128), slow)
    assert made.whole == pytest.approx(made.seconds * 1000 * 800 / 160**2)


def test_where_a_network_is_slow_the_part_is_smaller(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wagtail_restore.engines.affordable.perf_counter", CLOCK)
    source = picture(1000, 800)
    slow = Model("slow-x2", "upscale", f"{__name__}.Slow", scale=2)
    assert go(doubled(source), source, (200, 100, 512, 512), slow, seconds=0.5).box == (328, 228, 256, 256)
    with pytest.raises(TimedOut):
        go(doubled(source), source, (200, 100, 512, 512), slow, seconds=0.01)


def test_a_network_may_say_no_word_but_the_time_is_kept() -> None:
    def over() -> None:
        raise TimedOut(seconds=1)

    source = picture(400, 300)
    work = Work(pool(PHOTO), Context(check=over), Mode.STRICT, 0.6)
    with pytest.raises(TimedOut):
        excerpt(doubled(source), source, (0, 0, 64, 64), work, seconds=10)


def test_plain_resampling_is_previewed_too() -> None:
    source = picture(400, 300)
    plain = Model("plain", "upscale", f"{Resampler.__module__}.{Resampler.__name__}", scale=1)
    assert go(doubled(source), source, (0, 0, 64, 64), plain).after.width == 128
