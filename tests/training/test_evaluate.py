"""Measuring weights against bicubic, on pictures made here."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

np = pytest.importorskip("numpy")
pytest.importorskip("torch")
pytest.importorskip("skimage")
pytest.importorskip("spandrel")

from PIL import Image  # noqa: E402

from training import evaluate  # noqa: E402
from training.checkpoint import export  # noqa: E402
from training.network import Compact  # noqa: E402


@pytest.fixture
def sets(tmp_path: Path) -> Path:
    folder = tmp_path / "sets" / "Kodak24" / "HR"
    folder.mkdir(parents=True)
    noise = np.random.default_rng(1).integers(0, 256, (20, 20, 3), dtype=np.uint8)
    Image.fromarray(noise).resize((82, 70)).save(folder / "01.png")
    return tmp_path / "sets"


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    export(Compact(features=28, depth=1, scale=4).state_dict(), tmp_path / "start.safetensors", {})
    return tmp_path / "start.safetensors"


def test_a_network_that_starts_as_bicubic_gains_nothing(
    sets: Path, weights: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert evaluate.main([str(weights), "--sets", str(sets), "--only", "Kodak24", "--json"]) == 0
    clean, damaged = json.loads(capsys.readouterr().out)
    assert (clean["set"], clean["input"], clean["pictures"]) == ("Kodak24", "clean", 1)
    assert (damaged["input"], damaged["network"]["psnr"] < clean["network"]["psnr"]) == ("JPEG 75", True)
    # only how the picture goes on beyond its border tells it from Pillow's bicubic
    assert clean["network"]["psnr"] == pytest.approx(clean["bicubic"]["psnr"], abs=0.2)
    assert clean["network"]["gmsd"] == pytest.approx(clean["bicubic"]["gmsd"], abs=0.005)


def test_sides_that_do_not_divide_are_cut(sets: Path) -> None:
    ((low, high),) = evaluate.pairs("Kodak24", sets, 4)
    assert (low.shape, high.shape) == ((17, 20, 3), (68, 80, 3))


def test_drawings_need_no_folder_and_are_the_same_each_time() -> None:
    first, again = (next(evaluate.pairs("drawings", Path(), 2)) for _ in range(2))
    assert [picture.shape for picture in first] == [(128, 128, 3), (256, 256, 3)]
    assert np.array_equal(first[1], again[1])
    assert sum(1 for _ in evaluate.pairs("drawings", Path(), 4)) == 48


def test_small_pictures_of_the_set_are_used_where_it_has_them(tmp_path: Path) -> None:
    for side, size in (("HR", 32), ("LR", 8)):
        folder = tmp_path / "Set5" / "x4" / side
        folder.mkdir(parents=True)
        Image.new("L", (size, size), 77).save(folder / "a.png")
    ((low, high),) = evaluate.pairs("Set5", tmp_path, 4)
    assert (low.shape, high.shape, low[0, 0].tolist()) == ((8, 8, 3), (32, 32, 3), [77, 77, 77])


def test_a_set_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="no pictures of Set14"):
        evaluate.measure("Set14", tmp_path, 4, lambda low: low, damaged=False)


def test_the_table_shows_the_gain_with_its_sign() -> None:
    bicubic = {"psnr": 28.4312, "ssim": 0.81, "gmsd": 0.09, "haarpsi": 0.8}
    network = {"psnr": 29.6, "ssim": 0.84567, "gmsd": 0.07, "haarpsi": 0.9}
    row = evaluate.Figures("Set5", "clean", 5, bicubic, network)
    expected = "| Set5 (5) | clean | 28.43 → 29.60 | +1.17 | 0.8100 → 0.8457 | 0.0900 → 0.0700 | 0.8000 → 0.9000 |"
    assert evaluate.as_table([row]).splitlines()[2] == expected
