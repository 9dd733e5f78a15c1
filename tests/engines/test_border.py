"""Stamps stand out on the sheet of a picture's edges, and what is read there is found again in the picture."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from wagtail_restore.engines.border import sheet
from wagtail_restore.engines.evidence import Line


def picture(width: int, height: int) -> NDArray[np.float32]:
    return np.full((height, width, 3), (0.45, 0.6, 0.75), np.float32)


def brightest(pixels: NDArray[np.uint8], top: int, bottom: int) -> tuple[int, int, int, int]:
    """The box (left, top, right, bottom) around what is far brighter than grey in these rows of a sheet."""
    rows, columns = np.nonzero(pixels[top:bottom, :, 0] > 190)
    return int(columns.min()), int(rows.min()) + top, int(columns.max()) + 1, int(rows.max()) + top + 1


@pytest.mark.parametrize(
    ("size", "box", "strip"),
    [
        pytest.param((600, 400), (40, 20, 60, 30), 0, id="top"),
        pytest.param((600, 400), (500, 370, 520, 380), 2, id="bottom"),
        pytest.param((400, 600), (20, 500, 30, 520), 4, id="left"),
        pytest.param((400, 600), (370, 60, 380, 80), 6, id="right"),
        pytest.param((6000, 4000), (5000, 3700, 5200, 3800), 2, id="larger than the sheet"),
    ],
)
def test_what_lies_on_the_sheet_is_found_again(
    size: tuple[int, int], box: tuple[int, int, int, int], strip: int
) -> None:
    pixels = picture(*size)
    left, top, right, bottom = box
    pixels[top:bottom, left:right] = (0.35, 1.0, 0.4)
    edges = sheet(pixels)
    x1, y1, x2, y2 = brightest(edges.pixels, edges.strips[strip].top, edges.strips[strip].bottom)
    seen = Line(((x1, y1), (x2, y1), (x2, y2), (x1, y2)), "", 1.0)
    found = edges.strip_of(seen)
    assert found is edges.strips[strip]
    points = np.array(edges.in_picture(seen, found).polygon)
    near = 1 + max(size) / 600
    assert np.abs([*points.min(axis=0), *points.max(axis=0)] - np.array(box)).max() <= near


def test_green_stands_out_from_a_blue_sky_as_light_as_it() -> None:
    pixels = picture(600, 400)
    pixels[370:380, 500:520] = (0.35, 1.0, 0.4)
    edges = sheet(pixels)
    warm = edges.pixels[edges.strips[2].top : edges.strips[2].bottom]
    assert int(warm.max()) - int(np.median(warm)) > 100


def test_a_picture_on_its_side_is_not_read_along_its_sides() -> None:
    assert [strip.sideways for strip in sheet(picture(600, 400)).strips] == [False, False]
    assert [strip.sideways for strip in sheet(picture(400, 600)).strips] == [False, False, True, True]


def test_a_grey_picture_has_no_colours_to_look_at() -> None:
    pixels = np.full((400, 600, 3), 0.5, np.float32)
    assert len(sheet(pixels).strips) == 2
    pixels[:, :, 0] = 0.9
    assert len(sheet(pixels).strips) == 4


@pytest.mark.parametrize("size", [(6000, 4000), (3000, 4000), (4000, 4000), (9000, 500), (300, 200)])
def test_a_sheet_is_never_larger_than_can_be_read_quickly(size: tuple[int, int]) -> None:
    height, width = sheet(picture(*size)).pixels.shape[:2]
    assert width <= 2000
    assert height * width < 2_200_000


def test_only_strokes_are_left_where_gaps_are_closed() -> None:
    pixels = picture(600, 400)
    pixels[340:400, :300] = 0.9
    pixels[370:374, 400:480] = 1.0
    edges = sheet(pixels, closed=True)
    rows = edges.pixels[edges.strips[-1].top : edges.strips[-1].bottom]
    scale = rows.shape[0] / 60
    stroke = rows[round(30 * scale) : round(34 * scale), round(400 * scale) : round(480 * scale), 0]
    wall = rows[round(20 * scale) : round(40 * scale), : round(280 * scale), 0]
    assert int(np.median(stroke)) > 200
    assert int(wall.max()) <= 45


def test_dots_become_a_stroke() -> None:
    pixels = picture(600, 400)
    for left in range(400, 480, 4):
        pixels[370:373, left : left + 3] = 1.0
    edges = sheet(pixels, closed=True)
    rows = edges.pixels[edges.strips[-1].top : edges.strips[-1].bottom, :, 0]
    scale = rows.shape[0] / 60
    along = rows[round(31.5 * scale), round(402 * scale) : round(476 * scale)].astype(int)
    assert along.min() > 150
