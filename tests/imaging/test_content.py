"""Drawing or photograph: real ones of both, drawings made here, and pictures in which there is nothing to see."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from time import process_time

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from wagtail_restore.imaging.content import LINE, is_drawing, score

DRAWINGS = {"19_anime_character.png", "22_screenshot_win95.png", "23_screenshot_web.png"}
"""In photos/. The background of a game, 20, is a photograph painted over: it has texture and no line."""
SCREENSHOTS = {f"gb82_{name}.jpg" for name in ("gmessages", "graph", "gui", "imac_dark", "imac_g3", "windows")}
MISTAKEN = {"tt5_book-image.jpg"}
"""In train/, the cover of a book: lettering and a print on one even grey."""


def read(source: Path | io.BytesIO, side: int | None = None) -> NDArray[np.uint8]:
    """As the product decodes it: colours as they are in the file, transparency or not."""
    with Image.open(source) as image:
        picture = image.convert("L" if image.mode == "L" else "RGB")
    if side:
        picture.thumbnail((side, side), Image.Resampling.LANCZOS)
    pixels = np.asarray(picture)
    return pixels if pixels.ndim == 3 else pixels[:, :, None]


def saved(picture: Image.Image, quality: int) -> NDArray[np.uint8]:
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=quality)
    return read(file)


def judged(folder: Path, side: int | None = None) -> set[str]:
    """The names of those that are drawings."""
    files = [file for file in sorted(folder.glob("*.*")) if file.suffix != ".md"]
    assert files
    return {file.name for file in files if is_drawing(read(file, side))}


def lettering(size: int = 600) -> Image.Image:
    page = Image.new("RGB", (size, size * 2 // 3), "white")
    for line in range(1, size // 44):
        font = ImageFont.load_default(14 + line % 3 * 8)
        ImageDraw.Draw(page).text((20, line * 28), "The quick brown fox jumps over it", fill="black", font=font)
    return page


def hatching(size: int = 600) -> Image.Image:
    page = Image.new("L", (size, size), 246)
    pen = ImageDraw.Draw(page)
    for step in range(0, size, 14):
        pen.line([(step, 0), (size, size - step)], fill=20, width=2)
        pen.line([(0, step), (size - step, size)], fill=60, width=3)
    return page


def cartoon(size: int = 600) -> Image.Image:
    """Even colours within black outlines, drawn larger and made smaller, so that lines are soft as an artist's are."""
    page = Image.new("RGB", (2 * size, 2 * size), (150, 200, 235))
    pen = ImageDraw.Draw(page)
    places = np.random.default_rng(4).integers(0, 2 * size, (14, 2))
    colours = ((226, 60, 50), (250, 220, 90), (240, 190, 160), (70, 130, 70))
    for index, (x, y) in enumerate(places.tolist()):
        box = (x - 160, y - 120, x + 160, y + 120)
        (pen.ellipse if index % 2 else pen.rectangle)(box, fill=colours[index % 4], outline="black", width=8)
    return page.resize((size, size), Image.Resampling.LANCZOS)


def diagram(size: int = 600) -> Image.Image:
    page = Image.new("RGB", (size, size), (250, 250, 252))
    pen = ImageDraw.Draw(page)
    for index in range(8):
        pen.rectangle(
            (60 + 60 * index, size - 40 - 55 * index, 100 + 60 * index, size - 40), fill=(40, 90 + 15 * index, 180)
        )
    pen.line((40, 20, 40, size - 38, size - 20, size - 38), fill=(60, 60, 60), width=3)
    pen.text((80, 30), "Visitors in thousands", fill=(20, 20, 20), font=ImageFont.load_default(24))
    return page


MADE = pytest.mark.parametrize("made", [lettering, hatching, cartoon, diagram])


@pytest.mark.parametrize("quality", [40, 75, 95])
@pytest.mark.parametrize("made", [lettering, cartoon, diagram])
def test_a_drawing_saved_as_jpeg_is_one_for_all_its_ripples(made: Callable[[], Image.Image], quality: int) -> None:
    assert score(saved(made(), quality)) > LINE + 0.3


def test_hatching_from_edge_to_edge_is_a_drawing_until_there_is_nothing_but_ripples() -> None:
    assert score(saved(hatching(), 75)) > LINE
    assert score(saved(hatching(), 20)) < LINE


@MADE
def test_a_drawing_is_one_in_any_depth_and_in_floats(made: Callable[[], Image.Image]) -> None:
    pixels = np.asarray(made())
    pixels = pixels if pixels.ndim == 3 else pixels[:, :, None]
    eight = score(pixels)
    assert eight > LINE + 0.3
    assert score(pixels.astype(np.uint16) * 257) == pytest.approx(eight, abs=0.01)
    assert score(pixels.astype(np.float32) / 255) == pytest.approx(eight, abs=0.01)


@MADE
def test_white_on_black_is_as_much_of_a_drawing(made: Callable[[], Image.Image]) -> None:
    pixels = 255 - np.asarray(made())
    assert is_drawing(pixels if pixels.ndim == 3 else pixels[:, :, None])


