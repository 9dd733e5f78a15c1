"""SAM 2.1 in the place of GrabCut: what it is asked, which of its answers is taken, and where that lies."""

from __future__ import annotations

import socket
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import torch
from numpy.typing import NDArray

pytest.importorskip("transformers", reason="transformers is not installed: pip install 'wagtail-restore[sam]'")

from transformers import Sam2ImageProcessor, Sam2Processor, Sam2VideoConfig, Sam2VideoModel

from tests.engines import sam_doubles
from tests.engines.contract import check_engine
from wagtail_restore.catalogue import Model, shipped
from wagtail_restore.engines import sam
from wagtail_restore.engines.sam import Sam, prompted
from wagtail_restore.engines.select import Hint, cut_out, rings
from wagtail_restore.exceptions import WeightsRefused

SURE_OF_BRIGHT, SURE_OF_DARK = (2.0, 0.0, -2.0), (0.0, 2.0, -2.0)


def night(*discs: tuple[int, int, int]) -> NDArray[np.uint8]:
    """A dark picture, 900 × 600, with bright discs (x, y, radius)."""
    pixels = np.full((600, 900, 3), 25, dtype=np.uint8)
    for x, y, radius in discs:
        cv2.circle(pixels, (x, y), radius, (235, 225, 215), -1)
    return pixels


def disc(x: int, y: int, radius: int) -> NDArray[np.bool_]:
    canvas = np.zeros((600, 900), dtype=np.uint8)
    cv2.circle(canvas, (x, y), radius, 1, -1)
    return canvas.astype(bool)


def filled(outlines: list[list[int]]) -> NDArray[np.bool_]:
    canvas = np.zeros((600, 900), dtype=np.uint8)
    cv2.fillPoly(canvas, [np.array(ring, np.int32).reshape(-1, 1, 2) for ring in outlines], 1)
    return canvas.astype(bool)


def iou(one: NDArray[np.bool_], other: NDArray[np.bool_]) -> float:
    return float((one & other).sum() / (one | other).sum())


def bright(folder: Path, scores: tuple[float, float, float] = SURE_OF_BRIGHT) -> Sam:
    return Sam(sam_doubles.saved(folder, sam_doubles.bright_state(scores)))


def loop(left: float, top: float, right: float, bottom: float) -> Hint:
    return Hint("outline", ((left, top), (right, top), (right, bottom), (left, bottom)))


def test_a_random_network_keeps_the_contract(tmp_path: Path) -> None:
    check_engine(Sam(sam_doubles.saved(tmp_path, sam_doubles.random_state())))


def test_a_stroke_on_a_thing_becomes_the_thing_where_it_lies(tmp_path: Path) -> None:
    found = filled(rings(night((640, 230, 70)), Hint("stroke", ((610, 220), (660, 240)), 20), bright(tmp_path)))
    truth = disc(640, 230, 70)
    assert found[truth].mean() > 0.99
    assert iou(found, truth) > 0.9


def test_a_loop_around_a_thing_becomes_the_thing_at_the_edge_of_the_picture(tmp_path: Path) -> None:
    found = filled(rings(night((0, 560, 80)), loop(-10, 460, 100, 610), bright(tmp_path)))
    assert iou(found, disc(0, 560, 80)) > 0.9


def test_grey_and_sixteen_bits_are_cut_out_too(tmp_path: Path) -> None:
    grey = night((300, 300, 60)).astype(np.uint16)[:, :, :1] * 257
    assert iou(filled(rings(grey, loop(220, 220, 380, 380), bright(tmp_path))), disc(300, 300, 60)) > 0.9


def test_the_edge_is_that_of_the_picture_at_full_resolution(tmp_path: Path) -> None:
    found = cut_out(night((450, 300, 150)), loop(280, 130, 620, 470), bright(tmp_path))
    laid = np.zeros((600, 900), dtype=bool)
    x, y, width, height = found.box
    laid[y : y + height, x : x + width] = found.mask > 127
    assert iou(laid, disc(450, 300, 150)) > 0.97


def test_a_surer_answer_that_leaves_out_the_stroke_gives_way(tmp_path: Path) -> None:
    stroke = Hint("stroke", ((610, 220), (660, 240)), 20)
    found = filled(rings(night((640, 230, 70)), stroke, bright(tmp_path, SURE_OF_DARK)))
    assert iou(found, disc(640, 230, 70)) > 0.9


def test_an_answer_that_goes_far_beyond_the_loop_is_not_taken(tmp_path: Path) -> None:
    two = night((300, 300, 60), (460, 300, 60))
    assert rings(two, loop(230, 230, 370, 370), bright(tmp_path)) == []


def test_where_no_answer_agrees_there_are_no_rings(tmp_path: Path) -> None:
    only_the_third = sam_doubles.bright_state(SURE_OF_BRIGHT)
    for token in (1, 2):
        only_the_third[f"mask_decoder.output_hypernetworks_mlps.{token}.proj_out.bias"][:] = 0.0
    selector = Sam(sam_doubles.saved(tmp_path, only_the_third))
    assert rings(night((640, 230, 70)), Hint("stroke", ((610, 220), (660, 240)), 20), selector) == []


def test_a_stroke_is_told_as_points_along_its_middle() -> None:
    asked = prompted(Hint("stroke", ((0, 50), (100, 50)), 8), 200, 100, 1024)
    assert asked["input_points"][0, 0].tolist() == pytest.approx(
        np.array([[51.2, 512], [153.6, 512], [256, 512], [358.4, 512], [460.8, 512]])
    )
    assert asked["input_labels"].tolist() == [[[1, 1, 1, 1, 1]]]


