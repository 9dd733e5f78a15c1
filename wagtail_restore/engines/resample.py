"""Lanczos as an Engine: no network and no torch; for tests, and as the honest baseline of every other upscaler."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from wagtail_restore.engines.base import Capabilities, Engine
from wagtail_restore.imaging.resampling import resize

OVERLAP = 8
"""Three lobes reach three pixels to either side, and of what tiles share each drops the outer three eighths."""
TILE = 512


class Resampler(Engine):
    """Enlarges by the factor of its Model; any number of channels, nothing to load."""

    extra = "worker"

    @property
    def capabilities(self) -> Capabilities:
        return Capabilities(
            kind="upscale",
            scale=self.model.scale,
            tiled=True,
            overlap=OVERLAP,
            channels=(1, 3),
            tile=TILE,
            bytes_per_pixel=20 * self.model.scale**2,
        )

    def load(self) -> None:
        self.device = "cpu"

    def run(self, pixels: NDArray[Any], mask: NDArray[Any] | None = None) -> NDArray[np.float32]:
        """Lanczos (three lobes) by ``scale``, clipped to 0..1."""
        height, width = pixels.shape[:2]
        scale = self.model.scale
        # Where nothing is to be made larger the pixels are still the caller's.
        result = resize(pixels, width * scale, height * scale) if scale > 1 else pixels.copy()
        return np.clip(result, 0.0, 1.0, out=result)
