"""One Engine over a picture of any size, strip by strip: tiles, smaller ones when memory runs out, float32 at need."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from weakref import WeakKeyDictionary

import numpy as np

from wagtail_restore.engines.base import Capabilities, Engine
from wagtail_restore.engines.room import at_hand
from wagtail_restore.engines.streamed import Flow
from wagtail_restore.exceptions import BadOutput, OutOfMemory
from wagtail_restore.imaging.blending import lay
from wagtail_restore.imaging.fidelity import is_bad
from wagtail_restore.imaging.rows import Pixels, Read
from wagtail_restore.imaging.tiling import SMALLEST, Span, sides, smaller, spans

Report = Callable[[float], None]

BAND_BYTES = 192 << 20
"""What the result of one row of tiles may take at most."""
TILE_BYTES = 96 << 20
"""What a network on a CPU may take for a tile, unless it needs more: larger tiles leave its caches and are slower."""

MARGIN = 8
"""Pixels mirrored around the picture at most.

With 8 the outermost rows come as near to those that the picture's true continuation would have given as with all that
the network sees (31.96 against 32.07 dB, realesr-general-x4v3, ten crops of five photographs); 16 take 5 % longer."""

_fitted: WeakKeyDictionary[Engine, int] = WeakKeyDictionary()
"""The tile side that fitted after memory had run out, so that the next picture does not start from the top."""


@dataclass(frozen=True)
class _Plan:
    """Where the tiles lie that are still to come, in pixels of the picture with its mirrored margin."""

    engine: Engine
    side: int
    columns: tuple[Span, ...]
    rows: tuple[Span, ...]

    @property
    def next_start(self) -> int:
        """Where the row of tiles after this one begins."""
        return self.rows[1].start if len(self.rows) > 1 else self.rows[0].stop


class Passage:
    """One Engine over a picture of ``shape`` (H, W, C) whose rows ``read`` gives, float32 in 0..1.

    The result comes as bands, each what one row of tiles completes, from top to bottom; an Engine may take over from
    another of the same Model between two bands. ``report`` hears the share done, ``check`` is called before tiles are
    given to the Engine and may raise. ``others`` says how many more of its kind hold a band at the same time.
    """

    def __init__(
        self, shape: tuple[int, int, int], read: Read, report: Report, check: Callable[[], None], *, others: int = 0
    ) -> None:
        self.tiles = 0
        self.finished = False
        self._shape = shape
        self._read = read
        self._report = report
        self._check = check
        self._parts = others + 1
        self._plan: _Plan | None = None
        self._flow: Flow | None = None
        self._begun: Pixels | None = None
        self._start = 0
        self._kept: Pixels | None = None
        self._room: Pixels | None = None
        self._told = 0.0

    def band(self, engine: Engine) -> Pixels:
        """The next rows of the result, float32 (rows, W × scale, C); they last until the next call.

        When memory runs out the tile side is halved and the band begun again; ``OutOfMemory`` is raised where the
        smallest tile does not fit, after which another Engine may go on. Raises ``BadOutput``.
        """
        if self._flow is not None or engine.stream() is not None:
            return self._streamed(engine)
        plan = self._plan if self._plan and self._plan.engine is engine else self._planned(engine)
        while True:
            # What goes wrong above this picture, in an earlier pass, smaller tiles here would not mend.
            rows = self._mirrored(plan.rows[0], _margin(engine.capabilities))
            try:
                band = self._tiles(plan, rows)
            except (OutOfMemory, MemoryError) as error:
                can = engine.capabilities
                less = smaller(plan.side, can.overlap) if can.tiled else None
                self._plan = None
                if less is None:
                    raise OutOfMemory(device=engine.device) from error
                _fitted[engine] = less
                plan = self._planned(engine, less)
            else:
                return self._woven(plan, band)

    def _streamed(self, engine: Engine) -> Pixels:
        """The next rows of an Engine that takes rows, joined to what an Engine before it left in tiles."""
        if self._flow is None:
            margin = _margin(engine.capabilities)
            self._flow = Flow(engine, self._shape, self._read, margin, self._start)
            self.tiles += 1
        elif self._flow.engine is not engine:
            self._flow.use(engine)
        band = self._flow.rows(self._check) if self._kept is None else self._joined(self._flow, self._kept)
        self.finished = self._flow.finished
        self._told = max(self._told, self._flow.done / (self._shape[0] + 2 * _margin(engine.capabilities)))
        self._report(self._told)
        return band

    def _joined(self, flow: Flow, kept: Pixels) -> Pixels:
        """The first rows of ``flow``, as many as the tiles above have left over, and these woven in."""
        while self._begun is None or len(self._begun) < len(kept):
            rows = flow.rows(self._check)
            self._begun = rows if self._begun is None else np.concatenate([self._begun, rows])
        band, self._begun, self._kept = self._begun, None, None
        lay(kept.swapaxes(0, 1), band[: len(kept)].swapaxes(0, 1), 0, len(kept))
        band[: len(kept)] = kept
        return band

    def _planned(self, engine: Engine, side: int | None = None) -> _Plan:
        """Tiles for all that is left; neighbours above are done, so the first row shares what they have left over."""
        can = engine.capabilities
        margin = _margin(can)
        height, width, channels = self._shape
        across, down = width + 2 * margin, height + 2 * margin
        if not can.tiled:
            return _Plan(engine, max(across, down), (Span(0, across),), (Span(self._start, down - self._start),))
        side = side or _side(engine, can, across * (down - self._start))
        row = 4 * channels * width * can.scale * can.scale
        tallest = max(SMALLEST, min(BAND_BYTES, at_hand() // 8) // self._parts // row)
        wide, tall = sides(side, across, down - self._start, tallest=tallest, overlap=can.overlap)
        first, *others = spans(self._start, down, tall, can.overlap)
        shared = 0 if self._kept is None else len(self._kept) // can.scale
        return _Plan(engine, side, spans(0, across, wide, can.overlap), (replace(first, shared=shared), *others))

    def _tiles(self, plan: _Plan, rows: Pixels) -> Pixels:
        """The result of one row of tiles of ``rows``, (rows, W × scale, C), without margins to the left and right."""
        can, (_, width, channels) = plan.engine.capabilities, self._shape
        margin = _margin(can)
        row, many = plan.rows[0], max(1, can.batch)
        if len(plan.columns) == 1:
            self._check()
            (band,) = _checked(plan.engine, [rows])
            self._tell(plan, 1.0)
            return band[:, margin * can.scale : (margin + width) * can.scale]
        band = self._empty((row.size * can.scale, width * can.scale, channels))
        for index in range(0, len(plan.columns), many):
            columns = plan.columns[index : index + many]
            self._check()
            results = _checked(plan.engine, [rows[:, column.start : column.stop] for column in columns])
            for column, result in zip(columns, results, strict=True):
                lay(band, result, (column.start - margin) * can.scale, column.shared * can.scale)
            self._tell(plan, min(1.0, (index + many) / len(plan.columns)))
        return band

    def _empty(self, shape: tuple[int, int, int]) -> Pixels:
        """Room for a band, the same for all bands of that shape."""
        if self._room is None or self._room.shape != shape:
            self._room = None
            self._room = np.empty(shape, np.float32)
        return self._room

    def _mirrored(self, row: Span, margin: int) -> Pixels:
        """The rows, mirrored over the picture's borders: networks take the outside for black, which shows on white."""
        first, last = row.start - margin, row.stop - margin
        top, bottom = max(0, -first), max(0, last - self._shape[0])
        rows = self._read(first + top, last - bottom)
        return np.pad(rows, ((top, bottom), (margin, margin), (0, 0)), mode="reflect") if margin else rows

    def _woven(self, plan: _Plan, band: Pixels) -> Pixels:
        """What of the band is complete, joined to the one above; what the next one shares is kept for it."""
        can, row = plan.engine.capabilities, plan.rows[0]
        kept, self._kept = self._kept, None
        if kept is not None:
            lay(kept.swapaxes(0, 1), band[: len(kept)].swapaxes(0, 1), 0, len(kept))
            if band is self._room:
                band[: len(kept)] = kept
            else:  # it is the Engine's own, which may be what it was given
                band = np.concatenate([kept, band[len(kept) :]])
        end = (plan.next_start - row.start) * can.scale
        if end < len(band):
            self._kept = band[end:].copy()
        self.tiles += len(plan.columns)
        self._start = plan.next_start
        self.finished = len(plan.rows) == 1
        self._plan = None if self.finished else replace(plan, rows=plan.rows[1:])
        above = (row.start - _margin(can)) * can.scale
        return band[max(0, -above) : min(end, self._shape[0] * can.scale - above)]

    def _tell(self, plan: _Plan, share: float) -> None:
        """How much is done, never less than was said before: a band may be begun again."""
        row = plan.rows[0]
        end = plan.rows[-1].stop
        self._told = max(self._told, (row.start + share * (plan.next_start - row.start)) / end)
        self._report(self._told)


