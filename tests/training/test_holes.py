"""Holes to learn from: of every shape, never empty, never too large, the same from the same seed."""

from __future__ import annotations

from pathlib import Path

import pytest

np = pytest.importorskip("numpy")
cv2 = pytest.importorskip("cv2")

from training.holes import draw, fonts_in  # noqa: E402


def several(count: int) -> list:
    return [draw(256, (), np.random.default_rng([5, number])) for number in range(count)]


def test_every_hole_leaves_most_of_the_picture() -> None:
    shares = [float(hole.mean()) for hole in several(40)]
    assert min(shares) > 0.005
    assert max(shares) < 0.34


def test_there_are_thin_and_deep_ones() -> None:
    depths = [float(cv2.distanceTransform(hole.astype(np.uint8), cv2.DIST_L2, 5).max()) for hole in several(40)]
    assert min(depths) < 6
    assert max(depths) > 20


def test_the_same_seed_draws_the_same_hole() -> None:
    one, other = (draw(128, (), np.random.default_rng(9)) for _ in range(2))
    assert (one == other).all()


def test_only_scalable_fonts_are_taken(tmp_path: Path) -> None:
    for name in ("b.otf", "a.TTF", "readme.txt"):
        (tmp_path / name).touch()
    assert [path.name for path in fonts_in(tmp_path)] == ["a.TTF", "b.otf"]
