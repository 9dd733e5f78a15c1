"""The edges of a picture, where cameras stamp the date, laid out on one sheet in which every stamp stands out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from wagtail_restore.engines.evidence import Line

DEPTH = 0.15
"""How far stamps reach into a picture, as a share of the side they stand up on."""
PIXELS = 1_200_000
"""The size of a sheet, however large the picture is, so that reading it takes about as long as reading a small one."""
LARGER = 2.5
LONGEST = 2000
LEAST = 736
"""Readers enlarge what is lower than that."""
GREY, DARK = 110, 40
JOINED, STROKE = 0.2, 0.8
"""The width of the gaps that are closed, and the widest stroke of a stamp, as shares of the reach of the evening."""
FAINTEST = 0.12
GAP = 12

Plane = NDArray[np.float32]


@dataclass(frozen=True)
class Strip:
    """One edge as it lies on the sheet: its rows there, and the matrix (2, 3) that leads back into the picture.

    ``sideways`` says that it is the left or the right edge of the picture, laid level with that edge at its foot.
    """

    top: int
    bottom: int
    matrix: NDArray[np.float64]
    sideways: bool


@dataclass(frozen=True)
class Sheet:
    """``pixels`` is uint8 (H, W, 3)."""

    pixels: NDArray[np.uint8]
    strips: tuple[Strip, ...]

    def strip_of(self, line: Line) -> Strip | None:
        """That on which ``line``, in pixels of the sheet, lies."""
        return next((strip for strip in self.strips if strip.top <= line.centre[1] < strip.bottom), None)

    def in_picture(self, line: Line, strip: Strip) -> Line:
        """``line`` where it stands in the picture."""
        points = np.c_[np.array(line.polygon, dtype=np.float64), np.ones(len(line.polygon))] @ strip.matrix.T
        return replace(line, polygon=tuple((round(float(x)), round(float(y))) for x, y in points))


def sheet(pixels: NDArray[Any], *, closed: bool = False) -> Sheet:
    """Top and bottom of ``pixels``, float32 (H, W, 3) in 0..1, and the sides too unless it lies on its side.

    A camera held upright stamps along a side. Every edge comes twice: by how far red or green exceed blue, as in all
    colours of stamps but white, and by the darkest channel, in which white stands out. ``closed`` shows nothing but
    bright strokes, those of dots and segments closed, which helps on a lively ground and harms small writing.
    """
    shown = _strokes if closed else _evened
    edges = _edges(*pixels.shape[:2])
    planes = (_warmth, _whiteness) if float(_warmth(pixels[::8, ::8]).max()) > 0.05 else (_whiteness,)
    area = len(planes) * sum(width * height for width, height, _, _ in edges)
    longest = max(width for width, _, _, _ in edges)
    scale = min(LARGER, LONGEST / longest, (PIXELS / area) ** 0.5)
    reach = max(8.0, min(pixels.shape[:2]) * scale / 40.0)
    parts, strips, top = [], [], 0
    for width, height, matrix, sideways in edges:
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        # From the sheet into the picture, at pixel centres.
        shrink = np.diag([width / size[0], height / size[1], 1.0])
        shrink[:2, 2] = 0.5 * (shrink[0, 0] - 1.0), 0.5 * (shrink[1, 1] - 1.0)
        back = matrix @ shrink
        level = cv2.warpAffine(pixels, matrix, (width, height), flags=cv2.INTER_NEAREST | cv2.WARP_INVERSE_MAP)
        resized = cv2.resize(level, size, interpolation=cv2.INTER_AREA if scale < 1.0 else cv2.INTER_CUBIC)
        for plane in planes:
            parts.append((top, shown(plane(resized), reach)))
            lift = np.array([[1.0, 0.0, 0.0], [0.0, 1.0, -top], [0.0, 0.0, 1.0]])
            strips.append(Strip(top, top + size[1], back @ lift, sideways))
            top += size[1] + GAP
    canvas = np.full((max(LEAST, top), max(LEAST, round(longest * scale))), GREY, dtype=np.uint8)
    for above, part in parts:
        canvas[above : above + part.shape[0], : part.shape[1]] = part
    return Sheet(np.repeat(canvas[:, :, None], 3, axis=2), tuple(strips))


def _edges(height: int, width: int) -> list[tuple[int, int, NDArray[np.float64], bool]]:
    """Width and height of each edge laid level, and the matrix (2, 3) from it into the picture."""
    deep = max(1, round(DEPTH * height))
    edges = [
        (width, deep, np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]), False),
        (width, deep, np.array([[1.0, 0.0, 0.0], [0.0, 1.0, height - deep]]), False),
    ]
    if height >= width:
        deep = max(1, round(DEPTH * width))
        edges += [
            (height, deep, np.array([[0.0, -1.0, deep - 1.0], [1.0, 0.0, 0.0]]), True),
            (height, deep, np.array([[0.0, 1.0, width - deep], [-1.0, 0.0, height - 1.0]]), True),
        ]
    return edges


def _warmth(pixels: NDArray[Any]) -> Plane:
    return np.asarray(np.maximum(pixels[:, :, 0], pixels[:, :, 1]) - pixels[:, :, 2], dtype=np.float32)


def _whiteness(pixels: NDArray[Any]) -> Plane:
    return np.asarray(pixels.min(axis=2), dtype=np.float32)


def _evened(plane: Plane, reach: float) -> NDArray[np.uint8]:
    """``plane`` with mean and spread evened out locally, flat ground left flat."""
    away = plane - cv2.GaussianBlur(plane, (0, 0), reach)
    spread = np.sqrt(cv2.GaussianBlur(away * away, (0, 0), reach)) + 0.03
    return np.asarray(np.clip(GREY + 45.0 * away / spread, 0.0, 255.0), dtype=np.uint8)


def _strokes(plane: Plane, reach: float) -> NDArray[np.uint8]:
    """What is bright and no wider than a stroke, its dots grown together: a closing, and the top-hat of that.

    Soille, *Morphological Image Analysis*, 2003: chapters 4 and 8.
    """
    small, large = (
        cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
        for side in (max(3, int(share * reach) | 1) for share in (JOINED, STROKE))
    )
    strokes = cv2.morphologyEx(cv2.morphologyEx(plane, cv2.MORPH_CLOSE, small), cv2.MORPH_TOPHAT, large)
    brightest = max(FAINTEST, float(np.quantile(strokes, 0.995)))
    return np.asarray(np.clip(DARK + (255.0 - DARK) * strokes / brightest, 0.0, 255.0), dtype=np.uint8)
