"""AVIF and HEIC, which share a container: their colour description, their chroma, and both encoders."""

from __future__ import annotations

import io
import struct
from collections.abc import Callable, Mapping
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from wagtail_restore.imaging.codec import samples

try:
    import pillow_heif
except ImportError:
    pillow_heif = None

_NCLX = b"colrnclx"
_PRESET = "medium"
"""How hard x265 tries: against its own default here (slow) a third of the time for 7 % more bytes."""
Cicp = tuple[int, int, int]


def cicp_of(image: Image.Image, data: bytes) -> Cicp | None:
    """Primaries, transfer and matrix (ITU-T H.273) that the container names, None where it names none."""
    profile = image.info.get("nclx_profile")
    if isinstance(profile, dict):
        keys = ("color_primaries", "transfer_characteristics", "matrix_coefficients")
        return int(profile[keys[0]]), int(profile[keys[1]]), int(profile[keys[2]])
    place = data.find(_NCLX) if image.format == "AVIF" else -1
    if place < 0 or place + 14 > len(data):
        return None
    primaries, transfer, matrix = struct.unpack_from(">HHH", data, place + len(_NCLX))
    return primaries, transfer, matrix


def subsampling_of(image: Image.Image, data: bytes) -> str | None:
    """The chroma subsampling as in ``4:2:0``; None for grey."""
    if image.format == "AVIF":
        layout = samples.avif_layout(data)[1]
        return None if layout == "4:0:0" else layout
    return {420: "4:2:0", 422: "4:2:2", 444: "4:4:4"}.get(int(image.info.get("chroma", 420)))


def avif(
    pixels: NDArray[Any],
    alpha: NDArray[Any] | None,
    *,
    quality: int,
    subsampling: str | None,
    bits: int,
    cicp: Cicp | None,
    icc: bytes | None,
    exif: bytes | None,
    xmp: bytes | None,
) -> bytes:
    """An AVIF file of (H, W, 1 or 3) samples: 8-bit ones by Pillow, deeper ones (uint16) by OpenCV."""
    exif = exif.removeprefix(b"Exif\0\0") if exif else None
    kept: dict[str, Any] = {key: value for key, value in {"icc": icc, "exif": exif, "xmp": xmp}.items() if value}
    if pixels.dtype == np.uint16:
        encoded = _deep_avif(pixels, alpha, quality, bits, kept)
    else:
        out = io.BytesIO()
        if "icc" in kept:
            kept["icc_profile"] = kept.pop("icc")
        if subsampling and pixels.shape[2] == 3:
            kept["subsampling"] = subsampling
        _image(pixels, alpha).save(out, "AVIF", quality=quality, **kept)
        encoded = out.getvalue()
    return _described(encoded, cicp) if cicp else encoded


def heic(
    pixels: NDArray[Any],
    alpha: NDArray[Any] | None,
    *,
    quality: int,
    subsampling: str | None,
    cicp: Cicp | None,
    icc: bytes | None,
    exif: bytes | None,
    xmp: bytes | None,
) -> bytes:
    """A HEIC file of (H, W, 1 or 3) samples, uint8, or uint16 which is written with 10 bits."""
    mode = {1: "L", 3: "RGB"}[pixels.shape[2]] + ("A" if alpha is not None else "")
    kept: dict[str, Any] = {k: v for k, v in {"icc_profile": icc, "exif": exif, "xmp": xmp}.items() if v}
    kept["enc_params"] = {"preset": _PRESET}
    if subsampling:
        kept["subsampling"] = subsampling
    if cicp:
        kept |= {"color_primaries": cicp[0], "transfer_characteristics": cicp[1], "matrix_coefficients": cicp[2]}
        kept["full_range_flag"] = 1
    joined = pixels if alpha is None else np.dstack([pixels, alpha])
    mode += ";16" if pixels.dtype == np.uint16 else ""
    out = io.BytesIO()
    size = (pixels.shape[1], pixels.shape[0])
    pillow_heif.encode(mode, size, np.ascontiguousarray(joined).tobytes(), out, quality=quality, **kept)
    return out.getvalue()


def _avif_size(patch: NDArray[Any], quality: int) -> int:
    out = io.BytesIO()
    _image(patch, None).save(out, "AVIF", quality=quality, speed=8)
    return len(out.getvalue())


def _heic_size(patch: NDArray[Any], quality: int) -> int:
    return len(heic(patch, None, quality=quality, subsampling=None, cicp=None, icc=None, exif=None, xmp=None))


SIZES: Mapping[str, Callable[[NDArray[Any], int], int]] = {"AVIF": _avif_size, "HEIF": _heic_size}
"""For each format, how many bytes a patch takes at a quality."""


def _image(pixels: NDArray[Any], alpha: NDArray[Any] | None) -> Image.Image:
    joined = pixels if alpha is None else np.dstack([pixels, alpha])
    return Image.fromarray(np.ascontiguousarray(joined[:, :, 0] if joined.shape[2] == 1 else joined))


def _deep_avif(
    pixels: NDArray[Any], alpha: NDArray[Any] | None, quality: int, bits: int, pieces: Mapping[str, bytes]
) -> bytes:
    top = 2 ** min(bits, 12) - 1
    colours = pixels[:, :, ::-1] if pixels.shape[2] == 3 else np.repeat(pixels, 3, axis=2)
    joined = colours if alpha is None else np.dstack([colours, alpha])
    narrow = ((joined.astype(np.uint32) * top + 32767) // 65535).astype(np.uint16)
    kinds = {"icc": cv2.IMAGE_METADATA_ICCP, "exif": cv2.IMAGE_METADATA_EXIF, "xmp": cv2.IMAGE_METADATA_XMP}
    present = {kinds[key]: np.frombuffer(value, np.uint8) for key, value in pieces.items()}
    parameters = [cv2.IMWRITE_AVIF_QUALITY, quality, cv2.IMWRITE_AVIF_DEPTH, min(bits, 12)]
    done, encoded = cv2.imencodeWithMetadata(".avif", narrow, list(present), list(present.values()), parameters)
    if not done:
        raise OSError("OpenCV could not write the AVIF file")
    return encoded.tobytes()


def _described(encoded: bytes, cicp: Cicp) -> bytes:
    """The file with other primaries and another transfer in its colour box; its matrix is the encoder's own."""
    place = encoded.find(_NCLX)
    if place < 0:
        return encoded
    place += len(_NCLX)
    return encoded[:place] + struct.pack(">HH", *cicp[:2]) + encoded[place + 4 :]
