"""One network after the other, and then the exact size: strips in, strips out, nothing held whole.

The way down to the exact size is taken in the values of the picture, not in linear light. What a network draws is
right on average in those values, for so it was trained, and so consistency is measured. Tried with compact-x4 at ×2.1
and ×2.6 on four photographs, a zone plate and slanted stripes: the mean light of the photographs stays the same to
four digits either way, and linear light costs 0.01 to 0.16 dB of likeness to the true picture; stripes of three
source pixels and more lose 0.1 to 5 dB by it, and only some at the limit of what the source shows gain (1 dB).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeVar

from wagtail_restore.catalogue import Model
from wagtail_restore.engines.base import Engine
from wagtail_restore.engines.step import Work, model_for, with_memory
from wagtail_restore.engines.tiled import Passage, Report
from wagtail_restore.exceptions import OutOfMemory
from wagtail_restore.imaging.resampling import Size, resized
from wagtail_restore.imaging.rows import Pixels, Read, Reader, strips

T = TypeVar("T")

SMALL_REST = 1.1
"""After one pass of a network, an enlargement of at most this is left to Lanczos: nobody sees the difference."""


def chain(work: Work, kind: str, choice: str, factor: float) -> tuple[Model, ...]:
    """The Models to go through, one after the other, until the picture has grown by ``factor`` or nearly so."""
    models: list[Model] = []
    while not models or factor > SMALL_REST:
        model = model_for(work, kind, choice, max(1.0, factor))
        if models and model.scale < 2:
            break
        models.append(model)
        factor /= max(1, model.scale)
    return tuple(models)


class Passes:
    """The way of a picture through ``models`` to the size ``target``; ``mix`` is as in ``Pool.get``.

    ``tiles`` and ``device`` are known once the rows have all been taken.
    """

    def __init__(self, work: Work, models: tuple[Model, ...], target: Size, mix: float | None = None) -> None:
        self.tiles = 0
        self.device = "cpu"
        self._work = work
        self._models = models
        self._target = target
        self._mix = mix

    def rows(self, shape: tuple[int, int, int], read: Read, report: Report) -> Iterator[Pixels]:
        """The result of a picture of ``shape`` (H, W, C) whose rows ``read`` gives, float32 in 0..1.

        A strip lasts until the next one is asked for, and may be changed. What comes out overshoots 0..1 where it was
        resized. Raises what ``Passage.band`` and ``Pool.get`` raise.
        """
        height, width, channels = shape
        last = len(self._models) - 1
        for index, model in enumerate(self._models):
            stream = self._through(model, (height, width, channels), read, report if index == last else _unheard)
            height, width = height * max(1, model.scale), width * max(1, model.scale)
            # Before a further pass the picture is reduced, so that what comes out is at most twice as large as wanted.
            target = self._target if index == last else self._bounded((height, width), self._models[index + 1].scale)
            stream = resized(stream, (height, width), target)
            height, width = target
            read = Reader(stream)
        return stream

    def _through(self, model: Model, shape: tuple[int, int, int], read: Read, report: Report) -> Iterator[Pixels]:
        passage = Passage(shape, read, report, self._work.context.check, others=len(self._models) - 1)
        steady = _Steady(self._work, model, self._mix)
        while not passage.finished:
            yield from strips(steady(passage.band))
        self.tiles += passage.tiles
        self.device = steady.device

    def _bounded(self, size: Size, scale: int) -> Size:
        most = [max(1, -(-2 * side // max(1, scale))) for side in self._target]
        return min(size[0], most[0]), min(size[1], most[1])


class _Steady:
    """Tasks on the Engine of one Model: on the one that did the last of them, as long as it has the memory."""

    def __init__(self, work: Work, model: Model, mix: float | None) -> None:
        self._work = work
        self._model = model
        self._mix = mix
        self._engine: Engine | None = None

    def __call__(self, task: Callable[[Engine], T]) -> T:
        if self._engine is not None:
            try:
                return task(self._engine)
            except OutOfMemory:
                self._engine = None
        result, self._engine = with_memory(self._work, self._model, task, mix=self._mix)
        return result

    @property
    def device(self) -> str:
        return self._engine.device if self._engine else ""


def _unheard(share: float) -> None:
    """The last pass takes nearly all the time, and pulls the others along."""
