"""Pictures of few colours: written with a palette, or in black and white, wherever nothing is lost by it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from wagtail_restore.imaging.codec.picture import Picture


def joined(picture: Picture) -> NDArray[Any]:
    """Pixels and alpha as one array, (H, W, 1 to 4)."""
    return picture.pixels if picture.alpha is None else np.dstack([picture.pixels, picture.alpha])


def plain(picture: Picture) -> Image.Image:
    """An 8-bit picture as Pillow's L, LA, RGB or RGBA."""
    samples = joined(picture)
    return Image.fromarray(np.ascontiguousarray(samples[:, :, 0] if samples.shape[2] == 1 else samples))


def narrowed(picture: Picture) -> tuple[Image.Image, tuple[str, ...]]:
    """The picture as bilevel or with a palette, where its source was so and nothing is lost by it."""
    if picture.source.bilevel:
        black_or_white = picture.is_grey and picture.alpha is None and bool(np.isin(picture.pixels, (0, 255)).all())
        return (plain(picture).convert("1", dither=Image.Dither.NONE), ()) if black_or_white else _expanded(picture)
    if picture.source.palette:
        indexed = _indexed(picture)
        return (indexed, ()) if indexed else _expanded(picture)
    return plain(picture), ()


def dithered(picture: Picture) -> tuple[Image.Image, tuple[str, ...]]:
    """The picture with a palette of at most 256 colours, transparency on or off, for GIF; dithered if it must be."""
    hard = picture
    if picture.alpha is not None:
        clear = picture.alpha < 128
        alpha = np.where(clear, 0, 255).astype(np.uint8)
        hard = picture.with_pixels(np.where(clear[:, :, None], 0, picture.pixels).astype(np.uint8), alpha)
    image = _indexed(hard)
    if image is None:
        return _reduced(hard), ("palette_reduced",)
    transparent = image.info.pop("transparency", b"\xff").find(0)
    if transparent >= 0:
        image.info["transparency"] = transparent
    return image, ()


def _reduced(picture: Picture) -> Image.Image:
    colours = Image.fromarray(np.broadcast_to(picture.pixels, (*picture.pixels.shape[:2], 3)).copy())
    image = colours.quantize(255, Image.Quantize.MEDIANCUT, dither=Image.Dither.FLOYDSTEINBERG)
    if picture.alpha is not None:
        image.paste(255, (0, 0), Image.fromarray(255 - picture.alpha))
        image.info["transparency"] = 255
    return image


def _expanded(picture: Picture) -> tuple[Image.Image, tuple[str, ...]]:
    return plain(picture), ("bilevel_expanded" if picture.source.bilevel else "palette_expanded",)


def _indexed(picture: Picture) -> Image.Image | None:
    """The picture with an exact palette, or None where it has more than 256 colours (with their alpha)."""
    colours = np.broadcast_to(picture.pixels, (*picture.pixels.shape[:2], 3)).astype(np.uint32)
    alpha = np.uint32(255) if picture.alpha is None else picture.alpha.astype(np.uint32)
    packed = colours[:, :, 0] << 24 | colours[:, :, 1] << 16 | colours[:, :, 2] << 8 | alpha
    if len(np.unique(packed[::7, ::7])) > 256:
        return None
    known, index = np.unique(packed, return_inverse=True)
    if len(known) > 256:
        return None
    image = Image.fromarray(index.reshape(packed.shape).astype(np.uint8)).convert("L")
    image = Image.frombytes("P", image.size, image.tobytes())
    image.putpalette(b"".join(int(colour >> 8).to_bytes(3, "big") for colour in known))
    if picture.alpha is not None:
        image.info["transparency"] = bytes(int(colour & 255) for colour in known)
    return image
