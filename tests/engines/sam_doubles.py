"""Small networks of the make of SAM 2 whose answers are known: what is bright is a thing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from torch import Tensor
from transformers import Sam2Config, Sam2Model

from wagtail_restore.catalogue import Model

SIDE = 256
"""The square that it sees; its masks have a quarter of it."""
ENGINE = "wagtail_restore.engines.sam.Sam"


def config() -> Sam2Config:
    backbone = {
        "model_type": "sam2_hiera_det_model",
        "hidden_size": 8,
        "image_size": [SIDE, SIDE],
        "embed_dim_per_stage": [8, 16, 32, 64],
        "num_attention_heads_per_stage": [1, 2, 4, 8],
        "blocks_per_stage": [1, 1, 2, 1],
        "global_attention_blocks": [3],
        "window_size_per_stage": [8, 4, 4, 4],
    }
    vision = {
        "model_type": "sam2_vision_model",
        "backbone_config": backbone,
        "backbone_channel_list": [64, 32, 16, 8],
        "backbone_feature_sizes": [[SIDE // 4, SIDE // 4], [SIDE // 8, SIDE // 8], [SIDE // 16, SIDE // 16]],
        "fpn_hidden_size": 16,
    }
    decoder = {"hidden_size": 16, "mlp_dim": 32, "num_attention_heads": 2, "iou_head_hidden_dim": 16}
    return Sam2Config(
        vision_config=vision,
        prompt_encoder_config={"hidden_size": 16, "image_size": SIDE, "mask_input_channels": 4},
        mask_decoder_config=decoder,
    )


def random_state() -> dict[str, Tensor]:
    torch.manual_seed(5)
    return {name: each.clone() for name, each in Sam2Model(config()).state_dict().items()}


def bright_state(scores: tuple[float, float, float]) -> dict[str, Tensor]:
    """Weights by which the first of the three masks is what is bright, the second what is dark, the third nothing.

    ``scores`` is how sure the network says it is of each, as logits. All else is zero: the brightness of each patch of
    4 × 4 pixels goes straight to the mask.
    """
    state = {name: torch.zeros_like(each) for name, each in random_state().items()}
    state["vision_encoder.backbone.patch_embed.projection.weight"][0, :, 3:, 3:] = 1 / 48
    state["vision_encoder.neck.convs.3.weight"][0, 0] = 1.0
    # What is bright less what is dark: gelu(x) - gelu(-x) is x again.
    state["mask_decoder.conv_s0.weight"][:, 0, 0, 0] = torch.tensor([1.0, -1.0])
    for token, sign in ((1, 1.0), (2, -1.0)):
        state[f"mask_decoder.output_hypernetworks_mlps.{token}.proj_out.bias"][:] = torch.tensor([sign, -sign])
    state["mask_decoder.iou_prediction_head.proj_out.bias"][1:] = torch.tensor(scores)
    return state


def saved(folder: Path, state: dict[str, Tensor], told: dict[str, Any] | None = None) -> Model:
    """A Model of these weights in ``folder``, with the configuration of ``config`` or another beside them."""
    path = folder / "small.safetensors"
    save_file({name: each.contiguous().clone() for name, each in state.items()}, path)
    path.with_suffix(".json").write_text(json.dumps(told or config().to_dict()), "utf-8")
    return Model("small-sam", "select", ENGINE, purpose="object", file=str(path))


def config_parameters() -> list[Tensor]:
    return list(Sam2Model(config()).parameters())
