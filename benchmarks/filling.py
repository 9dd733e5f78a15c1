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

from benchmarks import fsr
from benchmarks.fsr import Reconstruction
from benchmarks.stamps import BLOB, Corners, Stamped
from training import metrics
from wagtail_restore.engines import runner
from wagtail_restore.engines.base import Context, Region
from wagtail_restore.engines.pool import Pool
from wagtail_restore.imaging import masks, strokes
from wagtail_restore.imaging.care import Care
from wagtail_restore.imaging.codec import Picture, Source
from wagtail_restore.imaging.planning import Mode, Plan, Step

Pixels = NDArray[Any]
Fill = Callable[[Stamped, masks.Mask], Pixels | None]
"""From a photograph with a mark and the mask, bool (H, W), to uint8 (H, W, 3) without it; None: not for this kind."""

TELEA, NAVIER_STOKES = "OpenCV, Telea", "OpenCV, Navier–Stokes"
METHODS = {TELEA: cv2.INPAINT_TELEA, NAVIER_STOKES: cv2.INPAINT_NS}
CLASSICAL = ("classic", *METHODS, *fsr.METHODS)
"""Those that have learnt nothing."""
RADIUS = 3
"""Pixels that OpenCV's methods look around a place, as its documentation has them."""
CLEAN_UP = "*Clean up*"
"""The whole route of the product, told where the lines are, as a detector that finds everything would tell it."""
AROUND = 0.15
"""Detectors draw boxes so much larger than the ink, on every side, as a share of the line's height."""
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
        """One for each kind of mark that it was tried on."""
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


def erasers(pool: Pool, aliases: Sequence[str], peer: Reconstruction | None = None) -> dict[str, Fill]:
    """Our Models by alias, through the product's runner, the whole of *Clean up*, and OpenCV's methods."""
    ours: dict[str, Fill] = {alias: partial(_ours, pool, alias) for alias in aliases}
    ours[CLEAN_UP] = partial(_clean_up, pool)
    theirs: dict[str, Fill] = {name: partial(_opencv, flag) for name, flag in METHODS.items()}
    if peer is not None:
        theirs |= {name: partial(_reconstructed, peer, name) for name in fsr.METHODS}
    return ours | theirs


def grown(stamp: Stamped) -> masks.Mask:
    """The true ink grown as the product grows what it has found: by its own edge and as far as the glow reaches.

    A blob is a hole as it is.
    """
    if stamp.kind == BLOB:
        return stamp.ink
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
        made = fills[name](stamp, mask)
        if made is not None:
            seconds = time.perf_counter() - began
            _note(scores[name], stamp, mask, _allowed(stamp, mask) if name == CLEAN_UP else mask, made, seconds)


def _allowed(stamp: Stamped, mask: masks.Mask) -> masks.Mask:
    """*Clean up* may take off a glow, or a whole line whose strokes it cannot make out: up to a line's height away."""
    height, width = mask.shape
    polygons = [region.polygon for region in _regions(stamp)]
    return masks.grow(mask | masks.draw(polygons, width, height), round(stamp.tall))


def _note(scores: Scores, stamp: Stamped, mask: masks.Mask, touched: masks.Mask, made: Pixels, seconds: float) -> None:
    here = _around(mask)
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


def _ours(pool: Pool, alias: str, stamp: Stamped, mask: masks.Mask) -> Pixels:
    plan = Plan((Step("erase", alias, {"mask": "true"}),), Mode.STRICT)
    picture = Picture(stamp.pixels, None, Source("PNG"))
    exactly = Care(painted_margin=0)
    return runner.run(plan, picture, pool, Context(), masks={"true": mask}, care=exactly).picture.pixels


def _clean_up(pool: Pool, stamp: Stamped, mask: masks.Mask) -> Pixels | None:
    if stamp.kind == BLOB:
        return None
    regions = [region.to_json() for region in _regions(stamp)]
    plan = Plan((Step("erase", "auto", {"regions": regions}),), Mode.STRICT)
    return runner.run(plan, Picture(stamp.pixels, None, Source("PNG")), pool, Context()).picture.pixels


def _regions(stamp: Stamped) -> list[Region]:
    """Where the lines are that lie in the picture at least in part: of those all over it some lie beside it."""
    height, width = stamp.ink.shape
    return [_region(stamp, line) for line in stamp.lines if masks.draw([line], width, height).any()]


def _region(stamp: Stamped, line: Corners) -> Region:
    (x, y), (width, height), turn = cv2.minAreaRect(np.array(line, dtype=np.float32))
    wider = 2 * AROUND * stamp.tall
    corners = cv2.boxPoints(((x, y), (width + wider, height + wider), turn))
    polygon = tuple((round(float(px)), round(float(py))) for px, py in corners)
    (left, right), (top, bottom) = (
        (min(max(min(places), 0), side - 1), min(max(max(places), 1), side))
        for places, side in zip(zip(*polygon, strict=True), stamp.ink.shape[::-1], strict=True)
    )
    box = (left, top, max(1, right - left), max(1, bottom - top))
    return Region(stamp.kind, box, polygon, stamp.text, 1.0)


def _opencv(flag: int, stamp: Stamped, mask: masks.Mask) -> Pixels:
    return np.asarray(cv2.inpaint(stamp.pixels, mask.astype(np.uint8), RADIUS, flag))


def _reconstructed(peer: Reconstruction, method: str, stamp: Stamped, mask: masks.Mask) -> Pixels | None:
    """Crop by crop, as it takes long over everything; the better way, which takes minutes, on blobs alone."""
    if method == fsr.BEST and stamp.kind != BLOB:
        return None
    made = stamp.pixels.copy()
    for x, y, width, height in masks.boxes(mask, CONTEXT):
        here = (slice(y, y + height), slice(x, x + width))
        made[here] = np.where(mask[here][:, :, None], peer.fill(method, made[here], mask[here]), made[here])
    return made
