"""A picture as rows of float32: grey where it is grey, in sRGB, with colours where nobody sees them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.engines.doubles import picture
from wagtail_restore.engines.original import Original
from wagtail_restore.imaging.codec import Picture, Source, decode


def test_rows_are_the_files_as_shares_of_one() -> None:
    source = picture(40, 30, dtype=np.uint16)
    rows = Original.of(source).own(10, 13)
    assert rows.dtype == np.float32
    assert rows == pytest.approx(source.pixels[10:13] / 65535, abs=1e-6)


def test_without_a_profile_the_file_is_srgb_already() -> None:
    original = Original.of(picture())
    assert (original.srgb(0, 30) == original.own(0, 30)).all()
    assert (original.within(0, 30) == original.own(0, 30)).all()
    assert not original.beyond(0, 30).any()


def test_three_equal_channels_are_one() -> None:
    grey = picture(channels=1)
    assert Original.of(grey.with_pixels(np.repeat(grey.pixels, 3, axis=2))).shape == (30, 40, 1)


def test_one_pixel_of_colour_makes_it_colour() -> None:
    pixels = np.full((200, 40, 3), 90, np.uint8)
    pixels[199, 39, 2] = 91
    assert Original.of(Picture(pixels, None, Source(format="PNG"))).shape == (200, 40, 3)


def test_what_nobody_sees_takes_the_colour_beside_it() -> None:
    pixels = np.zeros((4, 4, 3), np.uint8)
    pixels[:, 2:] = (10, 200, 30)
    alpha = np.zeros((4, 4), np.uint8)
    alpha[:, 2:] = 1
    original = Original.of(Picture(pixels, alpha, Source(format="PNG")))
    assert (original.pixels == (10, 200, 30)).all()


def test_what_srgb_lacks_is_what_is_beyond(data: Path) -> None:
    file = decode((data / "odd" / "icc_p3_photo.png").read_bytes(), max_pixels=10**8)
    original = Original.of(file.with_pixels(np.full((2, 2, 3), (255, 0, 0), np.uint8)))
    within, beyond = original.within(0, 2), original.beyond(0, 2)
    assert (within[0, 0] == (1, 0, 0)).all()
    assert beyond[0, 0, 0] > 0.05
    assert beyond[0, 0, 1] < -0.05
    assert within + beyond == pytest.approx(original.srgb(0, 2), abs=1e-6)
