"""What is decided from wishes, conditions and rules."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wagtail_restore.imaging.anchoring import Anchor, Stencil
from wagtail_restore.imaging.deciding import decide, refusal, review_of
from wagtail_restore.imaging.planning import (
    Action,
    CleanUp,
    Condition,
    Decision,
    Facts,
    Limits,
    Mode,
    Note,
    Plan,
    Repair,
    RuleSpec,
    Step,
    Upscale,
    Wishes,
)

LIMITS = Limits(max_pixels=128_000_000)
SMALL = Facts(640, 480, "JPEG")


def rule(number: int = 1, action: Action = Action.UPSCALE, **fields: object) -> RuleSpec:
    condition = fields.pop("condition", Condition(min_width=1600))
    return RuleSpec(number, f"rule {number}", condition, action, **fields)  # type: ignore[arg-type]


def upscale_of(decision: Decision) -> dict[str, int]:
    assert decision.plan is not None
    return next(dict(step.params) for step in decision.plan.steps if step.kind == "upscale")


def test_a_rule_enlarges_to_its_minimum() -> None:
    decision = decide(SMALL, [rule()], Wishes(), LIMITS)
    assert decision.plan == Plan(
        (
            Step(
                "upscale",
                "auto",
                {"width": 1600, "height": 1200},
                Note(
                    "rule",
                    {
                        "rule": "rule 1",
                        "width": 640,
                        "height": 480,
                        "min_width": 1600,
                        "min_height": None,
                        "min_megapixels": None,
                        "message": "",
                    },
                ),
            ),
        ),
        Mode.STRICT,
        False,
    )
    assert decision.rule == 1


def test_a_rule_enlarges_to_its_target_width() -> None:
    assert upscale_of(decide(SMALL, [rule(target_width=2000)], Wishes(), LIMITS)) == {"width": 2000, "height": 1500}


def test_the_minimum_height_holds_even_where_the_target_width_would_not_reach_it() -> None:
    panorama = Facts(1000, 200, "JPEG")
    one = rule(condition=Condition(min_height=600), target_width=1600)
    assert upscale_of(decide(panorama, [one], Wishes(), LIMITS)) == {"width": 3000, "height": 600}


def test_the_first_rule_that_holds_wins() -> None:
    rules = [
        rule(1, condition=Condition(min_width=600)),
        rule(2, target_width=1800),
        rule(3, target_width=3000),
    ]
    decision = decide(SMALL, rules, Wishes(), LIMITS)
    assert decision.rule == 2
    assert upscale_of(decision) == {"width": 1800, "height": 1350}


def test_no_rule_and_no_wish_ask_for_nothing() -> None:
    assert decide(Facts(4000, 3000), [rule()], Wishes(), LIMITS) == Decision(None, Note("nothing_asked"))


def test_the_editors_no_overrides_the_rule() -> None:
    assert decide(SMALL, [rule()], Wishes(upscale=Upscale.NO), LIMITS).plan is None


def test_the_editors_factor_replaces_the_rules_target() -> None:
    decision = decide(SMALL, [rule()], Wishes(upscale=Upscale.X2), LIMITS)
    assert upscale_of(decision) == {"width": 1280, "height": 960}
    assert decision.rule is None


def test_a_width_below_the_pictures_own_leaves_it_alone() -> None:
    decision = decide(SMALL, [], Wishes(upscale=Upscale.WIDTH, width=600), LIMITS)
    assert decision == Decision(None, Note("large_enough", {"width": 640, "height": 480}))


def test_clean_up_comes_before_the_rules_upscale() -> None:
    decision = decide(SMALL, [rule()], Wishes(clean_up=CleanUp.MARKS), LIMITS)
    assert decision.plan is not None
    assert [step.kind for step in decision.plan.steps] == ["erase", "upscale"]
    assert decision.plan.steps[0].params == {"detect": ["date", "watermark"]}


def steps_of(decision: Decision) -> list[Step]:
    assert decision.plan is not None, decision.reason
    return list(decision.plan.steps)


def test_steps_come_in_their_order_whatever_is_asked() -> None:
    wishes = Wishes(CleanUp.DATES, Upscale.X2, mode=Mode.CREATIVE, faces=True, repair=Repair.JPEG)
    assert steps_of(decide(SMALL, [], wishes, LIMITS)) == [
        Step("erase", "auto", {"detect": ["date"]}),
        Step("denoise", "jpeg"),
        Step("face", "auto"),
        Step("upscale", "auto", {"width": 1280, "height": 960}),
    ]


@pytest.mark.parametrize(("repair", "model"), [(Repair.NOISE, "noise"), (Repair.JPEG, "jpeg")])
def test_a_repair_alone_is_done_although_the_picture_is_large_enough(repair: Repair, model: str) -> None:
    decision = decide(Facts(4000, 3000, "JPEG"), [rule()], Wishes(repair=repair), LIMITS)
    assert steps_of(decision) == [Step("denoise", model)]
    assert decision.plan == Plan((Step("denoise", model),), Mode.STRICT, review=False)
    assert decision.reason == Note("wished")
    assert decision.rule is None


def test_a_repair_keeps_the_mode_of_the_rule_that_enlarges() -> None:
    decision = decide(SMALL, [rule(mode=Mode.CREATIVE)], Wishes(repair=Repair.NOISE), LIMITS)
    assert [step.kind for step in steps_of(decision)] == ["denoise", "upscale"]
    assert decision.plan is not None and decision.plan.mode is Mode.CREATIVE


def test_faces_are_not_rebuilt_in_strict_mode() -> None:
    for rules in ([], [rule()], [rule(mode=Mode.CREATIVE)]):
        decision = decide(SMALL, rules, Wishes(faces=True), LIMITS)
        assert (decision.plan, decision.reason) == (None, Note("faces_need_creative"))


def test_rebuilt_faces_are_reviewed_whatever_the_mode_of_the_rule() -> None:
    decision = decide(SMALL, [rule()], Wishes(faces=True, mode=Mode.CREATIVE), LIMITS)
    assert [step.kind for step in steps_of(decision)] == ["face", "upscale"]
    assert decision.plan is not None and decision.plan.mode is Mode.CREATIVE and decision.plan.review


def test_amounts_travel_with_the_enlargement_also_with_that_of_a_rule() -> None:
    wishes = Wishes(strength=0.6, denoise=0.0)
    (step,) = steps_of(decide(SMALL, [rule()], wishes, LIMITS))
    assert step.params == {"width": 1600, "height": 1200, "strength": 0.6, "denoise": 0.0}


def test_full_strength_is_not_spelt_out() -> None:
    (step,) = steps_of(decide(SMALL, [], Wishes(upscale=Upscale.X2), LIMITS))
    assert step.params == {"width": 1280, "height": 960}


def test_amounts_without_an_enlargement_ask_for_nothing() -> None:
    decision = decide(Facts(4000, 3000, "JPEG"), [rule()], Wishes(strength=0.5, denoise=0.5), LIMITS)
    assert decision == Decision(None, Note("nothing_asked"))


def test_a_rule_may_name_any_model() -> None:
    (step,) = steps_of(decide(SMALL, [rule(model="x4plus")], Wishes(), LIMITS))
    assert step.model == "x4plus"
    (step,) = steps_of(decide(SMALL, [rule(model="x4plus")], Wishes(model="line"), LIMITS))
    assert step.model == "line"


def test_a_rule_may_ask_for_review() -> None:
    decision = decide(SMALL, [rule(review=True)], Wishes(), LIMITS)
    assert decision.plan is not None and decision.plan.review


def test_why_it_is_reviewed_is_known() -> None:
    both = [rule(1, Action.ERASE, stencil=LOGO, review=True), rule(2, review=True)]
    plan = decide(SMALL, both, Wishes(), LIMITS).plan
    assert plan is not None and review_of(plan) == Note("review_by_rule", {"rules": ["rule 1", "rule 2"]})
    creative = decide(SMALL, [rule(mode=Mode.CREATIVE)], Wishes(), LIMITS).plan
    assert creative is not None and review_of(creative) == Note("review_creative")
    assert review_of(Plan((), review=True)) == Note("review_asked")


def test_creative_work_is_always_reviewed() -> None:
    decision = decide(SMALL, [rule(mode=Mode.CREATIVE)], Wishes(), LIMITS)
    assert decision.plan is not None and decision.plan.review and decision.plan.mode is Mode.CREATIVE


def test_the_result_is_capped_by_the_pixels_allowed() -> None:
    decision = decide(Facts(4000, 3000, "JPEG"), [], Wishes(upscale=Upscale.X4), Limits(48_000_000))
    assert upscale_of(decision) == {"width": 8000, "height": 6000}
    assert decision.reason == Note("capped", {"max_pixels": 48_000_000, "max_side": 65_500})


def test_a_rule_that_is_capped_keeps_its_name() -> None:
    decision = decide(SMALL, [rule()], Wishes(), Limits(640_000))
    assert upscale_of(decision) == {"width": 923, "height": 692}
    assert (decision.reason.code, decision.reason.params["rule"], decision.rule) == ("capped", "rule 1", 1)


def test_a_result_that_was_capped_is_not_asked_for_again() -> None:
    assert decide(Facts(923, 692, "JPEG"), [rule()], Wishes(), Limits(640_000)).plan is None


def test_the_result_is_capped_by_the_longest_side_of_the_format() -> None:
    decision = decide(Facts(10_000, 100, "WEBP"), [], Wishes(upscale=Upscale.X2), Limits(128_000_000, 16_383))
    assert upscale_of(decision) == {"width": 16_383, "height": 163}


def test_a_picture_at_the_limit_is_left_alone() -> None:
    decision = decide(Facts(4000, 3000, "JPEG"), [], Wishes(upscale=Upscale.X2), Limits(12_000_000))
    assert decision.plan is None and decision.reason.code == "large_enough"


@pytest.mark.parametrize(
    ("facts", "code"), [(Facts(100, 100, "GIF", 12), "animated"), (Facts(100, 100, "SVG"), "vector")]
)
def test_what_no_step_can_work_on_is_left_with_the_reason(facts: Facts, code: str) -> None:
    decision = decide(facts, [rule()], Wishes(clean_up=CleanUp.DATES), LIMITS)
    assert decision.plan is None and decision.reason.code == code


def test_a_stereo_photo_counts_as_one_picture() -> None:
    assert decide(Facts(640, 480, "MPO", 2), [rule()], Wishes(), LIMITS).plan is not None


def test_refusal_names_rule_and_numbers() -> None:
    rules = [rule(1), rule(2, Action.REFUSE, message="Ask the agency.")]
    found = refusal(SMALL, rules)
    assert found is not None
    assert found[0].id == 2
    assert found[1].params["min_width"] == 1600 and found[1].params["message"] == "Ask the agency."


def test_a_large_picture_is_not_refused() -> None:
    assert refusal(Facts(1600, 1), [rule(1, Action.REFUSE)]) is None


def test_a_drawing_is_never_too_small() -> None:
    assert refusal(Facts(16, 16, "SVG"), [rule(1, Action.REFUSE)]) is None


def test_a_plan_survives_json() -> None:
    plan = decide(SMALL, [rule()], Wishes(clean_up=CleanUp.TEXT), LIMITS).plan
    assert plan is not None
    assert Plan.from_json(json.loads(json.dumps(plan.to_json()))) == plan


@given(
    width=st.integers(1, 30_000),
    height=st.integers(1, 30_000),
    min_width=st.none() | st.integers(1, 5000),
    min_height=st.none() | st.integers(1, 5000),
    megapixels=st.none() | st.floats(0.1, 40),
)
def test_a_planned_upscale_meets_its_rule_or_is_capped(
    width: int, height: int, min_width: int | None, min_height: int | None, megapixels: float | None
) -> None:
    condition = Condition(min_width, min_height, megapixels)
    decision = decide(Facts(width, height, "PNG"), [rule(condition=condition)], Wishes(), LIMITS)
    if decision.plan is None:
        return
    size = upscale_of(decision)
    assert size["width"] * size["height"] <= LIMITS.max_pixels or decision.reason.code != "capped"
    if decision.reason.code == "rule":
        assert not condition.fails(size["width"], size["height"])
        assert abs(size["width"] * height - size["height"] * width) <= max(width, height)


LOGO = Stencil("templates/a.png", "Agency", (600, 400), (470, 350, 100, 30), Anchor.BOTTOM_RIGHT)


def test_the_first_rule_with_a_template_erases_before_anything_is_enlarged() -> None:
    rules = [rule(1, Action.ERASE, stencil=LOGO, review=True), rule(2, Action.ERASE, stencil=LOGO), rule(3)]
    decision = decide(SMALL, rules, Wishes(clean_up=CleanUp.DATES), LIMITS)
    assert decision.plan is not None and decision.plan.review and decision.rule == 3
    assert [step.kind for step in decision.plan.steps] == ["erase", "erase", "upscale"]
    assert decision.plan.steps[0].reason == Note("rule", {"rule": "rule 1", "review": True})
    assert review_of(decision.plan) == Note("review_by_rule", {"rules": ["rule 1"]})
    assert Plan.from_json(json.loads(json.dumps(decision.plan.to_json()))).stencil == LOGO


def test_a_template_that_does_not_lie_on_the_picture_leaves_nothing_to_clean() -> None:
    decision = decide(Facts(90, 20), [rule(1, Action.ERASE, stencil=LOGO)], Wishes(), LIMITS)
    assert decision == Decision(None, Note("nothing_to_clean"), 1)
