"""Upstream's own ``RealESRGANer`` as an Engine: the reference for our results, and for those who want exactly those."""

from __future__ import annotations

import math
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stdout
from importlib.util import find_spec
from pathlib import Path
from threading import Lock
from types import ModuleType
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torchvision.transforms.functional import rgb_to_grayscale

from wagtail_restore.catalogue import Model
from wagtail_restore.engines.base import Capabilities, Engine
from wagtail_restore.engines.tensors import choose_device, memory_errors, read_state_dict, size_of
from wagtail_restore.engines.weights import locate
from wagtail_restore.exceptions import SetupError, WeightsRefused

GONE = "torchvision.transforms.functional_tensor"


@contextmanager
def _with_what_torchvision_dropped() -> Iterator[None]:
    """Inside, ``GONE`` can be imported: basicsr takes one function from there, which has moved since (0.17)."""
    if find_spec(GONE) is not None:
        yield
        return
    module = ModuleType(GONE)
    module.rgb_to_grayscale = rgb_to_grayscale  # type: ignore[attr-defined]
    sys.modules[GONE] = module
    try:
        yield
    finally:
        del sys.modules[GONE]


with _with_what_torchvision_dropped():
    from basicsr.archs.rrdbnet_arch import RRDBNet
    from realesrgan import RealESRGANer
    from realesrgan.archs.srvgg_arch import SRVGGNetCompact

SHORTEST = 4
"""Below ×4 upstream mirrors up to three pixels over the border, which a shorter side does not have."""
BRIGHTEST_EIGHT_BIT = 256
"""Upstream takes a picture without a value over this for one of eight bits."""
RRDB_FACTORS = {3: 4, 12: 2, 48: 1}
"""The factor of an RRDBNet by the channels of its first convolution: the smaller ones fold the picture first."""


class UpstreamUpscaler(Engine):
    """A Real-ESRGAN Model through upstream's class, with the defaults of its ``inference_realesrgan.py``.

    That is: the whole picture at once (``--tile 0``), no border (``--pre_pad 0``), float16 on CUDA and float32
    elsewhere. Weights are read by us, as tensors only, and handed over in a file of our own.
    """

    extra = "realesrgan"

    _upstream: RealESRGANer | None = None

    @property
    def capabilities(self) -> Capabilities:
        scale = self.model.scale if self._upstream is None else self._upstream.scale
        return Capabilities(kind=self.model.kind, scale=scale, channels=(1, 3))

    @property
    def size(self) -> int:
        return 0 if self._upstream is None else size_of(self._upstream.model)

    def load(self) -> None:
        if self._upstream is not None:
            return
        device = choose_device(self.device)
        states = [_state(self, self.model)]
        shares = [1.0]
        if self.mix is not None:
            states.append(_state(self, self.mix.partner))
            shares = [self.mix.share, 1.0 - self.mix.share]
        network, scale = _network(states[0], self.model.alias)
        if self.model.scale not in (0, scale):
            detail = f"the catalogue says ×{self.model.scale}, the network makes ×{scale}"
            raise SetupError(model=self.model.alias, detail=detail)
        with tempfile.TemporaryDirectory() as folder, memory_errors(device):
            files = [str(_save(state, Path(folder, f"{index}.pth"))) for index, state in enumerate(states)]
            weights = {"model_path": files, "dni_weight": shares} if len(files) > 1 else {"model_path": files[0]}
            try:
                upstream = RealESRGANer(
                    scale, model=network, pre_pad=0, half=device.type == "cuda", device=device, **weights
                )
            except (RuntimeError, LookupError) as error:
                raise _unknown(self.model.alias, error) from error
        self.device = str(device)
        self._lock = Lock()
        self._upstream = upstream

    def run(self, pixels: NDArray[Any], mask: NDArray[Any] | None = None) -> NDArray[np.float32]:
        """What upstream makes of ``pixels``, which it is given in 8 bits where they came from 8 bits, else in 16."""
        self.load()
        assert self._upstream is not None  # noqa: S101 — load() has just seen to it, and mypy cannot know
        height, width = pixels.shape[:2]
        given = _as_file(self._long_enough(pixels))
        # It keeps the picture at hand on itself, and remarks on 16 bits on standard output, where JSON may go.
        with self._lock, memory_errors(torch.device(self.device)), redirect_stdout(sys.stderr):
            made, _ = self._upstream.enhance(given)
        scale = self._upstream.scale
        turned = made[:, :, None] if made.ndim == 2 else made[:, :, ::-1]
        back = np.ascontiguousarray(turned[: height * scale, : width * scale], dtype=np.float32)
        return back / np.float32(np.iinfo(made.dtype).max)

    def full_precision(self) -> bool:
        if self._upstream is None or not self._upstream.half:
            return False
        self._upstream.half = False
        self._upstream.model.float()
        return True

    def unload(self) -> None:
        self._upstream = None

    def _long_enough(self, pixels: NDArray[Any]) -> NDArray[Any]:
        if self.capabilities.scale >= 4:
            return pixels
        lacking = [(0, max(0, SHORTEST - side)) for side in pixels.shape[:2]]
        return np.pad(pixels, (*lacking, (0, 0)), mode="edge")


