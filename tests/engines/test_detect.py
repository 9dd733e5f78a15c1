"""Reading real pictures: the stamp and the marks are found, and nothing is called so that is neither."""

from __future__ import annotations

import socket
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from wagtail_restore.catalogue import shipped
from wagtail_restore.engines.base import Region
from wagtail_restore.engines.detect import TextDetector
from wagtail_restore.imaging import masks


@pytest.fixture(scope="module")
def detector() -> TextDetector:
    return TextDetector(shipped()["rapidocr"])


def photo(data: Path, name: str) -> Any:
    with Image.open(data / "photos" / name) as image:
        return np.asarray(image.convert("RGB"), dtype=np.float32) / 255.0


def of_kinds(regions: list[Region], *kinds: str) -> list[Region]:
    return [region for region in regions if region.kind in kinds]


def covered(data: Path, number: int, regions: list[Region]) -> float:
    """The share of the true mask that lies inside the regions."""
    with Image.open(data / "photos" / "truth" / f"{number}_mask.png") as image:
        truth = np.asarray(image.convert("L")) > 127
    found = masks.draw([region.polygon for region in regions], truth.shape[1], truth.shape[0])
    return float((truth & found).sum() / truth.sum())


def test_it_never_asks_the_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise AssertionError("the network was asked")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    own = TextDetector(shipped()["rapidocr"])
    own.load()
    assert own.run(np.full((40, 60, 3), 0.5, np.float32)) == []


def test_the_date_stamp_is_found(detector: TextDetector, data: Path) -> None:
    regions = detector.run(photo(data, "26_datestamp.jpg"))
    assert [region.kind for region in regions] == ["date"]
    assert regions[0].confidence > 0.8
    x, y, width, height = regions[0].box
    assert (x < 1380, y < 975, x + width > 1540, y + height > 1020) == (True, True, True, True)
    assert covered(data, 26, regions) > 0.98


def test_tiled_marks_are_found_where_they_are_faint_too(detector: TextDetector, data: Path) -> None:
    regions = detector.run(photo(data, "27_watermark_tiled.jpg"))
    assert {region.kind for region in regions} == {"watermark"}
    assert min(region.confidence for region in regions) >= 0.6
    assert covered(data, 27, regions) > 0.85


def test_a_single_mark_across_a_picture_is_found(detector: TextDetector, data: Path) -> None:
    regions = detector.run(photo(data, "28_watermark_single.png"))
    assert [(region.kind, region.text) for region in regions] == [("watermark", "(c) example.com")]
    assert covered(data, 28, regions) > 0.98


@pytest.mark.parametrize(
    "name",
    [
        "01_portrait_baby.png",
        "05_product_phone.png",
        "16_night_building.png",
        "24_text_graffiti.png",
        "29_thumb_320.jpg",
    ],
)
def test_a_picture_without_any_has_neither_dates_nor_marks(detector: TextDetector, data: Path, name: str) -> None:
    assert of_kinds(detector.run(photo(data, name)), "date", "watermark") == []


def test_writing_in_the_scene_is_text(detector: TextDetector, data: Path) -> None:
    regions = detector.run(photo(data, "24_text_graffiti.png"))
    assert {region.kind for region in regions} == {"text"}


def test_a_window_of_a_program_has_no_marks(detector: TextDetector, data: Path) -> None:
    pixels = photo(data, "22_screenshot_win95.png")[100:320]
    regions = detector.run(pixels)
    assert of_kinds(regions, "date", "watermark") == []
    assert len(of_kinds(regions, "text")) > 12
    height, width = pixels.shape[:2]
    for x, y, w, h in (region.box for region in regions):
        assert x >= 0
        assert y >= 0
        assert x + w <= width
        assert y + h <= height


def test_grey_pictures_are_read_too(detector: TextDetector, data: Path) -> None:
    grey = photo(data, "28_watermark_single.png").mean(axis=2, keepdims=True).astype(np.float32)
    assert [region.kind for region in detector.run(grey)] == ["watermark"]


