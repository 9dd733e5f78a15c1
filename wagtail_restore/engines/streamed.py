"""The rows of a picture through an Engine that takes them as they come, which needs neither tiles nor their overlap."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from wagtail_restore.engines.base import Engine, Stream
from wagtail_restore.exceptions import BadOutput, OutOfMemory
from wagtail_restore.imaging.fidelity import is_bad
from wagtail_restore.imaging.rows import Pixels, Read, Reader, rows_of


class Flow:
    """What is left of a picture of ``shape`` (H, W, C), from row ``start`` of it with its mirrored ``margin`` on.

    ``done`` is the row, again with the margin, up to which the result has come.
    """

    def __init__(self, engine: Engine, shape: tuple[int, int, int], read: Read, margin: int, start: int) -> None:
        self.done = start
        self._height, self._width, self._channels = shape
        self._margin = margin
        self._top = start
        self._given = Reader(_mirrored(shape, read, margin, start), top=start)
        self.use(engine)

    @property
    def finished(self) -> bool:
        return self.done == self._height + 2 * self._margin

    def use(self, engine: Engine) -> None:
        """Go on with ``engine``, which sees again what it must have seen of the rows above.

        Raises:
            OutOfMemory: it takes no rows, so none is left that could go on.
        """
        stream = engine.stream()
        if stream is None:
            raise OutOfMemory(device=engine.device)
        self.engine = engine
        self._stream: Stream | None = stream
        self._fed = max(self._top, self.done - engine.capabilities.overlap)
        self._again = self.done - self._fed

    def rows(self, check: Callable[[], None]) -> Pixels:
        """The next rows of the result, float32 (rows, W × scale, C) without the margin; perhaps none.

        ``check`` is called before the Engine works and may raise. Raises ``BadOutput`` and ``OutOfMemory``.
        """
        end, scale = self._height + 2 * self._margin, self.engine.capabilities.scale
        while not self.finished:
            check()
            if self._stream is None:
                self.use(self.engine)
                continue
            stop = min(end, self._fed + self._stream.rows(self._width + 2 * self._margin))
            above = max(self._top, self.done - self.engine.capabilities.overlap)
            source = self._given(above, stop)
            result = self._pushed(self._stream, source[self._fed - above :], last=stop == end)
            self._fed = stop
            again = min(self._again, len(result) // scale)
            result, self._again = result[again * scale :], self._again - again
            if not len(result):
                continue
            if is_bad(source[self.done - above :][: len(result) // scale], result):
                if not self.engine.full_precision():
                    raise BadOutput(model=self.engine.model.alias)
                self.use(self.engine)
                continue
            return self._cut(result, scale)
        return np.empty((0, self._width * scale, self._channels), np.float32)

    def _pushed(self, stream: Stream, rows: Pixels, *, last: bool) -> Pixels:
        """What the stream makes of them, in as many channels; one that ran out of memory is not used again."""
        try:
            if self._channels == 1:
                coloured = stream.push(np.repeat(rows, 3, axis=2), last=last)
                return coloured @ np.full((3, 1), 1 / 3, np.float32)
            return stream.push(rows, last=last)
        except (OutOfMemory, MemoryError) as error:
            self._stream = None
            raise OutOfMemory(device=self.engine.device) from error

    def _cut(self, result: Pixels, scale: int) -> Pixels:
        """The rows of the picture among those of the margin."""
        first, self.done = self.done, self.done + len(result) // scale
        inside = [min(max(row - self._margin, 0), self._height) for row in (first, self.done)]
        begin = (inside[0] + self._margin - first) * scale
        side = self._margin * scale
        return result[begin : begin + (inside[1] - inside[0]) * scale, side : side + self._width * scale]


def _mirrored(shape: tuple[int, int, int], read: Read, margin: int, start: int) -> Iterator[Pixels]:
    """The rows from ``start`` on of the picture with its margin, a strip at a time."""
    height, width, channels = shape
    end = height + 2 * margin
    # a strip at the lower border needs no row above the one that the strip before it began with
    step = max(rows_of(width, channels), 2 * margin + 1)
    for first in range(start, end, step):
        wanted = _inside(np.arange(first, min(first + step, end)) - margin, height)
        low = int(wanted.min())
        rows = read(low, int(wanted.max()) + 1)
        if len(rows) != len(wanted) or wanted[0] != low:
            rows = rows[wanted - low]
        yield np.pad(rows, ((0, 0), (margin, margin), (0, 0)), mode="reflect") if margin else rows


def _inside(rows: np.ndarray, height: int) -> np.ndarray:
    """The rows of the picture that those beyond its border mirror; the border row itself is not seen twice."""
    period = max(1, 2 * (height - 1))
    folded = np.abs(rows) % period
    return np.minimum(folded, period - folded) if height > 1 else np.zeros_like(rows)
