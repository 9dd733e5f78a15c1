"""How large a part is previewed: erasing and faces count as well as what goes through all of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from tests.engines.doubles import CLOCK, Filler, model, picture, pool
from tests.engines.face_doubles import Same, Told
from wagtail_restore.catalogue import Model
from wagtail_restore.engines.affordable import affordable
from wagtail_restore.engines.base import Capabilities, Context, Region
from wagtail_restore.engines.find_faces import Face
from wagtail_restore.engines.step import Work
from wagtail_restore.exceptions import TimedOut
from wagtail_restore.imaging.planning import Mode, Plan, Step

SOURCE = picture(1400, 1400)
BOX = (300, 300, 512, 512)
ERASE = Step("erase", params={"detect": ["other"]})
FACE = Step("face")


class SlowSquare(Filler):
    """Fills squares of one size, each in a tenth of a second."""

    @property
    def capabilities(self) -> Capabilities:
        return Capabilities(kind="erase", channels=(3,), side=512)

    def run(self, pixels: Any, mask: Any = None) -> Any:
        CLOCK.passes(0.1)
        return super().run(pixels, mask)


class SlowFiller(Filler):
    """Takes a hundredth of a second for each 64 × 64 pixels."""

    def run(self, pixels: Any, mask: Any = None) -> Any:
        CLOCK.passes(0.01 * pixels.shape[0] * pixels.shape[1] / 64**2)
        return super().run(pixels, mask)


class SlowFace(Same):
    """Takes a tenth of a second for each face."""

    def run(self, pixels: Any, mask: Any = None) -> Any:
        CLOCK.passes(0.1)
        return super().run(pixels, mask)


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wagtail_restore.engines.affordable.perf_counter", CLOCK)


def here(name: str, kind: str, **more: Any) -> Model:
    return Model(name.lower(), kind, f"{__name__}.{name}", **more)


def mark(x: int, y: int, side: int = 20, **more: Any) -> Region:
    return Region(
        "other", (x, y, side, side), ((x, y), (x + side, y), (x + side, y + side), (x, y + side)), "", 0.9, **more
    )


def go(step: Step, regions: list[Region], seconds: float, *models: Model, mode: Mode = Mode.STRICT) -> Any:
    work = Work(pool(*models), Context(), mode, 0.6)
    found = [(step, regions)] if step.kind == "erase" else []
    return affordable(Plan((step,)), SOURCE, BOX, work, found, seconds)


def test_marks_that_are_filled_slowly_make_the_part_smaller() -> None:
    slow = here("SlowSquare", "erase")
    both = [mark(540, 540), mark(1040, 540)]
    assert go(ERASE, both, 0.5, slow) == BOX
    assert go(ERASE, both, 0.15, slow) == (428, 428, 256, 256), "the second lies beyond what is seen around it"
    with pytest.raises(TimedOut):
        go(ERASE, both, 0.05, slow)


def test_a_large_mark_costs_more_than_a_small_one() -> None:
    slow = here("SlowFiller", "erase")
    assert go(ERASE, [mark(1040, 540)], 0.3, slow) == BOX
    assert go(ERASE, [mark(1040, 540, 300)], 0.3, slow) == (428, 428, 256, 256)


def test_marks_far_away_and_known_ones_cost_nothing() -> None:
    slow = here("SlowSquare", "erase")
    assert go(ERASE, [mark(1300, 1300), mark(540, 540, mark="agency")], 0.0, slow) == BOX


@pytest.fixture
def faces() -> Iterator[list[Face]]:
    """What the finder of faces tells, in pixels of the part with its rim at half the size."""
    Told.faces = []
    yield Told.faces
    Told.faces = []


def test_faces_that_are_redrawn_slowly_make_the_part_smaller(faces: list[Face]) -> None:
    for x in (150, 10):
        box = (x, 150, 32, 40)
        landmarks = ((x + 8.0, 166.0), (x + 24.0, 166.0), (x + 16.0, 174.0), (x + 9.0, 182.0), (x + 23.0, 182.0))
        faces.append(
            Face("face", box, tuple((round(a), round(b)) for a, b in landmarks), "", 0.95, landmarks=landmarks)
        )
    finder = replace(model("faces", "Told", kind="detect", purpose="faces"), engine=f"{Told.__module__}.Told")
    models = here("SlowFace", "face", invents=True), finder
    assert go(FACE, [], 0.5, *models, mode=Mode.CREATIVE) == BOX
    assert go(FACE, [], 0.15, *models, mode=Mode.CREATIVE) == (428, 428, 256, 256)
    with pytest.raises(TimedOut):
        go(FACE, [], 0.05, *models, mode=Mode.CREATIVE)


def test_where_no_face_is_redrawn_none_is_tried(faces: list[Face]) -> None:
    finder = replace(model("faces", "Told", kind="detect", purpose="faces"), engine=f"{Told.__module__}.Told")
    assert go(FACE, [], 0.0, here("SlowFace", "face"), finder, mode=Mode.CREATIVE) == BOX
