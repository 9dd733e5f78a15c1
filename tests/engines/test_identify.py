"""Weights are known by what is in them, whatever they are called, and keep to it when they are converted."""

from __future__ import annotations

import pickle
import struct
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from spandrel.architectures.FBCNN import FBCNN
from spandrel.architectures.LaMa import LaMa
from torch import nn

from wagtail_restore.catalogue import BUNDLED
from wagtail_restore.engines import identify as module
from wagtail_restore.engines.identify import Found, convert, identify
from wagtail_restore.exceptions import WeightsRefused


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("realesr-animevideov3.pth", Found("RealESRGAN Compact", "upscale", "photo", 4, 3, 621_424)),
        ("realesr-general-x4v3.fp16src.pth", Found("RealESRGAN Compact", "upscale", "photo", 4, 3, 1_213_296)),
        ("dncnn_color_blind.pth", Found("DnCNN", "denoise", "noise", 1, 3, 668_227)),
    ],
)
def test_weights_of_other_makes_are_known(data: Path, name: str, found: Found) -> None:
    assert identify(data / "weights" / name) == found


def test_bundled_weights_are_known() -> None:
    found = identify(BUNDLED / "compact-x2.safetensors")
    assert (found.kind, found.scale, found.channels) == ("upscale", 2, 3)
    assert found.engine == "wagtail_restore.engines.upscale.Upscaler"


def test_a_network_against_jpeg_damage_is_known_as_one(tmp_path: Path) -> None:
    small = FBCNN(in_nc=3, out_nc=3, nc=[8, 16, 24, 32], nb=2)
    torch.save(small.state_dict(), tmp_path / "clean.pth")
    found = identify(tmp_path / "clean.pth")
    assert (found.architecture, found.kind, found.purpose, found.scale) == ("FBCNN", "denoise", "jpeg", 1)


def test_the_copy_holds_the_same_numbers_and_nothing_else_is_left(data: Path, tmp_path: Path) -> None:
    source = data / "weights" / "realesr-animevideov3.pth"
    found = convert(source, tmp_path / "copy.safetensors")
    assert found == identify(source)
    assert [path.name for path in tmp_path.iterdir()] == ["copy.safetensors"]
    before = torch.load(source, map_location="cpu", weights_only=True)["params"]
    after = load_file(tmp_path / "copy.safetensors")
    assert set(before) == set(after)
    assert all(torch.equal(before[name], after[name]) for name in before)


def test_weights_that_share_memory_are_converted(data: Path, tmp_path: Path) -> None:
    state = dict(load_file(BUNDLED / "compact-x2.safetensors"))
    names = [name for name in state if state[name].shape == state["body.1.weight"].shape][:2]
    state[names[1]] = state[names[0]]
    torch.save(state, tmp_path / "shared.pth")
    assert convert(tmp_path / "shared.pth", tmp_path / "copy.safetensors").scale == 2


def huge_header(path: Path) -> None:
    path.write_bytes(struct.pack("<Q", 1 << 60) + b"{}")


def lying_header(path: Path) -> None:
    header = b'{"a":{"dtype":"F32","shape":[1000000000],"data_offsets":[0,4000000000]}}'
    path.write_bytes(struct.pack("<Q", len(header)) + header + b"\0" * 16)


def no_network(path: Path) -> None:
    save_file({"weight": torch.zeros(3, 3)}, path)


def nothing(path: Path) -> None:
    path.write_bytes(b"")


@pytest.mark.parametrize("make", [huge_header, lying_header, no_network, nothing])
def test_safetensors_that_are_none_are_refused(tmp_path: Path, make: Any) -> None:
    path = tmp_path / "x.safetensors"
    make(path)
    with pytest.raises(WeightsRefused):
        identify(path)


class Evil:
    """Would run a command when it is unpickled."""

    def __reduce__(self) -> tuple[Any, ...]:
        return (Path.touch, (Path("/tmp/restore-was-here"),))


def test_a_pickle_of_code_is_refused_and_not_run(tmp_path: Path) -> None:
    marker = Path("/tmp/restore-was-here")
    marker.unlink(missing_ok=True)
    torch.save({"params": Evil()}, tmp_path / "evil.pth")
    (tmp_path / "plain.pth").write_bytes(pickle.dumps(Evil()))
    for name in ("evil.pth", "plain.pth"):
        with pytest.raises(WeightsRefused):
            convert(tmp_path / name, tmp_path / "copy.safetensors")
    assert not marker.exists()
    assert not (tmp_path / "copy.safetensors").exists()


def test_torchscript_is_refused(tmp_path: Path) -> None:
    torch.jit.script(nn.Conv2d(3, 3, 1)).save(str(tmp_path / "script.pth"))
    with pytest.raises(WeightsRefused):
        identify(tmp_path / "script.pth")


@pytest.mark.parametrize("before", ["model.", "generator.", "model.generator."])
def test_an_eraser_is_known_under_whatever_names_its_training_gave_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, before: str
) -> None:
    # Fifty million random numbers would take their time, and here nobody looks at them.
    monkeypatch.setattr(nn.init, "kaiming_uniform_", lambda tensor, **how: tensor)
    net = LaMa(in_nc=4, out_nc=3).state_dict()
    state = {before + name.removeprefix("model."): value.half() for name, value in net.items()}
    save_file({**state, "discriminator.model0.0.weight": torch.zeros(2)}, tmp_path / "eraser.safetensors")
    found = identify(tmp_path / "eraser.safetensors")
    assert found == Found("LaMa", "erase", "large", 1, 3, 50_975_875)
    assert found.engine == "wagtail_restore.engines.masked.MaskedEraser"


def test_a_copy_that_would_be_another_network_is_not_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = Found("ESRGAN", "upscale", "photo", 4, 3, 1)
    monkeypatch.setattr(module, "identify", lambda path, model: other)
    with pytest.raises(WeightsRefused, match="another one"):
        convert(BUNDLED / "compact-x2.safetensors", tmp_path / "copy.safetensors")
    assert list(tmp_path.iterdir()) == []
