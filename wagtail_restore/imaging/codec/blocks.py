"""A JPEG in which only some blocks are new: where a picture was changed a little, all else stays as its file has it."""

from __future__ import annotations

from dataclasses import dataclass
from math import pi
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from wagtail_restore.exceptions import RestoreError
from wagtail_restore.imaging import header
from wagtail_restore.imaging.codec import coefficients, segments
from wagtail_restore.imaging.codec.bands import bands
from wagtail_restore.imaging.codec.coefficients import Coefficients
from wagtail_restore.imaging.codec.decode import decode
from wagtail_restore.imaging.codec.picture import Picture
from wagtail_restore.imaging.codec.segments import Frame, Segment
from wagtail_restore.imaging.codec.upright import as_stored

MOST_TOUCHED = 0.25
"""The share of a picture's blocks beyond which it is encoded as another picture."""
_COLOURS = {
    "grey": ((1.0,),),
    "rgb": ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)),
    "ycc": (
        (0.299, 0.587, 0.114),
        (-0.299 / 1.772, -0.587 / 1.772, 0.5),
        (0.5, -0.587 / 1.402, -0.114 / 1.402),
    ),
}
"""What each component takes of red, green and blue; YCbCr as in ITU-T T.871 (JFIF), section 7."""
_MOST_AC, _LEAST_DC, _MOST_DC = 1023, -1024, 1023
"""What the codes of an 8-bit file can say (ITU-T T.81, F.1.2)."""

_DCT = np.array(
    [[np.sqrt((2 if u else 1) / 8) * np.cos((2 * x + 1) * u * pi / 16) for x in range(8)] for u in range(8)], np.float32
)
"""The transform of ITU-T T.81, A.3.3, which is orthonormal: the way back is its transpose."""

Mask = NDArray[np.bool_]
Step = tuple[int, int]


@dataclass(frozen=True)
class Change:
    """What was done to the pixels of a JPEG file; the arrays are as stored, (H, W, C) uint8 and (H, W) bool."""

    original: bytes
    before: NDArray[Any]
    after: NDArray[Any]
    where: Mask
    cells: Mask
    """The squares of 8 × 8 pixels in which something was changed."""
    orientation: int


def change(picture: Picture, original: bytes) -> Change | None:
    """What distinguishes the picture from the file it was made of; None where it is another one in every block.

    ``original`` are the bytes of the file. It is decoded once more, which is exact and needs no word from those who
    worked on the pixels. None also where they are no JPEG of that size; raises ``ValueError`` where so much was changed
    that the rest is not worth keeping.
    """
    try:
        head = header.read(original)
        if (head.width, head.height) != (picture.width, picture.height):
            return None
        seen = decode(original, max_pixels=head.pixels)
    except RestoreError:
        return None
    if seen.pixels.shape != picture.pixels.shape or seen.pixels.dtype != picture.pixels.dtype:
        return None
    where = as_stored(differs(seen.pixels, picture.pixels), head.orientation)
    touched = cells(where)
    if touched.all():
        return None
    if np.mean(touched) > MOST_TOUCHED:
        raise ValueError("JPEG: too much of it was changed")
    before, after = (as_stored(each.pixels, head.orientation) for each in (seen, picture))
    return Change(original, before, after, where, touched, head.orientation)


def coded(change: Change) -> bytes:
    """The original with the blocks that were touched coded anew, and nothing that it says about itself.

    Every other coefficient is that of the file. A chroma block that covers more pixels than were changed keeps its own
    samples there, so that nothing is lost by taking the means of colours that were spread by the decoder. At the end
    the file is decoded, and compared with the original outside the blocks that are new. Raises ``ValueError`` where
    any of this cannot be had.
    """
    parts = segments.split(change.original)
    frame = segments.frame(parts)
    data = _with_new_blocks(parts, frame, change)
    _verify(data, change, _reach(change, frame))
    return data


def _with_new_blocks(parts: list[Segment], frame: Frame, change: Change) -> bytes:
    """The same before it is compared, for which there is more room without the coefficients."""
    source = coefficients.read(segments.bare(parts), frame.space)
    _fits(source, frame, change)
    for index, step in enumerate(frame.steps):
        touched = _touched(change.cells, step)
        source.planes[index][touched] = _renewed(source, index, change, frame, touched)
    return source.written(progressive=frame.progressive)


