"""Patches cut once from photographs, and the pairs drawn from them."""

from __future__ import annotations

from pathlib import Path

import pytest

np = pytest.importorskip("numpy")

from PIL import Image  # noqa: E402

from training.data import Mixture, batch, open_patches  # noqa: E402
from training.degradation import Damage  # noqa: E402

CLEAN = Damage(jpeg_share=0, filters=(1, 0, 0))


@pytest.fixture
def photographs(tmp_path: Path) -> Path:
    folder = tmp_path / "photographs"
    folder.mkdir()
    for number, size in enumerate([(300, 300), (600, 520), (100, 400)]):
        noise = np.random.default_rng(number).integers(0, 256, (30, 30, 3), dtype=np.uint8)
        Image.fromarray(noise).resize(size).save(folder / f"{number}.png")
    return folder


def test_held_out_photographs_are_not_trained_on(photographs: Path, tmp_path: Path) -> None:
    patches = open_patches(photographs, tmp_path / "cache", seed=1)
    # 0.png is held out: two places of four (the flattest fall). Of 1.png: five of nine, and two of four at half size
    assert patches.valid.shape == (2, 256, 256, 3)
    assert patches.train.shape == (7, 256, 256, 3)


def test_patches_are_cut_only_once(photographs: Path, tmp_path: Path) -> None:
    open_patches(photographs, tmp_path / "cache", seed=1)
    (stored,) = (tmp_path / "cache").glob("*/train.npy")
    before = stored.stat().st_mtime_ns
    open_patches(photographs, tmp_path / "cache", seed=1)
    assert stored.stat().st_mtime_ns == before


def test_other_photographs_get_patches_of_their_own(photographs: Path, tmp_path: Path) -> None:
    open_patches(photographs, tmp_path / "cache", seed=1)
    (photographs / "1.png").rename(photographs / "3.png")
    open_patches(photographs, tmp_path / "cache", seed=1)
    assert len(list((tmp_path / "cache").iterdir())) == 2


@pytest.mark.parametrize("scale", [2, 4])
def test_a_pair_shows_the_same_place(scale: int) -> None:
    ramp = np.linspace(0, 255, 256)
    patch = np.stack([np.add.outer(ramp, ramp) / 2, np.tile(ramp, (256, 1)), np.tile(ramp[:, None], 256)], axis=2)
    patches = np.round(patch).astype(np.uint8)[None]
    rng = np.random.default_rng(3)
    low, high = batch(patches, count=16, side=16, scale=scale, damage=CLEAN, rng=rng)
    assert low.shape == (16, 3, 16, 16)
    assert high.shape == (16, 3, 16 * scale, 16 * scale)
    means = high.reshape(16, 3, 16, scale, 16, scale).mean(axis=(3, 5))
    assert np.abs(means - low).max() < 0.01


def test_grain_is_part_of_the_large_picture_and_what_it_leaves_of_the_small_one() -> None:
    patches = np.full((1, 256, 256, 3), 128, np.uint8)
    damage = Damage(jpeg_share=0, filters=(0, 0, 1), grain_share=1.0, grain=(8.0, 8.0))
    low, high = batch(patches, count=4, side=16, scale=4, damage=damage, rng=np.random.default_rng(3))
    assert 4 < high.std() * 255 < 8
    means = high.reshape(4, 3, 16, 4, 16, 4).mean(axis=(3, 5))
    assert np.abs(means - low).max() < 0.01


def test_patches_are_of_several_sizes_and_reach_the_borders(tmp_path: Path) -> None:
    picture = np.random.default_rng(2).integers(0, 255, (600, 1100, 3), np.uint8)
    picture[-1], picture[:, -1] = 255, 255
    folder = tmp_path / "photographs"
    folder.mkdir()
    Image.fromarray(picture[:256, :256]).save(folder / "held out.png")
    Image.fromarray(picture).save(folder / "one.png")
    train = open_patches(folder, tmp_path / "cache", seed=1).train
    assert len(train) == 6 + 4, "of 15 places the liveliest, at most six; of six at half size the livelier ones"
    assert any((np.asarray(patch)[-1] == 255).all() for patch in train)


def test_the_same_seed_draws_the_same_pairs() -> None:
    patches = np.random.default_rng(1).integers(0, 256, (2, 256, 256, 3), dtype=np.uint8)
    drawn = [batch(patches, count=2, side=16, scale=4, damage=Damage(), rng=np.random.default_rng(4)) for _ in range(2)]
    assert np.array_equal(drawn[0][0], drawn[1][0])
    assert np.array_equal(drawn[0][1], drawn[1][1])


def test_every_third_of_a_mixture_is_of_the_second_kind() -> None:
    photographs, drawings = np.arange(5), np.array([90, 91])
    mixture = Mixture(photographs, drawings, 3)
    assert [int(mixture[index]) for index in range(len(mixture))] == [90, 0, 1, 91, 2, 3]