@pytest.mark.parametrize("made", [hatching, cartoon, diagram])
def test_a_drawing_of_300_pixels_is_one(made: Callable[[int], Image.Image]) -> None:
    picture = made(300)
    pixels = np.asarray(picture)
    assert is_drawing(pixels if pixels.ndim == 3 else pixels[:, :, None])


def test_the_drawings_among_the_photographs_are_found(data: Path) -> None:
    assert judged(data / "photos") == DRAWINGS


def test_photographs_of_300_pixels_are_photographs(data: Path) -> None:
    """All but the shoes: rendered, on pure white and that small, they are as good as a logo."""
    assert judged(data / "photos", 300) == DRAWINGS | {"06_product_shoes.png"}


def test_night_white_grounds_old_prints_and_damage_are_far_from_the_line(data: Path) -> None:
    for name in (
        "01_portrait_baby.png",
        "07_product_boots.jpg",
        "14_food_bagel.jpg",
        "15_night_city.jpg",
        "17_oldphoto_mill_girls.webp",
        "31_jpeg_q10.jpg",
        "32_jpeg_q25_x4gen.jpg",
        "33_oldphoto_scratches_drawn.png",
    ):
        assert score(read(data / "photos" / name)) < LINE - 0.5, name


@pytest.mark.parametrize("folder", ["Kodak24/HR", "Set5/x2/HR", "Set5/x4/LR"])
def test_test_pictures_are_photographs(data: Path, folder: str) -> None:
    assert judged(data / "eval" / folder) == set()


def test_a_slide_is_a_drawing_and_a_painted_comic_is_not(data: Path) -> None:
    """The fifth, a comic painted with texture and light everywhere, gives a network for lines nothing to go by."""
    assert judged(data / "eval/Set14/x4/HR") == {"img_013.png"}
    assert score(read(data / "eval/Set14/x4/HR/img_005.png")) < LINE - 0.3


@pytest.mark.slow
def test_of_two_hundred_photographs_hardly_any_is_taken_for_a_drawing(data: Path) -> None:
    assert judged(data / "train") == SCREENSHOTS | MISTAKEN


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("size", [(1, 1), (1, 40), (40, 1), (2, 2), (7, 9), (64, 64)])
def test_where_there_is_nothing_to_see_it_is_a_photograph(size: tuple[int, int], channels: int) -> None:
    for level in (0, 128, 255):
        assert score(np.full((*size, channels), level, np.uint8)) == 0.0
    assert not is_drawing(np.random.default_rng(2).integers(0, 256, (*size, channels), dtype=np.uint8)) or min(size) < 8


def test_noise_and_gradients_are_no_drawings() -> None:
    rng = np.random.default_rng(1)
    assert not is_drawing(rng.integers(0, 256, (300, 300, 3), dtype=np.uint8))
    ramp = np.repeat(np.linspace(0, 255, 400).astype(np.uint8)[None, :, None], 300, axis=0)
    assert not is_drawing(ramp)
    grain = np.clip(ramp + rng.normal(0, 6, (300, 400, 1)), 0, 255).astype(np.uint8)
    assert score(grain) < 1.0


def test_a_plain_ground_alone_makes_no_drawing() -> None:
    """A soft, noisy thing on pure white, as shops show what they sell."""
    rng = np.random.default_rng(1)
    y, x = np.mgrid[0:400, 0:400]
    inside = np.clip((150 - np.hypot(x - 200, y - 200)) / 4, 0, 1)[:, :, None]
    thing = 120 + 60 * np.sin(x / 40)[:, :, None] + rng.normal(0, 5, (400, 400, 1))
    assert score(np.clip(255 * (1 - inside) + thing * inside, 0, 255).astype(np.uint8)) < LINE - 0.3


def test_a_change_of_contrast_leaves_a_photograph_one(data: Path) -> None:
    """It leaves gaps between the levels of the histogram."""
    pixels = read(data / "photos/08_architecture_colosseum.jpg", 800)
    stretched = np.clip((pixels.astype(int) - 60) * 2, 0, 255).astype(np.uint8)
    assert not is_drawing(stretched)


def test_very_large_pictures_are_judged_as_quickly_as_large_ones() -> None:
    page = np.asarray(cartoon(1500))
    large = np.kron(page, np.ones((4, 4, 1), np.uint8))
    assert large.shape == (6000, 6000, 3)
    assert is_drawing(large)
    view = np.empty((6000, 6000, 4), np.uint8)[:, :, :3]
    view[:] = large
    began = process_time()
    assert is_drawing(view)
    assert process_time() - began < 2.0


def test_a_megapixel_takes_a_moment() -> None:
    page = np.asarray(cartoon(1000))
    score(page)
    began = process_time()
    for _ in range(5):
        score(page)
    # 7 ms on the machine it was written on; the rest is for slower and busier ones.
    assert (process_time() - began) / 5 < 0.1
