"""Known marks: found where they lie, and taken off so that what was below them comes back."""

from __future__ import annotations

import io

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from wagtail_restore.exceptions import Animated, Unreadable
from wagtail_restore.imaging import known, logo

Floats = NDArray[np.float32]


def photo(width: int = 360, height: int = 280) -> Floats:
    """Something as uneven as a photograph: noise of all sizes."""
    rng = np.random.default_rng(4)
    plane = np.zeros((height, width, 3), np.float32)
    for size in (1.5, 4.0, 12.0, 40.0):
        layer = cv2.GaussianBlur(rng.standard_normal(plane.shape).astype(np.float32), (0, 0), size)
        plane += layer / layer.std() * np.float32(0.02 * size**0.5)
    return np.asarray(np.clip(plane + 0.45, 0.02, 0.98), np.float32)


def drawn() -> Image.Image:
    """A ring with a cross in it, 80 × 80, as opacity."""
    picture = Image.new("L", (320, 320), 0)
    pen = ImageDraw.Draw(picture)
    pen.ellipse((4, 4, 316, 316), outline=255, width=28)
    pen.line((90, 90, 230, 230), fill=255, width=36)
    pen.line((230, 90, 160, 160), fill=255, width=36)
    return picture.resize((80, 80), Image.Resampling.LANCZOS)


def png(colour: tuple[int, int, int] = (255, 255, 255)) -> bytes:
    picture = Image.new("RGB", (80, 80), colour)
    picture.putalpha(drawn())
    buffer = io.BytesIO()
    picture.save(buffer, "PNG")
    return buffer.getvalue()


def stamped(under: Floats, mark: bytes, size: int, opacity: float, at: tuple[int, int]) -> Floats:
    """``mark`` over ``under`` as a program does it, in eight bits."""
    with Image.open(io.BytesIO(mark)) as picture:
        values = np.asarray(picture.resize((size, size), Image.Resampling.LANCZOS), np.float32) / 255
    made = under.copy()
    x, y = at
    share = values[:, :, 3:] * opacity
    here = (slice(y, y + size), slice(x, x + size))
    made[here] = (1 - share) * made[here] + share * values[:, :, :3]
    return np.asarray(np.rint(made * 255) / 255, np.float32)


@pytest.mark.parametrize(
    ("colour", "size", "opacity"),
    [((255, 255, 255), 60, 0.4), ((0, 0, 0), 110, 0.5), ((255, 255, 255), 150, 0.25), ((20, 60, 200), 90, 0.6)],
)
def test_a_mark_is_found_and_what_was_below_it_comes_back(
    colour: tuple[int, int, int], size: int, opacity: float
) -> None:
    under, mark = photo(), png(colour)
    seen = stamped(under, mark, size, opacity, (130, 75))
    (sighting,) = known.find(seen, [logo.read(mark, "agency")])
    x, y, width, height = sighting.box
    margin = 0.03 * size + 2
    assert sighting.name == "agency"
    assert np.allclose((x, y), (130, 75), atol=margin)
    assert np.allclose((width, height), size, atol=2 * margin)
    assert sighting.opacity == pytest.approx(opacity, abs=0.06)
    lifted, weight = known.unblend(seen, sighting.fit)
    inside = (slice(75, 75 + size), slice(130, 130 + size))
    error = float(np.mean((lifted[inside] - under[inside]) ** 2))
    assert -10 * np.log10(error) > 32
    assert weight.mean() < 0.002, "nothing has to be made up"
    outside = np.ones(seen.shape[:2], bool)
    outside[70 : 80 + size, 125 : 135 + size] = False
    assert (lifted[outside] == seen[outside]).all()


@pytest.mark.parametrize("colour", [(205, 20, 30), (20, 60, 200)])
def test_the_opacity_does_not_suffer_from_what_is_below(colour: tuple[int, int, int]) -> None:
    rugged = np.asarray(np.clip((photo() - 0.45) * 3 + 0.4, 0.02, 0.98), np.float32)
    (sighting,) = known.find(stamped(rugged, png(colour), 150, 0.5, (130, 75)), [logo.read(png(colour), "agency")])
    assert sighting.opacity == pytest.approx(0.5, abs=0.02)


def test_a_photograph_without_it_has_none() -> None:
    assert known.find(photo(), [logo.read(png(), "agency")]) == []


def test_marks_laid_out_as_tiles_are_all_found() -> None:
    seen, places = photo(), [(20, 20), (200, 30), (90, 160), (270, 180)]
    for at in places:
        seen = stamped(seen, png(), 60, 0.4, at)
    found = known.find(seen, [logo.read(png(), "agency")])
    assert sorted((round(each.box[0], -1), round(each.box[1], -1)) for each in found) == sorted(places)


