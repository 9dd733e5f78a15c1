"""Pixels out of an admitted file, at the depth that it has: Pillow where it can, OpenCV and libheif beyond 8 bits."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from wagtail_restore.imaging.codec import colour, tiff
from wagtail_restore.imaging.codec.bands import bands
from wagtail_restore.imaging.codec.upright import room

try:
    import pillow_heif
except ImportError:
    pillow_heif = None

_PLAIN = {"1": "L", "La": "LA", "PA": "RGBA", "RGBX": "RGB", "RGBa": "RGBA", "YCbCr": "RGB", "HSV": "RGB"}
"""What each of Pillow's further modes is turned into without loss."""
_TRANSPARENT = {"L": "LA", "RGB": "RGBA", "P": "RGBA", "1": "LA"}


@dataclass(frozen=True)
class Samples:
    """Decoded pixels as they lie in the file, (H, W, 1 or 3), alpha (H, W) or None, and what happened to them.

    They are views: what is made contiguous are the pixels as they are seen.
    """

    pixels: NDArray[Any]
    alpha: NDArray[Any] | None
    bits: int = 8
    notes: tuple[str, ...] = ()


def take(image: Image.Image, data: bytes, orientation: int = 1) -> Samples:
    """The samples of a file that Pillow has loaded as ``image``; deeper ones are decoded again from ``data``.

    ``orientation`` is the EXIF orientation by which they will be turned.
    """
    bits = bits_of(image, data)
    if image.mode.startswith("I;16"):
        return _grey16(image)
    if bits == 8:
        return _eight_bit(image, orientation)
    if image.format == "HEIF":
        return _heif(data, bits)
    deep = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    if deep is None or deep.dtype != np.uint16 or deep.shape[:2] != (image.height, image.width):
        shallow = _eight_bit(image, orientation)
        return Samples(shallow.pixels, shallow.alpha, 8, (*shallow.notes, "depth_reduced"))
    if image.format == "AVIF":
        deep = _stretched(deep, bits)
    grey = data[25] in (0, 4) if image.format == "PNG" else avif_layout(data)[1] == "4:0:0"
    return _from_bgr(deep, grey, bits)


def bits_of(image: Image.Image, data: bytes) -> int:
    """Bits per sample of the file, 8 for fewer."""
    if image.format == "PNG":
        return 16 if data[24] == 16 else 8
    if image.format == "TIFF":
        return 16 if tiff.deep(getattr(image, "tag_v2", {})) or image.mode.startswith("I;16") else 8
    if image.format == "AVIF":
        return avif_layout(data)[0]
    return int(image.info.get("bit_depth", 8)) if image.format == "HEIF" else 8


def avif_layout(data: bytes) -> tuple[int, str]:
    """Bits per sample and chroma subsampling (``4:2:0`` …) of an AVIF file, from its first AV1 configuration box."""
    place = data.find(b"av1C")
    if place < 0 or place + 7 > len(data):
        return 8, "4:2:0"
    flags = data[place + 6]
    bits = 8 if not flags & 0x40 else 12 if flags & 0x20 else 10
    chroma = {0x10: "4:0:0", 0x1C: "4:0:0", 0x0C: "4:2:0", 0x08: "4:2:2"}
    return bits, chroma.get(flags & 0x1C, "4:4:4")


def lab_tiff(data: bytes) -> Samples:
    """A CIELAB TIFF file that Pillow does not open, as 8-bit sRGB by libtiff's own conversion, through OpenCV."""
    pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    if pixels is None:
        raise OSError("OpenCV could not read the TIFF file")
    return Samples(np.ascontiguousarray(pixels[:, :, ::-1]), None, 8, ("lab_converted", "depth_reduced"))


def _eight_bit(image: Image.Image, orientation: int) -> Samples:
    notes: tuple[str, ...] = ()
    if image.mode in ("CMYK", "LAB"):
        image, notes = colour.to_srgb(image, image.info.get("icc_profile"))
    samples = len(_plain(image.crop((0, 0, 1, 1))).getbands())
    height, width, channels = image.height, image.width, samples - (samples in (2, 4))
    pixels = room((height, width, channels), np.uint8, orientation)
    alpha = room((height, width), np.uint8, orientation) if samples > channels else None
    for rows in bands(height, width * 4):
        band = np.asarray(_plain(image.crop((0, rows.start, width, rows.stop)))).reshape(-1, width, samples)
        pixels[rows] = band[:, :, :channels]
        if alpha is not None:
            alpha[rows] = band[:, :, channels]
    return Samples(pixels, alpha, 8, notes)


def _plain(image: Image.Image) -> Image.Image:
    """A picture of 8 bits as L, LA, RGB or RGBA."""
    if "transparency" in image.info and image.mode in _TRANSPARENT:
        return image.convert(_TRANSPARENT[image.mode])
    mode = "RGB" if image.mode == "P" else _PLAIN.get(image.mode, image.mode)
    return image if mode == image.mode else image.convert(mode)


def _grey16(image: Image.Image) -> Samples:
    pixels = np.array(image, np.uint16)
    clear = image.info.get("transparency")
    alpha = np.where(pixels == clear, 0, 65535).astype(np.uint16) if isinstance(clear, int) else None
    return Samples(pixels[:, :, None], alpha, 16)


def _heif(data: bytes, bits: int) -> Samples:
    file = pillow_heif.open_heif(io.BytesIO(data), convert_hdr_to_8bit=False)
    samples = np.asarray(file)
    samples = np.array(samples[:, :, None] if samples.ndim == 2 else samples)
    if samples.shape[2] in (1, 3):
        return Samples(samples, None, bits)
    return Samples(samples[:, :, :-1], samples[:, :, -1], bits)


def _from_bgr(samples: NDArray[Any], grey: bool, bits: int) -> Samples:
    if samples.ndim == 2:
        return Samples(samples[:, :, None], None, bits)
    alpha = samples[:, :, 3] if samples.shape[2] == 4 else None
    return Samples(samples[:, :, :1] if grey else samples[:, :, 2::-1], alpha, bits)


def _stretched(samples: NDArray[np.uint16], bits: int) -> NDArray[np.uint16]:
    """Samples of 10 or 12 bits over the whole range of 16."""
    top = 2**bits - 1
    table = ((np.arange(top + 1) * 65535 + top // 2) // top).astype(np.uint16)
    return np.asarray(table.take(samples, mode="clip"))
