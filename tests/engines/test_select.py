"""A rough hint becomes the mask of the thing: how well, on things whose true mask is known."""

from __future__ import annotations

import time
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from wagtail_restore.catalogue import shipped
from wagtail_restore.engines import select
from wagtail_restore.engines.grabcut import GrabCut
from wagtail_restore.engines.select import Hint, Selection

GRABCUT = GrabCut(shipped()["grabcut"])


def cut_out(pixels: NDArray[Any], hint: Hint) -> Selection:
    return select.cut_out(pixels, hint, GRABCUT)


def rings(pixels: NDArray[Any], hint: Hint) -> list[list[int]]:
    return select.rings(pixels, hint, GRABCUT)


def scene(width: int = 600, height: int = 400) -> NDArray[np.uint8]:
    """A grainy slope from blue to green."""
    across = np.linspace(0.0, 1.0, width)[None, :, None]
    ground = (1 - across) * np.array([70.0, 110.0, 170.0]) + across * np.array([80.0, 150.0, 90.0])
    grain = np.random.default_rng(3).normal(0.0, 6.0, (height, width, 1))
    return np.asarray(np.clip(np.repeat(ground, height, axis=0) + grain, 0, 255), dtype=np.uint8)


def with_ball(radius: int = 60, **size: int) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
    """The scene with a red ball in its middle, and where the ball is."""
    pixels = scene(**size)
    height, width = pixels.shape[:2]
    truth = np.zeros((height, width), dtype=np.uint8)
    cv2.circle(truth, (width // 2, height // 2), radius, 1, -1)
    noise = np.random.default_rng(4).normal(0.0, 6.0, (height, width, 1))
    pixels[truth > 0] = np.clip(np.array([190.0, 60.0, 50.0]) + noise, 0, 255)[truth > 0].astype(np.uint8)
    return pixels, truth.astype(bool)


def laid(selection: Selection, pixels: NDArray[Any]) -> NDArray[np.bool_]:
    """The selection as a mask of the whole picture."""
    x, y, width, height = selection.box
    whole = np.zeros(pixels.shape[:2], dtype=bool)
    whole[y : y + height, x : x + width] = selection.mask > 127
    return whole


def iou(one: NDArray[np.bool_], other: NDArray[np.bool_]) -> float:
    return float((one & other).sum() / (one | other).sum())


def outline(left: float, top: float, right: float, bottom: float) -> Hint:
    return Hint("outline", ((left, top), (right, top), (right, bottom), (left, bottom)))


def test_a_box_around_a_ball_becomes_the_ball() -> None:
    pixels, truth = with_ball()
    assert iou(laid(cut_out(pixels, outline(210, 110, 400, 290)), pixels), truth) > 0.97


def test_a_short_stroke_on_a_ball_becomes_the_whole_ball() -> None:
    pixels, truth = with_ball()
    assert iou(laid(cut_out(pixels, Hint("stroke", ((270, 190), (330, 210)), 30)), pixels), truth) > 0.97


def test_a_rough_stroke_beyond_the_edges_shrinks_to_the_ball() -> None:
    pixels, truth = with_ball()
    rough = Hint("stroke", ((260, 160), (340, 170), (260, 200), (340, 230), (270, 240)), 70)
    assert iou(laid(cut_out(pixels, rough), pixels), truth) > 0.95


def test_of_two_balls_only_the_one_under_the_stroke_is_taken() -> None:
    pixels, truth = with_ball(40)
    cv2.circle(pixels, (430, 200), 30, (190, 60, 50), -1)
    found = laid(cut_out(pixels, Hint("stroke", ((280, 200), (320, 200)), 30)), pixels)
    assert iou(found, truth) > 0.95
    assert not found[:, 395:].any()


def test_a_grey_picture_is_cut_out_too() -> None:
    pixels, truth = with_ball()
    pixels[truth] //= 3
    grey = np.ascontiguousarray(pixels.max(axis=2)[:, :, None])
    assert iou(laid(cut_out(grey, outline(210, 110, 400, 290)), grey), truth) > 0.97


def test_the_edge_is_soft_and_the_inside_whole() -> None:
    pixels, _ = with_ball()
    found = cut_out(pixels, outline(210, 110, 400, 290))
    x, y, *_ = found.box
    assert found.mask[200 - y, 300 - x] == 255
    assert ((found.mask > 20) & (found.mask < 235)).any()


def test_the_same_hint_gives_the_same_mask() -> None:
    pixels, _ = with_ball()
    first, second = (cut_out(pixels, outline(210, 110, 400, 290)) for _ in range(2))
    assert first.box == second.box and (first.mask == second.mask).all()


def test_a_hint_at_the_corner_stays_within_the_picture() -> None:
    pixels = scene()
    cv2.circle(pixels, (0, 0), 80, (190, 60, 50), -1)
    truth = np.zeros(pixels.shape[:2], dtype=np.uint8)
    cv2.circle(truth, (0, 0), 80, 1, -1)
    assert iou(laid(cut_out(pixels, outline(-20, -20, 110, 110)), pixels), truth.astype(bool)) > 0.9


def test_a_hint_beside_the_picture_selects_nothing() -> None:
    found = cut_out(scene(), outline(900, 900, 950, 950))
    assert not found.mask.any()


def test_a_hint_without_points_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one point"):
        cut_out(scene(), Hint("stroke", (), 10))


def test_a_large_thing_in_a_large_photo_keeps_its_edge_and_takes_few_seconds() -> None:
    pixels, truth = with_ball(1200, width=6000, height=4000)
    began = time.process_time()
    found = laid(cut_out(pixels, outline(1600, 600, 4400, 3400)), pixels)
    assert iou(found, truth) > 0.98
    assert time.process_time() - began < 3.0


def drawn(outlines: list[list[int]], pixels: NDArray[Any]) -> NDArray[np.bool_]:
    """The inside of the rings, as an editor's canvas fills them."""
    canvas = np.zeros(pixels.shape[:2], dtype=np.uint8)
    cv2.fillPoly(canvas, [np.array(ring, np.int32).reshape(-1, 1, 2) for ring in outlines], 1)
    return canvas.astype(bool)


def test_the_rings_hold_the_whole_ball_and_little_more() -> None:
    pixels, truth = with_ball()
    found = drawn(rings(pixels, outline(210, 110, 400, 290)), pixels)
    assert found[truth].mean() > 0.995
    assert found.sum() < 1.15 * truth.sum()


def test_sixteen_bits_are_cut_out_like_eight() -> None:
    pixels, truth = with_ball()
    found = drawn(rings(pixels.astype(np.uint16) * 257, outline(210, 110, 400, 290)), pixels)
    assert iou(found, truth) > 0.9


def test_where_nothing_stands_out_there_are_no_rings() -> None:
    assert rings(scene(), Hint("stroke", ((1000, 1000), (1010, 1000)), 10)) == []


def test_a_short_thin_stroke_is_enough_on_something_large() -> None:
    pixels, truth = with_ball(90)
    found = drawn(rings(pixels, Hint("stroke", ((290, 200), (312, 202)), 8)), pixels)
    assert found[truth].mean() > 0.98 and found.sum() < 1.15 * truth.sum()
