"""A picture of hundreds of megapixels exists once in memory, as its encoder wants it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from wagtail_restore.imaging.codec import Picture, Source, canvas


def colour(alpha: bool = False) -> tuple[NDArray[Any], NDArray[Any] | None]:
    return canvas(4, 6, 3, np.uint8, alpha=alpha)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("alpha", [False, True])
def test_a_canvas_takes_a_picture(dtype: Any, channels: int, alpha: bool) -> None:
    pixels, plane = canvas(4, 6, channels, dtype, alpha=alpha)
    assert (pixels.shape, pixels.dtype) == ((4, 6, channels), dtype)
    assert (plane is not None) == alpha
    assert plane is None or (plane.shape, plane.dtype) == ((4, 6), dtype)
    pixels[:] = 7
    if plane is not None:
        plane[:] = 9
    assert (pixels == 7).all()
    assert Picture(pixels, plane, Source("PNG")).width == 6


def test_colour_and_transparency_lie_side_by_side() -> None:
    pixels, alpha = colour(alpha=True)
    pixels[:], alpha[:] = (1, 2, 3), 4
    whole = Picture(pixels, alpha, Source("PNG")).on_canvas
    assert whole is not None
    assert whole.tobytes() == b"\x01\x02\x03\x04" * 24


def test_an_opaque_picture_lies_on_its_canvas() -> None:
    pixels, _ = colour()
    whole = Picture(pixels, None, Source("PNG")).on_canvas
    assert whole is not None
    assert np.shares_memory(whole, pixels)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_grey_and_deep_pictures_lie_on_none(dtype: Any) -> None:
    channels = 1 if dtype is np.uint8 else 3
    pixels, _ = canvas(4, 6, channels, dtype, alpha=False)
    assert Picture(pixels, None, Source("PNG")).on_canvas is None


def test_pixels_of_another_canvas_or_of_a_part_lie_on_none() -> None:
    (pixels, alpha), (_, other) = colour(alpha=True), colour(alpha=True)
    source = Source("PNG")
    assert Picture(pixels, other, source).on_canvas is None
    assert Picture(pixels[1:], None, source).on_canvas is None
    assert Picture(pixels[:, ::-1], None, source).on_canvas is None
    assert Picture(pixels[::-1, ::-1], None, source).on_canvas is None
    assert Picture(pixels[:, :, ::-1], None, source).on_canvas is None
    assert Picture(pixels[:, :, :1], alpha, source).on_canvas is None
    assert Picture(np.zeros((4, 6, 3), np.uint8), None, source).on_canvas is None
    square, _ = canvas(4, 4, 3, np.uint8, alpha=False)
    assert Picture(square.swapaxes(0, 1), None, source).on_canvas is None
