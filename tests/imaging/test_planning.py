"""The words of planning: when a picture is too small, and what travels as JSON."""

from __future__ import annotations

import json

import pytest

from wagtail_restore.imaging.planning import CleanUp, Condition, Mode, Note, Plan, Step, Upscale, Wishes


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


def test_wishes_survive_json() -> None:
    wishes = Wishes(CleanUp.DATES, Upscale.WIDTH, 1200, "line")
    assert Wishes.from_json(json.loads(json.dumps(wishes.to_json()))) == wishes
