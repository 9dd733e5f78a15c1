"""The contract of an Engine: what it can do is data on it, what it does is one method."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray

from wagtail_restore.catalogue import Model
from wagtail_restore.exceptions import OutOfMemory

__all__ = ["Capabilities", "Context", "Engine", "Mix", "OutOfMemory", "Overlay", "Region", "Stream"]


@dataclass(frozen=True)
class Capabilities:
    """What callers may ask of an Engine; they never test its type or name."""

    kind: str
    """The kind of Step it performs, or ``detect``."""
    scale: int = 1
    """The factor by which its output is larger than its input."""
    tiled: bool = False
    """Whether a picture may be given to it in overlapping tiles."""
    overlap: int = 0
    """Input pixels that neighbouring tiles must share so that no seam shows: its receptive field, edge to edge."""
    channels: tuple[int, ...] = (3,)
    """How many colour channels it takes; others are adapted by the runner."""
    tile: int = 1024
    """The tile side, in input pixels, that is quickest on its device; larger ones only take more memory."""
    batch: int = 1
    """How many tiles of equal size are worth giving to ``run_many`` at once on its device."""
    bytes_per_pixel: int = 2048
    """Memory that it takes for each pixel of a tile, roughly, beyond its weights and the picture it is given."""
    side: int = 0
    """The side, in pixels, of what an eraser sees at once; a hole is cut out for it with so much around, and what is
    larger it fills at this size. 0 where it takes any size as it is."""


@dataclass(frozen=True)
class Mix:
    """Weights between those of two Models: ``share`` of the Engine's own, 0..1, and the rest of ``partner``'s."""

    partner: Model
    share: float


@dataclass(frozen=True)
class Region:
    """What a detector found, in oriented pixels; ``box`` is x, y, width, height; ``on_face``: it covers some of one.

    ``mark`` names the known mark that it is, empty for anything else.
    """

    kind: str
    box: tuple[int, int, int, int]
    polygon: tuple[tuple[int, int], ...]
    text: str
    confidence: float
    on_face: bool = field(default=False, kw_only=True)
    mark: str = field(default="", kw_only=True)

    def to_json(self) -> dict[str, Any]:
        return {
            "kind": self.kind,
            "box": list(self.box),
            "polygon": [list(point) for point in self.polygon],
            "text": self.text,
            "confidence": self.confidence,
            **({"on_face": True} if self.on_face else {}),
            **({"mark": self.mark} if self.mark else {}),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Region:
        x, y, width, height = data["box"]
        polygon = tuple((px, py) for px, py in data["polygon"])
        on_face = bool(data.get("on_face"))
        kind, text, mark = data["kind"], data["text"], str(data.get("mark", ""))
        return cls(kind, (x, y, width, height), polygon, text, data["confidence"], on_face=on_face, mark=mark)


class Stream(Protocol):
    """One picture on its way through an Engine, from top to bottom."""

    def rows(self, width: int) -> int:
        """How many rows of this width are best given at once."""

    def push(self, rows: NDArray[np.float32], *, last: bool) -> NDArray[np.float32]:
        """What these rows complete, of those given so far: float32 (rows × scale, W × scale, C), perhaps no row yet.

        With ``last`` the rest comes too. All in all it is what ``Engine.run`` would make of the whole picture.
        """


class Overlay(Protocol):
    """What lies over one picture, as an Engine sees it that tells it from what is in the picture."""

    def ink(self, polygon: Sequence[tuple[int, int]], box: tuple[int, int, int, int]) -> NDArray[np.bool_]:
        """What in ``polygon`` lies over the picture: bool (height, width) of ``box``, x, y, width and height."""


@dataclass(frozen=True)
class Context:
    """How a run reports and stops: ``progress(fraction, doing)``; ``check()`` raises when it is to end."""

    progress: Callable[[float, str], None] = field(default=lambda fraction, doing: None)
    check: Callable[[], None] = field(default=lambda: None)


class Engine(ABC):
    """Code that performs one kind of Step with one Model on one device.

    A class names the pip extra that it needs; making an instance loads nothing, ``load`` does, once, and raises
    ``ExtraMissing``, ``WeightsMissing``, ``WeightsCorrupt`` or ``WeightsRefused``. After ``load``, ``device`` names
    the device really used, never ``auto``. ``mix`` is given only where the Model names a ``partner``.
    """

    extra: ClassVar[str] = ""
    faint: Sequence[Region] = ()
    """Of the last run of one that reads: what showed too faintly to be told, save to those who know its words."""

    def __init__(
        self, model: Model, *, device: str = "cpu", folders: tuple[str, ...] = (), mix: Mix | None = None
    ) -> None:
        self.model = model
        self.device = device
        self.folders = folders
        self.mix = mix

    @property
    @abstractmethod
    def capabilities(self) -> Capabilities:
        """What this Engine can do; complete once it is loaded."""

    @abstractmethod
    def load(self) -> None:
        """Make ready to run; a second call does nothing."""

    @abstractmethod
    def run(self, pixels: NDArray[Any], mask: NDArray[Any] | None = None) -> Any:
        """Work on ``pixels``, float32 (H, W, C) in 0..1, sRGB or grey; ``mask`` is float32 (H, W), 1 where to erase.

        Any H and W from 1 on are taken; an Engine pads by itself what its network needs. Returns float32
        (H × scale, W × scale, C), or a list of ``Region`` where the kind is ``detect``; the input is not changed.
        Raises ``OutOfMemory``, ``BadOutput``.
        """

    def fill(self, pixels: NDArray[Any], mask: NDArray[Any], context: Context) -> Any:
        """``run`` with a mask, by an Engine that takes long over it: it tells how far it is, and ends when asked to.

        What it gives is what ``run`` gives, bit for bit. Raises what ``run`` and ``context`` raise.
        """
        return self.run(pixels, mask)

    def run_many(self, parts: Sequence[NDArray[Any]]) -> list[Any]:
        """``run`` on each of ``parts`` in their order; quicker than one by one where ``capabilities.batch`` is over 1.

        Every result is what ``run`` gives for that part, to within the rounding of the Engine's precision. No more
        than ``capabilities.batch`` parts of one shape are given at once. Raises what ``run`` raises.
        """
        return [self.run(part) for part in parts]

    def overlay(self, pixels: NDArray[Any]) -> Overlay | None:
        """What lies over ``pixels``, float32 (H, W, C) in 0..1, by an Engine that sees such things; else None."""
        return None

    def stream(self) -> Stream | None:
        """A new way through this Engine for one picture, row by row, where that is better than tiles; else None.

        What ``full_precision`` changes counts for streams that are made after it.
        """
        return None

    def full_precision(self) -> bool:
        """Work in float32 from now on; False where it did so already."""
        return False

    @property
    def precision(self) -> str:
        """The kind of number that its network works in, such as ``bfloat16``; empty without one, or before ``load``."""
        return ""

    @property
    def size(self) -> int:
        """Bytes that the loaded Engine holds."""
        return 0

    def unload(self) -> None:  # noqa: B027 — most Engines hold nothing that must be given back by hand
        """Give the memory back."""
