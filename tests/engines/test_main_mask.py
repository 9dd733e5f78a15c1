"""The mask that the command is given: which of its pixels count, and what is said of one that does not fit."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.engines.test_main import write
from wagtail_restore.engines.__main__ import main

SIZE = (48, 36)
SHAPE = np.zeros(SIZE[::-1], bool)
SHAPE[8:17, 18:27] = True


def erased(folder: Path, capsys: pytest.CaptureFixture[str], mask: Image.Image) -> tuple[int, Any, str]:
    """The exit status, the report and what was said, of an erase with this mask."""
    mask.save(folder / "mask.png")
    words = ["erase", str(write(folder / "in.png", SIZE)), str(folder / "out.png"), "--model", "classic", "--json"]
    status = main([*words, "--mask", str(folder / "mask.png")])
    out, err = capsys.readouterr()
    return status, json.loads(out) if out else None, err


def area(folder: Path, capsys: pytest.CaptureFixture[str], mask: Image.Image) -> float:
    _, report, _ = erased(folder, capsys, mask)
    return float(report.get("area", 0.0))


def layer(colour: tuple[int, int, int], opaque: Any = SHAPE) -> Image.Image:
    made = Image.new("RGBA", SIZE, (*colour, 0))
    made.putalpha(Image.fromarray(opaque.astype(np.uint8) * 255))
    return made


@pytest.mark.parametrize("colour", [(0, 0, 0), (255, 255, 255), (200, 30, 30)])
def test_a_layer_painted_in_one_colour_erases_what_it_covers(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], colour: tuple[int, int, int]
) -> None:
    plain = area(tmp_path, capsys, Image.fromarray(SHAPE.astype(np.uint8) * 255))
    assert 0.04 < plain < 0.15
    assert area(tmp_path, capsys, layer(colour)) == plain


def test_what_is_bright_under_full_transparency_is_left_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    opaque = np.ones_like(SHAPE)
    opaque[:, :10] = False
    pixels = np.where(SHAPE | ~opaque, 255, 0).astype(np.uint8)
    mask = Image.fromarray(np.dstack([pixels, pixels, pixels, opaque.astype(np.uint8) * 255]))
    plain = area(tmp_path, capsys, Image.fromarray(SHAPE.astype(np.uint8) * 255))
    assert area(tmp_path, capsys, mask) == plain


def test_a_mask_of_everything_is_refused_with_what_to_do(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, report, told = erased(tmp_path, capsys, Image.new("L", SIZE, 255))
    assert (status, report) == (1, None)
    assert "nothing is left of it to go on from.\nleave some of it unmarked" in told
    assert not (tmp_path / "out.png").exists()
