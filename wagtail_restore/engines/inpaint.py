"""Networks that fill a hole, from ONNX files: LaMa as OpenCV's zoo has it, and the pipeline of MI-GAN."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from onnxruntime.capi import onnxruntime_pybind11_state as told

from wagtail_restore.engines import cores
from wagtail_restore.engines.base import Capabilities, Engine
from wagtail_restore.engines.weights import locate
from wagtail_restore.exceptions import BadOutput, OutOfMemory, WeightsRefused
from wagtail_restore.imaging.fitting import at_size
from wagtail_restore.imaging.masks import Mask

SIDE = 512
"""The side that a network is given where its file leaves it open: what MI-GAN's pipeline works at inside."""

UNREADABLE = (
    told.InvalidProtobuf,
    told.InvalidGraph,
    told.InvalidArgument,
    told.NoModel,
    told.NotImplemented,
    told.RuntimeException,
    told.Fail,
)
"""What onnxruntime raises on a file that it cannot open."""
FAILED = (told.RuntimeException, told.EPFail, told.Fail, told.InvalidArgument)
"""What it raises in the middle of the work, the lack of memory among it."""


@dataclass(frozen=True)
class _Loaded:
    session: onnxruntime.InferenceSession
    side: int
    bytewise: bool
    """Whether it takes and gives bytes, with 255 where a place is known; else floats, with 1 where one is missing."""
    size: int


class OnnxEraser(Engine):
    """A network with the inputs ``image`` (1, 3, S, S), RGB, and ``mask`` (1, 1, S, S), and one output like the image.

    Two kinds of file are known, told apart by the type of the image. LaMa (Suvorov et al., "Resolution-robust large
    mask inpainting with Fourier convolutions", 2022; the export in OpenCV's zoo): float, the image in 0..1, the mask 1
    where to fill, the output in 0..255, S fixed. MI-GAN (Sargsyan et al., "MI-GAN: a simple baseline for image
    inpainting on mobile devices", 2023; the pipeline of its authors): bytes, the mask 255 where the picture is known
    and 0 where to fill, S left open. Larger pictures are filled at the size of the network, see ``imaging.fitting``.
    """

    extra = "worker"

    _loaded: _Loaded | None = None

    @property
    def capabilities(self) -> Capabilities:
        return Capabilities(kind="erase", channels=(3,), side=SIDE if self._loaded is None else self._loaded.side)

    @property
    def size(self) -> int:
        return 0 if self._loaded is None else self._loaded.size

    def load(self) -> None:
        if self._loaded is None:
            self._load()

    def run(self, pixels: NDArray[Any], mask: NDArray[Any] | None = None) -> NDArray[np.float32]:
        """``pixels`` with the places where ``mask`` is above 0 filled; without a mask they come back as they are."""
        loaded = self._loaded or self._load()
        source = np.asarray(pixels, dtype=np.float32)
        hole = np.zeros(source.shape[:2], bool) if mask is None else np.asarray(mask) > 0
        return at_size(source, hole, loaded.side, lambda square, gap: self._drawn(loaded, square, gap))

    def unload(self) -> None:
        self._loaded = None

    def _load(self) -> _Loaded:
        path = locate(self.model, self.folders)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = int(os.environ.get("OMP_NUM_THREADS") or cores.at_hand())
        options.log_severity_level = 3
        cuda = "CUDAExecutionProvider"
        wanted = self.device != "cpu" and cuda in onnxruntime.get_available_providers()
        providers = [cuda, "CPUExecutionProvider"] if wanted else ["CPUExecutionProvider"]
        try:
            # From bytes, not from the path: a file may then not name others from which it wants its numbers.
            session = onnxruntime.InferenceSession(path.read_bytes(), options, providers=providers)
        except UNREADABLE as error:
            raise WeightsRefused(model=self.model.alias, detail=str(error).strip()[:200]) from error
        side, bytewise = _signature(session, self.model.alias)
        self._loaded = _Loaded(session, side, bytewise, path.stat().st_size)
        self.device = "cuda" if session.get_providers()[0] == cuda else "cpu"
        return self._loaded

    def _drawn(self, loaded: _Loaded, square: NDArray[np.float32], gap: Mask) -> NDArray[np.float32]:
        image = np.ascontiguousarray(square.transpose(2, 0, 1))[None]
        if loaded.bytewise:
            image, mask = np.rint(np.clip(image, 0, 1) * 255).astype(np.uint8), np.where(gap, 0, 255).astype(np.uint8)
        else:
            mask = gap.astype(np.float32)
        try:
            made = loaded.session.run(None, {"image": image, "mask": mask[None, None]})[0]
        except (MemoryError, *FAILED) as error:
            if isinstance(error, MemoryError) or "alloc" in str(error).lower():
                raise OutOfMemory(device=self.device) from error
            raise BadOutput(model=self.model.alias) from error
        if made.shape != image.shape:
            raise BadOutput(model=self.model.alias)
        return np.asarray(made[0].transpose(1, 2, 0), dtype=np.float32) / np.float32(255.0)


def _signature(session: onnxruntime.InferenceSession, alias: str) -> tuple[int, bool]:
    """The side that the network wants, and whether it speaks in bytes. Raises ``WeightsRefused`` for any other."""
    inputs = {each.name: each for each in session.get_inputs()}
    types = {each.type for each in inputs.values()}
    if set(inputs) != {"image", "mask"} or types not in ({"tensor(float)"}, {"tensor(uint8)"}):
        words = ", ".join(f"{each.name} {each.type}" for each in inputs.values())
        raise WeightsRefused(model=alias, detail=f"no eraser that is known: it takes {words}"[:200])
    image, mask = inputs["image"].shape, inputs["mask"].shape
    # A side that the file leaves open has a name, or none, in the place of a number.
    sides = {each for each in (*image[2:], *mask[2:]) if isinstance(each, int)}
    if len(image) != 4 or len(mask) != 4 or image[1] == 1 or len(sides) > 1:
        raise WeightsRefused(model=alias, detail=f"no eraser that is known: it takes {image} and {mask}"[:200])
    return sides.pop() if sides else SIDE, types == {"tensor(uint8)"}
