"""What a picture goes through before the network sees it."""

from __future__ import annotations

import pytest

np = pytest.importorskip("numpy")

from training.degradation import Damage, Pixels, degrade, jpeg, shrink  # noqa: E402


@pytest.fixture
def picture() -> Pixels:
    picture: Pixels = np.random.default_rng(1).integers(0, 256, (64, 96, 3), dtype=np.uint8)
    return picture


@pytest.mark.parametrize("scale", [2, 4])
@pytest.mark.parametrize("share", [0.0, 1.0])
def test_sides_are_divided_by_the_scale(picture: Pixels, scale: int, share: float) -> None:
    low = degrade(picture, scale, Damage(jpeg_share=share), np.random.default_rng(1))
    assert (low.shape, low.dtype) == ((64 // scale, 96 // scale, 3), np.uint8)


def test_without_damage_it_is_plain_bicubic(picture: Pixels) -> None:
    clean = Damage(jpeg_share=0, filters=(1, 0, 0))
    assert np.array_equal(degrade(picture, 4, clean, np.random.default_rng(1)), shrink(picture, 4))


def test_a_lower_quality_is_further_from_the_original(picture: Pixels) -> None:
    errors = [np.abs(jpeg(picture, quality).astype(int) - picture).mean() for quality in (95, 75, 30)]
    assert errors == sorted(errors)
    assert errors[0] > 0


def test_about_the_asked_share_is_saved_as_jpeg(picture: Pixels) -> None:
    rng = np.random.default_rng(1)
    damage = Damage(jpeg_share=0.5, filters=(1, 0, 0))
    clean = sum(np.array_equal(degrade(picture, 4, damage, rng), shrink(picture, 4)) for _ in range(200))
    assert 70 <= clean <= 130


def test_the_same_seed_damages_in_the_same_way(picture: Pixels) -> None:
    one, other = (degrade(picture, 2, Damage(), np.random.default_rng(5)) for _ in range(2))
    assert np.array_equal(one, other)
