"""Faces found in photographs, of every size, each once."""

from __future__ import annotations

import itertools
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageOps

from tests.engines.contract import check_engine
from wagtail_restore.catalogue import Model, shipped
from wagtail_restore.engines.find_faces import Face, FaceFinder, _starts
from wagtail_restore.exceptions import WeightsCorrupt, WeightsMissing, WeightsRefused


@pytest.fixture
def finder(data: Path) -> FaceFinder:
    return FaceFinder(Model("yunet", "detect", "x", purpose="faces", file=weights(data)))


def weights(data: Path) -> str:
    return str(data / "weights" / "yunet_s_640_640.onnx")


def photo(data: Path, name: str, side: int | None = None) -> NDArray[np.float32]:
    with Image.open(data / name) as image:
        upright = ImageOps.exif_transpose(image).convert("RGB")
    if side:
        upright.thumbnail((side, side))
    return np.asarray(upright, np.float32) / 255


def sure(faces: list[Face]) -> list[Face]:
    return [face for face in faces if face.confidence > 0.85]


@pytest.mark.parametrize(
    ("name", "boxes"),
    [
        ("photos/01_portrait_baby.png", [(93, 3, 290, 280), (110, 310, 222, 261)]),
        ("photos/02_portrait_astronaut.png", [(178, 63, 90, 113)]),
        ("photos/03_portrait_official.jpg", [(225, 137, 514, 783)]),
        ("photos/30_thumb_portrait_300.jpg", [(101, 95, 116, 152)]),
        ("photos/31_jpeg_q10.jpg", [(560, 177, 100, 143)]),
        ("odd/exif_orientation6_faces.jpg", [(270, 163, 87, 116)]),
        ("photos/28_watermark_single.png", []),
        ("photos/08_architecture_colosseum.jpg", []),
        ("photos/23_screenshot_web.png", []),
    ],
)
def test_the_faces_of_a_photograph_are_found(
    finder: FaceFinder, data: Path, name: str, boxes: list[tuple[int, int, int, int]]
) -> None:
    found = sure(finder.run(photo(data, name)))
    assert {face.kind for face in found} <= {"face"}
    assert len(found) == len(boxes)
    for face, box in zip(found, boxes, strict=True):
        assert face.box == pytest.approx(box, abs=8)


def test_landmarks_lie_in_their_places(finder: FaceFinder, data: Path) -> None:
    (face,) = finder.run(photo(data, "photos/30_thumb_portrait_300.jpg"))
    eye, other, nose, mouth, corner = face.landmarks
    assert 110 < eye[0] < nose[0] < other[0] < 210
    assert 110 < mouth[0] < nose[0] < corner[0] < 210
    assert eye[1] < nose[1] < mouth[1] < 240 and abs(eye[1] - other[1]) < 10
    assert face.polygon == tuple((round(x), round(y)) for x, y in face.landmarks)


def test_a_crowd_is_found_and_nobody_twice(finder: FaceFinder, data: Path) -> None:
    found = sure(finder.run(photo(data, "photos/04_group_faces.jpg")))
    assert 50 < len(found) < 100
    centres = np.array([(face.box[0] + face.box[2] / 2, face.box[1] + face.box[3] / 2) for face in found])
    apart = np.linalg.norm(centres[:, None] - centres[None], axis=2) + np.eye(len(found)) * 1e9
    assert apart.min() > 15


@pytest.mark.parametrize("factor", [1, 4])
def test_a_face_is_found_at_any_size_where_it_is(finder: FaceFinder, data: Path, factor: int) -> None:
    portrait = photo(data, "photos/02_portrait_astronaut.png")
    large = cv2.resize(portrait, None, fx=factor, fy=factor, interpolation=cv2.INTER_CUBIC)
    (face,) = sure(finder.run(large))
    assert [side / factor for side in face.box] == pytest.approx((178, 63, 90, 113), abs=6)


def test_a_face_across_the_edge_of_a_window_is_found_once(finder: FaceFinder, data: Path) -> None:
    head = photo(data, "photos/02_portrait_astronaut.png")[40:200, 150:310]
    for left in (500, 560, 600):
        wide = np.full((400, 1400, 3), 0.5, np.float32)
        wide[100:260, left : left + 160] = head
        (face,) = sure(finder.run(wide))
        assert face.box[0] == pytest.approx(left + 28, abs=6)


def test_grey_is_looked_at_too(finder: FaceFinder, data: Path) -> None:
    grey = photo(data, "photos/02_portrait_astronaut.png").mean(axis=2, keepdims=True)
    assert len(sure(finder.run(grey))) == 1


@pytest.mark.parametrize("side", [1, 639, 640, 641, 1100, 5000])
def test_windows_cover_a_side_and_share_what_they_must(side: int) -> None:
    starts = _starts(side)
    assert starts[0] == 0 and max(starts) == max(0, side - 640)
    assert all(0 < after - before <= 448 for before, after in itertools.pairwise(starts))


def test_the_finder_keeps_the_contract(data: Path) -> None:
    check_engine(FaceFinder(Model("yunet", "detect", "x", purpose="faces", file=weights(data))))


def test_the_file_is_the_one_of_the_catalogue(data: Path, tmp_path: Path) -> None:
    model = shipped()["yunet"]
    with pytest.raises(WeightsMissing):
        FaceFinder(model, folders=(str(tmp_path),)).load()
    (tmp_path / model.file).write_bytes(Path(weights(data)).read_bytes())
    FaceFinder(model, folders=(str(tmp_path),)).load()
    (tmp_path / model.file).write_bytes(b"something else")
    with pytest.raises(WeightsCorrupt):
        FaceFinder(model, folders=(str(tmp_path),)).load()


def test_what_is_no_network_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "faces.onnx"
    file.write_bytes(b"no network at all")
    with pytest.raises(WeightsRefused):
        FaceFinder(Model("mine", "detect", "x", file=str(file))).load()
