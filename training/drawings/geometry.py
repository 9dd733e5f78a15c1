"""Curves and outlines as points, in pixels of the finished drawing."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]


def smooth(corners: Points, *, closed: bool, steps: int = 10) -> Points:
    """A Catmull-Rom curve through N × 2 corners (Catmull & Rom, 1974), ``steps`` points from one to the next."""
    if closed:
        around = np.concatenate([corners[-1:], corners, corners[:2]])
    else:
        around = np.concatenate([corners[:1], corners, corners[-1:]])
    before, start, end, after = (around[shift : len(around) - 3 + shift, None] for shift in range(4))
    t = np.linspace(0, 1, steps, endpoint=False)[None, :, None]
    curve = start + t / 2 * (
        end - before + t * (2 * before - 5 * start + 4 * end - after + t * (3 * (start - end) + after - before))
    )
    points: Points = curve.reshape(-1, 2)
    return points if closed else np.concatenate([points, corners[-1:]])


def blob(rng: np.random.Generator, centre: Points, radius: float, *, corners: int = 7, unrest: float = 0.3) -> Points:
    """A closed curve around ``centre`` whose distance from it changes by up to ``unrest``, flattened at random."""
    angles = np.linspace(0, 2 * np.pi, corners, endpoint=False) + rng.uniform(0, 2 * np.pi)
    reach = radius * rng.uniform(1 - unrest, 1 + unrest, corners)
    flat = np.array([1.0, rng.uniform(0.55, 1.0)])
    ring = np.stack([np.cos(angles), np.sin(angles)], axis=1) * reach[:, None] * flat
    return smooth(turned(ring, float(rng.uniform(0, np.pi))) + centre, closed=True)


def polygon(centre: Points, radius: float, *, corners: int, angle: float = 0.0, waist: float = 1.0) -> Points:
    """A regular polygon, or with ``waist`` below 1 a star whose inner corners lie that much nearer to ``centre``."""
    count = corners if waist == 1.0 else 2 * corners
    angles = np.linspace(0, 2 * np.pi, count, endpoint=False) + angle
    reach = np.where(np.arange(count) % 2 == 0, radius, radius * waist)
    points: Points = centre + np.stack([np.cos(angles), np.sin(angles)], axis=1) * reach[:, None]
    return points


def turned(points: Points, angle: float) -> Points:
    """``points`` turned around the origin by ``angle`` (radians)."""
    cosine, sine = np.cos(angle), np.sin(angle)
    result: Points = points @ np.array([[cosine, sine], [-sine, cosine]])
    return result


def path(rng: np.random.Generator, side: float, *, corners: int = 4, reach: float = 0.35) -> Points:
    """A curve that wanders over a picture of ``side``, each corner up to ``reach`` of it from the last."""
    start = rng.uniform(0, side, 2)
    heading = rng.uniform(0, 2 * np.pi) + np.cumsum(rng.normal(0, 0.7, corners - 1))
    ways = np.stack([np.cos(heading), np.sin(heading)], axis=1) * rng.uniform(0.3, 1, (corners - 1, 1)) * reach * side
    return smooth(np.concatenate([start[None], start + np.cumsum(ways, axis=0)]), closed=False)


def brushed(line: Points, width: float, *, thinnest: float = 0.0, peak: float = 0.5) -> Points:
    """Outline of a brush stroke along ``line``: ``width`` at ``peak`` of its way, ``thinnest`` of it at the ends."""
    along = np.linspace(0, 1, len(line))
    press = np.where(along < peak, along / max(peak, 1e-3), (1 - along) / max(1 - peak, 1e-3))
    half = width / 2 * (thinnest + (1 - thinnest) * np.sin(np.pi / 2 * press))
    heading = np.gradient(line, axis=0)
    heading /= np.maximum(np.linalg.norm(heading, axis=1, keepdims=True), 1e-6)
    beside = np.stack([-heading[:, 1], heading[:, 0]], axis=1) * half[:, None]
    return np.concatenate([line + beside, (line - beside)[::-1]])
