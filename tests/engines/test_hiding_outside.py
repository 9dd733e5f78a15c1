"""Regions that a job was given, and that lie beside the picture or have no size, are left out."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest

from tests.engines.doubles import model, pool
from wagtail_restore.engines import runner
from wagtail_restore.engines.base import Context, Region
from wagtail_restore.exceptions import Kept
from wagtail_restore.imaging.codec import Picture, Source
from wagtail_restore.imaging.planning import Mode, Plan, Step

FILL, FIND = model("fill", "Filler", kind="erase"), model("find", "Finder", kind="detect")
KINDS = ("date", "watermark", "text", "object")
OUTSIDE = {
    "right and below": (700, 400, 100, 50),
    "left and above": (-300, -300, 100, 50),
    "above": (100, -90, 100, 50),
    "at the very edge": (300, 50, 100, 30),
    "at the lower edge": (50, 200, 100, 30),
}


def polygon(x: int, y: int, width: int, height: int) -> tuple[tuple[int, int], ...]:
    return (x, y), (x + width, y), (x + width, y + height), (x, y + height)


def grainy() -> Any:
    return np.random.default_rng(0).integers(0, 256, (200, 300, 3)).astype(np.uint8)


def erased(*regions: Region) -> Any:
    plan = Plan((Step("erase", "auto", {"regions": [region.to_json() for region in regions]}),), Mode.STRICT)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return runner.run(plan, Picture(grainy(), None, Source("PNG")), pool(FILL, FIND), Context()).picture.pixels


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("place", OUTSIDE)
def test_beside_the_picture(kind: str, place: str) -> None:
    box = OUTSIDE[place]
    with pytest.raises(Kept):
        erased(Region(kind, box, polygon(*box), "abc", 0.9))


@pytest.mark.parametrize("kind", KINDS)
def test_a_box_of_less_than_nothing(kind: str) -> None:
    with pytest.raises(Kept):
        erased(Region(kind, (50, 50, -20, -20), polygon(50, 50, -20, -20), "abc", 0.9))


@pytest.mark.parametrize("kind", KINDS)
def test_a_polygon_elsewhere_than_its_box(kind: str) -> None:
    with pytest.raises(Kept):
        erased(Region(kind, (20, 20, 60, 20), polygon(220, 150, 60, 20), "abc", 0.9))


@pytest.mark.parametrize("kind", KINDS)
def test_what_lies_partly_inside_goes_as_far_as_it_does(kind: str) -> None:
    box = (250, 80, 100, 40)
    made = (erased(Region(kind, box, polygon(*box), "abc", 0.9)) != grainy()).any(axis=2)
    assert made[80:120, 250:].any()
    assert not made[:, :190].any()


@pytest.mark.parametrize("kind", KINDS)
def test_others_are_seen_to_all_the_same(kind: str) -> None:
    here, there = (40, 60, 120, 40), OUTSIDE["above"]
    regions = [Region(kind, box, polygon(*box), "abc", 0.9) for box in (there, here)]
    assert (erased(*regions) == erased(regions[1])).all()