def test_where_nothing_shines_through_it_is_left_to_be_filled() -> None:
    seen = stamped(photo(), png(), 80, 0.95, (100, 60))
    (sighting,) = known.find(seen, [logo.read(png(), "agency")])
    _, weight = known.unblend(seen, sighting.fit)
    ink = np.asarray(drawn()) > 250
    assert weight[60:140, 100:180][ink].mean() > 0.95


def test_a_black_drawing_on_white_is_a_mark_of_either_colour() -> None:
    buffer = io.BytesIO()
    Image.eval(drawn(), lambda value: 255 - value).save(buffer, "PNG")
    mark = logo.read(buffer.getvalue(), "drawing")
    for colour, value in (((255, 255, 255), 1.0), ((0, 0, 0), 0.0)):
        seen = stamped(photo(), png(colour), 80, 0.5, (100, 60))
        (sighting,) = known.find(seen, [mark])
        assert sighting.fit.mark.colour is not None
        assert sighting.fit.mark.colour.tolist() == [value] * 3


def test_a_sighting_is_found_again_by_its_box() -> None:
    seen, mark = stamped(photo(), png(), 80, 0.5, (100, 60)), logo.read(png(), "agency")
    (sighting,) = known.find(seen, [mark])
    once_more = known.again(seen, mark, sighting.box)
    assert once_more is not None
    assert once_more.box == sighting.box
    assert known.again(seen, mark, (220, 150, 80, 80)) is None


@pytest.mark.parametrize("box", [(900, 900, 50, 50), (-400, -300, 50, 50), (50, -90, 50, 50), (50, 50, 0, 0)])
def test_nothing_is_found_again_beside_the_picture(box: tuple[int, int, int, int]) -> None:
    assert known.again(photo(), logo.read(png(), "agency"), box) is None


def test_a_blank_picture_is_no_mark() -> None:
    buffer = io.BytesIO()
    Image.new("RGB", (40, 40), (255, 255, 255)).save(buffer, "PNG")
    with pytest.raises(Unreadable):
        logo.read(buffer.getvalue(), "blank")
    with pytest.raises(Unreadable, match=r"the mark nothing is no PNG or WebP'$"):
        logo.read(b"no picture", "nothing")


@pytest.mark.parametrize("format", ["PNG", "WEBP"])
def test_an_animation_is_no_mark(format: str) -> None:
    buffer = io.BytesIO()
    drawn().save(buffer, format, save_all=True, append_images=[Image.new("L", drawn().size)])
    with pytest.raises(Animated, match="mark='moving', frames=2"):
        logo.read(buffer.getvalue(), "moving")


def test_many_marks_are_looked_for_at_once_and_may_be_stopped() -> None:
    marks = [
        logo.read(png(colour), str(colour)) for colour in ((255, 255, 255), (200, 20, 30), (0, 0, 0), (20, 70, 190))
    ]
    seen = stamped(photo(), png((200, 20, 30)), 80, 0.6, (60, 40))
    shares: list[float] = []
    found = known.find(seen, marks, threads=3, told=shares.append)
    assert [(each.name, each.box) for each in found] == [("(200, 20, 30)", (60, 40, 80, 80))]
    assert shares == [0.25, 0.5, 0.75, 1.0]
    with pytest.raises(ZeroDivisionError):
        known.find(seen, marks, told=lambda share: 1 / 0 and None)


@pytest.mark.parametrize("ink", [(255, 255, 255, 180), (20, 30, 200, 255)])
def test_a_mark_in_a_huge_clear_picture_is_read_as_large_as_it_is(ink: tuple[int, int, int, int]) -> None:
    picture = Image.new("RGBA", (3900, 3900))
    picture.paste(ink, (1000, 2000, 1200, 2060))
    buffer = io.BytesIO()
    picture.save(buffer, "PNG")
    mark = logo.read(buffer.getvalue(), "bar")
    assert (mark.size, mark.alpha.shape) == ((200.0, 60.0), (60, 200))
    picture.paste(ink, (300, 100, 3600, 1000))
    buffer = io.BytesIO()
    picture.save(buffer, "PNG")
    mark = logo.read(buffer.getvalue(), "bar")
    assert mark.size == pytest.approx((3300, 1960), abs=6)
    assert mark.alpha.shape == (609, 1024)
    assert mark.colour is not None
    assert np.allclose(mark.colour[mark.alpha > 0.5] * 255, ink[:3], atol=1.5)
    assert mark.alpha.max() == pytest.approx(ink[3] / 255, abs=0.01)


@pytest.mark.parametrize("size", [(1, 1), (2000, 16), (16, 2000), (400, 400)])
def test_marks_of_any_shape_are_looked_for_in_any_picture(size: tuple[int, int]) -> None:
    mark = logo.Mark("bar", np.ones(size[::-1], np.float32) * np.float32(0.7), np.zeros(3, np.float32))
    for width, height in ((360, 280), (40, 30), (1, 1)):
        for channels in (1, 3):
            assert known.find(photo(width, height)[:, :, :channels], [mark]) == []
