"""Cheap Engines for faces: real ones for the Step that they serve, which never load a network."""

from __future__ import annotations

from typing import Any, ClassVar

import cv2
import numpy as np
from numpy.typing import NDArray

from wagtail_restore.engines.base import Capabilities, Engine
from wagtail_restore.engines.find_faces import Face
from wagtail_restore.exceptions import OutOfMemory
from wagtail_restore.imaging.alignment import TEMPLATE


class Same(Engine):
    """Draws every face as it is, and remembers the squares it was given."""

    squares: ClassVar[list[NDArray[Any]]] = []

    @property
    def capabilities(self) -> Capabilities:
        return Capabilities(kind="face", channels=(3,))

    def load(self) -> None:
        self.device = "cpu" if self.device == "auto" else self.device

    def run(self, pixels: NDArray[Any], mask: NDArray[Any] | None = None) -> NDArray[Any]:
        assert pixels.shape == (512, 512, 3)
        assert pixels.dtype == np.float32
        type(self).squares.append(pixels)
        return self.drawn(pixels).astype(np.float32)

    def drawn(self, pixels: NDArray[Any]) -> NDArray[Any]:
        return pixels.copy()


class Chequered(Same):
    """Adds a fine chequer, which no lock of colour takes away."""

    def drawn(self, pixels: NDArray[Any]) -> NDArray[Any]:
        y, x = np.mgrid[0:512, 0:512]
        return np.clip(pixels + 0.2 * (((x // 16 + y // 16) % 2)[:, :, None] - 0.5), 0, 1)


class Dotted(Same):
    """Draws a bright dot at each place where the template says that an eye, the nose or the mouth is."""

    def drawn(self, pixels: NDArray[Any]) -> NDArray[Any]:
        marked = pixels.copy()
        for x, y in TEMPLATE:
            cv2.circle(marked, (round(x), round(y)), 12, (1.0, 1.0, 1.0), -1)
        return marked


class Tanned(Same):
    """Gives every face another colour and nothing else."""

    def drawn(self, pixels: NDArray[Any]) -> NDArray[Any]:
        return np.clip(pixels * np.array([1.15, 1.0, 0.8], np.float32), 0, 1)


class Sharp(Same):
    """Sharpens, so that a person who looks at the result sees where."""

    def drawn(self, pixels: NDArray[Any]) -> NDArray[Any]:
        return np.clip(3.0 * pixels - 2.0 * cv2.GaussianBlur(pixels, (0, 0), 6.0), 0, 1)


class Hollow(Same):
    """Gives nothing but holes until it works in full precision, if it can."""

    can: ClassVar[bool] = True
    precise = False

    def drawn(self, pixels: NDArray[Any]) -> NDArray[Any]:
        return pixels if self.precise else np.full_like(pixels, np.nan)

    def full_precision(self) -> bool:
        changed, self.precise = self.can and not self.precise, self.can
        return changed


class Thirsty(Same):
    """Fits one face into the memory of a GPU, and everything into that of the CPU."""

    drawn_there: ClassVar[int] = 0

    def drawn(self, pixels: NDArray[Any]) -> NDArray[Any]:
        if self.device != "cpu":
            type(self).drawn_there += 1
            if self.drawn_there > 1:
                raise OutOfMemory(device=self.device)
        return 1.0 - pixels


class Told(Engine):
    """Finds the faces that it has been told of."""

    faces: ClassVar[list[Face]] = []
    shapes: ClassVar[list[tuple[int, ...]]] = []

    @property
    def capabilities(self) -> Capabilities:
        return Capabilities(kind="detect", channels=(1, 3))

    def load(self) -> None:
        self.device = "cpu"

    def run(self, pixels: NDArray[Any], mask: NDArray[Any] | None = None) -> list[Face]:
        type(self).shapes.append(pixels.shape)
        return list(self.faces)
