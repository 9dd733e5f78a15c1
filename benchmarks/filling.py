"""How well each eraser at hand and OpenCV fill what a mark hid, turn by turn, where the true mask is known."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from statistics import mean, median
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.stamps import Stamped
from training import metrics
from wagtail_restore.engines import runner
from wagtail_restore.engines.base import Context
from wagtail_restore.engines.erase_step import PAINTED_EDGE
from wagtail_restore.engines.pool import Pool
from wagtail_restore.imaging import masks, strokes
from wagtail_restore.imaging.codec import Picture, Source
from wagtail_restore.imaging.planning import Mode, Plan, Step

Pixels = NDArray[Any]
Fill = Callable[[Pixels, masks.Mask], Pixels]
"""From uint8 (H, W, 3) and the mask, bool (H, W), to the same without what the mask covers."""

TELEA, NAVIER_STOKES = "OpenCV, Telea", "OpenCV, Navier–Stokes"
METHODS = {TELEA: cv2.INPAINT_TELEA, NAVIER_STOKES: cv2.INPAINT_NS}
RADIUS = 3
"""Pixels that OpenCV's methods look around a place, as its documentation has them."""
CONTEXT = 24
"""Pixels around the mask that the structural measures see besides it."""


@dataclass
class Scores:
    """Of one eraser, by mark in the same order for all of them."""

    kinds: list[str] = field(default_factory=list)
    psnr: list[float] = field(default_factory=list)
    ssim: list[float] = field(default_factory=list)
    gmsd: list[float] = field(default_factory=list)
    haarpsi: list[float] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    outside: int = 0

    def rows(self, name: str) -> list[dict[str, Any]]:
        """One for each kind of mark."""
        return [self._row(name, kind) for kind in dict.fromkeys(self.kinds)]

    def _row(self, name: str, kind: str) -> dict[str, Any]:
        def over(values: Sequence[float]) -> float:
            return mean(value for value, mine in zip(values, self.kinds, strict=True) if mine == kind)

        seconds = median(value for value, mine in zip(self.seconds, self.kinds, strict=True) if mine == kind)
        return {
            "eraser": name,
            "kind": kind,
            "psnr_db": round(over(self.psnr), 2),
            "ssim": round(over(self.ssim), 4),
            "gmsd": round(over(self.gmsd), 4),
            "haarpsi": round(over(self.haarpsi), 4),
            "seconds_per_mp": round(seconds, 3),
            "outside_changed_pixels": self.outside,
        }


def erasers(pool: Pool, aliases: Sequence[str]) -> dict[str, Fill]:
    """Our Models by alias, through the product's runner, and OpenCV's methods with the same soft edge."""
    ours: dict[str, Fill] = {alias: partial(_ours, pool, alias) for alias in aliases}
    return ours | {name: partial(_opencv, flag) for name, flag in METHODS.items()}


def grown(stamp: Stamped) -> masks.Mask:
    """The true ink grown as the product grows what it has found: by its own edge and as far as the glow reaches."""
    height, width = stamp.ink.shape
    frame = stamp.pixels.astype(np.float32) / np.float32(255.0)
    bright, opacity = stamp.colour != "black", stamp.ink.astype(np.float32)
    ink = strokes.Ink(np.eye(3), frame, opacity, stamp.ink, bright, 1.0, stamp.tall)
    return strokes.cover_of(ink, frame, ((0, 0), (width, 0), (width, height), (0, height)))


def measure(stamp: Stamped, fills: Mapping[str, Fill], scores: Mapping[str, Scores], turn: int) -> None:
    """All ``fills`` on one photograph, beginning with another one each ``turn``."""
    mask = grown(stamp)
    names = list(fills)
    for name in names[turn % len(names) :] + names[: turn % len(names)]:
        began = time.perf_counter()
        made = fills[name](stamp.pixels, mask)
        _note(scores[name], stamp, mask, made, time.perf_counter() - began)


def _note(scores: Scores, stamp: Stamped, mask: masks.Mask, made: Pixels, seconds: float) -> None:
    touched = masks.feather(mask, PAINTED_EDGE) > 0
    here = _around(touched)
    true, ours = metrics.brightness(stamp.clean), metrics.brightness(made)
    scores.kinds.append(stamp.kind)
    scores.psnr.append(metrics.psnr(ours[mask][None], true[mask][None], 0))
    for name in ("ssim", "gmsd", "haarpsi"):
        getattr(scores, name).append(getattr(metrics, name)(ours[here], true[here], 0))
    scores.seconds.append(seconds / (mask.size / 1e6))
    scores.outside += int(np.count_nonzero((made != stamp.pixels).any(axis=2) & ~touched))


def _around(touched: masks.Mask) -> tuple[slice, slice]:
    """The box around ``touched`` with some context."""
    spans = (np.flatnonzero(touched.any(axis=axis)) for axis in (1, 0))
    rows, columns = (slice(max(0, int(span[0]) - CONTEXT), int(span[-1]) + CONTEXT + 1) for span in spans)
    return rows, columns


def _ours(pool: Pool, alias: str, pixels: Pixels, mask: masks.Mask) -> Pixels:
    plan = Plan((Step("erase", alias, {"mask": "true"}),), Mode.STRICT)
    picture = Picture(pixels, None, Source("PNG"))
    return runner.run(plan, picture, pool, Context(), masks={"true": mask}).picture.pixels


def _opencv(flag: int, pixels: Pixels, mask: masks.Mask) -> Pixels:
    weight = masks.feather(mask, PAINTED_EDGE)
    filled = cv2.inpaint(pixels, (weight > 0).astype(np.uint8), RADIUS, flag)
    return masks.paste(pixels, filled.astype(np.float32) / np.float32(255.0), weight)
