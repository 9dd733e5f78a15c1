"""Filling a mask from what surrounds it, by classical methods."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from wagtail_restore.engines.base import Capabilities, Context, Engine
from wagtail_restore.imaging import frequency, grain


class ClassicEraser(Engine):
    """Frequency-selective reconstruction, with the grain of the surroundings; nothing to load, nothing learnt.

    Lines, edges and regular textures go on through thin marks; what lies deep inside a large area comes out blurred.
    """

    extra = "worker"

    @property
    def capabilities(self) -> Capabilities:
        return Capabilities(kind="erase", channels=(1, 3))

    def load(self) -> None:
        self.device = "cpu"

    def run(self, pixels: NDArray[Any], mask: NDArray[Any] | None = None) -> NDArray[np.float32]:
        """``pixels`` with the places where ``mask`` is above 0 filled; a mask of everything comes back grey."""
        return self.fill(pixels, np.zeros(pixels.shape[:2], bool) if mask is None else mask, Context())

    def fill(self, pixels: NDArray[Any], mask: NDArray[Any], context: Context) -> NDArray[np.float32]:
        """The same, with word of how far it is after each few blocks: megapixels take minutes."""

        def watch(done: float) -> None:
            context.check()
            context.progress(done, "erase")

        source, hole = np.asarray(pixels, dtype=np.float32), np.asarray(mask) > 0
        return grain.add(frequency.fill(source, hole, watch), hole)
