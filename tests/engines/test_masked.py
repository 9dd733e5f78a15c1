"""LaMa from plain tensors: it fills at its own size, keeps the rest, and says what else it was given."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from spandrel.architectures.LaMa import LaMa
from torch import nn

from wagtail_restore.catalogue import BUNDLED, Model
from wagtail_restore.engines import masked
from wagtail_restore.engines.masked import MaskedEraser
from wagtail_restore.exceptions import WeightsRefused

ENGINE = "wagtail_restore.engines.masked.MaskedEraser"


@pytest.fixture
def weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A LaMa whose last layer gives one colour whatever comes in: 0.5, and red by far the most."""
    monkeypatch.setattr(nn.init, "kaiming_uniform_", lambda tensor, **how: tensor.zero_())
    state = LaMa(in_nc=4, out_nc=3).state_dict()
    last = max((name for name in state if name.endswith(".bias")), key=lambda name: int(name.split(".")[2]))
    state[last.replace("bias", "weight")] = torch.zeros_like(state[last.replace("bias", "weight")])
    state[last] = torch.tensor([4.0, 0.0, -4.0])
    save_file({f"generator.{name}": value.half() for name, value in state.items()}, tmp_path / "lama.safetensors")
    return tmp_path / "lama.safetensors"


def test_the_hole_is_filled_by_the_network_and_the_rest_stays(weights: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(masked, "SIDE", 64)
    engine = MaskedEraser(Model("big-lama", "erase", ENGINE, purpose="large", file=str(weights)))
    engine.load()
    assert (engine.capabilities.channels, engine.capabilities.side, engine.precision) == ((3,), 64, "float32")
    source, hole = np.full((90, 100, 3), 0.25, np.float32), np.zeros((90, 100), np.float32)
    hole[30:60, 40:70] = 1.0
    filled = engine.run(source, hole)
    assert np.allclose(filled[35:55, 45:65], 1 / (1 + np.exp([-4.0, 0.0, 4.0])), atol=0.01)
    assert np.array_equal(filled[hole == 0], source[hole == 0])
    assert engine.run(np.full((1, 1, 3), 0.25, np.float32), np.ones((1, 1), np.float32)).shape == (1, 1, 3)


def test_weights_of_a_network_without_a_mask_are_refused() -> None:
    model = Model("own", "erase", ENGINE, file=str(BUNDLED / "compact-x2.safetensors"))
    with pytest.raises(WeightsRefused, match="takes no mask"):
        MaskedEraser(model).load()
