"""How much of what is stamped on photographs the detector finds, and what it takes for a mark that is none."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import mean
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.photos import Photo
from benchmarks.stamps import Corners, Stamped
from wagtail_restore.conf import Settings
from wagtail_restore.engines.base import Region
from wagtail_restore.imaging import masks

KINDS = ("date", "watermark")
"""What *Clean up* looks for unless it is told more."""
COVERED = 0.6
"""A line is found when regions of its kind cover so much of the box around its ink."""
SEEN = 0.6
"""Lines of which less lies inside the photograph are not asked for."""
SURE = Settings.DETECT_CONFIDENCE
BY = {"date": ("look", "colour", "corner"), "watermark": ("look", "colour", "text")}
"""What recall is told apart by, besides size and opacity in halves."""
MIDDLES = {"date": ("size", 0.04), "watermark": ("opacity", 0.4)}
"""Where the halves meet."""

Find = Callable[[NDArray[Any]], Sequence[Region]]
"""From uint8 (H, W, 3) to what was found in it."""


@dataclass
class Findings:
    """``marks`` has an entry for each mark, ``alarms`` for each region of a photograph without any.

    ``right`` and ``every`` count regions by kind: those that lie mostly on a mark of their kind, and all of them.
    """

    marks: list[dict[str, Any]] = field(default_factory=list)
    alarms: list[dict[str, Any]] = field(default_factory=list)
    photos: int = 0
    right: dict[str, int] = field(default_factory=lambda: dict.fromkeys(KINDS, 0))
    every: dict[str, int] = field(default_factory=lambda: dict.fromkeys(KINDS, 0))

    def look_at_clean(self, photo: Photo, find: Find) -> None:
        """At a photograph without a mark."""
        self.photos += 1
        for region in _marks(find(photo.pixels)):
            self.every[region.kind] += 1
            told = {"kind": region.kind, "text": region.text, "confidence": region.confidence}
            self.alarms.append({"photo": photo.name, **told, "unasked": region.confidence >= SURE})

    def look_at(self, stamp: Stamped, find: Find) -> None:
        """At a photograph with one mark."""
        regions = find(stamp.pixels)
        for region in _marks(regions):
            self.every[region.kind] += 1
            self.right[region.kind] += region.kind == stamp.kind and _mostly_on(region, stamp)
        alike = [region for region in regions if region.kind == stamp.kind]
        sure = [region for region in alike if region.confidence >= SURE]
        read = [f"{region.kind} {region.confidence:.2f} {region.text}" for region in regions]
        shares = {"seen": found(stamp, regions), "found": found(stamp, alike), "sure": found(stamp, sure)}
        self.marks.append({**stamp.told, **shares, "read": read})

    @property
    def unasked(self) -> float:
        """How many regions of a clean photograph would be erased without a question, on average."""
        return sum(alarm["unasked"] for alarm in self.alarms) / max(1, self.photos)

    def rows(self) -> list[dict[str, Any]]:
        """One row for each kind: the share seen as writing of any kind, recall, that of sure regions, precision."""
        return [
            {
                "kind": kind,
                "marks": len(mine),
                "seen": _mean(mine, "seen"),
                "recall": _mean(mine, "found"),
                "sure": _mean(mine, "sure"),
                "precision": round(self.right[kind] / self.every[kind], 3) if self.every[kind] else None,
            }
            for kind in KINDS
            for mine in [[mark for mark in self.marks if mark["kind"] == kind]]
        ]

    def breakdown(self) -> list[dict[str, Any]]:
        """The same recall by look, colour, corner, and by halves of the size and of a watermark's opacity."""
        rows = []
        for kind in KINDS:
            mine = [mark for mark in self.marks if mark["kind"] == kind]
            for name in BY[kind]:
                rows += [_row(kind, f"{name} {value}", mine, name, value) for value in _values(mine, name)]
            rows += _halves(kind, *MIDDLES[kind], mine)
        return rows


def found(stamp: Stamped, regions: Sequence[Region]) -> float:
    """The share, 0..1, of the lines of ``stamp`` that ``regions`` cover; a date and a single watermark are one line."""
    height, width = stamp.ink.shape
    covered = masks.draw([region.polygon for region in regions], width, height)
    hits = []
    for line in stamp.lines:
        box = masks.draw([line], width, height)
        if box.sum() >= SEEN * _area(line):
            hits.append(bool((box & covered).sum() >= COVERED * box.sum()))
    return round(mean(hits), 3) if hits else 0.0


def _marks(regions: Sequence[Region]) -> list[Region]:
    return [region for region in regions if region.kind in KINDS]


def _mostly_on(region: Region, stamp: Stamped) -> bool:
    height, width = stamp.ink.shape
    here = masks.draw([region.polygon], width, height)
    # Detectors draw their boxes a little larger than the ink.
    there = masks.grow(masks.draw(stamp.lines, width, height), round(stamp.tall / 2))
    return bool((here & there).sum() > 0.5 * here.sum())


def _area(line: Corners) -> float:
    """Of a polygon, by the shoelace formula."""
    points = np.array(line, dtype=np.float64)
    after = np.roll(points, -1, axis=0)
    return float(abs(np.sum(points[:, 0] * after[:, 1] - after[:, 0] * points[:, 1])) / 2)


def _mean(marks: Sequence[Mapping[str, Any]], name: str) -> float | None:
    return round(mean(mark[name] for mark in marks), 3) if marks else None


def _values(marks: Sequence[Mapping[str, Any]], name: str) -> list[str]:
    return list(dict.fromkeys(sorted(mark[name] for mark in marks)))


def _row(kind: str, what: str, marks: Sequence[Mapping[str, Any]], name: str, value: str) -> dict[str, Any]:
    these = [mark for mark in marks if mark[name] == value]
    shares = {"seen": _mean(these, "seen"), "recall": _mean(these, "found"), "sure": _mean(these, "sure")}
    return {"kind": kind, "what": what, "marks": len(these), **shares}


def _halves(kind: str, name: str, middle: float, marks: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    labels = (f"{name} below {middle}", f"{name} from {middle} on")
    halves = [{**mark, "half": labels[mark[name] >= middle]} for mark in marks]
    return [_row(kind, label, halves, "half", label) for label in labels]
