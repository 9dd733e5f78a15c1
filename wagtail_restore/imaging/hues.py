"""The colours of a picture without its light: there a coloured mark shows that is as bright as what it lies on."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from wagtail_restore.imaging import filters

CALM = 0.016
"""Colours that differ by less than this are compression's."""
REACH = 40.0
"""Contrast is evened out within so many parts of the shorter side, and within 8 pixels at least."""


def without_light(pixels: NDArray[Any]) -> NDArray[np.float32]:
    """How yellow or blue each pixel of float32 (H, W, 3) in 0..1 is, against those around; float32 (H, W, 1) in 0..1.

    Red, orange and green are yellow here. Of all differences of colours this one shows most of the marks that people
    make, and cameras and JPEG leave it even elsewhere.
    """
    plane = np.asarray((pixels[:, :, 0] + pixels[:, :, 1]) / 2 - pixels[:, :, 2], dtype=np.float32)
    reach = max(8.0, min(plane.shape) / REACH)
    plane = plane - filters.blur(plane, reach)
    spread = np.sqrt(filters.blur(plane * plane, reach)) + np.float32(CALM)
    return np.asarray(np.clip(plane / spread * 0.2 + 0.5, 0.0, 1.0)[:, :, None], dtype=np.float32)
