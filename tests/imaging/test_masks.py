"""Masks: drawn, grown, feathered, cut into boxes, and pasted without touching anything else."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image

from wagtail_restore.exceptions import Unreadable
from wagtail_restore.imaging import masks


def dot(width: int = 11, height: int = 11, x: int = 5, y: int = 5) -> masks.Mask:
    mask = np.zeros((height, width), dtype=bool)
    mask[y, x] = True
    return mask


SHAPE = np.array([[0, 255, 255], [0, 128, 0]], np.uint8)


def png(image: Image.Image, **options: Any) -> bytes:
    out = io.BytesIO()
    image.save(out, "PNG", **options)
    return out.getvalue()


def layer(tones: Any, alpha: Any) -> bytes:
    tones = np.broadcast_to(np.asarray(tones, np.uint8), (2, 3))
    alpha = np.broadcast_to(np.asarray(alpha, np.uint8), (2, 3))
    return png(Image.fromarray(np.dstack([tones, tones, tones, alpha])))


def levels(data: bytes) -> list[list[int]]:
    return [[round(255 * float(value)) for value in row] for row in masks.read(data, 3, 2)]


@pytest.mark.parametrize("tone", [0, 90, 255])
def test_a_layer_of_one_colour_has_its_shape_in_its_transparency(tone: int) -> None:
    assert levels(layer(tone, SHAPE)) == SHAPE.tolist()


def test_the_colour_of_what_can_hardly_be_seen_does_not_count() -> None:
    tones = [[0, 90, 90], [0, 200, 255]]
    # The two at the right of the lower row are as good as gone; all that is seen is of one colour.
    faint = [[0, 255, 255], [0, 100, 1]]
    assert levels(layer(tones, faint)) == faint
    plain = [[0, 255, 255], [0, 140, 1]]
    assert levels(layer(tones, plain)) == [[0, 90, 90], [0, 110, 1]]


def test_what_is_transparent_is_no_part_of_a_mask_in_several_colours() -> None:
    tones = [[255, 255, 0], [255, 255, 255]]
    assert levels(layer(tones, SHAPE)) == [[0, 255, 0], [0, 128, 0]]


@pytest.mark.parametrize("alpha", [255, 128])
def test_the_same_transparency_everywhere_says_nothing(alpha: int) -> None:
    assert levels(layer(SHAPE, alpha)) == SHAPE.tolist()


def test_what_is_wholly_transparent_marks_nothing() -> None:
    assert levels(layer(255, 0)) == [[0, 0, 0], [0, 0, 0]]


def test_a_colour_of_a_palette_may_be_the_transparent_one() -> None:
    image = Image.fromarray(np.array([[0, 1, 1], [0, 2, 0]], np.uint8)).convert("P")
    image.putpalette([255, 255, 255, 255, 255, 255, 0, 0, 0])
    assert levels(png(image, transparency=0)) == [[0, 255, 255], [0, 0, 0]]


def test_what_is_no_png_is_told_without_what_python_calls_it() -> None:
    with pytest.raises(Unreadable, match=r"detail='the mask is no PNG'$"):
        masks.read(b"no picture", 3, 2)


def test_draw_fills_a_polygon_with_its_edge() -> None:
    drawn = masks.draw([[(1, 1), (3, 1), (3, 2), (1, 2)]], 5, 4)
    assert drawn.astype(int).tolist() == [[0, 0, 0, 0, 0], [0, 1, 1, 1, 0], [0, 1, 1, 1, 0], [0, 0, 0, 0, 0]]


def test_draw_cuts_off_what_lies_outside() -> None:
    assert masks.draw([[(-5, -5), (20, -5), (20, 20), (-5, 20)]], 4, 3).all()


def test_grow_is_round() -> None:
    assert masks.grow(dot(5, 5, 2, 2), 1).astype(int).tolist() == [
        [0, 0, 0, 0, 0],
        [0, 0, 1, 0, 0],
        [0, 1, 1, 1, 0],
        [0, 0, 1, 0, 0],
        [0, 0, 0, 0, 0],
    ]


def test_grow_of_nothing_is_nothing() -> None:
    assert not masks.grow(np.zeros((4, 4), dtype=bool), 3).any()


@pytest.mark.parametrize("shape", [(1, 1), (30, 40), (2000, 3000)])
def test_an_empty_mask_is_further_away_than_any_picture_is_long(shape: tuple[int, int]) -> None:
    far = masks.distance(np.zeros(shape, dtype=bool))
    assert np.isfinite(far).all()
    assert far.min() >= 65_536


def test_shrink_undoes_grow_on_a_disc() -> None:
    disc = masks.grow(dot(21, 21, 10, 10), 6)
    assert masks.shrink(disc, 2).sum() < disc.sum()
    assert masks.shrink(disc, 2)[10, 10]


def test_feather_is_one_inside_and_falls_to_nothing_outside() -> None:
    weight = masks.feather(dot(11, 1, 5, 0), 3)[0]
    assert weight[5] == 1.0
    assert weight[[4, 6]] == pytest.approx(27 / 32)
    assert weight[[3, 7]] == pytest.approx(0.5)
    assert weight[[2, 8]] == pytest.approx(5 / 32)
    assert weight[[0, 1, 9, 10]].tolist() == [0, 0, 0, 0]


def test_feather_of_nothing_is_nothing() -> None:
    assert not masks.feather(np.zeros((4, 4), dtype=bool), 3).any()


def test_boxes_hold_each_part_with_its_surroundings() -> None:
    mask = dot(40, 30, 5, 5) | dot(40, 30, 30, 20)
    assert masks.boxes(mask, 3) == [(2, 2, 7, 7), (27, 17, 7, 7)]


def test_boxes_that_would_overlap_are_one() -> None:
    mask = dot(40, 30, 5, 5) | dot(40, 30, 10, 5)
    assert masks.boxes(mask, 3) == [(2, 2, 12, 7)]


def test_boxes_end_at_the_edge_of_the_picture() -> None:
    assert masks.boxes(dot(40, 30, 0, 29), 3) == [(0, 26, 4, 4)]
    assert masks.boxes(np.zeros((5, 5), dtype=bool), 3) == []


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@given(st.data())
def test_paste_changes_nothing_outside_the_weight(dtype: type, data: st.DataObject) -> None:
    source = data.draw(arrays(dtype, (6, 7, 3)))
    weight = data.draw(arrays(np.float32, (6, 7), elements=st.sampled_from([0.0, 0.25, 1.0])))
    pasted = masks.paste(source, np.full((6, 7, 3), 0.5, np.float32), weight)
    assert pasted.dtype == source.dtype
    assert (pasted[weight == 0] == source[weight == 0]).all()
    assert (pasted[weight == 1] == round(0.5 * np.iinfo(dtype).max)).all()


def test_paste_mixes_by_weight_and_clips() -> None:
    source = np.full((1, 3, 1), 100, np.uint8)
    weight = np.array([[0.0, 0.5, 1.0]], np.float32)
    assert masks.paste(source, np.full((1, 3, 1), 7.0, np.float32), weight)[0, :, 0].tolist() == [100, 178, 255]


def test_spread_gives_unknown_places_the_nearest_known_colour() -> None:
    pixels = np.array([[[0.1], [9.0], [9.0], [0.4]]], np.float32)
    known = np.array([[True, False, False, True]])
    assert masks.spread(pixels, known)[0, :, 0] == pytest.approx([0.1, 0.1, 0.4, 0.4])


def test_spread_leaves_a_picture_alone_in_which_nothing_is_known() -> None:
    pixels = np.full((2, 2, 3), 0.3, np.float32)
    assert (masks.spread(pixels, np.zeros((2, 2), dtype=bool)) == pixels).all()
