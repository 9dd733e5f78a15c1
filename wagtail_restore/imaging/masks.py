"""The area an erase may touch: drawn, grown, feathered, cut into boxes, and pasted so that nothing else changes."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from wagtail_restore.exceptions import Unreadable
from wagtail_restore.imaging.header import BROKEN

Mask = NDArray[np.bool_]
Weight = NDArray[np.float32]
Point = tuple[int, int]
Box = tuple[int, int, int, int]


ALIKE = 0.03
"""Colours that differ by no more than this share are one."""


def read(data: bytes, width: int, height: int) -> NDArray[np.float16]:
    """A mask from the bytes of a grey picture, white where to erase, stretched over ``width`` × ``height`` pixels.

    What is transparent in it is as in ``visible``.

    float16 (height, width) in 0..1, which is enough for shares and half of the memory; stretching leaves the edge as
    soft as a pixel of the mask is wide. Raises ``Unreadable``.
    """
    try:
        with Image.open(io.BytesIO(data), formats=["PNG"]) as picture:
            grey = np.asarray(picture.convert("L"))
            if picture.has_transparency_data:
                layer = np.asarray(picture.convert("RGBA"))
                grey = visible(grey, layer[:, :, :3], layer[:, :, 3])
    except UnidentifiedImageError as error:
        raise Unreadable(detail="the mask is no PNG") from error
    except (*BROKEN, Image.DecompressionBombError) as error:
        raise Unreadable(detail=str(error)) from error
    if grey.shape != (height, width):
        smaller = width * height < grey.size
        method = cv2.INTER_AREA if smaller else cv2.INTER_LINEAR
        grey = np.asarray(cv2.resize(grey, (width, height), interpolation=method))
    shares: NDArray[np.float16] = np.divide(grey, 255, dtype=np.float16)
    return shares


def visible(bright: NDArray[Any], colours: NDArray[Any], alpha: NDArray[Any]) -> NDArray[Any]:
    """``bright`` (H, W) of a mask with ``colours`` (H, W, C) as far as it is seen; all three of one type of integers.

    What is transparent is no part of a mask. A layer painted in one colour has its shape in its ``alpha`` (H, W),
    whatever that colour is. One that is as transparent everywhere says nothing by it, save where it is so wholly.
    """
    top = np.iinfo(alpha.dtype).max
    least, most = int(alpha.min()), int(alpha.max())
    if most == 0:
        return np.zeros_like(bright)
    if least == most:
        return bright
    # Of what can hardly be seen the colour is rounded away.
    seen = colours[alpha > most // 2]
    if int((seen.max(axis=0) - seen.min(axis=0)).max()) <= ALIKE * top:
        return alpha
    shares = bright.astype(np.float32) * (alpha / np.float32(top))
    return np.asarray(np.rint(shares), dtype=bright.dtype)


def draw(polygons: Iterable[Sequence[Point]], width: int, height: int) -> Mask:
    """The inside and the edge of all ``polygons`` (x, y in pixels), as bool (height, width)."""
    canvas = np.zeros((height, width), dtype=np.uint8)
    for polygon in polygons:
        cv2.fillPoly(canvas, [np.array(polygon, dtype=np.int32).reshape(-1, 1, 2)], 1)
    return canvas.astype(bool)


def grow(mask: Mask, radius: int) -> Mask:
    """``mask`` and everything at most ``radius`` pixels away from it, as the crow flies."""
    if radius <= 0 or not mask.any():
        return mask.copy()
    return distance(mask) <= radius


def shrink(mask: Mask, radius: int) -> Mask:
    """What of ``mask`` lies more than ``radius`` pixels from everything outside it."""
    return mask.copy() if radius <= 0 else ~grow(~mask, radius)


def feather(mask: Mask, radius: int) -> Weight:
    """1 on the mask, falling smoothly to 0 within ``radius`` pixels outside it; float32 (H, W).

    The edge is soft on the outside only, for inside it something would shine through.
    """
    if radius <= 0 or not mask.any():
        return mask.astype(np.float32)
    t = np.clip(1.0 - distance(mask) / (radius + 1.0), 0.0, 1.0)
    return np.asarray(t * t * (3.0 - 2.0 * t), dtype=np.float32)


def boxes(mask: Mask, margin: int) -> list[Box]:
    """Boxes (x, y, width, height) around the parts of the mask with ``margin`` pixels around them, inside the picture.

    Parts whose surroundings overlap share one box; boxes come from top to bottom, left to right.
    """
    if not mask.any():
        return []
    side = 2 * max(0, margin) + 1
    near = cv2.dilate(mask.astype(np.uint8), np.ones((side, side), np.uint8))
    _, _, stats, _ = cv2.connectedComponentsWithStats(near, connectivity=8)
    found = [(int(x), int(y), int(w), int(h)) for x, y, w, h, _ in stats[1:]]
    return sorted(found, key=lambda box: (box[1], box[0]))


def paste(source: NDArray[Any], result: NDArray[Any], weight: Weight) -> NDArray[Any]:
    """``result`` (float (H, W, C), 0..1) over ``source`` (uint8 or uint16) where ``weight`` says, in the source's type.

    Where ``weight`` is 0 every value is that of the source, to the last bit.
    """
    top = float(np.iinfo(source.dtype).max)
    touched = weight > 0
    share = weight[touched][:, None]
    mixed = source[touched] * (1.0 - share) + np.clip(result[touched], 0.0, 1.0) * top * share
    pasted = source.copy()
    pasted[touched] = np.rint(mixed).astype(source.dtype)
    return pasted


def spread(pixels: NDArray[Any], known: Mask) -> NDArray[Any]:
    """``pixels`` (H, W, C) with the colour of the nearest known place wherever ``known`` is False.

    Under full transparency files hold any colour, mostly black, and a network would drag it into the visible edge.
    """
    if known.all() or not known.any():
        return pixels
    _, labels = cv2.distanceTransformWithLabels(
        (~known).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_5, labelType=cv2.DIST_LABEL_PIXEL
    )
    colours = np.zeros((int(labels.max()) + 1, pixels.shape[2]), dtype=pixels.dtype)
    colours[labels[known]] = pixels[known]
    return np.where(known[:, :, None], pixels, colours[labels])


def distance(mask: Mask) -> Weight:
    """Pixels from each place to the nearest place of the mask as the crow flies, float32 (H, W).

    An empty mask is further away than any picture is long.
    """
    return np.asarray(cv2.distanceTransform((~mask).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE))
