"""The mask of a template on pictures of other sizes and shapes: every pixel written out."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image as Pillow

from wagtail_restore.exceptions import Unreadable
from wagtail_restore.imaging.anchoring import Anchor, Box, Stencil
from wagtail_restore.imaging.placing import placed, scaled


def png(rows: list[list[int]]) -> bytes:
    buffer = io.BytesIO()
    Pillow.fromarray(np.array(rows, dtype=np.uint8)).save(buffer, "PNG")
    return buffer.getvalue()


ANGLE = png([[255, 255], [255, 0]])
"""Two by two, with the lower right pixel free: turned or mirrored it would show."""


def drawn(anchor: str, box: Box, size: tuple[int, int], width: int, height: int, data: bytes = ANGLE) -> list[str]:
    weight = placed(data, Stencil("", "", size, box, Anchor(anchor)), width, height)
    assert weight.shape == (height, width) and weight.dtype == np.float16
    return ["".join(" .#"[(value > 0) + int(value == 1)] for value in row) for row in weight]


def test_on_the_same_picture_it_lies_where_it_was_painted() -> None:
    assert drawn("bottom-right", (3, 1, 2, 2), (6, 4), 6, 4) == [
        "      ",
        "   ## ",
        "   #  ",
        "      ",
    ]


def test_on_an_upright_picture_it_keeps_its_distance_from_its_corner() -> None:
    assert drawn("bottom-right", (3, 1, 2, 2), (6, 4), 4, 6) == [
        "    ",
        "    ",
        "    ",
        " ## ",
        " #  ",
        "    ",
    ]


def test_on_a_panorama_it_is_not_stretched() -> None:
    assert drawn("top-left", (1, 1, 2, 2), (6, 4), 10, 4) == [
        "          ",
        " ##       ",
        " #        ",
        "          ",
    ]


def test_twice_as_large() -> None:
    assert drawn("top-right", (3, 1, 2, 2), (6, 4), 12, 8, png([[255, 255], [255, 255]])) == [
        "            ",
        "            ",
        "      ####  ",
        "      ####  ",
        "      ####  ",
        "      ####  ",
        "            ",
        "            ",
    ]


def test_half_as_large_nothing_painted_is_lost() -> None:
    thin = png([[0, 0, 0, 0], [0, 255, 0, 0], [0, 0, 0, 0], [0, 0, 0, 255]])
    assert drawn("bottom-left", (2, 6, 4, 4), (16, 12), 8, 6, thin) == [
        "        ",
        "        ",
        "        ",
        " #      ",
        "  #     ",
        "        ",
    ]


def test_what_spans_the_picture_is_stretched() -> None:
    assert drawn("whole", (0, 2, 4, 1), (4, 3), 6, 6, png([[255, 255, 255, 255]])) == [
        "      ",
        "      ",
        "      ",
        "      ",
        "######",
        "######",
    ]


def test_what_reaches_over_the_border_is_cut_off_there() -> None:
    assert drawn("top-left", (3, 0, 2, 2), (9, 4), 4, 9)[:3] == ["   #", "   #", "    "]


@pytest.mark.parametrize("size", [(2, 2), (4, 30)])
def test_where_the_mask_does_not_lie_on_the_picture_nothing_is_marked(size: tuple[int, int]) -> None:
    assert not placed(ANGLE, Stencil("", "", (16, 4), (6, 1, 2, 2), Anchor.TOP_LEFT), *size).any()


def test_what_was_painted_softly_stays_soft() -> None:
    weight = placed(png([[51, 102]]), Stencil("", "", (6, 4), (1, 1, 2, 1), Anchor.TOP_LEFT), 6, 4)
    assert weight[1].tolist() == pytest.approx([0, 0.2, 0.4, 0, 0, 0], abs=1e-3)


def test_made_smaller_each_pixel_is_as_strong_as_the_strongest() -> None:
    mark = np.array([[0.2, 0, 0, 0.4, 1.0], [0, 0.6, 0, 0, 0]], dtype=np.float16)
    assert scaled(mark, 2, 1).tolist() == [[pytest.approx(0.6, abs=1e-3), 1.0]]


def test_a_damaged_file_is_told() -> None:
    with pytest.raises(Unreadable):
        placed(b"no picture", Stencil("", "", (6, 4), (1, 1, 2, 1), Anchor.TOP_LEFT), 6, 4)
