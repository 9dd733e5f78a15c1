"""A watermark all over a picture, through the Step that erases: what is taken off, and what is left to others."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from tests.imaging.test_recurring import cover, marked, polygons, scene
from wagtail_restore import catalogue
from wagtail_restore.engines import recurring_step
from wagtail_restore.engines.base import Context, Region
from wagtail_restore.engines.pool import Pool
from wagtail_restore.engines.runner import run
from wagtail_restore.exceptions import Cancelled
from wagtail_restore.imaging.codec import Picture, Source
from wagtail_restore.imaging.planning import Plan, Step


@pytest.fixture(scope="module")
def pool() -> Pool:
    return Pool(catalogue.models(), "cpu")


def regions(text: str = "SAMPLE") -> list[Region]:
    return [Region("watermark", (*polygon[0], 150, 40), polygon, text, 0.9) for polygon in polygons()]


def erased(pixels: Any, chosen: list[Region], pool: Pool) -> Any:
    told = json.loads(json.dumps([region.to_json() for region in chosen]))
    return run(Plan((Step("erase", "auto", {"regions": told}),)), Picture(pixels, None, Source("PNG")), pool, Context())


@pytest.mark.parametrize(("dtype", "top"), [(np.uint8, 255), (np.uint16, 65535)])
def test_what_was_under_the_mark_comes_back_and_nothing_is_made_up(pool: Pool, dtype: Any, top: int) -> None:
    true = scene()
    seen = np.rint(marked(true, 1.0, 0.4) * top).astype(dtype)
    outcome = erased(seen, regions(), pool)
    assert outcome.models == ()
    here = cover() > 0.02
    away = np.abs(outcome.picture.pixels.astype(float) - true * top)[here].mean() / top * 255
    assert away < 5 < np.abs(seen.astype(float) - true * top)[here].mean() / top * 255
    assert (outcome.picture.pixels[~(cover() > 0)] == seen[~(cover() > 0)]).mean() > 0.98


def test_other_words_and_other_kinds_are_left_to_others() -> None:
    seen = np.rint(marked(scene(), 1.0, 0.4) * 255).astype(np.uint8)
    weight, lifted = np.zeros(seen.shape[:2], np.float32), np.zeros(seen.shape[:2], bool)
    date = Region("date", (5, 5, 60, 20), ((5, 5), (65, 5), (65, 25), (5, 25)), "1 1 01", 0.9)
    other = Region("watermark", (5, 5, 60, 20), ((5, 5), (65, 5), (65, 25), (5, 25)), "other", 0.9)
    left = recurring_step.take_off(seen, weight, lifted, [date, *regions(), other], Context())
    assert left == [date, other]
    assert lifted.any() and not weight.any()


def test_two_of_a_kind_are_left_as_they_are() -> None:
    seen = np.rint(marked(scene(), 1.0, 0.4) * 255).astype(np.uint8)
    before = seen.copy()
    weight, lifted = np.zeros(seen.shape[:2], np.float32), np.zeros(seen.shape[:2], bool)
    assert recurring_step.take_off(seen, weight, lifted, regions()[:2], Context()) == regions()[:2]
    assert (seen == before).all() and not lifted.any()


def test_a_wish_to_stop_is_heard() -> None:
    def stop() -> None:
        raise Cancelled

    seen = np.rint(marked(scene(), 1.0, 0.4) * 255).astype(np.uint8)
    arrays = np.zeros(seen.shape[:2], np.float32), np.zeros(seen.shape[:2], bool)
    with pytest.raises(Cancelled):
        recurring_step.take_off(seen, *arrays, regions(), Context(check=stop))
