"""Fills are made and kept, the network that corrects them trains, goes on where it stopped, and leaves weights."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

np = pytest.importorskip("numpy")
torch = pytest.importorskip("torch")
pytest.importorskip("skimage")
pytest.importorskip("piq")
safetensors = pytest.importorskip("safetensors.torch")

from PIL import Image  # noqa: E402

from training import fills, refine  # noqa: E402
from wagtail_restore.engines.refiner import Refiner  # noqa: E402


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("fills")
    photographs = root / "photographs"
    photographs.mkdir()
    for number in range(2):
        noise = np.random.default_rng(number).integers(0, 256, (40, 40, 3), dtype=np.uint8)
        Image.fromarray(noise).resize((320, 300)).save(photographs / f"{number}.png")
    place = ["--photographs", str(photographs), "--cache", str(root)]
    assert fills.main([*place, "--shards", "1", "--pictures", "2"]) == 0
    return root


def test_a_fill_differs_from_what_was_there_in_the_hole_alone(cache: Path) -> None:
    shards, valid = fills.open_shards(cache)
    assert len(shards) == 1
    for shard in (*shards, valid):
        assert shard.true.shape == shard.filled.shape == (2, 256, 256, 3)
        changed = (shard.true != shard.filled).any(axis=3)
        assert changed.any()
        assert not (changed & ~shard.hole).any()


def test_two_steps_leave_weights_and_a_later_start_goes_on(cache: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", logger="training")
    run = ["--runs", str(cache), "--name", "run", "--every", "1"]
    assert refine.main([*run, "--steps", "1"]) == 0
    assert refine.main([*run, "--steps", "2"]) == 0
    assert "going on after step 1" in caplog.text
    weights = safetensors.load_file(cache / "run" / "erase-compact.safetensors")
    Refiner().load_state_dict({name: value.float() for name, value in weights.items()})
    assert (cache / "run" / "erase-compact.safetensors").stat().st_size < 12_000_000


def test_squares_are_cut_where_the_hole_is_and_laid_down_alike(cache: Path) -> None:
    shards, _ = fills.open_shards(cache)
    high, low, hole = refine.batch(shards, 64, 6, np.random.default_rng(2))
    assert high.shape == low.shape == (6, 3, 64, 64)
    assert hole.shape == (6, 1, 64, 64)
    unlike = (high != low).any(dim=1, keepdim=True)
    assert not (unlike & (hole == 0)).any()
    assert hole.mean() > 0.05


def test_an_untrained_network_gives_the_fill_it_was_given() -> None:
    fill = torch.rand(1, 3, 32, 40)
    hole = (torch.rand(1, 1, 32, 40) > 0.5).float()
    assert torch.equal(Refiner()(fill, hole), fill)


def test_a_network_changes_nothing_outside_the_hole() -> None:
    network = Refiner()
    torch.nn.init.normal_(network.leave.weight, std=0.1)
    fill = torch.rand(1, 3, 32, 40)
    hole = torch.zeros(1, 1, 32, 40)
    hole[:, :, 8:16, 8:24] = 1
    made = network(fill, hole)
    assert torch.equal(made * (1 - hole), fill * (1 - hole))
    assert (made - fill).abs().max() > 0.01


def test_what_was_smoothed_costs_more_than_what_is_only_moved() -> None:
    true = torch.rand(1, 1, 64, 64)
    hole = torch.zeros(1, 1, 64, 64)
    hole[:, :, 16:48, 16:48] = 1
    smooth = torch.where(hole > 0, true.mean(), true)
    brighter = torch.where(hole > 0, true * 0.9 + 0.05, true)
    same, flat, near = (float(refine._unlike(made, true, hole)[0]) for made in (true, smooth, brighter))
    assert same < 1e-6 and near < 0.02
    assert flat > 0.5


def test_what_lies_outside_the_hole_costs_nothing() -> None:
    true = torch.rand(1, 1, 64, 64)
    hole = torch.zeros(1, 1, 64, 64)
    hole[:, :, 8:24, 8:24] = 1
    elsewhere = true.clone()
    elsewhere[:, :, 32:, 32:] = 0
    assert float(refine._unlike(elsewhere, true, hole)[0]) < 1e-6


def test_likeness_of_slopes_is_part_of_the_recipe(cache: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", logger="training")
    run = ["--runs", str(cache), "--name", "steep", "--every", "1", "--steps", "1", "--contrasts", "0.5"]
    assert refine.main(run) == 0
    assert "GMSD" in caplog.text


def box_of(left: int, top: int, width: int, height: int) -> Any:
    """A hole of this box in a square of 64 pixels."""
    hole = torch.zeros(1, 1, 64, 64)
    hole[:, :, top : top + height, left : left + width] = 1
    return hole


def test_slopes_cost_their_share_beside_those_of_the_classical_fill() -> None:
    true, hole = torch.rand(1, 3, 64, 64, generator=torch.Generator().manual_seed(3)), box_of(10, 30, 40, 4)
    classical = torch.where(hole > 0, true.mean(), true)
    usual = float(refine._unlike(refine._grey(classical), refine._grey(true), hole))
    assert usual > 0.1
    without, shared = refine.Recipe(1), refine.Recipe(1, contrasts=0.5)

    def costs(made: Any) -> float:
        plain, all_ = (float(refine._loss(made, classical, true, hole, recipe)) for recipe in (without, shared))
        return all_ - plain

    assert float(refine._loss(classical, classical, true, hole, without)) == pytest.approx(2.3)
    assert costs(classical) == pytest.approx(0.5), "as bad as before costs the whole share"
    assert costs(true) == pytest.approx(0.5 * 0.001 / (usual + 0.001), abs=1e-5), "what is right costs next to nothing"


def test_of_a_broad_hole_slopes_count_for_no_more_than_its_rim() -> None:
    holes = torch.cat([box_of(8, 8, 48, 12), box_of(8, 8, 40, 40)])
    # The 28 × 28 pixels in the middle of the second lie more than six from its border.
    assert refine._narrowness(holes).tolist() == pytest.approx([1.0, 1 - 28 * 28 / (40 * 40 + 1)])
    true = torch.rand(1, 3, 64, 64, generator=torch.Generator().manual_seed(3))
    classical = torch.where(holes[1:] > 0, true.mean(), true)
    losses = [
        float(refine._loss(classical, classical, true, holes[1:], refine.Recipe(1, contrasts=share)))
        for share in (0.0, 1.0)
    ]
    assert losses[1] - losses[0] == pytest.approx(817 / 1601, abs=1e-5)
