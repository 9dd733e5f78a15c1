"""The mask of a template laid over a picture: in its place, at its size, with nothing of what was painted lost."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from wagtail_restore.imaging import masks
from wagtail_restore.imaging.anchoring import Stencil, place


def placed(data: bytes, stencil: Stencil, width: int, height: int) -> NDArray[np.float16]:
    """The mask for a picture of ``width`` × ``height`` oriented pixels: float16 (height, width) in 0..1.

    ``data`` is a grey PNG, of the size of the stencil's box. All zero where the mask does not lie on this picture.
    Raises ``Unreadable``.
    """
    weight = np.zeros((height, width), dtype=np.float16)
    box = place(stencil, width, height)
    if box is None:
        return weight
    x, y, wide, high = box
    mark = scaled(masks.read(data, stencil.box[2], stencil.box[3]), wide, high)
    top, left, bottom, right = max(0, y), max(0, x), min(height, y + high), min(width, x + wide)
    weight[top:bottom, left:right] = mark[top - y : bottom - y, left - x : right - x]
    return weight


def scaled(mark: NDArray[np.float16], width: int, height: int) -> NDArray[np.float16]:
    """``mark`` (h, w) at another size; made smaller, each pixel is as strong as the strongest that it stands for.

    Averages would leave a hard edge half, and of a thin line so little that it would not go.
    """
    rows, columns = mark.shape
    if height < rows:
        mark = np.maximum.reduceat(mark, np.arange(height) * rows // height, axis=0)
    if width < columns:
        mark = np.maximum.reduceat(mark, np.arange(width) * columns // width, axis=1)
    if mark.shape == (height, width):
        return mark
    larger = cv2.resize(mark.astype(np.float32), (width, height), interpolation=cv2.INTER_LINEAR)
    return np.asarray(larger, dtype=np.float16)
