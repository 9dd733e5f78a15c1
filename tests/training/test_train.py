"""The training script runs, goes on where it stopped, and leaves weights that spandrel opens."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

np = pytest.importorskip("numpy")
torch = pytest.importorskip("torch")
pytest.importorskip("skimage")
spandrel = pytest.importorskip("spandrel")
safetensors = pytest.importorskip("safetensors.torch")

from PIL import Image  # noqa: E402

from training import checkpoint, train  # noqa: E402
from training.data import open_patches  # noqa: E402


@pytest.fixture
def photographs(tmp_path: Path) -> Path:
    folder = tmp_path / "photographs"
    folder.mkdir()
    for number in range(2):
        noise = np.random.default_rng(number).integers(0, 256, (40, 40, 3), dtype=np.uint8)
        Image.fromarray(noise).resize((320, 300)).save(folder / f"{number}.png")
    return folder


def run(
    photographs: Path, tmp_path: Path, *, steps: int, scale: int = 4, name: str = "first", more: Sequence[str] = ()
) -> int:
    sizes = ["--features", "28", "--depth", "1", "--count", "2", "--side", "16", "--save-every", "1"]
    places = ["--photographs", str(photographs), "--runs", str(tmp_path / "runs"), "--name", name]
    return train.main([*places, "--scale", str(scale), "--steps", str(steps), *sizes, *more])


def test_two_steps_leave_weights_that_spandrel_opens(photographs: Path, tmp_path: Path) -> None:
    assert run(photographs, tmp_path, steps=2) == 0
    weights = safetensors.load_file(tmp_path / "runs" / "first" / "compact-x4.safetensors")
    model = spandrel.ModelLoader(device="cpu").load_from_state_dict(weights)
    assert (model.architecture.id, model.scale) == ("Compact", 4)


def test_a_second_start_goes_on_after_the_last_step(
    photographs: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", logger="training")
    run(photographs, tmp_path, steps=1)
    run(photographs, tmp_path, steps=2)
    assert "going on after step 1" in caplog.text
    assert checkpoint.load(tmp_path / "runs" / "first" / "checkpoint.pt").step == 2


def test_another_recipe_does_not_go_on_in_the_same_folder(photographs: Path, tmp_path: Path) -> None:
    run(photographs, tmp_path, steps=1)
    with pytest.raises(ValueError, match=r"checkpoint\.pt is of another recipe; give this training another --name"):
        run(photographs, tmp_path, steps=2, more=["--damage", "clean"])


def test_an_interrupted_training_ends_as_one_that_was_not(photographs: Path, tmp_path: Path) -> None:
    recipe = train.Recipe(scale=4, steps=4, features=28, depth=1, count=2, side=16, warm_up=0)
    patches = open_patches(photographs, tmp_path / "patches", seed=1)
    whole = train.train(recipe, patches, tmp_path / "whole")
    assert train.train(recipe, patches, tmp_path / "halves", until=2).step == 2
    ended = train.train(recipe, patches, tmp_path / "halves")

    for name, value in whole.average.items():
        torch.testing.assert_close(ended.average[name], value)


def test_a_times_two_network_starts_from_the_times_four_body(photographs: Path, tmp_path: Path) -> None:
    run(photographs, tmp_path, steps=1)
    start = tmp_path / "runs" / "first" / "compact-x4.safetensors"
    run(photographs, tmp_path, steps=0, scale=2, name="second", more=["--start", str(start)])
    run(photographs, tmp_path, steps=1, scale=2, name="second", more=["--start", str(start)])
    weights = safetensors.load_file(tmp_path / "runs" / "second" / "compact-x2.safetensors")
    assert weights["body.4.weight"].shape == (12, 28, 3, 3)


def test_a_folder_without_photographs_is_refused(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(FileNotFoundError, match="no photograph of at least 256"):
        run(tmp_path / "empty", tmp_path, steps=1)