def _fits(source: Coefficients, frame: Frame, change: Change) -> None:
    shapes = [plane.shape[:2] for plane in source.planes]
    expected = [frame.blocks(index) for index in range(len(frame.steps))]
    size = (frame.height, frame.width)
    if shapes != expected or change.where.shape != size or len(_COLOURS[frame.space]) != change.after.shape[2]:
        raise ValueError("JPEG: its readers do not agree")


def differs(one: NDArray[Any], other: NDArray[Any]) -> Mask:
    """The pixels (H, W) in which two pictures (H, W, C) are not the same."""
    height, width, channels = one.shape
    where = np.zeros((height, width), bool)
    for rows in bands(height, width * channels):
        unlike = one[rows] != other[rows]
        # Mostly nothing is, and numpy takes its time to join channels.
        if unlike.any():
            where[rows] = np.logical_or.reduce([unlike[:, :, channel] for channel in range(channels)])
    return where


def cells(where: Mask) -> Mask:
    """The squares of 8 × 8 pixels in which something is set, one bool for each."""
    height, width = where.shape
    rows, columns = -(-height // 8), -(-width // 8)
    padded = np.zeros((8 * rows, 8 * columns), bool)
    padded[:height, :width] = where
    eights = padded.view(np.uint64).reshape(rows, 8, columns)
    return np.asarray(np.bitwise_or.reduce(eights, axis=1) != 0)


def _touched(cells: Mask, step: Step) -> Mask:
    """The blocks of a component in which a cell is set; ``step`` is how many pixels its samples are high and wide."""
    for axis in (0, 1):
        cells = np.logical_or.reduceat(cells, np.arange(0, cells.shape[axis], step[axis]), axis=axis)
    return cells


def _renewed(source: Coefficients, index: int, change: Change, frame: Frame, touched: Mask) -> NDArray[np.int16]:
    """The coefficients (n, 8, 8) of the blocks that were touched: new samples where pixels changed, else the old."""
    top, left = np.nonzero(touched)
    step = frame.steps[index]
    table = source.tables[index].astype(np.float32)
    samples = _DCT.T @ (source.planes[index][touched] * table) @ _DCT
    # Beyond the border a picture goes on as it ends.
    rows = np.minimum(top[:, None] * 8 * step[0] + np.arange(8 * step[0]), change.where.shape[0] - 1)
    columns = np.minimum(left[:, None] * 8 * step[1] + np.arange(8 * step[1]), change.where.shape[1] - 1)
    here = (rows[:, :, None], columns[:, None, :])
    colours = np.array(_COLOURS[frame.space][index], np.float32)
    wanted = change.after[here].astype(np.float32) @ colours
    cells = (-1, 8, step[0], 8, step[1])
    wanted = wanted.reshape(cells).mean(axis=(2, 4)) - (128.0 if frame.space != "ycc" or index == 0 else 0.0)
    new = change.where[here].reshape(cells).any(axis=(2, 4))
    levels = np.rint(_DCT @ np.where(new, wanted, samples) @ _DCT.T / table)
    dc = np.clip(levels[:, 0, 0], _LEAST_DC, _MOST_DC)
    levels = np.clip(levels, -_MOST_AC, _MOST_AC)
    levels[:, 0, 0] = dc
    renewed: NDArray[np.int16] = levels.astype(np.int16)
    return renewed


def _reach(change: Change, frame: Frame) -> Mask:
    """The pixels that depend on the touched blocks: where samples are spread over pixels, one more all around.

    The blocks of the component with the largest samples cover those of the others.
    """
    step = max(down for down, _ in frame.steps), max(across for _, across in frame.steps)
    cover = _touched(change.cells, step).astype(np.uint8)
    cover = cover.repeat(8 * step[1], axis=1).repeat(8 * step[0], axis=0)[: frame.height, : frame.width]
    return np.asarray(cover if step == (1, 1) else cv2.dilate(cover, np.ones((3, 3), np.uint8)), bool)


def _verify(data: bytes, change: Change, reach: Mask) -> None:
    try:
        found = decode(data, max_pixels=change.where.size).pixels
    except RestoreError as error:
        raise ValueError("JPEG: what was written cannot be read") from error
    if found.shape != change.before.shape or (differs(found, change.before) & ~reach).any():
        raise ValueError("JPEG: what was written differs where nothing was changed")
