"""Where a mask lies on pictures of other sizes and shapes: every box written out."""

from __future__ import annotations

import json

import pytest

from wagtail_restore.imaging.anchoring import Anchor, Box, Stencil, nearest, place

LANDSCAPE = (600, 400)
LOGO = (470, 350, 100, 30)
"""30 px from the right border, 20 px from the lower one."""


def stencil(anchor: str = "bottom-right", box: Box = LOGO, size: tuple[int, int] = LANDSCAPE) -> Stencil:
    return Stencil("templates/a.png", "Agency", size, box, Anchor(anchor))


@pytest.mark.parametrize(
    ("width", "height", "box"),
    [
        (600, 400, (470, 350, 100, 30)),  # the very same
        (1200, 800, (940, 700, 200, 60)),  # twice as large
        (300, 200, (235, 175, 50, 15)),  # half
        (400, 600, (270, 550, 100, 30)),  # upright: as large, as far from the corner
        (800, 1200, (540, 1100, 200, 60)),
        (400, 400, (270, 350, 100, 30)),  # square
        (1600, 400, (1470, 350, 100, 30)),  # a panorama: not stretched
        (400, 1600, (270, 1550, 100, 30)),
        (500, 200, (435, 175, 50, 15)),
        (900, 599, (705, 524, 151, 46)),  # not in whole pixels: around every pixel that is touched
    ],
)
def test_a_logo_keeps_its_distance_from_the_corner_and_its_shape(width: int, height: int, box: Box) -> None:
    assert place(stencil(), width, height) == box


@pytest.mark.parametrize(
    ("anchor", "box", "there"),
    [
        ("top-left", (30, 20, 100, 40), (30, 20, 100, 40)),
        ("top-right", (470, 20, 100, 40), (270, 20, 100, 40)),
        ("bottom-left", (30, 340, 100, 40), (30, 540, 100, 40)),
        ("bottom-right", (470, 340, 100, 40), (270, 540, 100, 40)),
    ],
)
def test_each_corner_on_an_upright_picture(anchor: str, box: Box, there: Box) -> None:
    assert nearest(LANDSCAPE, box) == anchor
    assert place(stencil(anchor, box), 400, 600) == there


def test_what_spans_the_picture_is_stretched_with_it() -> None:
    banner = (0, 360, 600, 40)
    assert nearest(LANDSCAPE, banner) is Anchor.WHOLE
    assert place(stencil("whole", banner), 1200, 1200) == (0, 1080, 1200, 120)
    assert place(stencil("whole", banner), 400, 600) == (0, 540, 400, 60)
    assert place(stencil("whole", banner), 60, 40) == (0, 36, 60, 4)


@pytest.mark.parametrize(
    ("box", "anchor"),
    [
        ((200, 0, 200, 40), "top-left"),  # in the very middle: the left one
        ((75, 100, 450, 40), "whole"),  # three quarters of the width
        ((75, 100, 449, 40), "top-left"),
        ((10, 50, 20, 300), "whole"),  # three quarters of the height
    ],
)
def test_what_a_mask_keeps_its_place_to(box: Box, anchor: str) -> None:
    assert nearest(LANDSCAPE, box) == anchor


@pytest.mark.parametrize(
    ("mask", "size"),
    [
        (stencil(), (100, 30)),  # no larger than the mark itself
        (stencil(), (90, 20)),
        (stencil("top-left", (280, 0, 500, 40), (1600, 400)), (400, 900)),  # no room for it
        (stencil("top-left", (600, 10, 100, 40), (1600, 400)), (400, 900)),  # wholly beside it
        (stencil("bottom-right", (900, 350, 100, 40), (1600, 400)), (400, 900)),
    ],
)
def test_a_picture_that_cannot_bear_the_mark(mask: Stencil, size: tuple[int, int]) -> None:
    assert place(mask, *size) is None


def test_a_mark_that_reaches_over_the_border_is_told_as_it_is() -> None:
    assert place(stencil("top-left", (350, 10, 100, 40), (1600, 400)), 400, 900) == (350, 10, 100, 40)


def test_a_picture_larger_than_the_mark_in_one_direction_may_bear_it_small() -> None:
    assert place(stencil(size=(6000, 4000), box=(4700, 3500, 1000, 300)), 900, 600) == (705, 525, 150, 45)


def test_a_stencil_is_stored_as_json() -> None:
    there_and_back = json.loads(json.dumps(stencil().to_json()))
    assert Stencil.from_json(there_and_back) == stencil()