@pytest.mark.parametrize(
    ("points", "place"), [(((40, 30),), [40, 30]), (((40, 30), (44, 30)), [42, 30]), (((-9, 30), (-9, 33)), [0, 31.5])]
)
def test_a_short_stroke_is_told_as_one_point_in_the_picture(points: Any, place: list[float]) -> None:
    asked = prompted(Hint("stroke", points, 20), 256, 256, 256)
    assert asked["input_points"].tolist() == [[[pytest.approx(place)]]]


def test_a_loop_is_told_as_its_box_inside_the_picture() -> None:
    asked = prompted(Hint("outline", ((-5, 20), (60, 10), (150, 99), (30, 40))), 101, 100, 1024)
    assert asked["input_boxes"].tolist() == [[pytest.approx([0, 102.4, 1013.861, 1013.76], rel=1e-4)]]
    assert set(asked) == {"input_boxes"}


def test_the_network_is_given_what_its_own_processor_would_give() -> None:
    down, across = np.mgrid[0:200, 0:300]
    picture = np.stack([across * 0.8, down * 1.2, 255 - across * 0.5], axis=2).astype(np.uint8)
    processor = Sam2Processor(Sam2ImageProcessor())
    given = processor(images=picture, input_points=[[[[60.0, 50.0]]]], return_tensors="pt")
    boxed = processor(images=picture, input_boxes=[[[30.0, 20.0, 240.0, 180.0]]], return_tensors="pt")
    stroke = prompted(Hint("stroke", ((60, 50),), 10), 300, 200, 1024)
    outline = prompted(loop(30, 20, 240, 180), 300, 200, 1024)
    assert stroke["input_points"].tolist() == [[[pytest.approx(given["input_points"][0, 0, 0].tolist())]]]
    assert outline["input_boxes"].tolist() == [[pytest.approx(boxed["input_boxes"][0, 0].tolist())]]
    assert float((sam._prepared(picture, 1024) - given["pixel_values"]).abs().max()) < 0.05


def test_its_memory_is_counted_and_given_back(tmp_path: Path) -> None:
    selector = bright(tmp_path)
    assert selector.size == 0
    selector.load()
    assert selector.size == 4 * sum(each.numel() for each in sam_doubles.config_parameters())
    selector.unload()
    assert selector.size == 0


def test_nothing_is_asked_of_the_network_around_us(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*args: Any) -> None:
        raise AssertionError("a worker talks to nobody")

    monkeypatch.setattr(socket.socket, "connect", refused)
    bright(tmp_path).load()


def test_the_parts_of_a_checkpoint_that_are_for_films_are_left_aside(tmp_path: Path) -> None:
    state = {**sam_doubles.bright_state(SURE_OF_BRIGHT), "memory_encoder.projection.weight": torch.ones(3)}
    Sam(sam_doubles.saved(tmp_path, state)).load()


def test_the_entry_of_the_catalogue_is_the_network_called_tiny(tmp_path: Path) -> None:
    entry = shipped()["sam2.1-hiera-tiny"]
    whole = Sam2VideoModel(Sam2VideoConfig())
    assert sum(each.numel() for each in whole.parameters()) == entry.parameters
    whole.save_pretrained(tmp_path)
    path = (tmp_path / "model.safetensors").rename(tmp_path / entry.file)
    assert abs(path.stat().st_size - entry.bytes) < 10_000  # the names of its tensors are the library's to change
    selector = Sam(replace(entry, file=str(path), sha256=""))
    selector.load()
    assert selector.size == 125_762_884


def spoilt(state: dict[str, torch.Tensor]) -> dict[str, dict[str, torch.Tensor]]:
    name = "mask_decoder.conv_s0.weight"
    return {
        "mask_decoder.conv_s0.weight": {key: value for key, value in state.items() if key != name},
        "params.first": {**state, "params.first": torch.ones(2)},
        "shape": {**state, name: torch.ones(7, 16, 1, 1)},
    }


@pytest.mark.parametrize("word", ["mask_decoder.conv_s0.weight", "params.first", "shape"])
def test_weights_of_another_network_are_refused(tmp_path: Path, word: str) -> None:
    state = spoilt(sam_doubles.random_state())[word]
    with pytest.raises(WeightsRefused) as caught:
        Sam(sam_doubles.saved(tmp_path, state)).load()
    assert caught.value.params["model"] == "small-sam"
    assert word in caught.value.params["detail"] or word == "shape"


def test_a_configuration_that_makes_no_sense_is_refused(tmp_path: Path) -> None:
    for told in ({"vision_config": {}}, {part: {"hidden_size": "many"} for part in sam.PARTS}):
        with pytest.raises(WeightsRefused):
            Sam(sam_doubles.saved(tmp_path, sam_doubles.random_state(), told)).load()


def test_a_pickle_is_not_opened(tmp_path: Path) -> None:
    path = tmp_path / "sam2.1_hiera_tiny.pt"
    torch.save(sam_doubles.random_state(), path)
    with pytest.raises(WeightsRefused) as caught:
        Sam(Model("own", "select", sam_doubles.ENGINE, file=str(path))).load()
    assert caught.value.params["detail"] == "weights of this kind are opened from .safetensors only"
