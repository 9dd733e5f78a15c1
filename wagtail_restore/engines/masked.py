"""Networks that fill a hole, from plain tensors, as spandrel knows them: LaMa."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from wagtail_restore.engines.base import Capabilities, Engine
from wagtail_restore.engines.opening import Inpainter, inpainter
from wagtail_restore.engines.tensors import (
    choose_device,
    memory_errors,
    read_state_dict,
    settle_threads,
    size_of,
    to_array,
    to_tensor,
)
from wagtail_restore.engines.weights import locate
from wagtail_restore.imaging.fitting import at_size
from wagtail_restore.imaging.masks import Mask

SIDE = 512
"""The side of what it is given. LaMa takes any size, but was trained on 256 and loses the thread in larger holes."""


class MaskedEraser(Engine):
    """A Model that spandrel describes as taking a picture and a mask; in float32, for its Fourier transforms need it.

    Larger pictures are filled at ``SIDE``, see ``imaging.fitting``.
    """

    extra = "worker"

    _net: Inpainter | None = None

    @property
    def capabilities(self) -> Capabilities:
        channels = 3 if self._net is None else self._net.input_channels
        return Capabilities(kind="erase", channels=(channels,), side=SIDE)

    @property
    def precision(self) -> str:
        return "" if self._net is None else "float32"

    @property
    def size(self) -> int:
        return 0 if self._net is None else size_of(self._net.model)

    def load(self) -> None:
        if self._net is None:
            self._load()

    def run(self, pixels: NDArray[Any], mask: NDArray[Any] | None = None) -> NDArray[np.float32]:
        """``pixels`` with the places where ``mask`` is above 0 filled; without a mask they come back as they are."""
        net = self._net or self._load()
        source = np.asarray(pixels, dtype=np.float32)
        hole = np.zeros(source.shape[:2], bool) if mask is None else np.asarray(mask) > 0
        return at_size(source, hole, SIDE, lambda square, gap: self._drawn(net, square, gap))

    def unload(self) -> None:
        self._net = None

    def _load(self) -> Inpainter:
        device = choose_device(self.device)
        settle_threads()
        net = inpainter(read_state_dict(locate(self.model, self.folders), model=self.model.alias), self.model.alias)
        with memory_errors(device):
            net.float().eval().to(device)
        self.device = str(device)
        self._net = net
        return net

    def _drawn(self, net: Inpainter, square: NDArray[np.float32], gap: Mask) -> NDArray[np.float32]:
        device = torch.device(self.device)
        with memory_errors(device), torch.inference_mode():
            image = to_tensor(square, device).contiguous()
            return to_array(net(image, to_tensor(gap[:, :, None].astype(np.float32), device).contiguous()))
