"""The hole of an erase filled part by part: which Model gets which part, and what it is shown around it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from wagtail_restore.catalogue import Model
from wagtail_restore.engines.base import Context, Engine
from wagtail_restore.engines.step import Work, model_for, to_float, with_memory
from wagtail_restore.exceptions import BadOutput, UnknownModel
from wagtail_restore.imaging import grain, masks

DEEP = 24
"""A part with places further than so many pixels from its border is large: from there on ``classic`` only blurs."""

AROUND = 1.5
"""A network that sees a square of fixed size is shown one so many times as long as the part, if that is larger."""

CLOSE = 16
"""Parts that lie within a side's sixteenth of each other are shown to such a network together."""


@dataclass(frozen=True)
class Filled:
    """The pixels, how many parts each Model filled, and how many large ones had to do with a Model that blurs them."""

    pixels: NDArray[Any]
    counts: dict[str, int]
    device: str
    blurred: int

    def to_json(self) -> dict[str, Any]:
        """For the report; ``models`` only where there were several, as in other Steps."""
        aliases = list(self.counts)
        return {
            "model": aliases[0],
            **({"models": aliases} if len(aliases) > 1 else {}),
            "filled": self.counts,
            "tiles": sum(self.counts.values()),
            "device": self.device,
            **({"blurred": self.blurred} if self.blurred else {}),
        }


@dataclass(frozen=True)
class _Share:
    model: Model
    part: masks.Mask


def fill(source: NDArray[Any], weight: masks.Weight, choice: str, work: Work) -> Filled:
    """``source`` (H, W, C) with what ``weight`` (H, W) marks filled, by the Model of ``choice``.

    ``auto`` gives large parts to a Model that was made for them, where one is at hand, and the rest to another; each
    part is what hangs together. Any other choice is obeyed for all of it. Raises what Engines raise, ``BadOutput``,
    ``UnknownModel`` and ``NotFaithful``.
    """
    hole = weight > 0
    shares, blurred = _shares(hole, choice, work)
    total = sum(int(share.part.any()) for share in shares)
    pixels, still, counts, devices = source, hole.copy(), dict[str, int](), []
    for index, share in enumerate(shares):
        began = index / total
        task = partial(_parts, pixels, share.part, still, weight, work, (began, 1 / total))
        (pixels, count), engine = with_memory(work, share.model, task)
        still &= ~share.part
        counts[share.model.alias] = count
        devices.append(engine.device)
    device = next((each for each in devices if each != "cpu"), devices[0])
    return Filled(pixels, counts, device, blurred)


def _shares(hole: masks.Mask, choice: str, work: Work) -> tuple[list[_Share], int]:
    """Which Model fills what, large parts first, and how many large parts go to a Model that was not made for them."""
    if choice != "auto":
        return [_Share(model_for(work, "erase", choice), hole)], 0
    large, count = _large(hole, work.context)
    model = _for_large(work) if count else None
    if model is None:
        rest = model_for(work, "erase", choice)
        return [_Share(rest, hole)], 0 if rest.purpose == "large" else count
    thin = hole & ~large
    shares = [_Share(model, large)]
    if thin.any():
        shares.append(_Share(model_for(work, "erase", choice), thin))
    return shares, 0


def _for_large(work: Work) -> Model | None:
    try:
        model = work.pool.choose("erase", "large", strict=work.mode.value == "strict")
    except UnknownModel:
        return None
    usable = model.faithful or work.mode.value != "strict"
    return model if usable and work.pool.at_hand(model) else None


def _large(hole: masks.Mask, context: Context) -> tuple[masks.Mask, int]:
    """Those parts of ``hole`` that are large, (H, W), and how many they are."""
    context.check()
    found, labels, stats, _ = cv2.connectedComponentsWithStats(hole.astype(np.uint8), connectivity=8)
    context.check()
    large = stats[:, [cv2.CC_STAT_WIDTH, cv2.CC_STAT_HEIGHT]].min(axis=1) > DEEP
    large[0] = False
    if large.any():
        deepest = np.zeros(found, np.float32)
        # What is nearest to a part and not of it is never another part: the two would be one.
        np.maximum.at(deepest, labels[hole], masks.distance(~hole)[hole])
        large &= deepest > DEEP
    context.check()
    return large[labels], int(large.sum())


def _parts(
    source: NDArray[Any],
    part: masks.Mask,
    still: masks.Mask,
    weight: masks.Weight,
    work: Work,
    share: tuple[float, float],
    engine: Engine,
) -> tuple[NDArray[Any], int]:
    """``source`` with ``part`` filled by the Engine, piece by piece, and the number of pieces.

    Whatever is ``still`` to be filled is a hole for it, though it is not pasted: what goes must not be gone on with.
    """
    pixels = source.copy()
    boxes = _boxes(part, engine.capabilities.side)
    for index, (x, y, width, height) in enumerate(boxes):
        work.context.check()
        here = (slice(y, y + height), slice(x, x + width))
        context = _part(work.context, share[0] + share[1] * index / len(boxes), share[1] / len(boxes))
        filled = _adapted(engine, to_float(pixels[here]), still[here].astype(np.float32), context)
        if not np.isfinite(filled).all():
            raise BadOutput(model=engine.model.alias)
        if engine.capabilities.side:
            filled = grain.add(filled, still[here])
        pixels[here] = masks.paste(pixels[here], filled, np.where(part[here], weight[here], np.float32(0.0)))
        context.progress(1.0, "erase")
    return pixels, len(boxes)


def _part(context: Context, began: float, length: float) -> Context:
    """The share of the Step's progress that belongs to the filling of one piece."""
    return replace(context, progress=lambda done, doing: context.progress(0.3 + 0.7 * (began + length * done), doing))


def _boxes(part: masks.Mask, side: int) -> list[masks.Box]:
    """What an Engine is shown: the parts with a margin, or, where it sees squares of this ``side``, such squares."""
    if not side:
        return masks.boxes(part, max(16, min(part.shape) // 16))
    rim = side // CLOSE
    return [_square(box, side, part.shape) for box in masks.boxes(part, rim)]


def _square(box: masks.Box, side: int, shape: tuple[int, ...]) -> masks.Box:
    """A square around the middle of ``box``, moved and cut so that it lies within the picture of this ``shape``."""
    x, y, width, height = box
    wanted = max(side, round(AROUND * max(width, height)))
    across, down = min(wanted, shape[1]), min(wanted, shape[0])
    left = min(max(0, x + width // 2 - across // 2), shape[1] - across)
    top = min(max(0, y + height // 2 - down // 2), shape[0] - down)
    return left, top, across, down


def _adapted(
    engine: Engine, crop: NDArray[np.float32], mask: NDArray[np.float32], context: Context
) -> NDArray[np.float32]:
    """Grey through an Engine that knows only colour, and back."""
    if crop.shape[2] in engine.capabilities.channels:
        return np.asarray(engine.fill(crop, mask, context), dtype=np.float32)
    coloured = np.asarray(engine.fill(np.repeat(crop, 3, axis=2), mask, context), dtype=np.float32)
    return np.asarray(coloured.mean(axis=2, keepdims=True))
