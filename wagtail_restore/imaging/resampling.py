"""Pictures made larger and smaller by Lanczos, in full precision and for any number of channels."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Pixels = NDArray[np.float32]


def resize(
    pixels: NDArray[Any], width: int, height: int, method: Image.Resampling = Image.Resampling.LANCZOS
) -> Pixels:
    """``pixels``, float (H, W, C), as float32 (height, width, C); pixels already of that size come back as they are.

    Making smaller widens the filter, so that nothing aliases. Values may overshoot the range of the source at hard
    edges; who needs a range clips.
    """
    source = np.asarray(pixels, dtype=np.float32)
    if source.shape[:2] == (height, width):
        return source
    result = np.empty((height, width, source.shape[2]), dtype=np.float32)
    for channel in range(source.shape[2]):
        plane = Image.fromarray(np.ascontiguousarray(source[:, :, channel]))
        result[:, :, channel] = np.asarray(plane.resize((width, height), method))
    return result
