"""From wishes, Facts and rules to a Plan for one picture, or to the reason for none."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

from wagtail_restore.imaging.anchoring import place
from wagtail_restore.imaging.planning import (
    DETECT,
    Action,
    Choice,
    CleanUp,
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


def refusal(facts: Facts, rules: Iterable[RuleSpec]) -> tuple[RuleSpec, Note] | None:
    """The first refusing rule that this picture breaks, with the numbers to tell; drawings are never too small."""
    if facts.format == "SVG":
        return None
    for rule in rules:
        if rule.action is Action.REFUSE and rule.condition.fails(facts.width, facts.height):
            return rule, Note("refused", _numbers(facts, rule))
    return None


def decide(facts: Facts, rules: Iterable[RuleSpec], wishes: Wishes, limits: Limits) -> Decision:
    """Plan for one picture: the wishes, the first erasing rule, the first upscaling rule whose condition holds.

    Refusing rules are not looked at here (see ``refusal``). An editor's *Upscale: no* overrides every upscaling rule,
    an explicit factor or width replaces the rule's target; no wish overrides an erasing rule.
    """
    rules = tuple(rules)
    eraser = next((rule for rule in rules if rule.action is Action.ERASE and rule.stencil), None)
    rule = _upscaling_rule(facts, rules) if wishes.upscale is Upscale.RULE else None
    if rule is None and eraser is None and not wishes.explicit:
        return Decision(None, Note("nothing_asked"))
    asking = rule or eraser
    rule_id = asking.id if asking else None
    untouchable = obstacle(facts, limits)
    if untouchable:
        return Decision(None, untouchable, rule_id)
    if wishes.faces and wishes.mode is Mode.STRICT:
        return Decision(None, Note("faces_need_creative"), rule_id)
    mode = rule.mode if rule and not wishes.faces else wishes.mode
    wanted = (
        _template(facts, eraser),
        _erase(wishes),
        _denoise(wishes),
        _face(wishes),
        _upscale(facts, rule, wishes, limits),
    )
    steps = [step for step in wanted if step is not None]
    if not steps and eraser is not None and rule is None and not wishes.explicit:
        return Decision(None, Note("nothing_to_clean"), rule_id)
    if not steps:
        return Decision(None, Note("large_enough", {"width": facts.width, "height": facts.height}), rule_id)
    review = any(each.review for each in (rule, eraser) if each is not None) or mode is Mode.CREATIVE
    return Decision(Plan(tuple(steps), mode, review), steps[-1].reason, rule_id)


def review_of(plan: Plan) -> Note:
    """Why somebody is to look at what a Plan makes: the rules that ask for it, or creative mode."""
    rules = [step.reason.params["rule"] for step in plan.steps if step.reason.params.get("review")]
    if rules:
        return Note("review_by_rule", {"rules": list(dict.fromkeys(rules))})
    return Note("review_creative" if plan.mode is Mode.CREATIVE else "review_asked")


def obstacle(facts: Facts, limits: Limits) -> Note | None:
    """Why no Step can work on this picture, or None."""
    if facts.untouchable or facts.width * facts.height <= limits.max_pixels:
        return facts.untouchable
    return Note("too_large", {"width": facts.width, "height": facts.height, "limit": limits.max_pixels})


def _upscaling_rule(facts: Facts, rules: Iterable[RuleSpec]) -> RuleSpec | None:
    for rule in rules:
        if rule.action is Action.UPSCALE and rule.condition.fails(facts.width, facts.height):
            return rule
    return None


def _template(facts: Facts, rule: RuleSpec | None) -> Step | None:
    """What the template marks, unless it does not lie on this picture."""
    if rule is None or rule.stencil is None or place(rule.stencil, facts.width, facts.height) is None:
        return None
    return Step("erase", params={"template": rule.stencil.to_json()}, reason=Note("rule", _named(rule)))


def _named(rule: RuleSpec) -> dict[str, Any]:
    """The rule by its name, and whether it asks for a review."""
    return {"rule": rule.name, **({"review": True} if rule.review else {})}


def _erase(wishes: Wishes) -> Step | None:
    if wishes.clean_up is CleanUp.OFF:
        return None
    return Step("erase", params={"detect": list(DETECT[wishes.clean_up])})


def _denoise(wishes: Wishes) -> Step | None:
    return None if wishes.repair is Repair.OFF else Step("denoise", wishes.repair.value)


def _face(wishes: Wishes) -> Step | None:
    return Step("face") if wishes.faces else None


def _upscale(facts: Facts, rule: RuleSpec | None, wishes: Wishes, limits: Limits) -> Step | None:
    factor, model, reason = _enlargement(facts, rule, wishes)
    if factor <= 1.0:
        return None
    most = _largest(facts, limits)
    if most < factor:
        reason = Note("capped", {**reason.params, "max_pixels": limits.max_pixels, "max_side": limits.max_side})
        factor = most
    if factor <= 1.0:
        return None
    width, height = math.ceil(facts.width * factor - 1e-6), math.ceil(facts.height * factor - 1e-6)
    if factor == most:
        width, height = int(facts.width * factor + 1e-6), int(facts.height * factor + 1e-6)
    if width <= facts.width and height <= facts.height:
        return None
    return Step("upscale", model, {"width": width, "height": height, **_amounts(wishes)}, reason)


def _amounts(wishes: Wishes) -> dict[str, float]:
    """How strongly to enlarge, as far as that was told; for a rule's enlargement too."""
    told = {"strength": wishes.strength if wishes.strength < 1.0 else None, "denoise": wishes.denoise}
    return {name: share for name, share in told.items() if share is not None}


def _enlargement(facts: Facts, rule: RuleSpec | None, wishes: Wishes) -> tuple[float, str, Note]:
    wished = {
        Upscale.X2: 2.0,
        Upscale.X4: 4.0,
        Upscale.WIDTH: (wishes.width or 0) / facts.width,
    }.get(wishes.upscale)
    if wished is not None:
        return wished, wishes.model, Note("wished")
    if rule is None:
        return 1.0, wishes.model, Note("nothing_asked")
    factor = rule.condition.factor(facts.width, facts.height)
    if rule.target_width:
        factor = max(factor, rule.target_width / facts.width)
    model = wishes.model if wishes.model != Choice.AUTO else rule.model
    return factor, model, Note("rule", _numbers(facts, rule))


def _largest(facts: Facts, limits: Limits) -> float:
    by_area = math.sqrt(limits.max_pixels / (facts.width * facts.height))
    return min(by_area, limits.max_side / max(facts.width, facts.height))


def _numbers(facts: Facts, rule: RuleSpec) -> dict[str, Any]:
    condition = rule.condition
    return {
        **_named(rule),
        "width": facts.width,
        "height": facts.height,
        "min_width": condition.min_width,
        "min_height": condition.min_height,
        "min_megapixels": condition.min_megapixels,
        "message": rule.message,
    }
