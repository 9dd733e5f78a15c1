"""What is left of a picture once marks were lifted, and what is told where nothing remains to be filled."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.engines.doubles import model, picture, pool
from wagtail_restore.engines.base import Context, Region
from wagtail_restore.engines.erase_step import _replaced
from wagtail_restore.engines.hiding import Bared
from wagtail_restore.engines.step import Done, Work
from wagtail_restore.exceptions import NothingLeft
from wagtail_restore.imaging.planning import Mode, Step

FILL = model("fill", "Filler", kind="erase")


def replaced(lifted: NDArray[Any], weight: NDArray[np.float32], within: NDArray[np.bool_]) -> Done:
    work = Work(pool(FILL), Context(), Mode.STRICT, 0.6)
    return _replaced(Step("erase", "auto", {}), picture(), work, [], Bared(lifted, weight, within, []))


def test_a_mark_lifted_wholly_is_done_though_nothing_is_left_to_fill() -> None:
    within = np.zeros((30, 40), bool)
    within[10:16, 4:24] = True
    lifted = picture().pixels.copy()
    lifted[within] = 7
    done = replaced(lifted, np.zeros((30, 40), np.float32), within)
    assert done.changed
    assert done.entry == {"outcome": "done", "device": "cpu", "regions": [], "area": 0.1, "box": [4, 10, 20, 6]}
    assert (done.picture.pixels == lifted).all()
    assert done.within is not None
    assert int(done.within.sum()) == 120


def test_what_could_not_be_lifted_is_filled_and_counts_as_touched() -> None:
    within = np.zeros((30, 40), bool)
    within[10:16, 4:24] = True
    weight = np.zeros((30, 40), np.float32)
    weight[16:20, 4:24] = 1.0
    done = replaced(picture().pixels, weight, within)
    assert (done.entry["outcome"], done.entry["model"], done.entry["tiles"]) == ("done", "fill", 1)
    assert done.entry["area"] == 0.16667
    assert (done.picture.pixels[16:20, 4:24] == 64).all()
    assert (done.picture.pixels[10:16] == picture().pixels[10:16]).all()


@pytest.mark.parametrize("share", [1.0, 0.3])
def test_where_all_is_to_be_replaced_there_is_nothing_to_go_on_from(share: float) -> None:
    with pytest.raises(NothingLeft):
        replaced(picture().pixels, np.full((30, 40), share, np.float32), np.zeros((30, 40), bool))


def test_a_single_pixel_that_stays_is_enough_to_go_on_from() -> None:
    weight = np.ones((30, 40), np.float32)
    weight[3, 4] = 0.0
    assert replaced(picture().pixels, weight, np.zeros((30, 40), bool)).entry["outcome"] == "done"


def texts(*boxes: tuple[int, int, int, int], kind: str = "text", mark: str = "") -> list[Region]:
    return [Region(kind, box, ((box[0], box[1]),), "READ ME", 0.9, mark=mark) for box in boxes]


SMALL = (0, 0, 4, 2)
LARGE = (0, 0, 20, 2)
"""Of a picture of 40 × 30 pixels more than three percent."""


@pytest.mark.parametrize(
    ("regions", "told"),
    [
        ([], {}),
        (texts(SMALL, SMALL, SMALL), {}),
        (texts(SMALL, SMALL, SMALL, SMALL), {"count": 4, "percent": 3}),
        (texts(LARGE), {"count": 1, "percent": 3}),
        (texts(LARGE, SMALL, SMALL, SMALL, kind="date"), {}),
        (texts(LARGE, SMALL, SMALL, SMALL, kind="watermark"), {}),
        (texts(LARGE, mark="Agency"), {}),
    ],
)
def test_much_text_that_was_erased_unasked_is_told(regions: list[Region], told: dict[str, int]) -> None:
    assert erased(Step("erase", "auto", {"detect": ["text"]}), regions).entry.get("much_text", {}) == told


def test_what_a_person_chose_is_not_much_text() -> None:
    assert "much_text" not in erased(Step("erase", "auto", {"regions": []}), texts(LARGE)).entry


def erased(step: Step, regions: list[Region]) -> Done:
    weight = np.zeros((30, 40), np.float32)
    weight[16:20, 4:24] = 1.0
    bared = Bared(picture().pixels, weight, np.zeros((30, 40), bool), [])
    return _replaced(step, picture(), Work(pool(FILL), Context(), Mode.STRICT, 0.6), regions, bared)
