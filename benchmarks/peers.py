"""Who is measured: each peer takes one decoded photograph and gives the enlarged one, uint8, in main memory."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from spandrel import ModelLoader
from torch import nn

from wagtail_restore.catalogue import Model
from wagtail_restore.engines import runner
from wagtail_restore.engines.base import Context
from wagtail_restore.engines.pool import Pool
from wagtail_restore.engines.step import to_float, to_integers
from wagtail_restore.engines.tensors import read_state_dict
from wagtail_restore.imaging.codec import Picture, Source
from wagtail_restore.imaging.planning import Mode, Plan, Step

Pixels = NDArray[Any]


@dataclass(frozen=True)
class Subject:
    """The weights that all peers share, the factor of their network, and the device: ``cpu``, ``cuda``, ``cuda:1``."""

    weights: Path
    device: str
    scale: int


@dataclass(frozen=True)
class Peer:
    """``enlarge`` is what is measured; ``given`` and ``picture`` turn RGB into what it takes and back, unmeasured."""

    enlarge: Callable[[Any], Any]
    precision: str
    given: Callable[[Pixels], Any] = lambda pixels: pixels
    picture: Callable[[Any], Pixels] = lambda made: made


def scale_of(weights: Path) -> int:
    return int(ModelLoader(device="cpu").load_from_state_dict(read_state_dict(weights)).scale)


def network(subject: Subject) -> nn.Module:
    """The bare network as spandrel makes it, in float32, on the CPU."""
    found: nn.Module = ModelLoader(device="cpu").load_from_state_dict(read_state_dict(subject.weights)).model.eval()
    return found


def build(name: str, subject: Subject) -> Peer:
    """The peer ``name`` of ``PEERS``, its network loaded. Raises ``ExtraMissing`` for upstream's where it is absent."""
    return PEERS[name](subject)


def _ours(mode: Mode, subject: Subject) -> Peer:
    """From a decoded picture to a decoded one, with tiles, checks, and in strict mode the lock of colour."""
    pool = _pool(subject, "wagtail_restore.engines.upscale.Upscaler")
    engine = pool.get("subject")

    def enlarge(picture: Picture) -> Picture:
        size = {"width": picture.width * subject.scale, "height": picture.height * subject.scale}
        return runner.run(Plan((Step("upscale", "subject", size),), mode), picture, pool, Context()).picture

    return Peer(enlarge, engine.precision, lambda p: Picture(p, None, Source("PNG")), lambda made: made.pixels)


def _alone(subject: Subject) -> Peer:
    """Our engine with nothing around it: the whole photograph at once, no tiles and no checks."""
    engine = _pool(subject, "wagtail_restore.engines.upscale.Upscaler").get("subject")
    return Peer(lambda pixels: to_integers(engine.run(to_float(pixels)), np.dtype(np.uint8)), engine.precision)


def _realesrganer(subject: Subject) -> Peer:
    """Upstream's ``RealESRGANer.enhance`` with the defaults of its command, on what OpenCV would have read."""
    engine: Any = _pool(subject, "wagtail_restore.engines.realesrgan.UpstreamUpscaler").get("subject")
    upstream = engine._upstream
    return Peer(
        lambda pixels: upstream.enhance(pixels)[0],
        "float16" if upstream.half else "float32",
        lambda pixels: np.ascontiguousarray(pixels[:, :, ::-1]),
        lambda made: made[:, :, ::-1],
    )


def _spandrel(subject: Subject) -> Peer:
    """The network as spandrel's readme runs it, in float32."""
    device = torch.device(subject.device)
    net = network(subject).to(device)

    def enlarge(pixels: Pixels) -> Pixels:
        with torch.inference_mode():
            tensor = torch.from_numpy(pixels).to(device).permute(2, 0, 1).unsqueeze(0).float() / 255
            made = (net(tensor).clamp(0, 1) * 255).round().to(torch.uint8)
            return made.squeeze(0).permute(1, 2, 0).cpu().numpy()

    return Peer(enlarge, "float32")


def _lanczos(subject: Subject) -> Peer:
    def enlarge(pixels: Pixels) -> Pixels:
        size = (pixels.shape[1] * subject.scale, pixels.shape[0] * subject.scale)
        return np.asarray(Image.fromarray(pixels).resize(size, Image.Resampling.LANCZOS))

    return Peer(enlarge, "uint8")


def _pool(subject: Subject, engine: str) -> Pool:
    model = Model("subject", "upscale", engine, scale=subject.scale, file=str(subject.weights.resolve()))
    return Pool({"subject": model}, subject.device)


OURS, STRICT, REALESRGANER = "ours", "ours, strict", "RealESRGANer"
"""``OURS`` is creative mode: strict mode moves colours back to the source's, which no peer does."""
PEERS: Mapping[str, Callable[[Subject], Peer]] = {
    OURS: partial(_ours, Mode.CREATIVE),
    STRICT: partial(_ours, Mode.STRICT),
    "our network alone": _alone,
    REALESRGANER: _realesrganer,
    "spandrel": _spandrel,
    "Lanczos (Pillow)": _lanczos,
}
