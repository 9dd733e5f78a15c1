"""What lies over a picture is seen, in pictures of every size, and told from what is painted in it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

pytest.importorskip("torch")
safetensors = pytest.importorskip("safetensors.torch")

from wagtail_restore.catalogue import BUNDLED  # noqa: E402
from wagtail_restore.engines import marks  # noqa: E402
from wagtail_restore.engines.marker import Marker  # noqa: E402
from wagtail_restore.engines.marks import View  # noqa: E402
from wagtail_restore.exceptions import WeightsRefused  # noqa: E402

WEIGHTS = BUNDLED / "marks-compact.safetensors"


@pytest.fixture(scope="module")
def net() -> Marker:
    return marks.load(WEIGHTS, "marks-compact")


def waves(width: int, height: int) -> NDArray[np.float32]:
    """A ground that goes up and down, in another rhythm in each colour."""
    y, x = np.mgrid[0:height, 0:width] / 40.0
    shifted = [0.4 + 0.2 * np.sin(x + shift) * np.cos(0.7 * y - shift) for shift in (0.0, 0.5, 1.0)]
    return np.stack(shifted, axis=2).astype(np.float32)


def laid_over(pixels: NDArray[np.float32], opacity: float, tall: int) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    height, width = pixels.shape[:2]
    layer = Image.new("L", (width, height))
    ImageDraw.Draw(layer).text(
        (width / 2, height / 2), "Kestrel Archive", 255, ImageFont.load_default(tall), anchor="mm"
    )
    cover = np.asarray(layer, np.float32) / np.float32(255)
    share = cover[:, :, None] * np.float32(opacity)
    return pixels * (1 - share) + share, cover > 0.5


@pytest.mark.parametrize("opacity", [0.15, 0.3, 0.5])
def test_the_letters_of_a_faint_mark_are_seen_and_hardly_anything_else(net: Marker, opacity: float) -> None:
    pixels, ink = laid_over(waves(480, 320), opacity, 40)
    seen = marks.look(net, pixels).shares > marks.LIKELY
    assert (seen & ink).sum() > 0.8 * ink.sum()
    assert (seen & ~ink).sum() < 0.5 * ink.sum()


def test_a_picture_without_a_mark_holds_no_writing(net: Marker) -> None:
    assert marks.look(net, waves(480, 320)).writing is None


def test_large_pictures_are_looked_at_smaller_and_answered_in_their_own_pixels(net: Marker) -> None:
    pixels, ink = laid_over(waves(2560, 1600), 0.3, 160)
    view = marks.look(net, pixels)
    assert view.shares.shape == (800, 1280)
    assert view.scale == 2.0
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    top, bottom, left, right = (int(at) for at in (rows[0], rows[-1], columns[0], columns[-1]))
    assert view.share(((left, top), (right, top), (right, bottom), (left, bottom))) > 0.2
    assert view.share(((0, 0), (400, 0), (400, 300), (0, 300))) == 0.0


@pytest.mark.parametrize("size", [(1, 1), (3, 700), (9, 5)])
def test_odd_sizes_are_looked_at_too(net: Marker, size: tuple[int, int]) -> None:
    height, width = size
    assert marks.look(net, np.full((height, width, 3), 0.5, np.float32)).shares.shape == size


def test_a_line_beyond_the_picture_holds_nothing() -> None:
    view = View(np.ones((20, 20), np.float32), 1.0)
    assert view.share(((40, 40), (60, 40), (60, 50), (40, 50))) == 0.0
    assert view.share(((-10, 5), (10, 5), (10, 10), (-10, 10))) == 1.0


def test_a_reader_gets_dark_letters_on_white_paper_of_its_size() -> None:
    shares = np.zeros((300, 900), np.float32)
    shares[100:110, 500:560] = 1.0
    view = View(shares, 1.0)
    box = view.writing
    assert box is not None
    left, top, width, height = box
    assert (left < 500, top < 100, left + width > 560, top + height > 110, width < 300) == (True,) * 5
    paper = view.printed(box)
    assert paper.shape == (736, 736, 3)
    assert paper[105 - top, 530 - left].tolist() == [0, 0, 0]
    assert paper[300, 300].tolist() == [255, 255, 255]


def test_scattered_specks_are_no_writing() -> None:
    shares = np.zeros((300, 900), np.float32)
    shares[::20, ::20] = 1.0
    assert View(shares, 1.0).writing is None


def test_weights_of_another_network_are_refused() -> None:
    with pytest.raises(WeightsRefused, match="weights_refused"):
        marks.load(BUNDLED / "compact-x2.safetensors", "marks-compact")


def test_the_weights_are_small_and_their_card_says_all_that_is_needed() -> None:
    assert WEIGHTS.stat().st_size < 3_000_000
    card = Path(WEIGHTS.with_suffix(".md")).read_text()
    for needed in ("BSD-3-Clause", "## Data", "## Recipe", "## Figures", "## Limits"):
        assert needed in card


def test_ink_goes_on_beyond_a_line_that_was_drawn_too_tight_but_not_to_another() -> None:
    shares = np.zeros((60, 100), np.float32)
    shares[10:30, 20:24] = 1.0
    shares[40:50, 60:64] = 1.0
    tight = ((30, 36), (70, 36), (70, 50), (30, 50))
    ink = View(shares, 2.0).ink(tight, (20, 10, 60, 70))
    assert ink.shape == (70, 60)
    assert ink[12:48, 21:27].all(), "rows 22 to 58 of the picture, though the line begins at 36"
    assert not ink[:, 32:].any()