def _as_file(pixels: NDArray[Any]) -> NDArray[Any]:
    """As OpenCV reads a file, which upstream expects: integers, blue before red, grey without a third axis.

    uint8 where the values are those of 8 bits, else uint16; but never a uint16 that upstream would take for uint8.
    """
    values = np.clip(pixels, 0.0, 1.0)
    eight = np.rint(values * 255.0)
    fine = bool(np.abs(values * 255.0 - eight).max() > 1e-3) and values.max() * 65535.0 > BRIGHTEST_EIGHT_BIT
    whole = np.rint(values * 65535.0).astype(np.uint16) if fine else eight.astype(np.uint8)
    return whole[:, :, 0] if whole.shape[2] == 1 else np.ascontiguousarray(whole[:, :, ::-1])


def _state(engine: Engine, model: Model) -> dict[str, Tensor]:
    return read_state_dict(locate(model, engine.folders), model=model.alias)


def _save(state: Mapping[str, Tensor], path: Path) -> Path:
    torch.save({"params": dict(state)}, path)
    return path


def _network(state: Mapping[str, Tensor], alias: str) -> tuple[nn.Module, int]:
    """Upstream's network for these tensors, not yet filled, and its factor. Raises ``WeightsRefused``."""
    try:
        return _rrdb(state) if "conv_first.weight" in state else _compact(state)
    except (LookupError, ValueError) as error:
        raise _unknown(alias, error) from error


def _rrdb(state: Mapping[str, Tensor]) -> tuple[nn.Module, int]:
    features, inputs = state["conv_first.weight"].shape[:2]
    blocks = 1 + max(int(name.split(".")[1]) for name in state if name.startswith("body."))
    growth = state["body.0.rdb1.conv1.weight"].shape[0]
    scale = RRDB_FACTORS[inputs]
    return RRDBNet(3, 3, scale=scale, num_feat=features, num_block=blocks, num_grow_ch=growth), scale


def _compact(state: Mapping[str, Tensor]) -> tuple[nn.Module, int]:
    layers = sorted(int(name.split(".")[1]) for name, tensor in state.items() if tensor.ndim == 4)
    features = state["body.0.weight"].shape[0]
    scale = math.isqrt(state[f"body.{layers[-1]}.weight"].shape[0] // 3)
    return SRVGGNetCompact(3, 3, num_feat=features, num_conv=len(layers) - 2, upscale=scale, act_type="prelu"), scale


def _unknown(alias: str, error: Exception) -> WeightsRefused:
    return WeightsRefused(model=alias, detail=f"no network that realesrgan knows: {error}".partition("\n")[0][:200])
