"""What is to be done with one picture: wishes, conditions and rules go in, a Plan or the reason for none comes out."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any


class CleanUp(StrEnum):
    """What an editor wants to have erased."""

    OFF = "off"
    DATES = "dates"
    MARKS = "marks"
    TEXT = "text"


DETECT: Mapping[CleanUp, tuple[str, ...]] = {
    CleanUp.OFF: (),
    CleanUp.DATES: ("date",),
    CleanUp.MARKS: ("date", "watermark"),
    CleanUp.TEXT: ("date", "watermark", "text"),
}
"""Which kinds of Region each choice erases."""


class Upscale(StrEnum):
    """How an editor wants the picture enlarged."""

    RULE = "rule"
    X2 = "x2"
    X4 = "x4"
    WIDTH = "width"
    NO = "no"


class Choice(StrEnum):
    """The kind of Model an editor may choose; the catalogue says which Model that is."""

    AUTO = "auto"
    PHOTO = "photo"
    LINE = "line"


class Mode(StrEnum):
    """How freely the models may work."""

    STRICT = "strict"
    CREATIVE = "creative"


class Action(StrEnum):
    """What a rule does with a picture that is too small."""

    UPSCALE = "upscale"
    REFUSE = "refuse"


@dataclass(frozen=True)
class Wishes:
    """What the editor asked for on the form; the default asks for nothing and leaves all to the rules."""

    clean_up: CleanUp = CleanUp.OFF
    upscale: Upscale = Upscale.RULE
    width: int | None = None
    model: str = Choice.AUTO
    mode: Mode = Mode.STRICT

    @property
    def explicit(self) -> bool:
        """Whether the editor asked for anything to be done."""
        return self.clean_up is not CleanUp.OFF or self.upscale in (Upscale.X2, Upscale.X4, Upscale.WIDTH)

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Wishes:
        return cls(
            clean_up=CleanUp(data.get("clean_up", CleanUp.OFF)),
            upscale=Upscale(data.get("upscale", Upscale.RULE)),
            width=data.get("width"),
            model=data.get("model", Choice.AUTO),
            mode=Mode(data.get("mode", Mode.STRICT)),
        )


@dataclass(frozen=True)
class Note:
    """A reason or remark: a code that ``messages`` puts into words, and its numbers."""

    code: str
    params: Mapping[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        return {"code": self.code, "params": dict(self.params)}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Note:
        return cls(data["code"], dict(data.get("params", {})))


@dataclass(frozen=True)
class Facts:
    """What planning needs to know of a picture; sizes are oriented pixels."""

    width: int
    height: int
    format: str = ""
    frames: int = 1

    @property
    def untouchable(self) -> Note | None:
        """Why no Step can work on this picture, or None."""
        if self.format == "SVG":
            return Note("vector")
        if self.frames > 1 and self.format != "MPO":
            return Note("animated", {"frames": self.frames})
        return None


@dataclass(frozen=True)
class Condition:
    """When a picture is too small: below the width, below the height, or below the megapixels."""

    min_width: int | None = None
    min_height: int | None = None
    min_megapixels: float | None = None

    def fails(self, width: int, height: int) -> bool:
        """Whether a picture of ``width`` × ``height`` oriented pixels is too small."""
        return (
            (self.min_width is not None and width < self.min_width)
            or (self.min_height is not None and height < self.min_height)
            or (self.min_megapixels is not None and width * height < self.min_megapixels * 1_000_000)
        )

    def factor(self, width: int, height: int) -> float:
        """The smallest enlargement (of each side) after which the picture is no longer too small."""
        return max(
            1.0,
            (self.min_width or 0) / width,
            (self.min_height or 0) / height,
            math.sqrt((self.min_megapixels or 0) * 1_000_000 / (width * height)),
        )


@dataclass(frozen=True)
class RuleSpec:
    """One active rule as planning sees it, in the administrator's order."""

    id: int
    name: str
    condition: Condition
    action: Action
    target_width: int | None = None
    model: str = Choice.AUTO
    mode: Mode = Mode.STRICT
    message: str = ""
    review: bool = False


@dataclass(frozen=True)
class Limits:
    """What a result may not exceed."""

    max_pixels: int
    max_side: int = 65_500


@dataclass(frozen=True)
class Step:
    """One thing to do; ``kind`` is ``erase``, ``denoise``, ``face``, ``upscale``, …, in this order."""

    kind: str
    model: str = Choice.AUTO
    params: Mapping[str, Any] = field(default_factory=dict)
    reason: Note = Note("wished")


