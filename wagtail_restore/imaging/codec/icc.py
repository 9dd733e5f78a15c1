"""What an RGB colour profile says in numbers: its primaries and its tone curves, where it is made of these alone."""

from __future__ import annotations

import struct
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_HEADER, _ENTRY, _MOST_TAGS = 128, 12, 200
_TABLES = frozenset({b"A2B0", b"A2B1", b"A2B2", b"D2B0", b"D2B1", b"D2B2", b"D2B3"})
"""Tags of profiles that hold colours in tables of three dimensions, which readers prefer to their primaries."""
_PARAMETERS = {0: 1, 1: 3, 2: 4, 3: 5, 4: 7}
"""How many numbers each type of parametric curve has (ICC.1:2022, table 68)."""


class Unusual(Exception):
    """A profile that is broken, or not made of three primaries and three curves."""


@dataclass(frozen=True, eq=False)
class Primaries:
    """``matrix`` takes linear RGB to XYZ of D50, (3, 3); ``curves`` are light at equal steps of the value, 0 to 1."""

    matrix: Floats
    curves: tuple[Floats, Floats, Floats]


def read(icc: bytes, steps: int) -> Primaries:
    """The primaries of a profile, its curves of ``steps`` + 1 points each. Raises ``Unusual``."""
    try:
        tags = _tags(icc)
        primaries = [_xyz(tags[name]) for name in (b"rXYZ", b"gXYZ", b"bXYZ")]
        with np.errstate(all="ignore"):
            red, green, blue = (_curve(tags[name], steps) for name in (b"rTRC", b"gTRC", b"bTRC"))
    except (struct.error, KeyError) as error:
        raise Unusual(f"no primaries and curves: {error}") from error
    if not all(np.isfinite(curve).all() for curve in (red, green, blue)):
        raise Unusual("a curve without end")
    return Primaries(np.stack(primaries, axis=1), (red, green, blue))


def _tags(icc: bytes) -> dict[bytes, bytes]:
    if icc[16:24] != b"RGB XYZ " or icc[36:40] != b"acsp":
        raise Unusual("not of RGB colours by way of XYZ")
    (count,) = struct.unpack_from(">I", icc, _HEADER)
    if count > _MOST_TAGS:
        raise Unusual(f"{count} tags")
    tags = {}
    for index in range(count):
        name, start, length = struct.unpack_from(">4sII", icc, _HEADER + 4 + _ENTRY * index)
        tags[name] = icc[start : start + length]
    if _TABLES & tags.keys():
        raise Unusual("made of tables")
    return tags


def _xyz(tag: bytes) -> Floats:
    if tag[:4] != b"XYZ ":
        raise Unusual(f"a primary of type {tag[:4]!r}")
    return np.array(struct.unpack_from(">3i", tag, 8)) / 65536


def _curve(tag: bytes, steps: int) -> Floats:
    values = np.linspace(0.0, 1.0, steps + 1)
    if tag[:4] == b"para":
        return _parametric(tag, values)
    if tag[:4] != b"curv":
        raise Unusual(f"a curve of type {tag[:4]!r}")
    (count,) = struct.unpack_from(">I", tag, 8)
    if count == 0:
        return values
    if count == 1:
        (gamma,) = struct.unpack_from(">H", tag, 12)
        return np.asarray(np.power(values, gamma / 256))
    if len(tag) < 12 + 2 * count:
        raise Unusual("a curve that is cut short")
    table = np.frombuffer(tag, ">u2", count, 12) / 65535
    return np.asarray(np.interp(values, np.linspace(0.0, 1.0, count), table))


def _parametric(tag: bytes, x: Floats) -> Floats:
    """y = (ax + b)ᵍ + e from d on, and y = cx + f below it (ICC.1:2022, section 10.18)."""
    (kind,) = struct.unpack_from(">H", tag, 8)
    if kind not in _PARAMETERS:
        raise Unusual(f"a parametric curve of type {kind}")
    numbers: tuple[int, ...] = struct.unpack_from(f">{_PARAMETERS[kind]}i", tag, 12)
    g, a, b, c, d, e, f = [number / 65536 for number in numbers] + [0.0] * (7 - len(numbers))
    if kind == 0:
        a = 1.0
    if kind in (1, 2):
        # Their fourth number lifts the whole curve, which is flat up to where ax + b is no longer negative.
        e = f = c
        c, d = 0.0, -b / a if a else 0.0
    power = np.power(np.maximum(a * x + b, 0.0), g) + e
    return np.where(x >= d, power, c * x + f)
