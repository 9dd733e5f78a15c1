"""Places of known marks: also of one that darkens here and lightens there, and of one in hardly another colour."""

from __future__ import annotations

import numpy as np
import pytest

from tests.imaging.test_known import Floats, photo, png, stamped
from wagtail_restore.imaging import logo, matching


def halves() -> Floats:
    """A bright half and a dark one, as uneven as a photograph."""
    ground = photo()
    ground[:, :180] = np.clip(ground[:, :180] + 0.3, 0, 0.98)
    ground[:, 180:] = np.clip(ground[:, 180:] - 0.3, 0.02, 1)
    return ground


@pytest.mark.parametrize(
    ("colour", "size", "at"),
    [
        ((128, 128, 128), 120, (120, 60)),  # half of it darkens, half of it lightens
        ((128, 128, 128), 60, (30, 200)),  # darkens alone
        ((150, 110, 128), 90, (140, 100)),
        ((255, 255, 255), 90, (220, 100)),
    ],
)
def test_a_mark_is_guessed_where_it_lies(colour: tuple[int, int, int], size: int, at: tuple[int, int]) -> None:
    mark = logo.read(png(colour), "logo")
    best = matching.guesses(stamped(halves(), png(colour), size, 0.4, at), mark)[0]
    assert np.allclose(best.place, (*at, size, size), atol=0.06 * size)


def test_nothing_is_guessed_with_as_much_reason_where_no_mark_lies() -> None:
    mark = logo.read(png((128, 128, 128)), "logo")
    there = matching.guesses(stamped(halves(), png((128, 128, 128)), 120, 0.4, (120, 60)), mark)[0].peak
    assert max((guess.peak for guess in matching.guesses(halves(), mark)), default=0.0) < 0.7 * there
