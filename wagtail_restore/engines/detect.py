"""Text, date stamps and watermarks in a picture: read by RapidOCR, and seen by a network of our own."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import rapidocr
from numpy.typing import NDArray

from wagtail_restore.engines import marks
from wagtail_restore.engines.base import Capabilities, Engine, Region
from wagtail_restore.engines.border import Sheet, sheet
from wagtail_restore.engines.dates import LIKELY, POSSIBLE, WHOLE, date_strength
from wagtail_restore.engines.evidence import Line, Verdict, judge
from wagtail_restore.engines.marker import Marker
from wagtail_restore.engines.rows import joined, merge, spaced, trimmed, with_dates
from wagtail_restore.engines.tiles import complete
from wagtail_restore.engines.weights import locate
from wagtail_restore.exceptions import WeightsMissing
from wagtail_restore.imaging.repeats import Shapes

NETWORKS = {
    "Det.model_path": "PP-OCRv6_det_small.onnx",
    "Rec.model_path": "PP-OCRv6_rec_small.onnx",
    "Cls.model_path": "ch_ppocr_mobile_v2.0_cls_mobile.onnx",
}
"""The files in the wheel. Naming them keeps RapidOCR from looking whether it should download any."""

READ = 1600
"""The longer side, in pixels, to which the reader reduces a picture; what is done before it is done to no more."""

SLIMMEST = 4
"""The reader is shown nothing that is more than so many times as long as wide."""

LEGIBLE = 0.6
"""What was read with a lower score, or is a single letter, is noise."""
LONG = 2.5
"""A date is at least so many times as wide as high."""
SURE = 0.6
"""Below this confidence a date is looked for again."""

Polygon = tuple[tuple[int, int], ...]


class TextDetector(Engine):
    """Reads a picture as it is, and what a network of our own sees lying over it, and judges each line.

    Where no date is sure by then, the edges are read once more, enlarged and in the colours of stamps, and where none
    is sure after that, with nothing left but strokes. What stands all over a picture is then looked for by its shape,
    too.
    Kinds of Region are ``date``, ``watermark`` and ``text``. Runs on the CPU.
    """

    extra = "worker"

    _reader: rapidocr.RapidOCR | None = None
    _marker: Marker

    @property
    def capabilities(self) -> Capabilities:
        return Capabilities(kind="detect", channels=(1, 3))

    @property
    def size(self) -> int:
        if self._reader is None:
            return 0
        return sum(path.stat().st_size for path in _networks().values()) + 4 * self.model.parameters

    def load(self) -> None:
        if self._reader is not None:
            return
        networks = _networks()
        for path in networks.values():
            if not path.is_file():
                raise WeightsMissing(model=self.model.alias, path=str(path))
        self._marker = marks.load(locate(self.model, self.folders), self.model.alias)
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
        known = _coloured(pixels)
        small, scale = _reduced(known)
        plain = self._read(np.asarray(cv2.convertScaleAbs(small, alpha=255.0)), plain=True)
        view = marks.look(self._marker, known)
        both = merge([_enlarged(line, scale) for line in plain], self._read_view(view))
        lines = _seen_in(view, joined([spaced(line, known) for line in both]))
        verdicts = judge(lines, known)
        for closed in (False, True):
            if any(_is_surely_a_date(verdict) for verdict in verdicts):
                break
            more = _seen_in(view, with_dates(lines, self._read_edges(known, closed=closed)))
            again = verdicts if more == lines else judge(more, known)
            # Another reading of the same place may be fuller and yet look less like a date.
            if _surest_date(again) > _surest_date(verdicts):
                lines, verdicts = more, again
        height, width = pixels.shape[:2]
        verdicts = complete(verdicts, Shapes(view.shares[:, :, None], view.scale), width, height)
        # What only the network brought out is worth telling when it is a mark, not when it is some scribble; whoever
        # knows words of a mark may know better.
        told, faint = ([_region(v, width, height) for v in some] for some in _parted(verdicts))
        self.faint = faint
        return [region for region in told if mask is None or _touches(region, mask)]

    def overlay(self, pixels: NDArray[Any]) -> marks.View:
        self.load()
        return marks.look(self._marker, _coloured(pixels))

    def _read(self, pixels: NDArray[np.uint8], *, plain: bool, least: float = LEGIBLE) -> list[Line]:
        assert self._reader is not None  # noqa: S101 — run() has just loaded it, and mypy cannot know
        # RapidOCR goes on with what it was told last, so it is told every time.
        result: Any = self._reader(cv2.cvtColor(_widened(pixels), cv2.COLOR_RGB2BGR), use_det=True, use_rec=True)
        if result.boxes is None:
            return []
        return [
            Line(tuple((round(float(x)), round(float(y))) for x, y in box), text.strip(), round(float(score), 3), plain)
            for box, text, score in zip(result.boxes, result.txts, result.scores, strict=True)
            if score >= least and (text.strip().isdecimal() or sum(letter.isalnum() for letter in text) >= 2)
        ]

    def _read_view(self, view: marks.View) -> list[Line]:
        """What is written in ``view``, in pixels of the picture."""
        box = view.writing
        if box is None:
            return []
        return [_enlarged(line, view.scale, box[:2]) for line in self._read(view.printed(box), plain=False)]

    def _read_edges(self, pixels: NDArray[Any], *, closed: bool) -> list[Line]:
        """What stands near the edges of ``pixels`` and is easily overlooked, pieces of dates put together."""
        edges = sheet(pixels, closed=closed)
        shown = np.asarray(edges.pixels[:, :, :1], dtype=np.float32) / np.float32(255.0)
        lines = []
        for line in self._read(edges.pixels, plain=False, least=0.0):
            strip = edges.strip_of(line)
            if strip is None:
                continue
            both = [line, *self._read_upside_down(edges, line)] if strip.sideways else [line]
            legible = (spaced(each, shown) for each in both if each.score >= LEGIBLE)
            lines += [edges.in_picture(_tight(each, shown), strip) for each in legible]
        return [*lines, *joined(merge([], lines))]

    def _read_upside_down(self, edges: Sheet, line: Line) -> list[Line]:
        """The same line, if it is as long as a date, the other way round: which way a camera was held nobody knows."""
        (left, top), (right, bottom) = np.array(line.polygon).min(axis=0), np.array(line.polygon).max(axis=0)
        if date_strength(line.text) >= WHOLE or right - left < LONG * (bottom - top):
            return []
        assert self._reader is not None  # noqa: S101 — as above
        crop = edges.pixels[max(0, top) : bottom, max(0, left) : right][::-1, ::-1]
        result: Any = self._reader(np.ascontiguousarray(crop), use_det=False, use_rec=True)
        corners = (*line.polygon[2:], *line.polygon[:2])
        return [
            Line(corners, text.strip(), round(float(score), 3), plain=False)
            for text, score in zip(result.txts or (), result.scores or (), strict=True)
        ]


def _coloured(pixels: NDArray[Any]) -> NDArray[np.float32]:
    colour = np.repeat(pixels, 3, axis=2) if pixels.shape[2] == 1 else pixels
    return np.ascontiguousarray(colour, dtype=np.float32)


def _reduced(pixels: NDArray[np.float32]) -> tuple[NDArray[np.float32], float]:
    """``pixels`` no larger than they are read, and how many times as large they were."""
    height, width = pixels.shape[:2]
    scale = max(height, width) / READ
    if scale <= 1.0:
        return pixels, 1.0
    size = (max(1, round(width / scale)), max(1, round(height / scale)))
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), dtype=np.float32), scale


def _seen_in(view: marks.View, lines: Sequence[Line]) -> list[Line]:
    return [replace(line, over=round(view.share(line.polygon), 3)) for line in lines]


def _widened(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """``pixels`` with more of the same below or beside them where they are a thin strip.

    The reader enlarges the shorter side to 736 pixels: of 10 × 1000 it would make 736 × 73600.
    """
    height, width = pixels.shape[:2]
    least = math.ceil(max(height, width) / SLIMMEST)
    room = (0, max(0, least - height), 0, max(0, least - width))
    return np.asarray(cv2.copyMakeBorder(pixels, *room, cv2.BORDER_REPLICATE), np.uint8) if any(room) else pixels


def _enlarged(line: Line, scale: float, start: tuple[int, int] = (0, 0)) -> Line:
    left, top = start
    return replace(line, polygon=tuple((round((x + left) * scale), round((y + top) * scale)) for x, y in line.polygon))


def _networks() -> dict[str, Path]:
    folder = Path(rapidocr.__file__).parent / "models"
    return {key: folder / name for key, name in NETWORKS.items()}


def _region(verdict: Verdict, width: int, height: int) -> Region:
    # A mark at the edge keeps its corners beyond it: its places are only alike as a whole.
    polygon = verdict.line.polygon
    inside = [(min(max(x, 0), width), min(max(y, 0), height)) for x, y in polygon]
    left, top = min(x for x, _ in inside), min(y for _, y in inside)
    right, bottom = max(x for x, _ in inside), max(y for _, y in inside)
    box = (left, top, max(1, right - left), max(1, bottom - top))
    return Region(verdict.kind, box, polygon, verdict.line.text, verdict.confidence)


def _parted(verdicts: Sequence[Verdict]) -> tuple[list[Verdict], list[Verdict]]:
    """What is worth telling, and text that was not read in the picture as it is."""
    told = [verdict for verdict in verdicts if verdict.line.plain or verdict.kind != "text"]
    return told, [verdict for verdict in verdicts if verdict not in told]


def _is_surely_a_date(verdict: Verdict) -> bool:
    """Whether a date is found so surely, and read so fully, that the edges need no second look."""
    return verdict.kind == "date" and verdict.confidence >= SURE and date_strength(verdict.line.text) >= LIKELY


def _surest_date(verdicts: Sequence[Verdict]) -> float:
    return max((verdict.confidence for verdict in verdicts if verdict.kind == "date"), default=0.0)


def _tight(line: Line, pixels: NDArray[Any]) -> Line:
    return trimmed(line, pixels) if date_strength(line.text) >= POSSIBLE else line


def _touches(region: Region, mask: NDArray[Any]) -> bool:
    x, y, width, height = region.box
    return bool((mask[y : y + height, x : x + width] > 0).any())
