"""Was a picture saved with loss: real files of all kinds, and the same photograph saved in several ways."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from wagtail_restore.imaging.codec import Picture, Source
from wagtail_restore.imaging.traces import has_blocks, is_clean

CLEAN = {
    "01_portrait_baby.png",
    "02_portrait_astronaut.png",
    "05_product_phone.png",
    "16_night_building.png",
    "19_anime_character.png",
    "22_screenshot_win95.png",
    "23_screenshot_web.png",
    "24_text_graffiti.png",
    "28_watermark_single.png",
}
"""Of the PNG files in photos/ all but 06, which shows the blocks of the JPEG that it was made from."""


def read(path: Path) -> NDArray[np.uint8]:
    return np.asarray(Image.open(path).convert("RGB"))


def small(data: Path) -> Image.Image:
    picture = Image.open(data / "photos" / "01_portrait_baby.png").convert("RGB")
    return picture.resize((picture.width // 2, picture.height // 2), Image.Resampling.BICUBIC)


def saved(picture: Image.Image, quality: int) -> tuple[NDArray[np.uint8], tuple[tuple[int, ...], ...]]:
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=quality)
    again = Image.open(file)
    tables = tuple(tuple(table) for _, table in sorted(again.quantization.items()))  # type: ignore[attr-defined]
    return np.asarray(again.convert("RGB")), tables


def test_blocks_are_seen_in_those_png_files_that_were_jpegs(data: Path) -> None:
    files = sorted((data / "photos").glob("*.png"))
    clean = {file.name for file in files if is_clean(Picture(read(file), None, Source("PNG")))}
    assert clean == CLEAN


@pytest.mark.parametrize("quality", [30, 50, 75, 90])
def test_a_png_made_from_a_jpeg_is_not_clean(data: Path, quality: int) -> None:
    pixels, _ = saved(small(data), quality)
    assert has_blocks(pixels)
    assert not is_clean(Picture(pixels, None, Source("PNG")))
    assert has_blocks(pixels[3:, 5:]), "wherever the blocks begin"
    assert has_blocks(pixels.astype(np.uint16) * 257)
    assert has_blocks(pixels[:, :, :1])


def test_the_same_picture_never_saved_with_loss_is_clean(data: Path) -> None:
    assert is_clean(Picture(np.asarray(small(data)), None, Source("PNG")))


@pytest.mark.parametrize(("quality", "clean"), [(75, False), (93, False), (97, True), (100, True)])
def test_a_jpeg_is_clean_in_the_finest_qualities_only(data: Path, quality: int, clean: bool) -> None:
    pixels, tables = saved(small(data), quality)
    assert is_clean(Picture(pixels, None, Source("JPEG", tables=tables))) is clean


@pytest.mark.parametrize(
    ("source", "clean"),
    [
        (Source("WEBP"), False),
        (Source("WEBP", lossless=True), True),
        (Source("AVIF"), False),
        (Source("TIFF", compression="tiff_lzw"), True),
        (Source("TIFF", compression="jpeg"), False),
        (Source("JPEG"), False),
    ],
)
def test_formats_tell_most(source: Source, clean: bool) -> None:
    even = np.full((200, 200, 3), 128, np.uint8)
    assert is_clean(Picture(even, None, source)) is clean


@pytest.mark.parametrize("size", [(1, 1), (5, 300), (300, 5), (63, 63)])
def test_of_tiny_pictures_nothing_is_said(size: tuple[int, int]) -> None:
    assert not has_blocks(np.random.default_rng(1).integers(0, 255, (*size, 3), np.uint8))


def test_a_pattern_of_other_periods_is_no_grid() -> None:
    stripes = np.zeros((256, 256, 3), np.uint8)
    stripes[:, ::7] = 90
    assert not has_blocks(stripes)
