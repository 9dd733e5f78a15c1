"""Drawings made up to train on."""

from __future__ import annotations

from pathlib import Path

import pytest

np = pytest.importorskip("numpy")

from training.drawings import draw, open_drawings  # noqa: E402
from training.drawings.canvas import Canvas  # noqa: E402
from training.drawings.geometry import brushed, polygon, smooth  # noqa: E402
from training.drawings.patterns import gradient, hatching, screentone  # noqa: E402

WHITE, BLACK, RED = (255, 255, 255), (0, 0, 0), (255, 0, 0)
BAR = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24">'
    '<path stroke="currentColor" stroke-width="4" d="M0 12H24"/></svg>'
)


def share(mask) -> float:  # type: ignore[no-untyped-def]
    """How much of a canvas a mask covers."""
    return float(np.asarray(mask).mean() / 255)


def test_the_same_seed_draws_the_same() -> None:
    for seed in range(12):
        one, other = (draw(np.random.default_rng([7, seed])) for _ in range(2))
        assert (one.shape, one.dtype) == ((256, 256, 3), np.uint8)
        assert np.array_equal(one, other)


def test_seeds_draw_different_things_and_little_is_empty() -> None:
    drawn = [draw(np.random.default_rng([1, seed]), 128) for seed in range(30)]
    assert len({picture.tobytes() for picture in drawn}) == 30
    assert sum(picture.std() > 10 for picture in drawn) >= 25


def test_about_a_third_is_without_colour() -> None:
    drawn = [draw(np.random.default_rng([2, seed]), 96) for seed in range(120)]
    grey = sum(np.ptp(picture.astype(int), axis=2).max() == 0 for picture in drawn)
    assert 15 <= grey <= 50


def test_a_box_on_whole_pixels_has_no_soft_edge() -> None:
    canvas = Canvas(16, WHITE)
    canvas.box((4, 4, 12, 12), RED)
    expected = np.full((16, 16, 3), 255, np.uint8)
    expected[4:12, 4:12] = RED
    assert np.array_equal(canvas.picture(np.random.default_rng(0), exact=True), expected)


def test_a_line_one_pixel_wide_darkens_one_row() -> None:
    canvas = Canvas(16, WHITE)
    canvas.stroke(np.array([[0.0, 8.5], [16.0, 8.5]]), BLACK, 1.0)
    rows = canvas.picture(np.random.default_rng(0), exact=True)[:, 4:12, 0].mean(axis=1)
    assert 255 - rows[8] > 180
    assert (255 - rows[[6, 10]]).max() == 0


def test_turned_letters_stay_where_they_were_put() -> None:
    canvas = Canvas(64, WHITE)
    canvas.letter("HHHHHH", (32, 32), 10, BLACK, angle=90)
    rows, columns = np.nonzero(canvas.picture(np.random.default_rng(0), exact=True)[..., 0] < 128)
    assert np.ptp(rows) > 2 * np.ptp(columns)
    assert abs(rows.mean() - 32) < 3
    assert abs(columns.mean() - 32) < 3


def test_a_curve_goes_through_its_corners() -> None:
    corners = np.array([[0.0, 0.0], [4.0, 8.0], [9.0, 3.0]])
    assert np.allclose(smooth(corners, closed=False, steps=5)[::5], corners)
    assert np.allclose(smooth(corners, closed=True, steps=5)[::5], corners)


def test_a_brush_stroke_is_widest_in_the_middle() -> None:
    line = np.stack([np.linspace(0, 10, 11), np.zeros(11)], axis=1)
    outline = brushed(line, 4.0, thinnest=0.5)
    widths = outline[:11, 1] - outline[::-1][:11, 1]
    assert np.allclose(widths[[0, 5, 10]], [2.0, 4.0, 2.0])


def test_a_star_has_twice_the_corners() -> None:
    assert polygon(np.zeros(2), 1.0, corners=5).shape == (5, 2)
    star = np.linalg.norm(polygon(np.zeros(2), 1.0, corners=5, waist=0.4), axis=1)
    assert np.allclose(star, [1, 0.4] * 5)


@pytest.mark.parametrize("covered", [0.2, 0.5, 0.8])
def test_screentone_covers_about_its_share(covered: float) -> None:
    assert abs(share(screentone(64, pitch=8, share=covered, angle=0.6)) - covered) < 0.12


def test_hatching_covers_width_by_pitch() -> None:
    lines = hatching(np.random.default_rng(0), 64, pitch=8, width=2, angle=0.0)
    assert abs(share(lines) - 0.25) < 0.05


def test_a_gradient_runs_from_nothing_to_all() -> None:
    row = np.asarray(gradient(16, angle=0.0, start=0.25, end=0.75))[0]
    assert (row[0], row[-1]) == (0, 255)
    assert abs(int(row[32]) - 128) < 8


def test_drawings_are_kept_and_held_out_ones_are_others(tmp_path: Path) -> None:
    patches = open_drawings(tmp_path, seed=3, count=20)
    assert patches.train.shape == (20, 256, 256, 3)
    assert patches.valid.shape == (1, 256, 256, 3)
    assert patches.valid[0].tobytes() not in {patch.tobytes() for patch in patches.train}
    (stored,) = tmp_path.glob("*/train.npy")
    before = stored.stat().st_mtime_ns
    again = open_drawings(tmp_path, seed=3, count=20)
    assert stored.stat().st_mtime_ns == before
    assert np.array_equal(again.train, patches.train)


def test_another_seed_draws_others(tmp_path: Path) -> None:
    one, other = (open_drawings(tmp_path, seed=seed, count=2) for seed in (1, 2))
    assert not np.array_equal(one.train, other.train)


def test_an_icon_covers_what_its_pen_covers(tmp_path: Path) -> None:
    pytest.importorskip("resvg_py", reason="resvg-py, of the extra 'training', is not installed")
    from training.drawings.icons import rendered

    file = tmp_path / "bar.svg"
    file.write_text(BAR)
    assert abs(share(rendered(file, 48)) - 4 / 24) < 0.01
    assert abs(share(rendered(file, 48, pen=1.5)) - 6 / 24) < 0.01


def test_icons_are_shown(tmp_path: Path) -> None:
    pytest.importorskip("resvg_py", reason="resvg-py, of the extra 'training', is not installed")
    file = tmp_path / "bar.svg"
    file.write_text(BAR)
    changed = sum(
        not np.array_equal(
            draw(np.random.default_rng([5, seed]), 64), draw(np.random.default_rng([5, seed]), 64, icons=[file])
        )
        for seed in range(20)
    )
    assert changed > 0
