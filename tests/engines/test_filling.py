"""Which Model fills what: large areas go to one that is made for them, and people are told where there is none."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.engines import onnx_doubles
from wagtail_restore.catalogue import Model, shipped
from wagtail_restore.engines import runner
from wagtail_restore.engines.base import Context
from wagtail_restore.engines.filling import _large, fill
from wagtail_restore.engines.pool import Pool
from wagtail_restore.engines.step import Work
from wagtail_restore.exceptions import Cancelled, NotFaithful
from wagtail_restore.imaging.codec import Picture, Source
from wagtail_restore.imaging.planning import Mode, Plan, Step

CLASSIC = shipped()["classic"]
COLOUR = np.array(onnx_doubles.COLOUR) * 255


@pytest.fixture
def network(tmp_path: Path) -> Model:
    """A Model for large areas whose network fills with one colour."""
    path = onnx_doubles.migan(tmp_path / "migan.onnx")
    return replace(shipped()["migan"], file=str(path), sha256="")


def work(*models: Model, mode: Mode = Mode.STRICT, context: Context | None = None, **preferred: str) -> Work:
    pool = Pool({model.alias: model for model in models}, "cpu", preferred=preferred)
    return Work(pool, context or Context(), mode, 0.6)


def grey(height: int = 300, width: int = 400) -> NDArray[np.uint8]:
    return np.full((height, width, 3), 128, np.uint8)


def holes(large: bool = True, thin: bool = True) -> NDArray[np.float32]:
    """A blob of 100 × 100 pixels and a line four pixels wide, far from each other."""
    weight = np.zeros((300, 400), np.float32)
    if large:
        weight[50:150, 50:150] = 1.0
    if thin:
        weight[280:284, 200:390] = 1.0
    return weight


def test_a_large_area_goes_to_the_network_and_a_line_to_the_classical_eraser(network: Model) -> None:
    made = fill(grey(), holes(), "auto", work(CLASSIC, network))
    assert made.counts == {"migan": 1, "classic": 1}
    assert np.abs(made.pixels[55:145, 55:145] - COLOUR).max() <= 2
    assert np.abs(made.pixels[280:284, 200:390].astype(int) - 128).max() <= 2
    assert np.array_equal(made.pixels[holes() == 0], grey()[holes() == 0])
    assert (made.to_json()["model"], made.to_json()["models"]) == ("migan", ["migan", "classic"])
    assert "blurred" not in made.to_json()


def test_a_thin_line_alone_does_not_even_load_the_network(network: Model) -> None:
    here = work(CLASSIC, network)
    assert fill(grey(), holes(large=False), "auto", here).counts == {"classic": 1}
    assert here.pool.loaded == ("classic",)


@pytest.mark.parametrize(("side", "alias"), [(48, "classic"), (52, "migan")])
def test_how_deep_a_part_is_decides(network: Model, side: int, alias: str) -> None:
    weight = np.zeros((300, 400), np.float32)
    weight[50 : 50 + side, 50 : 50 + side] = 1.0
    assert list(fill(grey(), weight, "auto", work(CLASSIC, network)).counts) == [alias]


def test_a_part_at_the_border_is_as_deep_as_its_way_to_something_known(network: Model) -> None:
    weight = np.zeros((300, 400), np.float32)
    weight[:30, 100:200] = 1.0
    assert list(fill(grey(), weight, "auto", work(CLASSIC, network)).counts) == ["migan"]


def test_parts_beside_each_other_are_as_deep_as_each_alone(network: Model) -> None:
    weight = np.zeros((300, 400), np.float32)
    for left in range(20, 200, 49):
        weight[50:150, left : left + 48] = 1.0
    assert list(fill(grey(), weight, "auto", work(CLASSIC, network)).counts) == ["classic"]


def test_many_long_parts_are_told_apart_without_looking_at_each_of_them() -> None:
    striped = np.indices((2000, 2000)).sum(axis=0) % 7 == 0
    began = time.monotonic()
    large, count = _large(striped, Context())
    assert (large.any(), count) == (False, 0)
    assert time.monotonic() - began < 3


def test_a_wish_to_stop_is_heard_while_parts_are_told_apart() -> None:
    asked: list[None] = []
    _large(holes() > 0, Context(check=lambda: asked.append(None)))
    assert len(asked) >= 3


def test_a_hole_of_everything_is_large_where_the_picture_is() -> None:
    assert _large(np.ones((30, 40), bool), Context())[1] == 1
    assert _large(np.ones((20, 40), bool), Context())[1] == 0


def test_without_weights_for_large_areas_the_report_tells_of_each(network: Model) -> None:
    missing = replace(network, file="nowhere.onnx")
    weight = holes()
    weight[50:150, 250:350] = 1.0
    made = fill(grey(), weight, "auto", work(CLASSIC, missing))
    assert (list(made.counts), made.blurred) == (["classic"], 2)
    assert made.to_json()["blurred"] == 2


@pytest.mark.parametrize("alias", ["classic", "migan"])
def test_a_named_model_is_obeyed_for_all_of_it(network: Model, alias: str) -> None:
    made = fill(grey(), holes(), alias, work(CLASSIC, network))
    assert (list(made.counts), made.blurred) == ([alias], 0)


def test_of_two_for_large_areas_the_preferred_one_is_taken(network: Model) -> None:
    other = replace(network, alias="other")
    assert list(fill(grey(), holes(thin=False), "auto", work(CLASSIC, network, other)).counts) == ["migan"]
    chosen = fill(grey(), holes(thin=False), "auto", work(CLASSIC, network, other, large="other"))
    assert list(chosen.counts) == ["other"]


def test_strict_mode_passes_a_model_by_that_is_not_faithful(network: Model) -> None:
    dream = replace(network, faithful=False)
    assert list(fill(grey(), holes(), "auto", work(CLASSIC, dream)).counts) == ["classic"]
    assert list(fill(grey(), holes(), "auto", work(CLASSIC, dream, mode=Mode.CREATIVE)).counts) == ["migan", "classic"]
    with pytest.raises(NotFaithful):
        fill(grey(), holes(), "migan", work(CLASSIC, dream))


def test_a_line_beside_a_large_area_is_not_shown_to_the_network(tmp_path: Path) -> None:
    # This network fills with half of the mean of what it sees, and red ink would be seen in it.
    path = onnx_doubles.lama(tmp_path / "lama.onnx", side=128)
    model = replace(shipped()["lama"], file=str(path), sha256="")
    inked, weight = grey(), holes(thin=False)
    weight[50:150, 155:160] = 1.0
    inked[weight > 0] = (255, 0, 0)
    clean = fill(grey(), weight, "auto", work(CLASSIC, model)).pixels
    assert np.array_equal(fill(inked, weight, "auto", work(CLASSIC, model)).pixels, clean)


def test_a_grey_picture_goes_through_a_network_for_colours(network: Model) -> None:
    made = fill(grey()[:, :, :1], holes(thin=False), "auto", work(CLASSIC, network))
    assert made.pixels.shape == (300, 400, 1)
    assert np.abs(made.pixels[60:140, 60:140] - COLOUR.mean()).max() <= 2


def test_grain_like_that_around_is_added_to_what_a_network_drew(network: Model) -> None:
    noise = np.random.default_rng(3).normal(0, 6, (300, 400, 3))
    grainy = np.clip(128 + noise, 0, 255).astype(np.uint8)
    made = fill(grainy, holes(thin=False), "auto", work(CLASSIC, network))
    assert 3 < made.pixels[60:140, 60:140].astype(float).std(axis=(0, 1)).mean() < 9


def test_progress_runs_to_the_end_and_a_wish_to_stop_is_heard(network: Model) -> None:
    told: list[float] = []
    fill(grey(), holes(), "auto", work(CLASSIC, network, context=Context(lambda part, doing: told.append(part))))
    assert told == sorted(told) and told[-1] == pytest.approx(1.0)

    def stop() -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        fill(grey(), holes(), "auto", work(CLASSIC, network, context=Context(check=stop)))


def test_the_report_of_a_run_names_all_models(network: Model) -> None:
    pool = Pool({model.alias: model for model in (CLASSIC, network)}, "cpu")
    step = Step("erase", "auto", {"mask": "painted"})
    painted: Any = holes() > 0
    outcome = runner.run(
        Plan((step,)), Picture(grey(), None, Source("PNG")), pool, Context(), masks={"painted": painted}
    )
    assert outcome.models == ("migan", "classic")
    assert outcome.report["steps"][0]["filled"] == {"migan": 1, "classic": 1}
