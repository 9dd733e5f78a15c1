"""The network that tensors are the weights of, as spandrel knows it, or a refusal: the same at import and at work."""

from __future__ import annotations

from collections.abc import Mapping

from spandrel import ImageModelDescriptor, ModelLoader, UnsupportedModelError
from torch import Tensor

from wagtail_restore.engines.precision import Net
from wagtail_restore.exceptions import WeightsRefused

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
    try:
        net = ModelLoader(device="cpu").load_from_state_dict(dict(state))
    except UNLIKE as error:
        raise WeightsRefused(model=model, detail=f"no network that spandrel knows: {error}"[:200]) from error
    if not isinstance(net, ImageModelDescriptor):
        raise WeightsRefused(model=model, detail=f"{net.architecture.name} needs a mask")
    if net.input_channels not in (1, 3) or net.output_channels != net.input_channels:
        channels = f"{net.input_channels} → {net.output_channels}"
        raise WeightsRefused(model=model, detail=f"takes and gives {channels} channels")
    return net


def draws_faces(net: Net) -> bool:
    """Whether it draws one upright face at the size that it is given."""
    return bool(net.purpose == "FaceSR" and net.scale == 1)
