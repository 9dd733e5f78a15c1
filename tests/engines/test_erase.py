"""Classical filling: the hole goes, everything else stays, in full depth."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from wagtail_restore.catalogue import shipped
from wagtail_restore.engines.base import Context
from wagtail_restore.engines.erase import ClassicEraser
from wagtail_restore.exceptions import Cancelled


@pytest.fixture
def eraser() -> ClassicEraser:
    return ClassicEraser(shipped()["classic"])


def ramp(width: int = 60, height: int = 40, channels: int = 3) -> NDArray[np.float32]:
    row = np.linspace(0.2, 0.8, width, dtype=np.float32)[None, :, None]
    return np.repeat(np.repeat(row, height, axis=0), channels, axis=2)


def hole(width: int = 60, height: int = 40) -> NDArray[np.float32]:
    mask = np.zeros((height, width), np.float32)
    mask[15:25, 28:33] = 1.0
    return mask


@pytest.mark.parametrize("channels", [1, 3])
def test_a_scratch_on_a_ramp_is_filled_with_the_ramp(eraser: ClassicEraser, channels: int) -> None:
    truth = ramp(channels=channels)
    scratched = truth.copy()
    scratched[hole() > 0] = 1.0
    filled = eraser.run(scratched, hole())
    assert np.abs(filled - truth).max() < 0.03


def test_outside_the_hole_nothing_changes(eraser: ClassicEraser) -> None:
    scratched = ramp()
    filled = eraser.run(scratched, hole())
    assert (filled[hole() == 0] == scratched[hole() == 0]).all()


def test_the_fill_is_finer_than_eight_bits(eraser: ClassicEraser) -> None:
    filled = eraser.run(ramp(), hole())[hole() > 0]
    assert np.abs(filled * 255 - np.rint(filled * 255)).max() > 0.1


def test_it_tells_how_far_it_is_and_makes_the_same(eraser: ClassicEraser) -> None:
    heard: list[float] = []
    context = Context(progress=lambda done, doing: heard.append(done))
    mask = np.zeros((120, 160), np.float32)
    mask[20:100, 20:140] = 1.0
    scratched = np.where(mask[:, :, None] > 0, np.float32(1.0), ramp(160, 120))
    assert (eraser.fill(scratched, mask, context) == eraser.run(scratched, mask)).all()
    assert heard == sorted(heard) and len(heard) > 4
    assert heard[0] == 0.0 and 0.85 < heard[-1] < 1.0


def test_it_ends_in_the_middle_of_an_area_when_asked_to(eraser: ClassicEraser) -> None:
    heard: list[float] = []

    def progress(done: float, doing: str) -> None:
        heard.append(done)
        if done > 0.4:
            raise Cancelled

    mask = np.zeros((120, 160), np.float32)
    mask[20:100, 20:140] = 1.0
    with pytest.raises(Cancelled):
        eraser.fill(ramp(160, 120), mask, Context(progress=progress))
    assert 0.4 < heard[-1] < 0.6


def test_without_a_hole_the_picture_comes_back(eraser: ClassicEraser) -> None:
    assert (eraser.run(ramp()) == ramp()).all()
    assert (eraser.run(ramp(), np.zeros((40, 60), np.float32)) == ramp()).all()


def test_a_hole_of_everything_is_grey(eraser: ClassicEraser) -> None:
    assert (eraser.run(ramp(), np.ones((40, 60), np.float32)) == 0.5).all()


def test_the_fill_has_the_noise_of_a_grainy_picture(eraser: ClassicEraser) -> None:
    noise = np.random.default_rng(5).standard_normal((80, 120, 3)).astype(np.float32)
    grainy = np.clip(0.5 + 0.03 * noise, 0.0, 1.0)
    mask = np.zeros((80, 120), np.float32)
    mask[30:50, 40:80] = 1.0
    filled = eraser.run(np.where(mask[:, :, None] > 0, np.float32(1.0), grainy), mask)
    assert 0.02 < filled[mask > 0].std() < 0.04
