"""A picture as a network wants it: rows of float32, in sRGB, with colours also where nobody sees them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from wagtail_restore.engines.step import to_float
from wagtail_restore.imaging.masks import spread
from wagtail_restore.imaging.rows import Pixels
from wagtail_restore.imaging.working import Working

if TYPE_CHECKING:
    from wagtail_restore.imaging.codec import Picture

_STRIP = 64


@dataclass(frozen=True, eq=False)
class Original:
    """The colours of a picture, (H, W, C) uint8 or uint16, and their way to sRGB; its methods are ``Read``.

    C is 1 for a picture of three channels too where they are all the same: what is grey then stays grey, exactly.
    """

    pixels: NDArray[Any]
    working: Working

    @classmethod
    def of(cls, picture: Picture) -> Original:
        pixels = picture.pixels[:, :, :1] if _is_grey(picture.pixels) else picture.pixels
        if picture.alpha is not None:
            pixels = spread(pixels, picture.alpha > 0)
        return cls(pixels, Working.of(picture.source.icc) if pixels.shape[2] == 3 else Working())

    @property
    def shape(self) -> tuple[int, int, int]:
        height, width, channels = self.pixels.shape
        return height, width, channels

    def own(self, first: int, last: int) -> Pixels:
        """Rows in the colours of the file, 0..1."""
        return to_float(self.pixels[first:last])

    def srgb(self, first: int, last: int) -> Pixels:
        """Rows in sRGB; colours that it lacks lie outside of 0..1."""
        return self.working.enter(self.own(first, last))

    def within(self, first: int, last: int) -> Pixels:
        """Rows in sRGB, clipped to 0..1: networks have never seen anything else."""
        if self.working.identity:
            return self.own(first, last)
        return np.clip(self.srgb(first, last), 0.0, 1.0)

    def beyond(self, first: int, last: int) -> Pixels:
        """What ``within`` has lost."""
        rows = self.srgb(first, last)
        return rows - np.clip(rows, 0.0, 1.0)


def _is_grey(pixels: NDArray[Any]) -> bool:
    """Whether all channels are the same; a colour picture mostly says no in its first rows."""
    return all(
        (pixels[first : first + _STRIP, :, 1:] == pixels[first : first + _STRIP, :, :1]).all()
        for first in range(0, pixels.shape[0], _STRIP)
    )
