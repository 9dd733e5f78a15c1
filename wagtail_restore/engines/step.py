"""What every kind of Step is given, and what it gives back."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from wagtail_restore.catalogue import Model
from wagtail_restore.engines.base import Context, Engine, Region
from wagtail_restore.engines.pool import Pool
from wagtail_restore.exceptions import NotFaithful, OutOfMemory
from wagtail_restore.imaging.care import Care
from wagtail_restore.imaging.logo import Mark
from wagtail_restore.imaging.planning import Mode

if TYPE_CHECKING:
    from wagtail_restore.imaging.codec import Picture

T = TypeVar("T")

_CODES = {"uint8": cv2.CV_8U, "uint16": cv2.CV_16U}


@dataclass(frozen=True)
class Work:
    """The surroundings of one Step: where Engines come from, how to report and stop, how sure a detector must be."""

    pool: Pool
    context: Context
    mode: Mode
    sure: float
    masks: Mapping[str, NDArray[Any]] = field(default_factory=dict)
    care: Care = field(default_factory=Care)
    marks: Sequence[Mark] = ()
    wordings: Sequence[str] = ()
    """What is looked for wherever watermarks are, by its picture and by its words."""


@dataclass(frozen=True)
class Done:
    """What became of one Step; ``entry`` is its line of the report, ``unsure`` waits for a person.

    ``within`` are the pixels, bool (H, W), that the Step was allowed to change; None where it was all.
    """

    picture: Picture
    entry: Mapping[str, Any]
    changed: bool = True
    consistency: float | None = None
    threshold: float = 0.0
    unsure: tuple[Region, ...] = ()
    within: NDArray[np.bool_] | None = None


def model_for(work: Work, kind: str, choice: str, scale: float = 1.0) -> Model:
    """The Model for a Step, in strict mode a faithful one.

    Raises ``UnknownModel``, and ``NotFaithful`` where strict mode has no other, or was told to take it.
    """
    strict = work.mode is Mode.STRICT
    model = work.pool.choose(kind, choice, scale=scale, strict=strict)
    if strict and not model.faithful:
        raise NotFaithful(model=model.alias)
    return model


def with_memory(work: Work, model: Model, task: Callable[[Engine], T], *, mix: float | None = None) -> tuple[T, Engine]:
    """What ``task`` makes with the Engine of ``model``, and that Engine; ``mix`` is as in ``Pool.get``.

    When memory runs out, the other Engines are let go, then the CPU is tried; ``OutOfMemory`` is raised when that
    was the CPU already.
    """
    engine = work.pool.get(model.alias, mix=mix)
    try:
        return task(engine), engine
    except OutOfMemory:
        if not work.pool.only(engine) and engine.device == "cpu":
            raise
    try:
        return task(engine), engine
    except OutOfMemory:
        if engine.device == "cpu":
            raise
    engine = work.pool.get(model.alias, device="cpu", mix=mix)
    return task(engine), engine


def to_float(values: NDArray[Any]) -> NDArray[np.float32]:
    """uint8 or uint16 as float32 in 0..1."""
    scaled = values.astype(np.float32)
    scaled /= np.float32(np.iinfo(values.dtype).max)
    return scaled


def to_integers(values: NDArray[Any], dtype: np.dtype[Any]) -> NDArray[Any]:
    """Float in 0..1, clipped, as the integers of ``dtype`` (uint8 or uint16) over their whole range."""
    if not values.size:
        return np.zeros(values.shape, dtype)
    # As a plane of numbers: of several channels OpenCV would multiply the first alone.
    plane = np.asarray(values, np.float32).reshape(len(values), -1)
    made: NDArray[Any] = cv2.multiply(plane, float(np.iinfo(dtype).max), dtype=_CODES[str(dtype)])
    return made.reshape(values.shape)