@dataclass(frozen=True)
class Plan:
    """The ordered Steps for one picture, their mode, and whether a person looks before it is published."""

    steps: tuple[Step, ...]
    mode: Mode = Mode.STRICT
    review: bool = False

    def to_json(self) -> dict[str, Any]:
        return {
            "mode": str(self.mode),
            "review": self.review,
            "steps": [
                {"kind": s.kind, "model": str(s.model), "params": dict(s.params), "reason": s.reason.to_json()}
                for s in self.steps
            ],
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Plan:
        steps = tuple(
            Step(s["kind"], s["model"], dict(s["params"]), Note.from_json(s["reason"])) for s in data["steps"]
        )
        return cls(steps, Mode(data["mode"]), data["review"])


@dataclass(frozen=True)
class Decision:
    """The Plan, or None and why; ``rule`` is the id of the rule that asked for the upscale."""

    plan: Plan | None
    reason: Note
    rule: int | None = None


def refusal(facts: Facts, rules: Iterable[RuleSpec]) -> tuple[RuleSpec, Note] | None:
    """The first refusing rule that this picture breaks, with the numbers to tell; drawings are never too small."""
    if facts.format == "SVG":
        return None
    for rule in rules:
        if rule.action is Action.REFUSE and rule.condition.fails(facts.width, facts.height):
            return rule, Note("refused", _numbers(facts, rule))
    return None


def decide(facts: Facts, rules: Iterable[RuleSpec], wishes: Wishes, limits: Limits) -> Decision:
    """Plan for one picture: the wishes, then the first upscaling rule in order whose condition holds.

    Refusing rules are not looked at here (see ``refusal``). An editor's *Upscale: no* overrides every upscaling rule,
    an explicit factor or width replaces the rule's target.
    """
    rule = _upscaling_rule(facts, rules) if wishes.upscale is Upscale.RULE else None
    if rule is None and not wishes.explicit:
        return Decision(None, Note("nothing_asked"))
    rule_id = rule.id if rule else None
    untouchable = facts.untouchable or _too_large(facts, limits)
    if untouchable:
        return Decision(None, untouchable, rule_id)
    mode = rule.mode if rule else wishes.mode
    steps = [s for s in (_erase(wishes), _upscale(facts, rule, wishes, limits)) if s is not None]
    if not steps:
        return Decision(None, Note("large_enough", {"width": facts.width, "height": facts.height}), rule_id)
    review = bool(rule and rule.review) or mode is Mode.CREATIVE
    return Decision(Plan(tuple(steps), mode, review), steps[-1].reason, rule_id)


def _too_large(facts: Facts, limits: Limits) -> Note | None:
    if facts.width * facts.height <= limits.max_pixels:
        return None
    return Note("too_large", {"width": facts.width, "height": facts.height, "limit": limits.max_pixels})


def _upscaling_rule(facts: Facts, rules: Iterable[RuleSpec]) -> RuleSpec | None:
    for rule in rules:
        if rule.action is Action.UPSCALE and rule.condition.fails(facts.width, facts.height):
            return rule
    return None


def _erase(wishes: Wishes) -> Step | None:
    if wishes.clean_up is CleanUp.OFF:
        return None
    return Step("erase", params={"detect": list(DETECT[wishes.clean_up])})


def _upscale(facts: Facts, rule: RuleSpec | None, wishes: Wishes, limits: Limits) -> Step | None:
    factor, model, reason = _enlargement(facts, rule, wishes)
    if factor <= 1.0:
        return None
    most = _largest(facts, limits)
    if most < factor:
        reason = Note("capped", {"max_pixels": limits.max_pixels, "max_side": limits.max_side})
        factor = most
    if factor <= 1.0:
        return None
    width, height = math.ceil(facts.width * factor - 1e-6), math.ceil(facts.height * factor - 1e-6)
    if factor == most:
        width, height = int(facts.width * factor + 1e-6), int(facts.height * factor + 1e-6)
    return Step("upscale", model, {"width": width, "height": height}, reason)


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
        "rule": rule.name,
        "width": facts.width,
        "height": facts.height,
        "min_width": condition.min_width,
        "min_height": condition.min_height,
        "min_megapixels": condition.min_megapixels,
        "message": rule.message,
    }
