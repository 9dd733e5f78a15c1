"""The words of planning: when a picture is too small, and what travels as JSON."""

from __future__ import annotations

import json

import pytest

from wagtail_restore.imaging.planning import CleanUp, Condition, Mode, Note, Plan, Repair, Step, Upscale, Wishes


@pytest.mark.parametrize(
    ("condition", "width", "height", "fails"),
    [
        (Condition(min_width=1600), 1599, 9000, True),
        (Condition(min_width=1600), 1600, 1, False),
        (Condition(min_width=1600, min_height=1000), 1600, 999, True),
        (Condition(min_width=1600, min_height=1000), 1599, 1000, True),
        (Condition(min_width=1600, min_height=1000), 1600, 1000, False),
        (Condition(min_megapixels=2), 1999, 1000, True),
        (Condition(min_megapixels=2), 2000, 1000, False),
    ],
)
def test_a_picture_is_too_small_when_either_side_is(condition: Condition, width: int, height: int, fails: bool) -> None:
    assert condition.fails(width, height) is fails


def test_a_plan_of_every_kind_survives_json() -> None:
    steps = (
        Step("erase", params={"detect": ["date"], "regions": [{"box": [1, 2, 3, 4]}]}),
        Step("upscale", "compact-x2", {"width": 10, "height": 20}, Note("rule", {"rule": "Wide"})),
    )
    plan = Plan(steps, Mode.CREATIVE, review=True)
    assert Plan.from_json(json.loads(json.dumps(plan.to_json()))) == plan


@pytest.mark.parametrize(
    "wishes",
    [
        Wishes(),
        Wishes(CleanUp.DATES, Upscale.WIDTH, 1200, "line"),
        Wishes(upscale=Upscale.X2, strength=0.0, denoise=0.0),
        Wishes(mode=Mode.CREATIVE, strength=0.65, denoise=0.5, faces=True, repair=Repair.JPEG),
    ],
)
def test_wishes_survive_json(wishes: Wishes) -> None:
    assert Wishes.from_json(json.loads(json.dumps(wishes.to_json()))) == wishes


def test_wishes_of_an_older_row_have_the_defaults() -> None:
    stored = {"clean_up": "dates", "upscale": "x2", "width": None, "model": "photo", "mode": "strict"}
    assert Wishes.from_json(stored) == Wishes(CleanUp.DATES, Upscale.X2, None, "photo")
    assert Wishes.from_json({"strength": 1, "denoise": None}) == Wishes()


@pytest.mark.parametrize(
    "amounts", [{"strength": 1.01}, {"strength": -0.1}, {"denoise": 60}, {"strength": float("nan")}]
)
def test_an_amount_outside_of_0_to_1_is_refused(amounts: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="is not between 0 and 1"):
        Wishes(**amounts)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("wishes", "explicit"),
    [
        (Wishes(), False),
        (Wishes(upscale=Upscale.NO), False),
        (Wishes(strength=0.5, denoise=0.5, model="line", mode=Mode.CREATIVE), False),
        (Wishes(repair=Repair.NOISE), True),
        (Wishes(faces=True), True),
        (Wishes(clean_up=CleanUp.DATES), True),
        (Wishes(upscale=Upscale.X4), True),
    ],
)
def test_only_what_changes_a_picture_by_itself_is_an_explicit_wish(wishes: Wishes, explicit: bool) -> None:
    assert wishes.explicit is explicit
