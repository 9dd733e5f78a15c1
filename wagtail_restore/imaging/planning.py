"""The words in which it is said what is to be done with one picture: Wishes, Facts, Conditions, Steps, Plans."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from wagtail_restore.imaging.anchoring import Stencil


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


class Repair(StrEnum):
    """What is to be taken out of the picture at its own size; the value is the purpose of the Model that does it."""

    OFF = "off"
    NOISE = "noise"
    JPEG = "jpeg"


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
    """What a rule does with a picture that is too small, or with every picture."""

    UPSCALE = "upscale"
    REFUSE = "refuse"
    ERASE = "erase"


@dataclass(frozen=True)
class Wishes:
    """What the editor asked for on the form; the default asks for nothing and leaves all to the rules.

    ``strength`` (0..1) is the share that the network has in an enlargement, the rest being a plain one; ``denoise``
    (0..1) how much noise an upscaling Model takes out that can be told, None for as much as it does by itself.
    """

    clean_up: CleanUp = CleanUp.OFF
    upscale: Upscale = Upscale.RULE
    width: int | None = None
    model: str = Choice.AUTO
    mode: Mode = Mode.STRICT
    strength: float = 1.0
    denoise: float | None = None
    faces: bool = False
    repair: Repair = Repair.OFF

    def __post_init__(self) -> None:
        for share in (self.strength, self.denoise):
            if share is not None and not 0.0 <= share <= 1.0:
                raise ValueError(f"{share} is not between 0 and 1")

    @property
    def explicit(self) -> bool:
        """Whether the editor asked for anything to be done."""
        return (
            self.clean_up is not CleanUp.OFF
            or self.upscale in (Upscale.X2, Upscale.X4, Upscale.WIDTH)
            or self.repair is not Repair.OFF
            or self.faces
        )

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Wishes:
        """The Wishes in a stored row; what an older row does not know has its default."""
        return cls(
            clean_up=CleanUp(data.get("clean_up", CleanUp.OFF)),
            upscale=Upscale(data.get("upscale", Upscale.RULE)),
            width=data.get("width"),
            model=data.get("model", Choice.AUTO),
            mode=Mode(data.get("mode", Mode.STRICT)),
            strength=float(data.get("strength", 1.0)),
            denoise=None if data.get("denoise") is None else float(data["denoise"]),
            faces=bool(data.get("faces", False)),
            repair=Repair(data.get("repair", Repair.OFF)),
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
    """One active rule as planning sees it, in the administrator's order; ``model`` is a Choice or an alias.

    ``stencil`` is what an erasing rule erases.
    """

    id: int
    name: str
    condition: Condition
    action: Action
    target_width: int | None = None
    model: str = Choice.AUTO
    mode: Mode = Mode.STRICT
    message: str = ""
    review: bool = False
    stencil: Stencil | None = None


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

    @property
    def stencil(self) -> Stencil | None:
        """The mask template that is erased with; a Plan has one at most."""
        found = (step.params["template"] for step in self.steps if "template" in step.params)
        return next((Stencil.from_json(data) for data in found), None)

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
    """The Plan, or None and why; ``rule`` is the id of the rule that asked for it, the enlarging one first."""

    plan: Plan | None
    reason: Note
    rule: int | None = None
