"""What weights are of is told by one function, so that import and load refuse the same, and in the same words."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from tests.engines.test_upscale import compact
from wagtail_restore.catalogue import Model
from wagtail_restore.engines import opening
from wagtail_restore.engines.faces import FaceRestorer
from wagtail_restore.engines.identify import identify
from wagtail_restore.engines.opening import draws_faces, network
from wagtail_restore.engines.upscale import Upscaler
from wagtail_restore.exceptions import WeightsRefused


def own(path: Path) -> Model:
    return Model("own", "upscale", "x.Y", scale=0, file=str(path))


WAYS: dict[str, Callable[[Path], object]] = {
    "import": lambda path: identify(path, model="own"),
    "upscale": lambda path: Upscaler(own(path), device="cpu").load(),
    "faces": lambda path: FaceRestorer(own(path), device="cpu").load(),
}


@pytest.mark.parametrize(("channels", "scale"), [(1, 2), (3, 4)])
def test_a_network_is_known_by_its_tensors(tmp_path: Path, channels: int, scale: int) -> None:
    net = network(load_file(compact(tmp_path, scale=scale, channels=channels)))
    assert (net.architecture.id, net.scale, net.input_channels) == ("Compact", scale, channels)
    assert not draws_faces(net)


@pytest.mark.parametrize("way", WAYS)
def test_what_takes_no_picture_is_refused_everywhere_in_the_same_words(tmp_path: Path, way: str) -> None:
    with pytest.raises(WeightsRefused) as caught:
        WAYS[way](compact(tmp_path, channels=4))
    assert caught.value.params == {"model": "own", "detail": "takes and gives 4 → 4 channels"}


@pytest.mark.parametrize("way", WAYS)
def test_what_nobody_knows_is_refused_everywhere_in_the_same_words(tmp_path: Path, way: str) -> None:
    save_file({"weight": torch.zeros(3, 3)}, tmp_path / "x.safetensors")
    with pytest.raises(WeightsRefused) as caught:
        WAYS[way](tmp_path / "x.safetensors")
    assert caught.value.params["detail"].startswith("no network that spandrel knows: ")


@pytest.mark.parametrize("error", [ZeroDivisionError("by zero"), KeyError("weight"), AssertionError("no")])
def test_what_spandrel_stumbles_over_is_refused(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    class Stumbling:
        def __init__(self, device: str) -> None:
            pass

        def load_from_state_dict(self, state: Any) -> None:
            raise error

    monkeypatch.setattr(opening, "ModelLoader", Stumbling)
    with pytest.raises(WeightsRefused, match="no network that spandrel knows"):
        network({})


@pytest.mark.parametrize(
    ("purpose", "scale", "expected"), [("FaceSR", 1, True), ("FaceSR", 2, False), ("Restoration", 1, False)]
)
def test_faces_are_drawn_at_the_size_that_is_given(purpose: str, scale: int, expected: bool) -> None:
    net: Any = SimpleNamespace(purpose=purpose, scale=scale)
    assert draws_faces(net) is expected
