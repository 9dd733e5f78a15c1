"""What travels between the codec and everybody else: a decoded Picture, how it was written, and an encoded one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from types import EllipsisType
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

Tables = tuple[tuple[int, ...], ...]


@dataclass(frozen=True)
class Source:
    """All that is needed to write a picture back as it came."""

    format: str
    """Pillow's name of the format it is written in: JPEG, PNG, WEBP, AVIF, TIFF, HEIF, BMP or GIF."""
    icc: bytes | None = None
    """The colour profile of the pixels; None is sRGB."""
    exif: bytes | None = None
    """EXIF, beginning with ``Exif\\0\\0``, its orientation already 1."""
    xmp: bytes | None = None
    iptc: bytes | None = None
    """The IPTC block (IIM records) of JPEG and TIFF: captions and credits."""
    comment: bytes | None = None
    """The comment of JPEG and GIF."""
    dpi: tuple[float, float] | None = None
    tables: Tables | None = None
    """JPEG quantisation tables, each of 64 numbers, row by row."""
    subsampling: str | None = None
    """Chroma subsampling (JPEG, AVIF, HEIC) as in ``4:2:0``; None where there is no colour or it is another one."""
    progressive: bool = False
    lossless: bool = False
    """WebP written without loss."""
    quality: int | None = None
    """The encoder's quality setting that fits the source's data (WebP, AVIF, HEIC), 0 to 100."""
    bits: int = 8
    """Bits per sample that the file holds: 8, 10, 12 or 16."""
    cicp: tuple[int, int, int] | None = None
    """AVIF and HEIC colour description (primaries, transfer, matrix; ITU-T H.273), where it is not sRGB's."""
    compression: str | None = None
    """Pillow's name of the TIFF compression."""
    palette: bool = False
    """The file held a palette; it is written with one again where the colours still fit into it."""
    bilevel: bool = False
    """The file held black and white only; it is written so again where nothing else is in the picture."""
    notes: tuple[str, ...] = ()
    """Codes of what could not be kept, for the report."""


@dataclass(frozen=True, eq=False)
class Picture:
    """Pixels, upright, in the colour space of ``source.icc``.

    ``pixels`` is (H, W, 1) grey or (H, W, 3) RGB, uint8 or uint16 over its whole range; ``alpha`` is (H, W) of the
    same type, straight (not multiplied into the colours), or None where the picture is opaque.
    """

    pixels: NDArray[Any]
    alpha: NDArray[Any] | None
    source: Source

    def __post_init__(self) -> None:
        if self.pixels.ndim != 3 or self.channels not in (1, 3) or str(self.pixels.dtype) not in ("uint8", "uint16"):
            raise ValueError(f"pixels are {self.pixels.shape} {self.pixels.dtype}, not (H, W, 1 or 3) uint8 or uint16")
        if self.alpha is None:
            return
        if self.alpha.shape != self.pixels.shape[:2] or self.alpha.dtype != self.pixels.dtype:
            raise ValueError(f"alpha is {self.alpha.shape} {self.alpha.dtype}, unlike pixels {self.pixels.shape}")

    @property
    def width(self) -> int:
        return int(self.pixels.shape[1])

    @property
    def height(self) -> int:
        return int(self.pixels.shape[0])

    @property
    def channels(self) -> int:
        return int(self.pixels.shape[2])

    @property
    def depth(self) -> int:
        """Bits per sample of the arrays: 8 or 16."""
        return int(self.pixels.dtype.itemsize) * 8

    @property
    def is_grey(self) -> bool:
        return self.channels == 1

    @property
    def on_canvas(self) -> NDArray[np.uint8] | None:
        """The (H, W, 4) array, as Pillow's RGBX or RGBA, whose whole pixels (and alpha) these are; None elsewhere."""
        whole = self.pixels.base
        if not isinstance(whole, np.ndarray) or whole.shape != (self.height, self.width, 4):
            return None
        planes = [(self.pixels, 0)] if self.alpha is None else [(self.pixels, 0), (self.alpha, 3)]
        lie = whole.dtype == np.uint8 and whole.flags.c_contiguous and self.channels == 3
        return whole if lie and all(_lies_at(plane, whole, byte) for plane, byte in planes) else None

    def samples(self, rows: slice = slice(None)) -> NDArray[Any]:
        """Pixels and alpha of these rows as one array, (H, W, 1 to 4)."""
        if self.alpha is None:
            return self.pixels[rows]
        whole = self.on_canvas
        return np.dstack([self.pixels[rows], self.alpha[rows]]) if whole is None else whole[rows]

    def part(self, rows: slice) -> Picture:
        """The picture of these rows only."""
        return self.with_pixels(self.pixels[rows], None if self.alpha is None else self.alpha[rows])

    def with_pixels(self, pixels: NDArray[Any], alpha: NDArray[Any] | EllipsisType | None = ...) -> Picture:
        """The same picture with other pixels; ``alpha`` stays when it is not given, and None makes it opaque.

        Raises ``ValueError`` where pixels and alpha do not fit together.
        """
        return replace(self, pixels=pixels, alpha=self.alpha if isinstance(alpha, EllipsisType) else alpha)


def _lies_at(plane: NDArray[Any], whole: NDArray[Any], byte: int) -> bool:
    same_start = plane.ctypes.data == whole.ctypes.data + byte
    return same_start and plane.strides == whole.strides[: plane.ndim]


def canvas(
    height: int, width: int, channels: int, dtype: DTypeLike, *, alpha: bool
) -> tuple[NDArray[Any], NDArray[Any] | None]:
    """Room for the pixels (H, W, C) of a Picture and, where wanted, its alpha (H, W), not yet filled.

    8-bit colour lies in memory as Pillow has it, four bytes a pixel, so that a picture of hundreds of megapixels
    exists once: ``Picture.on_canvas`` gives it to an encoder as it lies.
    """
    if channels == 3 and np.dtype(dtype) == np.uint8:
        whole = np.empty((height, width, 4), np.uint8)
        return whole[:, :, :3], whole[:, :, 3] if alpha else None
    plane = np.empty((height, width), dtype) if alpha else None
    return np.empty((height, width, channels), dtype), plane


@dataclass(frozen=True)
class Encoded:
    """A picture file and what could not be kept on the way into it."""

    data: bytes
    format: str
    extension: str
    """With its dot, as in ``.jpg``."""
    notes: tuple[str, ...] = ()
    """All codes for the report: the source's and those of encoding."""
