"""Pictures of few colours: written with a palette, or in black and white, wherever nothing is lost by it."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from wagtail_restore.imaging.codec.bands import bands
from wagtail_restore.imaging.codec.picture import Picture, canvas

_SAMPLED = 1_000_000
"""Pixels of a picture that its palette is chosen from."""


def plain(picture: Picture, *, padded: bool = False) -> Image.Image:
    """An 8-bit picture as Pillow's L, LA, RGB or RGBA; ``padded`` allows RGBX.

    Grey, and colour on a canvas (without alpha only where padded), is not copied: the picture has to stay as it is
    for as long as the image is used.
    """
    whole = picture.on_canvas
    if whole is None:
        samples = picture.samples()
        return Image.fromarray(np.ascontiguousarray(samples[:, :, 0] if samples.shape[2] == 1 else samples))
    mode = "RGBX" if picture.alpha is None else "RGBA"
    image = Image.frombuffer(mode, (picture.width, picture.height), whole, "raw", mode, 0, 1)
    return image if padded or mode == "RGBA" else image.convert("RGB")


def narrowed(picture: Picture) -> Image.Image | None:
    """The picture as bilevel or with a palette, where its source was so and nothing is lost by it; else None."""
    if picture.source.bilevel:
        black_or_white = picture.is_grey and picture.alpha is None and _is_bilevel(picture.pixels)
        return plain(picture).convert("1", dither=Image.Dither.NONE) if black_or_white else None
    return _indexed(picture) if picture.source.palette else None


def expanded(picture: Picture) -> tuple[str, ...]:
    """Codes for a picture that is not narrow any more, though its source was."""
    if picture.source.bilevel:
        return ("bilevel_expanded",)
    return ("palette_expanded",) if picture.source.palette else ()


def dithered(picture: Picture) -> tuple[Image.Image, tuple[str, ...]]:
    """The picture with a palette of at most 256 colours, transparency on or off, for GIF; dithered if it must be."""
    hard = picture if picture.alpha is None else _hard(picture)
    image = _indexed(hard)
    if image is None:
        return _reduced(hard), ("palette_reduced",)
    transparent = image.info.pop("transparency", b"\xff").find(0)
    if transparent >= 0:
        image.info["transparency"] = transparent
    return image, ()


def _is_bilevel(pixels: NDArray[Any]) -> bool:
    parts = (pixels[rows] for rows in bands(pixels.shape[0], pixels.shape[1]))
    return all(bool(np.isin(part, (0, 255)).all()) for part in parts)


def _hard(picture: Picture) -> Picture:
    """Alpha on or off, and black where it is off."""
    pixels, alpha = canvas(picture.height, picture.width, picture.channels, np.uint8, alpha=True)
    assert alpha is not None  # noqa: S101 — it was asked for, and mypy cannot know
    for rows in bands(picture.height, picture.width * 4):
        part = picture.part(rows)
        clear = np.asarray(part.alpha) < 128
        alpha[rows] = np.where(clear, 0, 255)
        pixels[rows] = np.where(clear[:, :, None], 0, part.pixels)
    return picture.with_pixels(pixels, alpha)


def _reduced(picture: Picture) -> Image.Image:
    """In 255 colours chosen from a sample of the picture; the last index is for what is transparent."""
    step = math.ceil(math.sqrt(picture.width * picture.height / _SAMPLED))
    chosen = _colours(picture.pixels[::step, ::step]).quantize(255, Image.Quantize.MEDIANCUT)
    colours = (chosen.getpalette() or [])[: 3 * 255]
    # No colour of its own may be nearest to an opaque pixel.
    chosen.putpalette([*colours, *colours[:3]])
    image = Image.new("P", (picture.width, picture.height))
    image.putpalette(chosen.getpalette() or [])
    for rows in bands(picture.height, picture.width * 4):
        part = picture.part(rows)
        indexed = _colours(part.pixels).quantize(palette=chosen, dither=Image.Dither.FLOYDSTEINBERG)
        if part.alpha is not None:
            indexed.paste(255, (0, 0), Image.fromarray(255 - part.alpha))
        image.paste(indexed, (0, rows.start))
    if picture.alpha is not None:
        image.info["transparency"] = 255
    return image


def _colours(pixels: NDArray[Any]) -> Image.Image:
    return Image.fromarray(np.ascontiguousarray(np.broadcast_to(pixels, (*pixels.shape[:2], 3))))


def _indexed(picture: Picture) -> Image.Image | None:
    """The picture with an exact palette, or None where it has more than 256 colours (with their alpha)."""
    known = _palette(picture)
    if known is None:
        return None
    index = np.empty((picture.height, picture.width), np.uint8)
    for rows in bands(picture.height, picture.width * 4):
        index[rows] = np.searchsorted(known, _packed(picture.part(rows)))
    image = Image.frombytes("P", (picture.width, picture.height), index.tobytes())
    image.putpalette(b"".join(int(colour >> 8).to_bytes(3, "big") for colour in known))
    if picture.alpha is not None:
        image.info["transparency"] = bytes(int(colour & 255) for colour in known)
    return image


def _palette(picture: Picture) -> NDArray[np.uint32] | None:
    """All colours in ascending order, or None where they are too many; most often a sample shows that already."""
    clear = None if picture.alpha is None else picture.alpha[::7, ::7]
    known = np.unique(_packed(picture.with_pixels(picture.pixels[::7, ::7], clear)))
    for rows in bands(picture.height, picture.width * 4):
        if len(known) > 256:
            return None
        known = np.union1d(known, _packed(picture.part(rows))).astype(np.uint32)
    return known if len(known) <= 256 else None


def _packed(picture: Picture) -> NDArray[np.uint32]:
    """Red, green, blue and alpha of each pixel as one number."""
    colours = np.broadcast_to(picture.pixels, (*picture.pixels.shape[:2], 3)).astype(np.uint32)
    alpha = np.uint32(255) if picture.alpha is None else picture.alpha.astype(np.uint32)
    return np.asarray(colours[:, :, 0] << 24 | colours[:, :, 1] << 16 | colours[:, :, 2] << 8 | alpha, np.uint32)
