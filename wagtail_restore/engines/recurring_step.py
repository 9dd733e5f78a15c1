"""Watermarks that stand many times, in the Step that erases: learnt from all of their places, and taken off each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wagtail_restore.engines import known_step
from wagtail_restore.engines.base import Context, Region
from wagtail_restore.engines.step import to_float
from wagtail_restore.imaging import masks, recurring
from wagtail_restore.imaging.registration import Fit, frame_of
from wagtail_restore.imaging.strokes import line_height

SAME = 0.1
"""By how much, as a share, the lengths and heights of one mark's places may differ."""


def take_off(
    pixels: NDArray[Any], weight: masks.Weight, lifted: masks.Mask, regions: Sequence[Region], context: Context
) -> list[Region]:
    """Take off what recurs among ``regions``, and give back those that are still to be seen to.

    ``pixels``, uint8 or uint16 (H, W, C), ``weight`` and ``lifted``, (H, W), are changed in place: ``weight`` rises
    where there is still something to fill, ``lifted`` is True where a mark was.
    """
    left = list(regions)
    for alike in _alike(regions):
        if len(alike) < recurring.FEWEST:
            continue
        context.check()
        tall = line_height(alike[0].polygon)
        learnt = recurring.learn(to_float(pixels), [region.polygon for region in alike], tall)
        if learnt is None:
            continue
        for region, made in zip(alike, learnt.fits, strict=True):
            context.check()
            if made is not None:
                _take_one_off(pixels, weight, lifted, made)
                left.remove(region)
    return left


def _alike(regions: Sequence[Region]) -> list[list[Region]]:
    """The watermarks among ``regions``, those of the same words and size together."""
    groups: list[list[Region]] = []
    for region in regions:
        if region.kind == "watermark" and not region.mark:
            group = next((each for each in groups if _same(each[0], region)), None)
            if group is None:
                groups.append([region])
            else:
                group.append(region)
    return groups


def _same(one: Region, other: Region) -> bool:
    sizes = np.array([np.ptp(np.array(each.polygon), axis=0) for each in (one, other)], dtype=np.float64)
    return one.text == other.text and bool((np.abs(sizes[0] - sizes[1]) <= SAME * sizes.max(axis=0) + 2).all())


def _take_one_off(pixels: NDArray[Any], weight: masks.Weight, lifted: masks.Mask, made: Fit) -> None:
    """The same for one place, working on no more of the picture than it touches."""
    x, y, width, height = frame_of(made.place, pixels.shape[1], pixels.shape[0])
    if min(width, height) < 2:
        return
    here = (slice(y, y + height), slice(x, x + width))
    place = (made.place[0] - x, made.place[1] - y, *made.place[2:])
    known_step.unblend(pixels[here], weight[here], lifted[here], replace(made, place=place))
