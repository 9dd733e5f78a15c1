"""Reading real pictures: the stamp and the marks are found, and nothing is called so that is neither."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image

from wagtail_restore.catalogue import shipped
from wagtail_restore.engines.base import Region
from wagtail_restore.engines.detect import TextDetector, _widely_blurred, merge, raise_contrast
from wagtail_restore.engines.evidence import Line
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


def test_a_mask_narrows_what_is_returned(detector: TextDetector, data: Path) -> None:
    pixels = photo(data, "28_watermark_single.png")
    mask = np.zeros(pixels.shape[:2], np.float32)
    assert detector.run(pixels, mask) == []
    mask[300, 300] = 1.0
    assert len(detector.run(pixels, mask)) == 1


def line(left: int, text: str, score: float = 0.9, *, plain: bool = True) -> Line:
    return Line(((left, 10), (left + 80, 10), (left + 80, 30), (left, 30)), text, score, plain)


def test_of_two_readings_in_one_place_the_fuller_counts() -> None:
    merged = merge([line(10, "SAMP")], [line(10, "SAMPLE", plain=False)])
    assert [(each.text, each.plain) for each in merged] == [("SAMPLE", True)]


def test_readings_in_different_places_both_count() -> None:
    assert [each.text for each in merge([line(10, "ONE")], [line(200, "TWO", plain=False)])] == ["ONE", "TWO"]


def test_raising_the_contrast_brings_out_what_is_faint() -> None:
    pixels = np.full((80, 80, 3), 0.95, np.float32)
    pixels[30:50, 38:42] = 0.98
    raised = raise_contrast(pixels)
    assert int(raised[40, 40, 0]) - int(raised[40, 20, 0]) > 40


def test_a_wide_blur_on_a_smaller_picture_is_the_same_blur() -> None:
    plane = np.random.default_rng(4).random((700, 900), dtype=np.float32)
    plane[:, 450:] += 1.0
    exact = cv2.GaussianBlur(plane, (0, 0), 40.0)
    assert np.abs(_widely_blurred(plane, 40.0) - exact)[50:-50, 50:-50].max() < 0.01
