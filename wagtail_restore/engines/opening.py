"""The network that tensors are the weights of, as spandrel knows it, or a refusal: the same at import and at work."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from spandrel import ImageModelDescriptor, MaskedImageModelDescriptor, ModelLoader, UnsupportedModelError
from torch import Tensor, nn

from wagtail_restore.engines.precision import Net
from wagtail_restore.exceptions import WeightsRefused

Inpainter: TypeAlias = MaskedImageModelDescriptor[nn.Module]

LAMA = "model.1.bn_l.running_mean"
"""How the name of a tensor ends that LaMa has, whatever stands before it; its first layer but one."""

UNLIKE = (
    UnsupportedModelError,
    LookupError,
    RuntimeError,
    ValueError,
    TypeError,
    AttributeError,
    AssertionError,
    ArithmeticError,
)
"""What spandrel raises on tensors that look like a network of its acquaintance and are none."""


def network(state: Mapping[str, Tensor], *, model: str = "") -> Net:
    """The network of these weights, on the CPU, in the precision that they have.

    Raises ``WeightsRefused`` for what spandrel does not know, and for networks that do not take a picture, grey or in
    colour, and give one.
    """
    net = _opened(state, model)
    if not isinstance(net, ImageModelDescriptor):
        raise WeightsRefused(model=model, detail=f"{net.architecture.name} needs a mask")
    if net.input_channels not in (1, 3) or net.output_channels != net.input_channels:
        channels = f"{net.input_channels} → {net.output_channels}"
        raise WeightsRefused(model=model, detail=f"takes and gives {channels} channels")
    return net


def inpainter(state: Mapping[str, Tensor], model: str = "") -> Inpainter:
    """The network of these weights that fills what a mask covers, on the CPU, in the precision that they have.

    Raises ``WeightsRefused`` for what spandrel does not know, and for networks that take no mask, or other channels.
    """
    net = _opened(state, model)
    if not isinstance(net, MaskedImageModelDescriptor):
        raise WeightsRefused(model=model, detail=f"{net.architecture.name} takes no mask")
    if net.input_channels not in (1, 3) or net.output_channels != net.input_channels:
        channels = f"{net.input_channels} and a mask → {net.output_channels}"
        raise WeightsRefused(model=model, detail=f"takes and gives {channels} channels")
    return net


def takes_mask(state: Mapping[str, Tensor]) -> bool:
    """Whether these look like the weights of a network that fills what a mask covers."""
    return any(name.endswith(LAMA) for name in state)


def _opened(state: Mapping[str, Tensor], model: str) -> Net | Inpainter:
    try:
        opened: Net | Inpainter = ModelLoader(device="cpu").load_from_state_dict(_named(state))
    except UNLIKE as error:
        raise WeightsRefused(model=model, detail=f"no network that spandrel knows: {error}"[:200]) from error
    return opened


def _named(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """LaMa under the names that spandrel knows: a training's file has a discriminator and losses beside it."""
    before = next((name.removesuffix(LAMA) for name in state if name.endswith(LAMA)), None)
    if before is None:
        return dict(state)
    return {f"model.{name.removeprefix(before)}": each for name, each in state.items() if name.startswith(before)}


def draws_faces(net: Net) -> bool:
    """Whether it draws one upright face at the size that it is given."""
    return bool(net.purpose == "FaceSR" and net.scale == 1)
