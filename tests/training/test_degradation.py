"""What a picture goes through before the network sees it."""

from __future__ import annotations

import pytest

np = pytest.importorskip("numpy")

from training.degradation import (  # noqa: E402
    CLEAN,
    FILTERS,
    LINE_ART,
    PHOTOGRAPHS,
    Damage,
    Pixels,
    blurred,
    degrade,
    jpeg,
    jpeg_aside,
    noisy,
    palette,
    shrink,
)


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


def test_every_damage_to_line_art_keeps_the_size(picture: Pixels) -> None:
    for seed in range(40):
        low = degrade(picture, 2, LINE_ART, np.random.default_rng(seed))
        assert low.shape == (32, 48, 3)


@pytest.mark.parametrize("damage", [CLEAN, PHOTOGRAPHS, LINE_ART])
def test_each_preset_damages_in_the_same_way_twice(picture: Pixels, damage: Damage) -> None:
    for seed in range(20):
        one, other = (degrade(picture, 2, damage, np.random.default_rng(seed)) for _ in range(2))
        assert np.array_equal(one, other)


def test_clean_is_plain_bicubic(picture: Pixels) -> None:
    assert np.array_equal(degrade(picture, 4, CLEAN, np.random.default_rng(3)), shrink(picture, 4))


def test_shares_of_nothing_change_no_other_choice(picture: Pixels) -> None:
    low = degrade(picture, 2, Damage(), np.random.default_rng(5))
    rng = np.random.default_rng(5)
    chosen = FILTERS[int(rng.choice(3, p=(0.8, 0.1, 0.1)))]
    expected = shrink(picture, 2, chosen)
    if rng.random() < 0.5:
        expected = jpeg(expected, int(rng.integers(30, 96)), full_chroma=bool(rng.random() < 0.2))
    assert np.array_equal(low, expected)


def test_blur_spreads_a_point_by_its_deviation() -> None:
    point = np.zeros((65, 65, 3), np.uint8)
    point[32, 32] = 255
    wide = blurred(np.repeat(np.repeat(point, 3, axis=0), 3, axis=1), 6.0).astype(float)[..., 0]
    places = np.arange(195) - 97
    assert abs(np.sqrt((wide.sum(axis=0) * places**2).sum() / wide.sum()) - 6.0) < 0.8


def test_noise_is_stronger_in_the_light() -> None:
    dark, light = (np.full((128, 128, 3), level, np.uint8) for level in (30, 200))
    rng = np.random.default_rng(1)
    assert abs(noisy(dark, 8.0, rng).std() - 8 * np.sqrt(0.1 + 0.9 * 30 / 255)) < 0.3
    assert abs(noisy(light, 8.0, rng).std() - 8 * np.sqrt(0.1 + 0.9 * 200 / 255)) < 0.3


def test_a_cropped_jpeg_has_its_blocks_elsewhere() -> None:
    ramp = np.repeat(np.tile(np.linspace(100, 160, 64).round().astype(np.uint8), (64, 1))[..., None], 3, axis=2)

    def edges(picture: Pixels) -> set[int]:
        steps = np.abs(np.diff(picture[32, :, 0].astype(int)))
        return set((np.nonzero(steps > 10)[0] % 8).tolist())

    assert edges(jpeg(ramp, 5)) == {7}
    assert edges(jpeg_aside(ramp, 5, 0, 3)) == {4}


def test_a_palette_has_no_more_colours_than_asked(picture: Pixels) -> None:
    few = palette(picture, 12)
    assert len(np.unique(few.reshape(-1, 3), axis=0)) <= 12


def test_about_the_asked_share_has_a_palette(picture: Pixels) -> None:
    rng = np.random.default_rng(1)
    damage = Damage(jpeg_share=0, filters=(1,), palette_share=0.3, colours=(8, 8))
    few = sum(len(np.unique(degrade(picture, 2, damage, rng).reshape(-1, 3), axis=0)) <= 8 for _ in range(200))
    assert 40 <= few <= 80
