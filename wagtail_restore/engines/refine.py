"""``erase-compact``: a hole filled classically, then corrected by a small network of our own."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray

from wagtail_restore.engines.base import Capabilities, Context, Engine
from wagtail_restore.engines.refiner import MULTIPLE, Refiner
from wagtail_restore.engines.tensors import (
    choose_device,
    free_memory,
    memory_errors,
    native_bfloat16,
    read_state_dict,
    settle_threads,
    size_of,
    to_array,
    to_tensor,
)
from wagtail_restore.engines.weights import locate
from wagtail_restore.exceptions import WeightsRefused
from wagtail_restore.imaging import frequency, grain, masks
from wagtail_restore.imaging.tiling import Span, spans

TILE = 512
OVERLAP = 96
"""What neighbouring tiles share: further away than half of it, the network hardly looks."""
FILLING = 0.9
"""The share of the time that the classical fill takes."""


class CompactEraser(Engine):
    """The fill of ``classic``, with what the network adds to it, and the grain of the surroundings."""

    extra = "worker"

    _net: Refiner | None = None

    @property
    def capabilities(self) -> Capabilities:
        return Capabilities(kind="erase", channels=(3,))

    @property
    def size(self) -> int:
        return 0 if self._net is None else size_of(self._net)

    def load(self) -> None:
        if self._net is None:
            self._load()

    def unload(self) -> None:
        self._net = None
        free_memory(torch.device(self.device))

    def run(self, pixels: NDArray[Any], mask: NDArray[Any] | None = None) -> NDArray[np.float32]:
        """``pixels`` with the places where ``mask`` is above 0 filled; a mask of everything comes back grey."""
        return self.fill(pixels, np.zeros(pixels.shape[:2], bool) if mask is None else mask, Context())

    def fill(self, pixels: NDArray[Any], mask: NDArray[Any], context: Context) -> NDArray[np.float32]:
        """The same, with word of how far it is."""

        def watch(done: float) -> None:
            context.check()
            context.progress(FILLING * done, "erase")

        source, hole = np.asarray(pixels, dtype=np.float32), np.asarray(mask) > 0
        filled = frequency.fill(source, hole, watch)
        if hole.any() and not hole.all():
            filled = self._corrected(filled, hole, context)
        return grain.add(filled, hole)

    def _corrected(self, filled: NDArray[np.float32], hole: masks.Mask, context: Context) -> NDArray[np.float32]:
        """Tile by tile around what is filled; each pixel from the tile in whose inside it lies."""
        net = self._net or self._load()
        made = filled.copy()
        with memory_errors(torch.device(self.device)):
            for x, y, width, height in masks.boxes(hole, OVERLAP // 2):
                # Beginning where squares of the network begin, so that the same place is always seen in the same way.
                rows = spans(y - y % MULTIPLE, y + height, TILE, OVERLAP)
                columns = spans(x - x % MULTIPLE, x + width, TILE, OVERLAP)
                for down, across in product(_insides(rows), _insides(columns)):
                    inside = (slice(*down[1]), slice(*across[1]))
                    if hole[inside].any():
                        context.check()
                        here = (slice(down[0].start, down[0].stop), slice(across[0].start, across[0].stop))
                        tile = self._tile(net, filled[here], hole[here])
                        begin = down[1][0] - down[0].start, across[1][0] - across[0].start
                        shape = made[inside].shape
                        made[inside] = tile[begin[0] : begin[0] + shape[0], begin[1] : begin[1] + shape[1]]
        return np.where(hole[:, :, None], np.clip(made, 0.0, 1.0), filled).astype(np.float32)

    def _tile(self, net: Refiner, filled: NDArray[np.float32], hole: masks.Mask) -> NDArray[np.float32]:
        device = torch.device(self.device)
        height, width = hole.shape
        room = (0, -width % MULTIPLE, 0, -height % MULTIPLE)
        picture = F.pad(to_tensor(filled, device), room, mode="replicate")
        marked = F.pad(to_tensor(hole[:, :, None].astype(np.float32), device), room)
        # It has learnt in bfloat16, and what it adds is small.
        half = device.type == "cpu" and native_bfloat16()
        with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16, enabled=half):
            return to_array(net(picture, marked))[:height, :width]

    def _load(self) -> Refiner:
        device = choose_device(self.device)
        settle_threads()
        state = read_state_dict(locate(self.model, self.folders), model=self.model.alias)
        net = Refiner()
        try:
            net.load_state_dict({name: value.float() for name, value in state.items()})
        except RuntimeError as error:
            detail = f"no network that corrects fills: {error}"[:200]
            raise WeightsRefused(model=self.model.alias, detail=detail) from error
        self._net = net.eval().to(device)
        self.device = str(device)
        return self._net


def _insides(row: tuple[Span, ...]) -> list[tuple[Span, tuple[int, int]]]:
    """Each span with the part of it, from and to, that is taken from it: half of what it shares goes to each side."""
    cuts = [row[0].start, *(span.start + span.shared // 2 for span in row[1:]), row[-1].stop]
    return [(span, (cuts[index], cuts[index + 1])) for index, span in enumerate(row)]
