"""The colour space that networks know: a file's own colours to sRGB and exactly back, so that its profile can stay."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from wagtail_restore.imaging.codec import icc as profile

Pixels = NDArray[np.float32]

_STEPS = 1 << 15
"""Steps of a curve: with straight lines between them both ways agree to 1e-4."""
_EVEN = np.linspace(0.0, 1.0, _STEPS + 1)
_STEEPEST = 128
"""Towards black, values change by no more than this per light: a curve that is flat there would have no way back."""
_SRGB = np.array(
    [[0.4360747, 0.3850649, 0.1430804], [0.2225045, 0.7168786, 0.0606169], [0.0139322, 0.0971045, 0.7141733]]
)
"""Linear sRGB to XYZ of D50 (IEC 61966-2-1, adapted by Bradford)."""
_ALIKE = 0.004
"""A profile whose colours differ from sRGB by no more than one step of 8 bits is sRGB."""
_STRIP = 1 << 17
"""Pixels that are worked on at once, so that they stay in the processor's cache."""


@dataclass(frozen=True, eq=False)
class _Curve:
    """A tone curve against that of sRGB, both ways, as tables of values at equal steps from 0 to 1."""

    to_srgb: Pixels
    to_file: Pixels


@dataclass(frozen=True, eq=False)
class Working:
    """The way from the colours of a file to sRGB and back; ``identity`` where there is nothing to do."""

    matrix: NDArray[np.float64] | None = None
    """Linear RGB of the file to linear sRGB, (3, 3)."""
    curves: tuple[_Curve, ...] = ()
    """Those of the three channels; none where they are the curve of sRGB."""

    @classmethod
    def of(cls, icc: bytes | None) -> Working:
        """The way for pixels of this profile.

        It is the identity for sRGB, for no profile, and for profiles that are not of RGB, broken, or made of tables
        instead of primaries and curves: such pixels are worked on as they are.
        """
        if not icc:
            return cls()
        try:
            found = profile.read(icc, _STEPS)
            matrix = np.linalg.solve(_SRGB, found.matrix)
            curves = tuple(_against_srgb(light) for light in found.curves)
            np.linalg.inv(matrix)
        except (profile.Unusual, np.linalg.LinAlgError):
            return cls()
        if all(np.abs(curve.to_srgb - _EVEN).max() < _ALIKE for curve in curves):
            curves = ()
        if not curves and np.abs(matrix - np.eye(3)).max() < _ALIKE:
            return cls()
        return cls(matrix, curves)

    @property
    def identity(self) -> bool:
        return self.matrix is None

    def enter(self, pixels: Pixels) -> Pixels:
        """``pixels`` (H, W, 3), float32 in the file's colours, as sRGB; colours that sRGB lacks lie outside of 0..1.

        Negative values are encoded by symmetry. Grey pixels, (H, W, 1), come back as they are.
        """
        if self.matrix is None or pixels.shape[2] != 3:
            return pixels
        matrix = self.matrix
        return _by_strips(pixels, lambda strip: _through(self._curved(strip, to_srgb=True), matrix))

    def leave(self, pixels: Pixels) -> Pixels:
        """The way back: sRGB, (H, W, 3) float32, in the file's colours, not clipped."""
        if self.matrix is None or pixels.shape[2] != 3:
            return pixels
        matrix = np.linalg.inv(self.matrix).astype(np.float64)
        return _by_strips(pixels, lambda strip: self._curved(_through(strip, matrix), to_srgb=False))

    def _curved(self, pixels: Pixels, *, to_srgb: bool) -> Pixels:
        if not self.curves:
            return pixels
        tables = [curve.to_srgb if to_srgb else curve.to_file for curve in self.curves]
        return np.stack([_looked_up(pixels[:, :, c], table) for c, table in enumerate(tables)], axis=2)


def _against_srgb(light: NDArray[np.float64]) -> _Curve:
    """The curve of a channel, as values of sRGB. Raises ``profile.Unusual`` where it does not rise, black to white."""
    light = light / max(light[-1], 0.5)
    floor = _EVEN / _STEEPEST
    rising = floor + np.maximum.accumulate(light - floor)
    if not (0 <= light[0] < 0.1 and light[-1] == 1 and np.abs(rising - light).max() < 0.01):
        raise profile.Unusual("a curve that does not rise from black to white")
    values = _encoded(rising.astype(np.float32)[None])[0]
    return _Curve(values, np.interp(_EVEN, values, _EVEN).astype(np.float32))


def _through(pixels: Pixels, matrix: NDArray[np.float64]) -> Pixels:
    light: Pixels = cv2.transform(_decoded(pixels), matrix)
    return _encoded(light)


def _decoded(values: Pixels) -> Pixels:
    """sRGB as light (IEC 61966-2-1), negative values by symmetry."""
    size = np.abs(values)
    light: Pixels = cv2.pow((size + np.float32(0.055)) / np.float32(1.055), 2.4)
    np.multiply(size, np.float32(1 / 12.92), out=light, where=size <= 0.04045)
    np.copysign(light, values, out=light)
    return light


def _encoded(light: Pixels) -> Pixels:
    """Light as sRGB, negative values by symmetry."""
    size = np.abs(light)
    values: Pixels = cv2.pow(size, 1 / 2.4) * np.float32(1.055) - np.float32(0.055)
    np.multiply(size, np.float32(12.92), out=values, where=size <= 0.0031308)
    np.copysign(values, light, out=values)
    return values


def _looked_up(values: Pixels, table: Pixels) -> Pixels:
    """On straight lines between the points of the table, the first and the last of which go on beyond it."""
    place = values * np.float32(_STEPS)
    cell = np.clip(place, 0, _STEPS - 1).astype(np.intp)
    place -= cell
    place *= np.diff(table).take(cell, mode="clip")
    place += table.take(cell, mode="clip")
    return place


def _by_strips(pixels: Pixels, change: Callable[[Pixels], Pixels]) -> Pixels:
    result = np.empty(pixels.shape, np.float32)
    rows = max(1, _STRIP // pixels.shape[1])
    for top in range(0, pixels.shape[0], rows):
        result[top : top + rows] = change(np.ascontiguousarray(pixels[top : top + rows], np.float32))
    return result
