"""What a file of weights is, asked of the file itself; and the same weights as safetensors, which hold only numbers."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from safetensors.torch import save_file
from torch import Tensor

from wagtail_restore.catalogue import PURPOSES, Model
from wagtail_restore.engines.opening import Inpainter, draws_faces, inpainter, network, takes_mask
from wagtail_restore.engines.precision import Net
from wagtail_restore.engines.shelf import Origin, Shelf, alias_for
from wagtail_restore.engines.tensors import read_state_dict
from wagtail_restore.engines.weights import sha256
from wagtail_restore.exceptions import SetupError, WeightsRefused

ENGINES = {
    "upscale": "wagtail_restore.engines.upscale.Upscaler",
    "denoise": "wagtail_restore.engines.upscale.Upscaler",
    "face": "wagtail_restore.engines.faces.FaceRestorer",
    "erase": "wagtail_restore.engines.masked.MaskedEraser",
}
"""Which Engine of ours performs a Step of each kind with weights of other makes."""

THRESHOLDS = {"upscale": 28.0, "denoise": 24.0, "face": 0.0, "erase": 0.0}
MAY_INVENT = 26.0
"""The consistency in dB that is asked of them, as for the Models of the catalogue that were trained alike."""


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
    a picture, with or without a mask, and give one.
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


def adopt(path: Path, shelf: Shelf, *, alias: str = "", purpose: str = "", origin: Origin) -> tuple[Model, Path]:
    """A Model for the weights in ``path``, and its file on the shelf; nobody knows of it yet.

    ``alias`` is made of the file's name, ``purpose`` of what the network is, where they are left out. Raises
    ``WeightsRefused``, and ``SetupError`` for an alias or a purpose that will not do.
    """
    alias = alias_for(path, alias, shelf.taken)
    found = identify(path, model=alias)
    if purpose and purpose not in PURPOSES[found.kind]:
        fitting = ", ".join(PURPOSES[found.kind])
        raise SetupError(detail=f"{found.architecture} is for {found.kind}; its purpose may be {fitting}")
    target = shelf.folder / f"{alias}.safetensors"
    if target.exists():
        raise SetupError(detail=f"{target} exists already; give another name with --alias")
    target.parent.mkdir(parents=True, exist_ok=True)
    convert(path, target, model=alias)
    limit = THRESHOLDS[found.kind]
    model = Model(
        alias,
        found.kind,
        found.engine,
        purpose=purpose or found.purpose,
        scale=found.scale,
        summary=f"Imported from {path.name}.",
        architecture=found.architecture,
        file=target.name,
        sha256=sha256(target),
        parameters=found.parameters,
        bytes=target.stat().st_size,
        licence=origin.licence,
        commercial=origin.commercial,
        faithful=found.kind != "face",
        invents=origin.invents,
        threshold=min(limit, MAY_INVENT) if origin.invents else limit,
    )
    return model, target


def _describe(state: dict[str, Tensor], model: str) -> Found:
    net = inpainter(state, model) if takes_mask(state) else network(state, model=model)
    kind, purpose = _use(net)
    return Found(
        architecture=net.architecture.name,
        kind=kind,
        purpose=purpose,
        scale=net.scale,
        channels=net.input_channels,
        parameters=sum(each.numel() for each in net.model.parameters()),
    )


def _use(net: Net | Inpainter) -> tuple[str, str]:
    """The kind of Step that a network can perform, and the purpose that is most likely."""
    if net.purpose == "Inpainting":
        return "erase", "large"
    if draws_faces(net):
        return "face", "face"
    if net.scale == 1:
        return "denoise", "jpeg" if net.architecture.id == "FBCNN" else "noise"
    return "upscale", "photo"