def _margin(can: Capabilities) -> int:
    return min(MARGIN, can.overlap // 2)


def _side(engine: Engine, can: Capabilities, area: int) -> int:
    """The side of a square tile to begin with, for so many pixels."""
    whole = math.isqrt(area - 1) + 1
    side = min(whole, can.tile, 2 * _fitted.get(engine, whole))
    if engine.device == "cpu":
        # Of a tile less than four overlaps wide, more would be thrown away than kept.
        roomy = max(TILE_BYTES, can.bytes_per_pixel * (4 * can.overlap) ** 2)
        side = min(side, math.isqrt(min(roomy, at_hand() // 4) // max(1, can.bytes_per_pixel)))
    return max(side, min(SMALLEST, whole))


def _checked(engine: Engine, parts: Sequence[Pixels]) -> list[Pixels]:
    """The results of ``parts``, a second time in float32 where one of them is no picture."""
    results = _adapted(engine, parts)
    if _any_bad(parts, results) and engine.full_precision():
        results = _adapted(engine, parts)
    if _any_bad(parts, results):
        raise BadOutput(model=engine.model.alias)
    return results


def _any_bad(parts: Sequence[Pixels], results: Sequence[Pixels]) -> bool:
    return any(is_bad(part, result) for part, result in zip(parts, results, strict=True))


def _adapted(engine: Engine, parts: Sequence[Pixels]) -> list[Pixels]:
    """Grey through a colour network comes back grey; colour through a grey one goes channel by channel."""
    channels = parts[0].shape[2]
    if channels in engine.capabilities.channels:
        return _run(engine, parts)
    if channels == 1:
        third = np.full((3, 1), 1 / 3, np.float32)
        return [coloured @ third for coloured in _run(engine, [np.repeat(part, 3, axis=2) for part in parts])]
    planes = _run(engine, [part[:, :, [channel]] for part in parts for channel in range(channels)])
    return [np.concatenate(planes[at : at + channels], axis=2) for at in range(0, len(planes), channels)]


def _run(engine: Engine, parts: Sequence[Pixels]) -> list[Pixels]:
    many = max(1, engine.capabilities.batch)
    results = [result for at in range(0, len(parts), many) for result in engine.run_many(parts[at : at + many])]
    return [np.asarray(result, dtype=np.float32) for result in results]
