"""Erasers in ONNX files: what they are given is what they were trained on, and what they give goes into the hole."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.engines import onnx_doubles
from tests.engines.contract import check_engine
from tests.engines.onnx_doubles import COLOUR
from wagtail_restore.catalogue import Model, shipped
from wagtail_restore.engines.inpaint import OnnxEraser
from wagtail_restore.engines.pool import engine_class
from wagtail_restore.exceptions import WeightsRefused

SHADE = np.array([0.8, 0.4, 0.2], np.float32)


def eraser(path: Path) -> OnnxEraser:
    return OnnxEraser(Model("own", "erase", "wagtail_restore.engines.inpaint.OnnxEraser", file=str(path)))


def even(height: int, width: int) -> NDArray[np.float32]:
    return np.tile(SHADE, (height, width, 1))


def hole(height: int, width: int) -> NDArray[np.float32]:
    mask = np.zeros((height, width), np.float32)
    mask[height // 4 : height // 2, width // 4 : width // 2] = 1.0
    return mask


def test_lama_is_given_floats_and_a_mask_of_what_is_missing(tmp_path: Path) -> None:
    mask = hole(32, 32)
    filled = eraser(onnx_doubles.lama(tmp_path / "lama.onnx")).run(even(32, 32), mask)
    seen = float(SHADE.mean()) * (1 - 64 / 1024)
    assert np.allclose(filled[mask > 0], np.array(COLOUR) + seen / 2, atol=1e-4)
    assert np.array_equal(filled[mask == 0], even(32, 32)[mask == 0])


def test_what_was_there_does_not_reach_lama(tmp_path: Path) -> None:
    engine, mask = eraser(onnx_doubles.lama(tmp_path / "lama.onnx")), hole(32, 32)
    marked = even(32, 32)
    marked[mask > 0] = 1.0
    assert np.array_equal(engine.run(marked, mask)[mask > 0], engine.run(even(32, 32), mask)[mask > 0])


def test_migan_is_given_bytes_and_a_mask_of_what_is_known(tmp_path: Path) -> None:
    mask = hole(40, 24)
    filled = eraser(onnx_doubles.migan(tmp_path / "migan.onnx")).run(even(40, 24), mask)
    assert np.abs(filled[mask > 0] - np.array(COLOUR)).max() < 1.01 / 255
    assert np.array_equal(filled[mask == 0], even(40, 24)[mask == 0])


@pytest.mark.parametrize("size", [(1, 1), (20, 9), (33, 70), (200, 60)])
def test_any_size_is_brought_to_that_of_the_network_and_back(tmp_path: Path, size: tuple[int, int]) -> None:
    mask = np.zeros(size, np.float32)
    mask[: (size[0] + 1) // 2] = 1.0
    filled = eraser(onnx_doubles.lama(tmp_path / "lama.onnx")).run(even(*size), mask)
    assert filled.shape == (*size, 3)
    # Where only half of it is seen, or nothing, the mean of what is seen is less.
    deep = filled[: size[0] // 4] if size[0] > 8 else filled[:1]
    assert (deep[..., 2] - deep[..., 0] > 0.39).all()
    assert np.array_equal(filled[mask == 0], even(*size)[mask == 0])


@pytest.mark.parametrize("make", [onnx_doubles.lama, onnx_doubles.migan])
def test_they_keep_the_contract(tmp_path: Path, make: object) -> None:
    assert callable(make)
    check_engine(eraser(make(tmp_path / "own.onnx")))


def test_the_side_is_the_files_own_where_it_names_one(tmp_path: Path) -> None:
    fixed, open_ = eraser(onnx_doubles.lama(tmp_path / "a.onnx", 64)), eraser(onnx_doubles.migan(tmp_path / "b.onnx"))
    for engine in (fixed, open_):
        engine.load()
    assert (fixed.capabilities.side, open_.capabilities.side) == (64, 512)


def test_a_file_that_is_no_network_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.onnx").write_bytes(b"no network at all")
    with pytest.raises(WeightsRefused):
        eraser(tmp_path / "x.onnx").load()


def test_a_network_with_other_inputs_is_refused_and_they_are_named(tmp_path: Path) -> None:
    engine = eraser(onnx_doubles.lama(tmp_path / "x.onnx", mask="hint"))
    with pytest.raises(WeightsRefused, match=r"image tensor\(float\), hint tensor\(float\)"):
        engine.load()


@pytest.mark.parametrize("alias", ["lama", "migan"])
def test_the_catalogue_names_this_engine(alias: str) -> None:
    assert engine_class(shipped()[alias]) is OnnxEraser
