"""How long a photograph of 12 megapixels takes to be cleaned of one date, from file to file, once all is loaded."""

from __future__ import annotations

import io
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from statistics import median
from typing import Any

import cv2
import numpy as np
import rapidocr
from numpy.typing import NDArray
from PIL import Image

from benchmarks.filling import RADIUS
from benchmarks.lettering import LOOKS
from benchmarks.photos import Photo
from benchmarks.stamps import SEED, dated
from wagtail_restore.engines import runner
from wagtail_restore.engines.base import Context
from wagtail_restore.engines.pool import Pool
from wagtail_restore.exceptions import Kept
from wagtail_restore.imaging import codec, masks
from wagtail_restore.imaging.planning import Mode, Plan, Step

PIXELS = 12_000_000
PHOTOS = 12
"""So many photographs are enlarged, and get a date in one look after the other."""
GRAIN = 3.0
"""Of 255: what is enlarged has no noise of its own, and would be easier to read and to store than a photograph."""
QUALITY = 92
OURS, PEER = "ours", "RapidOCR, Telea, Pillow"


@dataclass
class Large:
    """Seconds by photograph, of ours and of the peer on the same file, turn by turn."""

    rows: list[dict[str, Any]] = field(default_factory=list)

    def look_at(self, photo: Photo, number: int, pool: Pool, peer: Callable[[bytes], bytes]) -> None:
        """Clean what is made of one photograph; the first is done twice, so that all is loaded."""
        index = number % len(LOOKS)
        stamp = dated(enlarged(photo, number), LOOKS[index], np.random.default_rng([SEED, number, index]))
        buffer = io.BytesIO()
        Image.fromarray(stamp.pixels).save(buffer, "JPEG", quality=QUALITY)
        data = buffer.getvalue()
        if not self.rows:
            clean(data, pool)
            peer(data)
        outcome, ours = _timed(partial(clean, data, pool))
        _, theirs = _timed(partial(peer, data))
        self.rows.append({**stamp.told, "outcome": outcome, OURS: round(ours, 2), PEER: round(theirs, 2)})

    def headline(self) -> dict[str, Any]:
        """``large_seconds`` is the median of those that were cleaned, ``large_slowest`` the longest of them."""
        took = [row[OURS] for row in self.rows if row["outcome"] == "done"]
        ratios = [row[PEER] / row[OURS] for row in self.rows if row["outcome"] == "done"]
        return {
            "large_cleaned": len(took),
            "large_of": len(self.rows),
            "large_seconds": round(median(took), 2) if took else None,
            "large_slowest": max(took, default=None),
            "large_peer_ratio": round(median(ratios), 2) if ratios else None,
        }


def enlarged(photo: Photo, number: int) -> Photo:
    """``photo`` with 12 megapixels, and grain."""
    height, width = photo.pixels.shape[:2]
    scale = math.sqrt(PIXELS / (height * width))
    size = (round(width * scale), round(height * scale))
    large = cv2.resize(photo.pixels, size, interpolation=cv2.INTER_CUBIC).astype(np.float32)
    grain = np.random.default_rng([SEED, number]).normal(0.0, GRAIN, large.shape[:2]).astype(np.float32)
    return Photo(photo.name, np.clip(np.rint(large + grain[:, :, None]), 0, 255).astype(np.uint8))


def clean(data: bytes, pool: Pool) -> str:
    """A worker's way from file to file; ``done``, ``unsure`` or ``kept``."""
    picture = codec.decode(data, name="photograph.jpg", max_pixels=10 * PIXELS)
    plan = Plan((Step("erase", "auto", {"detect": ["date"]}),), Mode.STRICT)
    try:
        outcome = runner.run(plan, picture, pool, Context())
    except Kept:
        return "kept"
    if outcome.unsure:
        return "unsure"
    codec.encode(outcome.picture, xmp=outcome.picture.source.xmp, keep_gps=True, original=data)
    return "done"


def naive() -> Callable[[bytes], bytes]:
    """What a page of code makes of the parts at hand: all writing that RapidOCR boxes is filled by Telea's method."""
    reader = rapidocr.RapidOCR(params={"Global.log_level": "error"})

    def erase(data: bytes) -> bytes:
        with Image.open(io.BytesIO(data)) as opened:
            pixels = np.asarray(opened.convert("RGB"))
        boxes = _boxes(reader(cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR)))
        hole = masks.draw(boxes, pixels.shape[1], pixels.shape[0])
        made = cv2.inpaint(pixels, hole.astype(np.uint8), RADIUS, cv2.INPAINT_TELEA)
        buffer = io.BytesIO()
        Image.fromarray(made).save(buffer, "JPEG", quality=QUALITY)
        return buffer.getvalue()

    return erase


def _boxes(read: Any) -> Sequence[tuple[tuple[int, int], ...]]:
    found: NDArray[Any] | Sequence[Any] = read.boxes if read.boxes is not None else ()
    return [tuple((round(float(x)), round(float(y))) for x, y in box) for box in found]


def _timed(task: Callable[[], Any]) -> tuple[Any, float]:
    began = time.perf_counter()
    made = task()
    return made, time.perf_counter() - began
