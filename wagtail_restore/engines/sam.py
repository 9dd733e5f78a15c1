"""Things told from their surroundings by a network that has seen many: SAM 2.1, through transformers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from huggingface_hub.errors import StrictDataclassError
from numpy.typing import NDArray
from torch import Tensor
from transformers import Sam2Config, Sam2Model
from transformers.utils import logging as transformers_logging

from wagtail_restore.engines.select import Bits, Grey, Hint, Selector
from wagtail_restore.engines.tensors import (
    DAMAGED,
    choose_device,
    memory_errors,
    read_state_dict,
    settle_threads,
    size_of,
)
from wagtail_restore.engines.weights import locate
from wagtail_restore.exceptions import WeightsRefused

POINTS = 5
"""How many points of a stroke are told to the network; more say nothing new."""
CLOSE = 2.5
"""Points nearer to each other than this many widths of the stroke say the same."""
ON_STROKE, IN_OUTLINE = 0.7, 0.85
"""The share of a stroke's middle that the thing must cover, and of the thing that must lie within an outline."""
MEAN, DEVIATION = np.array([0.485, 0.456, 0.406], np.float32), np.array([0.229, 0.224, 0.225], np.float32)
"""Of the colours of the pictures that it was trained on, in 0..1."""
PARTS = ("vision_config", "prompt_encoder_config", "mask_decoder_config")

Prompt = Mapping[str, Tensor]


class Sam(Selector):
    """SAM 2.1 (Ravi et al. 2024), from safetensors only: the network called tiny, or that of a JSON file beside them.

    The file beside ``name.safetensors`` is ``name.json``, the ``config.json`` that its authors publish with it. Nothing
    is fetched. Works in float32: of a picture only one crop is looked at.
    """

    extra = "sam"

    longest = 1024
    margin = 128.0
    around_outline = 0.75
    around_stroke = (3.0, 12.0)
    compares = False

    _net: Any = None

    @property
    def size(self) -> int:
        return 0 if self._net is None else size_of(self._net)

    def load(self) -> None:
        if self._net is not None:
            return
        settle_threads()
        device = choose_device(self.device)
        net = self._opened()
        with memory_errors(device):
            net.eval().to(device=device, dtype=torch.float32)
        self.device = str(device)
        self._net = net

    def unload(self) -> None:
        self._net = None

    def cut(self, small: Grey, hint: Hint, likely: Bits, sure: Bits) -> Bits:
        """Of the masks that the network proposes, the one that it thinks best of those that agree with the hint."""
        self.load()
        device = torch.device(self.device)
        prompt = prompted(hint, small.shape[1], small.shape[0], self._side)
        with memory_errors(device), torch.inference_mode():
            given = {name: tensor.to(device) for name, tensor in prompt.items()}
            seen = self._net(pixel_values=_prepared(small, self._side).to(device), multimask_output=True, **given)
            proposed = seen.pred_masks[0, 0].float().cpu().numpy()
            order = seen.iou_scores[0, 0].argsort(descending=True).tolist()
        height, width = small.shape[:2]
        for index in order:
            mask = np.asarray(cv2.resize(proposed[index], (width, height)) > 0)
            if _agrees(mask, likely, sure):
                return mask if sure.any() else mask & likely
        return np.zeros((height, width), dtype=bool)

    @property
    def _side(self) -> int:
        return int(self._net.config.prompt_encoder_config.image_size)

    def _opened(self) -> Any:
        path, alias = locate(self.model, self.folders), self.model.alias
        if path.suffix != ".safetensors":
            raise WeightsRefused(model=alias, detail="weights of this kind are opened from .safetensors only")
        state = read_state_dict(path, model=alias)
        transformers_logging.disable_progress_bar()
        try:
            # Without a name there is nothing that could be looked for on a hub.
            net, told = Sam2Model.from_pretrained(
                None, config=_config(path), state_dict=state, output_loading_info=True, local_files_only=True
            )
        except (*DAMAGED, StrictDataclassError) as error:
            raise WeightsRefused(model=alias, detail=str(error).strip()[:200] or type(error).__name__) from error
        if told["missing_keys"] or told["unexpected_keys"]:
            amiss = sorted({*told["missing_keys"], *told["unexpected_keys"]})
            raise WeightsRefused(model=alias, detail=f"no SAM 2: {', '.join(amiss)[:200]}")
        return net


def prompted(hint: Hint, width: int, height: int, side: int) -> Prompt:
    """What is asked of the network: points along a stroke, or the box of an outline, in pixels of its square ``side``.

    ``hint`` is in pixels of a crop of ``width`` and ``height``, which the network sees stretched to the square.
    """
    scale = np.array([side / width, side / height])
    points = np.clip(np.array(hint.points, dtype=float), 0.0, [width - 1, height - 1])
    if hint.kind == "outline":
        box = np.concatenate([points.min(axis=0) * scale, points.max(axis=0) * scale])
        return {"input_boxes": torch.tensor(box[None, None], dtype=torch.float32)}
    along = _along(points, CLOSE * hint.size) * scale
    labels = torch.ones((1, 1, len(along)), dtype=torch.int32)
    return {"input_points": torch.tensor(along[None, None], dtype=torch.float32), "input_labels": labels}


def _along(points: NDArray[np.float64], apart: float) -> NDArray[np.float64]:
    """Points evenly spaced on a line, away from its ends; one in its middle where it is short."""
    far = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(points, axis=0).T))])
    count = max(1, min(POINTS, int(far[-1] / max(apart, 1.0)) + 1))
    places = far[-1] * (np.arange(count) + 0.5) / count
    return np.stack([np.interp(places, far, points[:, axis]) for axis in (0, 1)], axis=1)


def _prepared(small: Grey, side: int) -> Tensor:
    """The crop as the network was trained on pictures: stretched to its square, (1, 3, side, side)."""
    smaller = max(small.shape[:2]) > side
    square = cv2.resize(small, (side, side), interpolation=cv2.INTER_AREA if smaller else cv2.INTER_LINEAR)
    colours = (square.astype(np.float32) / 255.0 - MEAN) / DEVIATION
    return torch.from_numpy(np.ascontiguousarray(colours.transpose(2, 0, 1)))[None]


def _agrees(mask: Bits, likely: Bits, sure: Bits) -> bool:
    if not mask.any():
        return False
    return bool(mask[sure].mean() >= ON_STROKE) if sure.any() else bool(likely[mask].mean() >= IN_OUTLINE)


def _config(path: Path) -> Sam2Config:
    """How the network is built: as the JSON file beside its weights says, else as the one called tiny."""
    beside = path.with_suffix(".json")
    if not beside.is_file():
        return Sam2Config()
    told = json.loads(beside.read_text("utf-8"))
    return Sam2Config(**{part: told[part] for part in PARTS})
