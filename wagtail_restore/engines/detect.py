"""Text, date stamps and watermarks in a picture, read by RapidOCR with the networks that come in its wheel."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import rapidocr
from numpy.typing import NDArray

from wagtail_restore.engines.base import Capabilities, Engine, Region
from wagtail_restore.engines.evidence import Line, Verdict, judge
from wagtail_restore.engines.tiles import complete
from wagtail_restore.exceptions import WeightsMissing

NETWORKS = {
    "Det.model_path": "PP-OCRv6_det_small.onnx",
    "Rec.model_path": "PP-OCRv6_rec_small.onnx",
    "Cls.model_path": "ch_ppocr_mobile_v2.0_cls_mobile.onnx",
}
"""The files in the wheel. Naming them keeps RapidOCR from looking whether it should download any."""

NARROW = 8.0
"""The narrowest blur, in pixels, that a wide one may be made as on a smaller picture."""

LEGIBLE = 0.6
"""What was read with a lower score, or is a single sign, is noise."""


class TextDetector(Engine):
    """Reads a picture twice, as it is and with its local contrast raised which shows faint marks, and judges each line.

    What stands all over a picture is then looked for by its shape, too.
    Kinds of Region are ``date``, ``watermark`` and ``text``. Runs on the CPU.
    """

    extra = "worker"

    _reader: rapidocr.RapidOCR | None = None

    @property
    def capabilities(self) -> Capabilities:
        return Capabilities(kind="detect", channels=(1, 3))

    @property
    def size(self) -> int:
        if self._reader is None:
            return 0
        return sum(path.stat().st_size for path in _networks().values())

    def load(self) -> None:
        if self._reader is not None:
            return
        networks = _networks()
        for path in networks.values():
            if not path.is_file():
                raise WeightsMissing(model=self.model.alias, path=str(path))
        self._reader = rapidocr.RapidOCR(
            params={
                **{key: str(path) for key, path in networks.items()},
                "Global.use_cls": False,
                "Global.log_level": "error",
                "Global.text_score": 0.0,
                "Det.thresh": 0.2,
                "Det.box_thresh": 0.3,
                "EngineConfig.onnxruntime.intra_op_num_threads": int(os.environ.get("OMP_NUM_THREADS", "-1")),
            }
        )
        self.device = "cpu"

    def run(self, pixels: NDArray[Any], mask: NDArray[Any] | None = None) -> list[Region]:
        """The Regions of ``pixels``, float32 (H, W, C) in 0..1; where a ``mask`` is given, only those that touch it."""
        self.load()
        colour = np.repeat(pixels, 3, axis=2) if pixels.shape[2] == 1 else pixels
        plain = self._read(np.rint(colour * 255.0).astype(np.uint8), plain=True)
        raised = self._read(raise_contrast(colour), plain=False)
        lines = merge(plain, raised)
        known = np.asarray(colour, dtype=np.float32)
        verdicts = complete(judge(lines, known), known)
        height, width = pixels.shape[:2]
        # What shows only with its contrast raised is worth telling when it is a mark, not when it is some scribble.
        found = [_region(v, width, height) for v in verdicts if v.line.plain or v.kind != "text"]
        return [region for region in found if mask is None or _touches(region, mask)]

    def _read(self, pixels: NDArray[np.uint8], *, plain: bool) -> list[Line]:
        assert self._reader is not None  # noqa: S101 — run() has just loaded it, and mypy cannot know
        result: Any = self._reader(np.ascontiguousarray(pixels[:, :, ::-1]))
        if result.boxes is None:
            return []
        return [
            Line(tuple((round(float(x)), round(float(y))) for x, y in box), text.strip(), round(float(score), 3), plain)
            for box, text, score in zip(result.boxes, result.txts, result.scores, strict=True)
            if score >= LEGIBLE and sum(letter.isalnum() for letter in text) >= 2
        ]


def raise_contrast(pixels: NDArray[Any]) -> NDArray[np.uint8]:
    """The darkest channel, where white marks show best, with mean and spread evened out locally; uint8 (H, W, 3)."""
    plane = np.ascontiguousarray(pixels.min(axis=2), dtype=np.float32)
    reach = max(8.0, min(plane.shape) / 40.0)
    plane -= _widely_blurred(plane, reach)
    spread = np.sqrt(_widely_blurred(plane * plane, reach))
    spread += 0.016
    plane *= 50.0 / spread
    plane += 128.0
    grey = np.clip(plane, 0.0, 255.0, out=plane).astype(np.uint8)
    return np.repeat(grey[:, :, None], 3, axis=2)


def _widely_blurred(plane: NDArray[np.float32], reach: float) -> NDArray[np.float32]:
    """A Gaussian of ``reach`` pixels; where it is wide it is made on a smaller picture, which shows no difference."""
    times = int(reach // NARROW)
    if times < 2:
        return np.asarray(cv2.GaussianBlur(plane, (0, 0), reach))
    height, width = plane.shape
    small = cv2.resize(plane, (-(-width // times), -(-height // times)), interpolation=cv2.INTER_AREA)
    blurred = cv2.GaussianBlur(small, (0, 0), reach / times)
    return np.asarray(cv2.resize(blurred, (width, height), interpolation=cv2.INTER_LINEAR))


def merge(plain: list[Line], raised: list[Line]) -> list[Line]:
    """Both readings as one: of two lines in the same place the one with more legible letters counts."""
    kept: list[Line] = []
    for line in sorted([*plain, *raised], key=_legible_letters, reverse=True):
        rival = next((other for other in kept if _overlap(line, other) > 0.5), None)
        if rival is None:
            kept.append(line)
        elif line.plain and not rival.plain:
            kept[kept.index(rival)] = Line(rival.polygon, rival.text, rival.score, plain=True)
    return sorted(kept, key=lambda line: (line.centre[1], line.centre[0]))


def _legible_letters(line: Line) -> float:
    return line.score * sum(letter.isalnum() for letter in line.text)


def _overlap(one: Line, other: Line) -> float:
    """The shared area as a share of the smaller line's."""
    a, b = (cv2.minAreaRect(np.array(line.polygon, dtype=np.float32)) for line in (one, other))
    smaller = min(a[1][0] * a[1][1], b[1][0] * b[1][1])
    _, shared = cv2.rotatedRectangleIntersection(a, b)
    if shared is None or smaller <= 0:
        return 0.0
    return float(cv2.contourArea(cv2.convexHull(shared)) / smaller)


def _networks() -> dict[str, Path]:
    folder = Path(rapidocr.__file__).parent / "models"
    return {key: folder / name for key, name in NETWORKS.items()}


def _region(verdict: Verdict, width: int, height: int) -> Region:
    polygon = tuple((min(max(x, 0), width), min(max(y, 0), height)) for x, y in verdict.line.polygon)
    left, top = min(x for x, _ in polygon), min(y for _, y in polygon)
    right, bottom = max(x for x, _ in polygon), max(y for _, y in polygon)
    box = (left, top, max(1, right - left), max(1, bottom - top))
    return Region(verdict.kind, box, polygon, verdict.line.text, verdict.confidence)


def _touches(region: Region, mask: NDArray[Any]) -> bool:
    x, y, width, height = region.box
    return bool((mask[y : y + height, x : x + width] > 0).any())
