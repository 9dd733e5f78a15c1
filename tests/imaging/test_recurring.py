"""A mark all over a picture: what it looks like is learnt from its places, and the picture comes out from under it."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from wagtail_restore.imaging import known, recurring

SIZE = (520, 700)
LINE = (150, 40)
PLACES = tuple((x + 40 * (row % 2), 30 + 85 * row) for row in range(6) for x in (20, 250, 480))
Values = NDArray[np.float32]


def scene(seed: int = 5, lively: float = 0.08) -> Values:
    """Clouds of colour with some finer texture."""
    rng = np.random.default_rng(seed)
    wide, fine = (cv2.GaussianBlur(rng.standard_normal((*SIZE, 3)).astype(np.float32), (0, 0), r) for r in (30, 2))
    return np.clip(0.5 + 0.12 * wide / wide.std() + lively * fine / fine.std(), 0.02, 0.98).astype(np.float32)


def cover(shift: float = 0.0) -> Values:
    word = np.zeros((LINE[1] * 4, LINE[0] * 4), np.uint8)
    cv2.putText(word, "SAMPLE", (20, 125), cv2.FONT_HERSHEY_SIMPLEX, 4.4, 255, 20, cv2.LINE_AA)
    word = cv2.resize(word.astype(np.float32) / 255, LINE, interpolation=cv2.INTER_AREA)
    laid = np.zeros(SIZE, np.float32)
    for index, (x, y) in enumerate(PLACES):
        matrix = np.array([[1.0, 0.0, x + shift * (index % 3)], [0.0, 1.0, y]])
        np.maximum(laid, cv2.warpAffine(word, matrix, SIZE[::-1]), out=laid)
    return laid


def polygons(off: int = 0) -> list[tuple[tuple[int, int], ...]]:
    rng = np.random.default_rng(1)
    moved = [
        (x + int(dx), y + int(dy))
        for (x, y), (dx, dy) in zip(PLACES, rng.integers(-off, off + 1, (18, 2)), strict=True)
    ]
    return [((x, y), (x + LINE[0], y), (x + LINE[0], y + LINE[1]), (x, y + LINE[1])) for x, y in moved]


def marked(picture: Values, colour: float, opacity: float, shift: float = 0.0) -> Values:
    share = opacity * cover(shift)[:, :, None]
    mixed = picture * (1 - share) + np.float32(colour) * share
    return np.asarray(np.rint(mixed * 255) / 255, np.float32)


def taken_off(seen: Values, learnt: recurring.Recurring) -> Values:
    for made in learnt.fits:
        assert made is not None
        seen, _ = known.unblend(seen, made)
    return seen


def error(made: Values, true: Values) -> float:
    where = cover() > 0.02
    return float(np.abs(made - true)[where].mean() * 255)


@pytest.mark.parametrize("colour", [1.0, 0.0])
@pytest.mark.parametrize("opacity", [0.2, 0.4, 0.6])
def test_the_picture_comes_out_from_under_a_white_and_a_black_mark(colour: float, opacity: float) -> None:
    true = scene()
    seen = marked(true, colour, opacity)
    learnt = recurring.learn(seen, polygons(), LINE[1])
    assert learnt is not None
    assert learnt.opacity == pytest.approx(opacity, abs=0.04)
    assert {float(made.mark.planes[:, :, 1:].max()) for made in learnt.fits if made} == {colour}
    assert error(seen, true) > 15
    assert error(taken_off(seen, learnt), true) < 0.2 * error(seen, true)


def test_places_a_little_off_and_between_pixels_are_brought_together() -> None:
    true = scene(6)
    seen = marked(true, 1.0, 0.4, shift=0.33)
    learnt = recurring.learn(seen, polygons(off=3), LINE[1])
    assert learnt is not None
    assert error(taken_off(seen, learnt), true) < 0.25 * error(seen, true)


def test_a_place_at_the_border_is_cleared_as_well() -> None:
    true, across = scene(7), 60
    seen = np.ascontiguousarray(marked(true, 1.0, 0.4)[:, across:])
    outside = [tuple((x - across, y) for x, y in polygon) for polygon in polygons()]
    learnt = recurring.learn(seen, outside, LINE[1])
    assert learnt is not None and all(made is not None for made in learnt.fits)
    made = taken_off(seen, learnt)
    left = (cover() > 0.02)[:, across:][:, :80]
    assert left.sum() > 500
    assert (
        np.abs(made - true[:, across:])[:, :80][left].mean()
        < 0.3 * np.abs(seen - true[:, across:])[:, :80][left].mean()
    )


def test_where_no_mark_is_nothing_is_learnt() -> None:
    learnt = recurring.learn(scene(8), polygons(), LINE[1])
    assert learnt is None or learnt.opacity < 0.1


def test_two_places_are_too_few() -> None:
    assert recurring.learn(marked(scene(), 1.0, 0.4), polygons()[:2], LINE[1]) is None


def test_painted_letters_are_no_mark_to_take_off() -> None:
    assert recurring.learn(marked(scene(9), 1.0, 1.0), polygons(), LINE[1]) is None


def test_a_grey_picture_is_cleared_too() -> None:
    true = np.ascontiguousarray(scene(4).mean(axis=2, keepdims=True))
    seen = marked(true, 1.0, 0.4)
    learnt = recurring.learn(seen, polygons(), LINE[1])
    assert learnt is not None
    assert error(taken_off(seen, learnt), true) < 0.2 * error(seen, true)


def test_large_letters_are_compared_in_a_smaller_picture_and_taken_off_the_whole_one() -> None:
    true, seen = (cv2.resize(each, None, fx=3, fy=3) for each in (scene(3), marked(scene(3), 1.0, 0.4)))
    large = [tuple((3 * x, 3 * y) for x, y in polygon) for polygon in polygons(off=1)]
    learnt = recurring.learn(seen, large, 3 * LINE[1])
    assert learnt is not None and learnt.opacity == pytest.approx(0.4, abs=0.03)
    where = cv2.resize(cover(), None, fx=3, fy=3) > 0.02
    made = np.abs(taken_off(seen, learnt) - true)[where].mean()
    assert made < 0.15 * np.abs(seen - true)[where].mean()


def test_a_picture_wider_than_16_bits_count_is_cleared_like_any_other() -> None:
    seen = marked(scene(), 1.0, 0.4)
    wide = np.full((SIZE[0], 32_800 + SIZE[1], 3), 0.5, np.float32)
    wide[:, 32_800:] = seen
    moved = [tuple((x + 32_800, y) for x, y in polygon) for polygon in polygons()]
    there, here = recurring.learn(wide, moved, LINE[1]), recurring.learn(seen, polygons(), LINE[1])
    assert there is not None and here is not None
    assert there.opacity == pytest.approx(here.opacity, abs=0.005)
