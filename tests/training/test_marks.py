"""Made-up marks to learn from: laid over, part of the scene, or neither; the same from the same seed."""

from __future__ import annotations

import pytest

np = pytest.importorskip("numpy")
pytest.importorskip("cv2")

from training.marks import draw  # noqa: E402

GROUND = np.full((128, 128, 3), 120, np.uint8)


def several(count: int) -> list:
    return [draw(GROUND, (), np.random.default_rng([5, number])) for number in range(count)]


def test_most_patches_have_a_mark_and_some_have_none() -> None:
    marked = [bool(cover.any()) for _, cover, _ in several(60)]
    assert 25 < sum(marked) < 55


def test_a_mark_changes_the_picture_where_it_covers_it_and_asks_only_there() -> None:
    for pixels, cover, asked in several(30):
        changed = np.abs(pixels.astype(int) - 120).max(axis=2)
        visible = (cover > 0.5) & asked
        if visible.sum() > 50:
            assert np.median(changed[visible]) >= 3


def test_writing_in_the_scene_is_no_mark() -> None:
    written = [pixels for pixels, cover, _ in several(60) if not cover.any() and np.ptp(pixels) > 120]
    assert written, "some patches without a mark have solid writing in them"


def test_the_same_seed_draws_the_same_patch() -> None:
    one, other = (draw(GROUND, (), np.random.default_rng(9)) for _ in range(2))
    assert all((a == b).all() for a, b in zip(one, other, strict=True))
