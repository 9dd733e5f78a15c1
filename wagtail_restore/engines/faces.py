"""Networks that draw a clear face over a blurred one, on the upright square that they were trained on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from wagtail_restore.engines.base import Capabilities, Engine
from wagtail_restore.engines.opening import draws_faces, network
from wagtail_restore.engines.precision import Net
from wagtail_restore.engines.tensors import choose_device, memory_errors, read_state_dict, size_of, to_array, to_tensor
from wagtail_restore.engines.weights import locate
from wagtail_restore.exceptions import WeightsRefused
from wagtail_restore.imaging.alignment import SIDE
from wagtail_restore.imaging.resampling import resize


def _gfpgan(net: Net, square: Tensor) -> Tensor:
    # spandrel hands GFPGAN the range of pictures, and cuts off what it gives below 0; it was trained on -1..1.
    # Its noise is that of the file, not drawn anew: the same picture is to give the same result.
    made: Tensor = net.model(square * 2 - 1, return_rgb=False, randomize_noise=False)[0]
    return (made + 1) / 2


ITS_WAY: Mapping[str, Callable[[Net, Tensor], Tensor]] = {"GFPGAN": _gfpgan}
"""Architectures that are not called as spandrel does, float (N, 3, SIDE, SIDE) in 0..1 to the same."""


class FaceRestorer(Engine):
    """A Model of spandrel's purpose ``FaceSR`` (GFPGAN, RestoreFormer), from a state dict only.

    Works in float32: in bfloat16, the only shorter type that these networks bear, skin shows steps, and one square a
    face is soon done.
    """

    extra = "worker"

    _net: Net | None = None

    @property
    def capabilities(self) -> Capabilities:
        return Capabilities(kind=self.model.kind, channels=(3,))

    @property
    def size(self) -> int:
        return 0 if self._net is None else size_of(self._net.model)

    def load(self) -> None:
        if self._net is not None:
            return
        device = choose_device(self.device)
        net = self._opened()
        with memory_errors(device):
            net.eval().to(device=device, dtype=torch.float32)
        self.device = str(device)
        self._net = net

    def run(self, pixels: NDArray[Any], mask: NDArray[Any] | None = None) -> NDArray[np.float32]:
        """``pixels`` as one upright face; where they are not SIDE × SIDE, they are scaled to that and back."""
        self.load()
        assert self._net is not None  # noqa: S101 — load() has just seen to it, and mypy cannot know
        height, width = pixels.shape[:2]
        device = torch.device(self.device)
        square = np.clip(resize(pixels, SIDE, SIDE), 0.0, 1.0)
        call = ITS_WAY.get(str(self._net.architecture.id), _as_spandrel_does)
        with memory_errors(device), torch.inference_mode():
            made = to_array(call(self._net, to_tensor(square, device)))
        return np.clip(resize(made, width, height), 0.0, 1.0)

    def unload(self) -> None:
        self._net = None

    def _opened(self) -> Net:
        alias = self.model.alias
        net = network(read_state_dict(locate(self.model, self.folders), model=alias), model=alias)
        if not draws_faces(net):
            raise WeightsRefused(model=alias, detail=f"{net.architecture.name} draws no faces")
        return net


def _as_spandrel_does(net: Net, square: Tensor) -> Tensor:
    made: Tensor = net(square)
    return made
