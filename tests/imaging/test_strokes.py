"""Ink is told from ground, its fringe and glow are covered, and the ground between letters is left alone."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from wagtail_restore.imaging import strokes

Pixels = NDArray[np.float32]
BOX = [(48, 24), (252, 24), (252, 78), (48, 78)]


def textured(width: int = 300, height: int = 100) -> Pixels:
    rough = np.random.default_rng(2).normal(0.0, 0.02, (height, width, 1)).astype(np.float32)
    ramp = np.linspace(0.2, 0.6, width, dtype=np.float32)[None, :, None]
    return np.clip(np.repeat(ramp + rough, 3, axis=2), 0, 1).astype(np.float32)


def written(
    colour: tuple[float, float, float], opacity: float = 1.0, glow: float = 0.0
) -> tuple[Pixels, Pixels, list[tuple[int, int]]]:
    """A picture with a line of writing, the share of ink in each pixel, and the box a detector would give."""
    pixels = textured()
    layer = Image.new("L", (300, 100))
    ImageDraw.Draw(layer).text((150, 50), "14.07.98", 255, ImageFont.load_default(44), anchor="mm", stroke_width=1)
    ink = np.asarray(layer, dtype=np.float32) / 255.0
    if glow:
        ink = np.maximum(ink, 0.4 * cv2.GaussianBlur(ink, (0, 0), glow))
    share = ink[:, :, None] * opacity
    pixels = pixels * (1 - share) + np.array(colour, np.float32) * share
    return pixels.astype(np.float32), ink, BOX


INKS = [
    pytest.param((1.0, 0.65, 0.2), 1.0, id="orange"),
    pytest.param((1.0, 1.0, 1.0), 1.0, id="white"),
    pytest.param((1.0, 1.0, 1.0), 0.5, id="see-through"),
    pytest.param((0.0, 0.0, 0.0), 1.0, id="black"),
]


@pytest.mark.parametrize(("colour", "opacity"), INKS)
def test_the_cover_holds_all_ink_and_its_soft_edge(colour: tuple[float, float, float], opacity: float) -> None:
    pixels, ink, box = written(colour, opacity)
    cover = strokes.cover(pixels, box)
    assert cover[ink > 0.02].mean() > 0.995


@pytest.mark.parametrize(("colour", "opacity"), INKS)
def test_the_ground_between_the_letters_is_left_alone(colour: tuple[float, float, float], opacity: float) -> None:
    pixels, _, box = written(colour, opacity)
    cover = strokes.cover(pixels, box)
    box_area = (252 - 48) * (78 - 24)
    assert cover.sum() < 0.75 * box_area
    assert not cover[:15].any()
    assert not cover[:, 275:].any()


def test_a_glow_is_covered_as_far_as_it_is_seen() -> None:
    plain, _, box = written((1.0, 0.65, 0.2))
    glowing, ink, _ = written((1.0, 0.65, 0.2), glow=4.0)
    cover = strokes.cover(glowing, box)
    assert cover[ink > 0.06].mean() > 0.98
    assert cover.sum() > strokes.cover(plain, box).sum()


def test_a_slanted_line_is_followed() -> None:
    pixels, ink, box = written((1.0, 1.0, 1.0))
    turn = cv2.getRotationMatrix2D((150, 50), 20, 1.0)
    turned = cv2.warpAffine(pixels, turn, (300, 160), borderMode=cv2.BORDER_REFLECT)
    turned_ink = cv2.warpAffine(ink, turn, (300, 160))
    corners = cv2.transform(np.array([box], np.float32), turn)[0]
    cover = strokes.cover(turned, [(round(float(x)), round(float(y))) for x, y in corners])
    assert cover[turned_ink > 0.1].mean() > 0.99


def test_grey_pictures_work_as_well() -> None:
    pixels, ink, box = written((1.0, 1.0, 1.0))
    cover = strokes.cover(pixels[:, :, :1], box)
    assert cover[ink > 0.02].mean() > 0.995


def test_where_nothing_can_be_told_apart_the_whole_box_goes() -> None:
    pixels = np.full((60, 120, 3), 0.5, np.float32)
    cover = strokes.cover(pixels, [(20, 20), (100, 20), (100, 40), (20, 40)])
    assert cover[20:41, 20:101].all()
    assert not cover[:10].any()


def test_polarity_is_told() -> None:
    white, _, box = written((1.0, 1.0, 1.0))
    black, _, _ = written((0.0, 0.0, 0.0))
    assert strokes.find(white, box).bright
    assert not strokes.find(black, box).bright


def test_the_height_of_a_slanted_line() -> None:
    corners = cv2.boxPoints(((50, 50), (80, 20), 33.0))
    assert strokes.line_height([(round(float(x)), round(float(y))) for x, y in corners]) == pytest.approx(20, abs=1.5)


@pytest.mark.parametrize("box", [[(0, 0), (1, 0), (1, 1), (0, 1)], [(5, 5), (5, 5), (5, 5), (5, 5)]])
def test_the_smallest_box_does_no_harm(box: list[tuple[int, int]]) -> None:
    assert strokes.cover(textured(20, 20), box).shape == (20, 20)


@pytest.mark.parametrize(
    ("text", "sizes"),
    [("'97  7  2", (2, 1, 1)), ("'98  12  31", (2, 2, 2)), ("14  7  98", (2, 1, 2)), ("9772", ()), ("98  14", ())],
)
def test_numbers_are_told_apart_by_the_gaps_between_them(text: str, sizes: tuple[int, ...]) -> None:
    layer = Image.new("L", (300, 100))
    ImageDraw.Draw(layer).text((150, 50), text, 255, ImageFont.load_default(40), anchor="mm")
    share = np.asarray(layer, dtype=np.float32)[:, :, None] / 255.0
    pixels = (textured() * (1 - share) + np.array((1.0, 0.65, 0.2), np.float32) * share).astype(np.float32)
    box = [(20, 24), (280, 24), (280, 78), (20, 78)]
    assert strokes.in_three(strokes.find(pixels, box), box[0]) == sizes


@pytest.mark.parametrize("bright", [True, False])
def test_only_the_polarity_that_was_asked_for_is_looked_at(bright: bool) -> None:
    pixels, _, box = written((1.0, 1.0, 1.0))
    assert strokes.find(pixels, box, (bright,)).bright is bright
    assert strokes.find(pixels, box).bright is True


def bold_dark_letters() -> tuple[Pixels, NDArray[np.bool_], list[tuple[int, int]]]:
    """Lettering on a bright wall whose strokes are wider than the gaps between them."""
    layer = Image.new("L", (300, 100))
    font = ImageFont.load_default(40)
    for index, letter in enumerate("HARBOUR"):
        ImageDraw.Draw(layer).text((44 + 31 * index, 50), letter, 255, font, anchor="mm", stroke_width=3)
    ink = np.asarray(layer, dtype=np.float32)[:, :, None] / 255.0
    pixels = (textured() * 0.3 + 0.6) * (1 - 0.3 * ink)
    rows, columns = np.flatnonzero((ink[:, :, 0] > 0.5).any(axis=1)), np.flatnonzero((ink[:, :, 0] > 0.5).any(axis=0))
    left, right, top, bottom = columns[0] - 5, columns[-1] + 5, rows[0] - 5, rows[-1] + 5
    box = [(left, top), (right, top), (right, bottom), (left, bottom)]
    return pixels.astype(np.float32), ink[:, :, 0] > 0.5, [(int(x), int(y)) for x, y in box]


def test_gaps_between_bold_letters_are_not_taken_for_the_letters() -> None:
    pixels, true, box = bold_dark_letters()
    ink = strokes.find(pixels, box)
    mask = strokes.in_picture(ink, ink.mask, 300, 100)
    assert not ink.bright
    # where bold strokes meet they are wider than strokes are taken to be
    assert mask[true].mean() > 0.75
    assert (mask & ~true).sum() < 0.2 * true.sum()


def test_red_digits_on_leaves_as_bright_as_they_are_found_by_their_colour() -> None:
    rng = np.random.default_rng(3)
    leaves = cv2.GaussianBlur(rng.standard_normal((100, 300)).astype(np.float32), (0, 0), 3.0)
    shade = np.clip(0.75 + 1.8 * leaves, 0.3, 1.0)[:, :, None]
    pixels = shade * np.array([0.35, 0.95, 0.3], np.float32)
    layer = Image.new("L", (300, 100))
    ImageDraw.Draw(layer).text((150, 50), "14.07.98", 255, ImageFont.load_default(44), anchor="mm", stroke_width=1)
    true = np.asarray(layer, dtype=np.float32)[:, :, None] / 255.0
    pixels = (pixels * (1 - true) + np.array([0.95, 0.3, 0.2], np.float32) * true).astype(np.float32)
    ink = strokes.find(pixels, BOX, coloured=True)
    mask = strokes.in_picture(ink, ink.mask, 300, 100)
    assert mask[true[:, :, 0] > 0.5].mean() > 0.9
    assert (mask & (true[:, :, 0] < 0.5)).sum() < 0.25 * (true > 0.5).sum()
    plain = strokes.find(pixels, BOX)
    found = strokes.in_picture(plain, plain.mask, 300, 100)
    assert (found & (true[:, :, 0] < 0.5)).sum() > 0.5 * (true > 0.5).sum()