@pytest.mark.parametrize("size", [(3, 1000), (1000, 10), (20, 600)])
def test_a_thin_strip_is_read_without_being_blown_up(detector: TextDetector, size: tuple[int, int]) -> None:
    noise = np.random.default_rng(4).random((*size, 3)).astype(np.float32)
    started = time.process_time()
    for region in detector.run(noise):
        x, y, width, height = region.box
        assert 0 <= x <= x + width <= size[1]
        assert 0 <= y <= y + height <= size[0]
    assert time.process_time() - started < 30, "at 736 pixels of height it would take minutes"


def test_writing_on_a_banner_is_read_where_it_stands(detector: TextDetector) -> None:
    banner = signed(Image.new("RGB", (900, 60), "#335566"), "Harbour festival", (400, 15), "white", 30)
    (line,) = detector.run(as_float(banner))
    x, y, width, height = line.box
    assert line.text == "Harbour festival"
    assert (x > 380, x + width < 680, y >= 0, y + height <= 60) == (True, True, True, True)


def test_a_mask_narrows_what_is_returned(detector: TextDetector, data: Path) -> None:
    pixels = photo(data, "28_watermark_single.png")
    mask = np.zeros(pixels.shape[:2], np.float32)
    assert detector.run(pixels, mask) == []
    mask[300, 300] = 1.0
    assert len(detector.run(pixels, mask)) == 1


def scene(width: int, height: int) -> Image.Image:
    """A ground as lively as foliage, of no colour in particular."""
    rng = np.random.default_rng(3)
    rough = sum(
        np.kron(rng.normal(0.0, 22.0, (height // size + 1, width // size + 1)), np.ones((size, size)))[:height, :width]
        for size in (4, 16, 64)
    )
    shades = np.array([1.0, 1.1, 0.9])
    return Image.fromarray(np.clip((110.0 + rough)[:, :, None] * shades, 0, 255).astype(np.uint8))


def signed(picture: Image.Image, text: str, place: tuple[int, int], colour: str, size: int = 24) -> Image.Image:
    ImageDraw.Draw(picture).text(place, text, colour, ImageFont.load_default(size))
    return picture


def as_float(picture: Image.Image) -> Any:
    return np.asarray(picture, dtype=np.float32) / 255.0


def test_a_small_date_on_a_lively_ground_is_found_near_the_edge(detector: TextDetector) -> None:
    picture = signed(scene(720, 480), "8/3/86 11:51", (540, 440), "#5aff64", 20)
    (date,) = of_kinds(detector.run(as_float(picture)), "date")
    assert date.text.replace(" ", "") == "8/3/8611:51"
    x, y, width, height = date.box
    assert (x < 542, y < 446, x + width > 650, y + height > 458) == (True, True, True, True)


@pytest.mark.parametrize(
    ("turn", "box"),
    [
        pytest.param(Image.Transpose.ROTATE_90, (435, 35, 470, 165), id="along the right side"),
        pytest.param(Image.Transpose.ROTATE_270, (10, 555, 45, 685), id="along the left side"),
    ],
)
def test_a_camera_held_upright_stamps_along_a_side(
    detector: TextDetector, turn: Image.Transpose, box: tuple[int, int, int, int]
) -> None:
    picture = signed(scene(720, 480), "14. 7.1998", (560, 440), "#ff8c1e").transpose(turn)
    (date,) = of_kinds(detector.run(as_float(picture)), "date")
    assert [part for part in date.text.replace(" ", ".").split(".") if part] == ["14", "7", "1998"]
    x, y, width, height = date.box
    left, top, right, bottom = box
    assert (x > left - 12, y > top - 12, x + width < right + 12, y + height < bottom + 12) == (True, True, True, True)
    assert height > 3 * width


@pytest.mark.parametrize(
    "text", ["B AB 1234", "EST 1987", "OPEN 9-17", "HOME 3 AWAY 2", "12,50 EUR", "Tel. 555 0137", "Gate 24", "Nov 2019"]
)
def test_numbers_of_a_scene_are_no_dates_even_in_a_corner(detector: TextDetector, text: str) -> None:
    picture = signed(scene(720, 480), text, (520, 430), "#ff8c1e", 28)
    assert of_kinds(detector.run(as_float(picture)), "date") == []
