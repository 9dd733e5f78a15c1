"""Colour profiles: which are kept, and what is turned into sRGB because no network and few browsers take it."""

from __future__ import annotations

import io

from PIL import Image, ImageCms

_INTENT = ImageCms.Intent.RELATIVE_COLORIMETRIC
_FLAGS = ImageCms.Flags.BLACKPOINTCOMPENSATION


def space_of(icc: bytes | None) -> str | None:
    """The colour space that a profile describes (``RGB``, ``GRAY``, ``CMYK``, ``Lab``), None where it is unreadable."""
    if not icc:
        return None
    try:
        return ImageCms.ImageCmsProfile(io.BytesIO(icc)).profile.xcolor_space.strip()
    except (OSError, ImageCms.PyCMSError):
        return None


def fits(icc: bytes, *, grey: bool) -> bool:
    """Whether a profile can be kept: readable, and for the kind of pixels; grey ones take an RGB profile too."""
    return space_of(icc) in (("GRAY", "RGB") if grey else ("RGB",))


def to_srgb(image: Image.Image, icc: bytes | None) -> tuple[Image.Image, tuple[str, ...]]:
    """A CMYK or CIELAB picture as sRGB, and codes for what was done.

    CMYK goes through its own profile (relative colorimetric with black point compensation). Without a usable one
    the inks are multiplied (Pillow's own conversion), whose colours are a guess; the code ``profile_missing`` says so.
    """
    code = "lab_converted" if image.mode == "LAB" else "cmyk_converted"
    source = ImageCms.createProfile("LAB", 5000) if image.mode == "LAB" else _cmyk(icc)
    if source is None:
        return image.convert("RGB"), (code, "profile_missing")
    target = ImageCms.createProfile("sRGB")
    converted = ImageCms.profileToProfile(image, source, target, _INTENT, "RGB", flags=_FLAGS)
    if converted is None:  # only when converted in place, which was not asked for
        raise ValueError("the colour conversion gave no picture")
    return converted, (code,)


def _cmyk(icc: bytes | None) -> ImageCms.ImageCmsProfile | None:
    return ImageCms.ImageCmsProfile(io.BytesIO(icc)) if icc and space_of(icc) == "CMYK" else None
