"""What a file of weights is, asked of the file itself; and the same weights as safetensors, which hold only numbers."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from safetensors.torch import save_file
from spandrel import ImageModelDescriptor, ModelLoader
from torch import Tensor, nn

from wagtail_restore.engines.tensors import read_state_dict
from wagtail_restore.engines.upscale import UNLIKE
from wagtail_restore.exceptions import WeightsRefused

ENGINES = {
    "upscale": "wagtail_restore.engines.upscale.Upscaler",
    "denoise": "wagtail_restore.engines.upscale.Upscaler",
    "face": "wagtail_restore.engines.faces.FaceRestorer",
}
"""Which Engine of ours performs a Step of each kind with weights of other makes."""


@dataclass(frozen=True)
class Found:
    """A network as spandrel recognises it: the Step that it can perform and what for, its factor and channels."""

    architecture: str
    kind: str
    purpose: str
    scale: int
    channels: int
    parameters: int

    @property
    def engine(self) -> str:
        return ENGINES[self.kind]


def identify(path: Path, *, model: str = "") -> Found:
    """The network that the weights in ``path`` are for.

    The file is read as ``tensors.read_state_dict`` reads: no pickle of code, no TorchScript. Raises
    ``WeightsRefused`` for what cannot be read so, for what spandrel does not know, and for networks that do not take
    a picture and give one.
    """
    return _describe(read_state_dict(path, model=model), model)


def convert(path: Path, target: Path, *, model: str = "") -> Found:
    """Write the weights in ``path`` to ``target`` as safetensors, whole or not at all, and say what they are.

    Raises ``WeightsRefused`` as ``identify`` does, and where the copy would be another network.
    """
    state = read_state_dict(path, model=model)
    found = _describe(state, model)
    part = target.with_name(target.name + ".part.safetensors")
    try:
        # Tensors that share memory cannot be stored as safetensors.
        save_file({name: each.detach().contiguous().clone() for name, each in state.items()}, part, {"format": "pt"})
        if identify(part, model=model) != found:
            raise WeightsRefused(model=model, detail="the network is another one after it was converted")
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
    return found


def _describe(state: dict[str, Tensor], model: str) -> Found:
    try:
        net = ModelLoader(device="cpu").load_from_state_dict(dict(state))
    except UNLIKE as error:
        raise WeightsRefused(model=model, detail=f"no network that spandrel knows: {error}"[:200]) from error
    if not isinstance(net, ImageModelDescriptor):
        raise WeightsRefused(model=model, detail=f"{net.architecture.name} needs a mask")
    if net.input_channels not in (1, 3) or net.output_channels != net.input_channels:
        channels = f"{net.input_channels} → {net.output_channels}"
        raise WeightsRefused(model=model, detail=f"takes and gives {channels} channels")
    kind, purpose = _use(net)
    return Found(
        architecture=net.architecture.name,
        kind=kind,
        purpose=purpose,
        scale=net.scale,
        channels=net.input_channels,
        parameters=sum(each.numel() for each in net.model.parameters()),
    )


def _use(net: ImageModelDescriptor[nn.Module]) -> tuple[str, str]:
    """The kind of Step that a network can perform, and the purpose that is most likely."""
    if net.purpose == "FaceSR":
        return "face", "face"
    if net.scale == 1:
        return "denoise", "jpeg" if net.architecture.id == "FBCNN" else "noise"
    return "upscale", "photo"
