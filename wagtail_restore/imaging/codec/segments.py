"""A JPEG file cut at its markers, so that what it says and how it is coded can be taken apart and joined again."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import ceil

SOI, EOI = b"\xff\xd8", b"\xff\xd9"
_APP0, _APP14, _COMMENT = 0xE0, 0xEE, 0xFE
_SOF, _DHT, _DQT, _DRI, _SOS = frozenset({0xC0, 0xC1, 0xC2}), 0xC4, 0xDB, 0xDD, 0xDA
"""The markers of frames coded by Huffman (baseline, extended, progressive) and of what they need."""
_NEXT = re.compile(rb"\xff[\x01-\xcf\xd8-\xfe]")
"""Where the coded data of a scan end: at any marker but those of a restart."""
_MOST_SCANS = 100
"""Scans beyond which a file is meant to keep a reader busy; progressive ones have about ten."""


@dataclass(frozen=True)
class Segment:
    """One marker with all that follows it up to the next one, the coded data of a scan included."""

    marker: int
    data: bytes

    @property
    def body(self) -> bytes:
        """What the segment says, without marker and length."""
        return self.data[4:]

    @property
    def describes(self) -> bool:
        """Whether it is about the picture (APP0 to APP15, comment) and not a part of it."""
        return _APP0 <= self.marker < _APP0 + 16 or self.marker == _COMMENT

    @property
    def is_jfif(self) -> bool:
        return self.marker == _APP0 and self.body.startswith(b"JFIF\0")

    @property
    def is_adobe(self) -> bool:
        return self.marker == _APP14 and self.body.startswith(b"Adobe")


@dataclass(frozen=True)
class Frame:
    """The frame of a JPEG file: stored size in pixels, and for each component the pixels down and across a sample."""

    width: int
    height: int
    steps: tuple[tuple[int, int], ...]
    space: str
    """What the components are: ``grey``, ``ycc`` or ``rgb``."""
    progressive: bool

    def blocks(self, component: int) -> tuple[int, int]:
        """Rows and columns of blocks of a component."""
        down, across = self.steps[component]
        return ceil(ceil(self.height / down) / 8), ceil(ceil(self.width / across) / 8)


def split(data: bytes) -> list[Segment]:
    """The segments of the first picture in a file, in order. Raises ``ValueError`` where it is damaged."""
    if data[:2] != SOI:
        raise ValueError("JPEG: does not begin as one")
    found: list[Segment] = []
    place = 2
    while data[place : place + 2] != EOI:
        if data[place : place + 2] == b"\xff\xff":
            place += 1
            continue
        length = int.from_bytes(data[place + 2 : place + 4], "big")
        if data[place : place + 1] != b"\xff" or length < 2:
            raise ValueError(f"JPEG: no marker at {place}")
        end = place + 2 + length
        if data[place + 1] == _SOS:
            following = _NEXT.search(data, end)
            end = following.start() if following else len(data)
        found.append(Segment(data[place + 1], data[place:end]))
        place = end
    return found


def frame(segments: Sequence[Segment]) -> Frame:
    """The one frame among the segments.

    Raises ``ValueError`` where it is coded in a way (arithmetic, lossless, 12 bits, CMYK, a sampling that is no whole
    number, hundreds of scans) of which ``blocks`` knows nothing.
    """
    frames = [segment for segment in segments if 0xC0 <= segment.marker < 0xD0 and segment.marker != _DHT]
    scans = sum(segment.marker == _SOS for segment in segments)
    if len(frames) != 1 or frames[0].marker not in _SOF or not 0 < scans <= _MOST_SCANS:
        raise ValueError("JPEG: not one frame coded by Huffman")
    body = frames[0].body
    if len(body) < 6 or body[0] != 8 or body[5] not in (1, 3) or len(body) != 6 + 3 * body[5]:
        raise ValueError("JPEG: not 8 bits of grey or of three colours")
    height, width = int.from_bytes(body[1:3], "big"), int.from_bytes(body[3:5], "big")
    samples = [divmod(body[7 + 3 * index], 16) for index in range(body[5])]
    across, down = max(h for h, _ in samples), max(v for _, v in samples)
    if not height or not width or any(not h or not v or across % h or down % v for h, v in samples):
        raise ValueError("JPEG: sampled in a way that is no whole number")
    steps = tuple((down // v, across // h) for h, v in samples)
    return Frame(width, height, steps, _space(segments, body[6::3]), frames[0].marker == 0xC2)


def _space(segments: Sequence[Segment], names: bytes) -> str:
    """What the components of these names are, by the rules that libjpeg follows where markers contradict each other."""
    if len(names) == 1:
        return "grey"
    if any(segment.is_jfif for segment in segments):
        return "ycc"
    for segment in segments:
        if segment.is_adobe:
            return "rgb" if segment.body[11:12] == b"\0" else "ycc"
    return "rgb" if names == b"RGB" else "ycc"


def bare(segments: Iterable[Segment]) -> bytes:
    """The file without what it says about itself, except how its colours are meant."""
    needed = {*_SOF, _DHT, _DQT, _DRI, _SOS}
    kept = [one.data for one in segments if one.marker in needed or one.is_jfif or one.is_adobe]
    return b"".join([SOI, *kept, EOI])


def described(coded: Sequence[Segment], head: Iterable[Segment]) -> bytes:
    """The picture of one file with what another one, ``head``, says; a file of RGB samples goes on to say that it is.

    JFIF would have them taken for YCbCr, so that it is left out there.
    """
    adobe = [one.data for one in coded if one.is_adobe]
    says = [one.data for one in head if one.describes and not (adobe and one.is_jfif)]
    picture = [one.data for one in coded if not one.describes]
    return b"".join([SOI, *adobe, *says, *picture, EOI])
