"""Faces in a picture with their eyes, noses and mouths, found by YuNet through OpenCV."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from threading import Lock
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from wagtail_restore.engines.base import Capabilities, Engine, Region
from wagtail_restore.engines.weights import locate
from wagtail_restore.exceptions import WeightsRefused

WINDOW = 640
"""The side in pixels of what the network sees at once, the size that its file was made for."""
OVERLAP = 192
"""What neighbouring windows share: a face larger than this is found where the picture is half as large."""
LOWEST = 0.5
"""What is less sure than this is no face."""
AGAIN = 0.3
"""Two boxes that share this part of their union are the same face, seen twice."""

Found = NDArray[np.float32]
"""One row a face: x, y, width, height, five points (x, y), confidence."""


@dataclass(frozen=True)
class Face(Region):
    """A Region of the kind ``face`` with its landmarks: the eyes, the tip of the nose, the corners of the mouth.

    They come from left to right in the picture, and more exact than the whole pixels of ``polygon``.
    """

    landmarks: tuple[tuple[float, float], ...] = ()


class FaceFinder(Engine):
    """YuNet (Wu, Peng and Yu, 2023) over a picture at full size, half size and so on, in overlapping windows.

    Given a large picture as it is, the network takes an eye for a face and overlooks the face. Gives ``Face``; runs on
    the CPU.
    """

    extra = "worker"

    _net: cv2.FaceDetectorYN | None = None

    @property
    def capabilities(self) -> Capabilities:
        return Capabilities(kind="detect", channels=(1, 3))

    def load(self) -> None:
        if self._net is not None:
            return
        path = locate(self.model, self.folders)
        try:
            self._net = cv2.FaceDetectorYN.create(str(path), "", (WINDOW, WINDOW), LOWEST, AGAIN)
        except cv2.error as error:
            raise WeightsRefused(model=self.model.alias, detail=str(error).strip()[:200]) from error
        self._lock = Lock()
        self._size = path.stat().st_size
        self.device = "cpu"

    @property
    def size(self) -> int:
        return self._size if self._net is not None else 0

    def run(self, pixels: NDArray[Any], mask: NDArray[Any] | None = None) -> list[Face]:
        """The faces, the surest first; each once."""
        self.load()
        picture = np.rint(np.clip(pixels, 0.0, 1.0) * 255).astype(np.uint8)
        bgr = cv2.cvtColor(picture, cv2.COLOR_RGB2BGR if picture.shape[2] == 3 else cv2.COLOR_GRAY2BGR)
        found = np.concatenate([np.empty((0, 15), np.float32), *self._at_all_sizes(bgr)])
        return [_face(row) for row in _once(found)]

    def unload(self) -> None:
        self._net = None

    def _at_all_sizes(self, bgr: NDArray[np.uint8]) -> Iterator[Found]:
        height, width = bgr.shape[:2]
        smaller = bgr
        while True:
            scale = np.array([width / smaller.shape[1], height / smaller.shape[0]], np.float32)
            for found in self._in_windows(smaller):
                found[:, :14] *= np.tile(scale, 7)
                yield found
            if max(smaller.shape[:2]) <= WINDOW:
                return
            half = max(1, -(-smaller.shape[1] // 2)), max(1, -(-smaller.shape[0] // 2))
            smaller = np.asarray(cv2.resize(smaller, half, interpolation=cv2.INTER_AREA), np.uint8)

    def _in_windows(self, bgr: NDArray[np.uint8]) -> Iterator[Found]:
        for top in _starts(bgr.shape[0]):
            for left in _starts(bgr.shape[1]):
                part = bgr[top : top + WINDOW, left : left + WINDOW]
                window = np.zeros((WINDOW, WINDOW, 3), np.uint8)
                window[: part.shape[0], : part.shape[1]] = part
                found = self._seen(window)
                found[:, :14] += np.tile(np.array([left, top], np.float32), 7) * _PLACES
                yield found

    def _seen(self, window: NDArray[np.uint8]) -> Found:
        assert self._net is not None  # noqa: S101 — run() has just loaded it, and mypy cannot know
        # OpenCV's networks keep what they are working on inside themselves.
        with self._lock:
            found = self._net.detect(window)[1]
        return np.empty((0, 15), np.float32) if found is None else np.array(found, np.float32)


_PLACES = np.array([1, 1, 0, 0] + [1] * 10, np.float32)
"""Which of a row's numbers are places, not sizes."""


def _starts(side: int) -> list[int]:
    """Where windows begin along one side so that all of it is seen and neighbours share ``OVERLAP``."""
    if side <= WINDOW:
        return [0]
    count = -(-(side - OVERLAP) // (WINDOW - OVERLAP))
    return [round(index * (side - WINDOW) / (count - 1)) for index in range(count)]


def _once(found: Found) -> list[Found]:
    """The surest of all that are the same face, and nothing that lies mostly inside of a surer one or around it."""
    kept: list[Found] = []
    for row in found[np.argsort(-found[:, 14], kind="stable")]:
        if not any(_same(row, other) for other in kept):
            kept.append(row)
    return kept


def _same(one: Found, other: Found) -> bool:
    low = np.maximum(one[:2], other[:2])
    high = np.minimum(one[:2] + one[2:4], other[:2] + other[2:4])
    shared = float(np.prod(np.maximum(0.0, high - low)))
    areas = sorted((float(one[2] * one[3]), float(other[2] * other[3])))
    return shared > AGAIN * (areas[0] + areas[1] - shared) or shared > 0.5 * areas[0]


def _face(row: Found) -> Face:
    x, y, width, height = (round(float(value)) for value in row[:4])
    landmarks = tuple((float(px), float(py)) for px, py in row[4:14].reshape(5, 2))
    points = tuple((round(px), round(py)) for px, py in landmarks)
    return Face("face", (x, y, width, height), points, "", round(float(row[14]), 3), landmarks)
