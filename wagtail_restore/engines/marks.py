"""Where something lies over a picture that it shines through, pixel by pixel, as a small network of our own sees it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray

from wagtail_restore.engines.marker import MULTIPLE, Marker
from wagtail_restore.engines.tensors import native_bfloat16, read_state_dict, settle_threads, to_tensor
from wagtail_restore.exceptions import WeightsRefused
from wagtail_restore.imaging import masks

SEEN = 1280
"""The longer side, in pixels, to which a picture is reduced before the network sees it."""
LIKELY = 0.5
WINDOW, DENSE = (65, 25), 0.12
"""Width and height, in pixels, of what is asked whether it is writing: letters hold at least this share of it."""
PAPER = 736
"""Readers enlarge what is smaller than that."""


def load(file: Path, model: str) -> Marker:
    """The network with the weights of ``file``, safetensors.

    Raises:
        WeightsRefused: these are the weights of something else.
    """
    settle_threads()
    net = Marker()
    try:
        net.load_state_dict({name: value.float() for name, value in read_state_dict(file, model=model).items()})
    except RuntimeError as error:
        raise WeightsRefused(model=model, detail=f"no network that sees marks: {error}"[:200]) from error
    return net.eval().to(memory_format=torch.channels_last)


@dataclass(frozen=True)
class View:
    """``shares``, float32 (h, w), is how surely each pixel holds some of a mark, 0..1; ``scale``, how many times as
    large the picture is that was looked at."""

    shares: NDArray[np.float32]
    scale: float

    @property
    def writing(self) -> tuple[int, int, int, int] | None:
        """Left, top, width and height, in pixels of the view, of where it is dense enough to be writing."""
        marked = (self.shares > LIKELY).astype(np.float32)
        dense = cv2.blur(marked, WINDOW, borderType=cv2.BORDER_CONSTANT) >= DENSE
        if not dense.any():
            return None
        x, y, width, height = cv2.boundingRect(dense.astype(np.uint8))
        left, top = max(0, x - WINDOW[0]), max(0, y - WINDOW[1])
        tall, wide = self.shares.shape
        return left, top, min(wide, x + width + WINDOW[0]) - left, min(tall, y + height + WINDOW[1]) - top

    def printed(self, box: tuple[int, int, int, int]) -> NDArray[np.uint8]:
        """What was seen in ``box``, as print on paper for a reader: uint8 (h, w, 3), with paper below and beside it."""
        left, top, width, height = box
        paper = np.full((max(PAPER, height), max(PAPER, width)), 255, np.uint8)
        paper[:height, :width] = 255.0 * (1.0 - self.shares[top : top + height, left : left + width])
        return np.repeat(paper[:, :, None], 3, axis=2)

    def share(self, polygon: Sequence[tuple[int, int]]) -> float:
        """How much, 0..1, of ``polygon``, in pixels of the picture, holds a mark; of a line, strokes fill a third."""
        corners = np.rint(np.array(polygon, dtype=np.float64) / self.scale).astype(int)
        left, top = np.maximum(corners.min(axis=0), 0)
        right, bottom = corners.max(axis=0) + 1
        here = self.shares[top:bottom, left:right]
        if not here.size:
            return 0.0
        inside = masks.draw([[(x - left, y - top) for x, y in corners.tolist()]], here.shape[1], here.shape[0])
        return float((here[inside] > LIKELY).mean()) if inside.any() else 0.0

    def ink(self, polygon: Sequence[tuple[int, int]], box: tuple[int, int, int, int]) -> masks.Mask:
        """What holds a mark and begins in ``polygon``, bool (height, width) of ``box``, both in pixels of the picture.

        Readers draw their lines tight: what hangs together with it goes on beyond.
        """
        x, y, width, height = box
        step = 1.0 / self.scale
        # From pixel centres of the box to those of the view.
        back = np.array([[step, 0.0, (x + 0.5) * step - 0.5], [0.0, step, (y + 0.5) * step - 0.5]])
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        here = cv2.warpAffine(self.shares, back, (width, height), flags=flags, borderMode=cv2.BORDER_CONSTANT)
        inside = masks.draw([[(px - x, py - y) for px, py in polygon]], width, height)
        _, parts = cv2.connectedComponents((here > LIKELY).astype(np.uint8))
        begun = np.unique(parts[inside])
        return np.isin(parts, begun[begun > 0])


def look(net: Marker, pixels: NDArray[np.float32]) -> View:
    """See where in ``pixels``, float32 (H, W, 3) in 0..1, there are marks; large pictures are looked at smaller."""
    height, width = pixels.shape[:2]
    scale = max(1.0, max(height, width) / SEEN)
    if scale > 1.0:
        size = (max(1, round(width / scale)), max(1, round(height / scale)))
        pixels = np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), dtype=np.float32)
    height, width = pixels.shape[:2]
    room = (0, -width % MULTIPLE, 0, -height % MULTIPLE)
    with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16, enabled=native_bfloat16()):
        seen = F.pad(to_tensor(pixels, torch.device("cpu")), room, mode="replicate")
        odds = net(seen.contiguous(memory_format=torch.channels_last))
    shares = torch.sigmoid(odds)[0, 0, :height, :width].numpy()
    return View(np.ascontiguousarray(shares, dtype=np.float32), scale)
