"""A stamp, a mark, or part of the picture? Drawn pictures with lines as a reader would give them."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from wagtail_restore.engines.evidence import Line, Verdict, judge

ORANGE = (1.0, 0.65, 0.2)
WHITE = (1.0, 1.0, 1.0)
WIDTH, HEIGHT = 480, 320


def ground(*, lively: bool = False) -> NDArray[np.float32]:
    pixels = np.full((HEIGHT, WIDTH, 3), 0.25, np.float32)
    if lively:
        pixels += (0.4 * (np.arange(WIDTH) // 40 % 2))[None, :, None].astype(np.float32)
    return pixels


def write(
    pixels: NDArray[np.float32],
    text: str,
    x: int,
    y: int,
    colour: tuple[float, ...] = WHITE,
    opacity: float = 1.0,
    over: float = 0.0,
) -> Line:
    """Draw ``text`` with its left end at x and its foot at y, and give the Line that a reader makes of it.

    ``over`` is the share of it that the network holds for a mark.
    """
    picture = Image.new("L", (WIDTH, HEIGHT))
    font = ImageFont.load_default(20)
    ImageDraw.Draw(picture).text((x, y), text, 255, font, anchor="ls", stroke_width=1)
    layer = np.asarray(picture, dtype=np.float32) / 255.0
    width, height = round(font.getlength(text)), 15
    share = (layer * opacity)[:, :, None]
    pixels[:] = pixels * (1 - share) + np.array(colour, np.float32) * share
    box = ((x - 5, y - height - 5), (x + width + 5, y - height - 5), (x + width + 5, y + 6), (x - 5, y + 6))
    return Line(box, text, 0.98, over=over)


def judged(pixels: NDArray[np.float32], *lines: Line) -> list[Verdict]:
    return judge(list(lines), pixels)


def test_an_orange_date_in_the_corner_is_surely_a_stamp() -> None:
    pixels = ground()
    (verdict,) = judged(pixels, write(pixels, "98 7 14", 340, 300, ORANGE))
    assert verdict.kind == "date"
    assert verdict.confidence > 0.8


def test_digits_without_gaps_need_the_colour_of_a_stamp() -> None:
    pixels = ground()
    orange = write(pixels, "98714", 340, 300, ORANGE)
    white = write(pixels, "98714", 40, 300, WHITE)
    first, second = judged(pixels, orange, white)
    assert (first.kind, first.confidence > 0.6) == ("date", True)
    assert (second.kind, second.confidence < 0.6) == ("date", True), "a person is asked"


def test_a_white_date_in_the_middle_is_for_a_person_to_decide() -> None:
    pixels = ground()
    (verdict,) = judged(pixels, write(pixels, "14.07.1998", 180, 170))
    assert verdict.kind == "date"
    assert 0.4 < verdict.confidence < 0.65


def test_digits_without_gaps_halfway_up_a_picture_are_just_text() -> None:
    pixels = ground()
    halfway, below = (write(pixels, "20042", 300, top) for top in (140, 270))
    assert [verdict.kind for verdict in judged(pixels, halfway, below)] == ["text", "date"]


def test_a_time_beside_a_date_belongs_to_the_stamp() -> None:
    pixels = ground()
    date = write(pixels, "14.07.1998", 200, 300, ORANGE)
    time = write(pixels, "12:31", 350, 300, WHITE)
    assert [verdict.kind for verdict in judged(pixels, date, time)] == ["date", "date"]


def test_a_copyright_line_at_the_edge_is_surely_a_mark() -> None:
    pixels = ground()
    (verdict,) = judged(pixels, write(pixels, "(c) Jane Doe", 20, 310))
    assert verdict.kind == "watermark"
    assert verdict.confidence > 0.6


def test_an_address_alone_is_just_text_when_it_is_painted_on_something() -> None:
    pixels = ground()
    (verdict,) = judged(pixels, write(pixels, "example.com", 40, 170))
    assert verdict.kind == "text"


def test_an_address_that_shines_through_is_a_mark() -> None:
    pixels = ground(lively=True)
    (verdict,) = judged(pixels, write(pixels, "www.example.com", 100, 170, opacity=0.6, over=0.2))
    assert verdict.kind == "watermark"


def test_a_name_that_the_network_alone_sees_over_the_picture_is_for_a_person_to_decide() -> None:
    pixels = ground()
    (verdict,) = judged(pixels, write(pixels, "Harbour Light", 40, 130, opacity=0.6, over=0.2))
    assert verdict.kind == "watermark"
    assert 0.4 <= verdict.confidence < 0.6


def test_a_solid_name_is_text_though_the_network_takes_it_for_a_mark() -> None:
    pixels = ground(lively=True)
    (verdict,) = judged(pixels, write(pixels, "Harbour Light", 40, 170, over=0.2))
    assert verdict.kind == "text"


def test_a_name_is_surely_a_mark_where_the_colours_say_so_too() -> None:
    pixels = ground(lively=True)
    (verdict,) = judged(pixels, write(pixels, "Harbour Light", 100, 170, opacity=0.5, over=0.2))
    assert verdict.kind == "watermark"
    assert verdict.confidence >= 0.6


def test_a_name_that_the_network_does_not_see_over_the_picture_is_text() -> None:
    pixels = ground(lively=True)
    (verdict,) = judged(pixels, write(pixels, "Harbour Light", 100, 170, opacity=0.5, over=0.02))
    assert verdict.kind == "text"


@pytest.mark.parametrize("text", ["99977", "ROOM"])
def test_numbers_and_short_words_are_no_mark_for_shining_through_alone(text: str) -> None:
    pixels = ground(lively=True)
    (verdict,) = judged(pixels, write(pixels, text, 100, 170, opacity=0.5, over=0.2))
    assert verdict.kind == "text"


def test_a_page_full_of_writing_has_neither_stamps_nor_marks() -> None:
    pixels = ground()
    words = ["Microsoft", "General", "Picture", "Sound", "Window", "Folder", "Network", "Modem", "Printer"]
    lines = [write(pixels, word, 20, 30 + 25 * index) for index, word in enumerate(words)]
    lines += [write(pixels, "14.07.1998", 330, 300), write(pixels, "Copyright Jane", 20, 310)]
    assert {verdict.kind for verdict in judged(pixels, *lines)} == {"text"}


def slanted(x: int, y: int, text: str) -> Line:
    corners = cv2.boxPoints(((x, y), (120, 24), -30.0))
    return Line(tuple((round(float(a)), round(float(b))) for a, b in corners), text, 0.95)


def test_the_same_words_again_and_again_on_the_slant_are_a_mark() -> None:
    lines = [
        slanted(90, 80, "NORTHWIND"),
        slanted(240, 80, "NORTHWIN"),
        slanted(90, 200, "NORTHWIND"),
        slanted(240, 200, "RTHWIND"),
    ]
    assert {verdict.kind for verdict in judged(ground(), *lines)} == {"watermark"}


def test_a_scrap_of_the_same_make_goes_with_three_sure_marks() -> None:
    lines = [slanted(90, 80, "SAMPLE"), slanted(240, 80, "SAMPLE"), slanted(90, 200, "SAMPLE"), slanted(390, 200, "SF")]
    scrap = judged(ground(), *lines)[-1]
    assert scrap.kind == "watermark"
    assert scrap.confidence > 0.6


def test_a_brand_printed_level_on_goods_is_just_text() -> None:
    pixels = ground()
    lines = [write(pixels, "saleor", x, y) for x, y in ((20, 60), (200, 60), (20, 160), (200, 160), (20, 260))]
    assert {verdict.kind for verdict in judged(pixels, *lines)} == {"text"}


@pytest.mark.parametrize(("tilt", "angle"), [(0.0, 0.0), (-30.0, -30.0), (30.0, 30.0), (90.0, 90.0)])
def test_the_angle_of_a_line(tilt: float, angle: float) -> None:
    corners = cv2.boxPoints(((200, 150), (120, 24), tilt))
    line = Line(tuple((round(float(x)), round(float(y))) for x, y in corners), "x", 1.0)
    assert line.angle == pytest.approx(angle, abs=2.0)
    assert line.height == pytest.approx(24, abs=1.5)


@pytest.mark.parametrize(("foot", "kind"), [(310, "watermark"), (240, "text")])
def test_a_line_that_a_mark_goes_on_with_is_the_mark_too(foot: int, kind: str) -> None:
    pixels = ground()
    mark = write(pixels, "(c) Jane Doe", 20, 310)
    rest = write(pixels, "Studio North", 165, foot)
    assert [verdict.kind for verdict in judged(pixels, mark, rest)] == ["watermark", kind]
