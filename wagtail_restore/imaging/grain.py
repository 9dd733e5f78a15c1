"""Noise for what was filled, as strong and as coarse as that of the surroundings: a fill without it looks polished."""

from __future__ import annotations

import zlib
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from wagtail_restore.imaging import masks

Pixels = NDArray[np.float32]

NEAREST, FURTHEST = 4.0, 48.0
"""The ring around the hole, in pixels, that noise is measured in; nearer, the filters would see into the hole."""
FLAT = 1.2 / 255.0
"""Places whose blurred brightness changes by less than this from pixel to pixel are flat: what moves there is noise."""
FEWEST = 300
"""Flat places that a measure needs; with fewer, texture could be taken for noise, and none is added."""
QUIETEST = 0.3
"""Noise lies over everything, texture over some: of the flat places this share, the quietest, is measured."""
WINDOW = 9
"""The side, in pixels, of the window that says how quiet a place is."""
CLEAN = 0.7 / 255.0
"""Noise below this is what rounding to eight bits leaves: nothing is added."""
STRONGEST = 16.0 / 255.0
"""Noise is added up to this strength; what measures more is rather texture."""
GRAINS = (0.0, 0.4, 0.6, 0.8, 1.1, 1.5)
"""The sizes of grain tried: the blur, in pixels, that white noise is given."""


def add(pixels: NDArray[Any], hole: NDArray[Any]) -> Pixels:
    """``pixels`` (H, W, C; 0..1), filled where ``hole`` (H, W), with noise there like that around, float32.

    Its strength and its likeness between channels are those of the fine detail in the quietest of the flat places
    around the hole (by the median, so that edges do not count), its coarseness that of the white noise, blurred, whose
    finest detail is the same share of the coarser. What the fill has of its own, place by place, is counted. The seed
    follows from the pixels: the same picture gets the same noise. Without flat places, or with clean ones, the pixels
    come back as they are.
    """
    source = np.asarray(pixels, dtype=np.float32)
    missing = np.asarray(hole, dtype=bool)
    if not missing.any() or missing.all():
        return source.copy()
    away = masks.distance(missing)
    slope = _slope(source)
    around = (away >= NEAREST) & (away <= FURTHEST) & (slope < FLAT) & ~_burnt(source)
    if int(around.sum()) < FEWEST:
        return source.copy()
    fine, coarse = _detail(source, 0.8), _detail(source, 2.0)
    level = _level(fine)
    quiet = around & (level <= np.quantile(level[around], QUIETEST))
    strength = _spread(fine[quiet])
    if float(strength.mean()) < CLEAN:
        return source.copy()
    wanted = np.minimum(np.sqrt(np.maximum(strength**2 - level[:, :, None] ** 2, 0.0)), STRONGEST)
    seed = zlib.crc32(np.rint(source[~missing] * 255.0).astype(np.int16).tobytes())
    ratio = float(strength.mean()) / max(float(_spread(coarse[quiet]).mean()), 1e-9)
    noise = _noise(missing.shape, ratio, _likeness(fine[quiet], strength), seed) * wanted
    room = np.minimum(source, 1.0 - source) / np.maximum(2.0 * wanted, 1e-9)
    grained = np.clip(source + noise * np.clip(room, 0.0, 1.0), 0.0, 1.0)
    return np.where(missing[:, :, None], grained, source).astype(np.float32)


def _level(detail: Pixels) -> Pixels:
    """How strong the fine detail is around each pixel, all channels together, (H, W)."""
    square = cv2.blur(np.square(detail).mean(axis=2), (WINDOW, WINDOW))
    return np.asarray(np.sqrt(np.maximum(square, 0.0)), dtype=np.float32)


def _detail(pixels: Pixels, blur: float) -> Pixels:
    """What a blur of so many pixels takes away."""
    return np.asarray(pixels - cv2.GaussianBlur(pixels, (0, 0), blur).reshape(pixels.shape), dtype=np.float32)


def _slope(pixels: Pixels) -> Pixels:
    """How much the brightness, blurred so far that noise hardly counts, changes from pixel to pixel nearby, (H, W)."""
    grey = cv2.GaussianBlur(pixels.mean(axis=2), (0, 0), 2.5)
    down, right = np.gradient(grey) if min(grey.shape) > 1 else (np.zeros_like(grey), np.zeros_like(grey))
    # The largest near each place: on top of a wave the slope is nothing as well.
    return np.asarray(cv2.dilate(np.hypot(down, right), np.ones((9, 9), np.uint8)), dtype=np.float32)


def _burnt(pixels: Pixels) -> masks.Mask:
    """Places where some channel is black or white: there noise was cut off, and would be underrated."""
    return np.asarray(((pixels <= 2 / 255.0) | (pixels >= 253 / 255.0)).any(axis=2))


def _spread(detail: Pixels) -> Pixels:
    """The standard deviation of each channel by the median of the amounts, (C,), for detail (N, C)."""
    return np.asarray(1.4826 * np.median(np.abs(detail), axis=0), dtype=np.float32)


def _likeness(detail: Pixels, strength: Pixels) -> Pixels:
    """What makes independent channels as alike as those of ``detail`` (N, C) are: (C, C), each of spread 1."""
    bounded = np.clip(detail / np.maximum(strength, 1e-9), -3.0, 3.0)
    alike = bounded.T @ bounded / len(bounded)
    scale = np.sqrt(np.maximum(np.diag(alike), 1e-9))
    alike = alike / np.outer(scale, scale) + 1e-4 * np.eye(len(scale))
    return np.asarray(np.linalg.cholesky(alike), dtype=np.float32)


def _noise(shape: tuple[int, int], ratio: float, alike: Pixels, seed: int) -> Pixels:
    """Noise (H, W, C) whose fine detail has spread 1 and is ``ratio`` times as strong as the coarser detail."""
    white = np.random.default_rng(seed).standard_normal((*shape, len(alike)), dtype=np.float32)
    best, gap = white, np.inf
    for size in GRAINS:
        blurred = cv2.GaussianBlur(white, (0, 0), size).reshape(white.shape) if size else white
        fine, coarse = float(_detail(blurred, 0.8).std()), float(_detail(blurred, 2.0).std())
        if abs(fine / coarse - ratio) < gap:
            best, gap = blurred / np.float32(fine), abs(fine / coarse - ratio)
    return np.asarray(best @ alike.T, dtype=np.float32)
