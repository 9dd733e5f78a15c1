"""One contract for all Engines: those of the catalogue, and networks of other makes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.engines.contract import check_engine
from wagtail_restore.catalogue import Model, shipped
from wagtail_restore.engines.base import Capabilities, Engine
from wagtail_restore.engines.pool import engine_class
from wagtail_restore.engines.weights import find

UPSCALER = "wagtail_restore.engines.upscale.Upscaler"


@pytest.mark.parametrize("alias", sorted(shipped()))
def test_every_model_of_the_catalogue_keeps_the_contract(alias: str) -> None:
    model = shipped()[alias]
    if model.file and find(model) is None:
        pytest.skip(f"the weights of {alias} are not here")
    check_engine(engine_class(model)(model, device="cpu"))


@pytest.mark.parametrize(
    ("name", "kind", "scale"),
    [("realesr-animevideov3.pth", "upscale", 4), ("dncnn_color_blind.pth", "denoise", 1)],
)
def test_weights_of_other_makes_keep_the_contract(data: Path, name: str, kind: str, scale: int) -> None:
    model = Model("own", kind, UPSCALER, scale=scale, file=str(data / "weights" / name))
    check_engine(engine_class(model)(model, device="cpu"))


class Forgetful(Engine):
    """An Engine that returns its input whatever it says of itself."""

    @property
    def capabilities(self) -> Capabilities:
        return Capabilities(kind="upscale", scale=2)

    def load(self) -> None:
        self.device = "cpu"

    def run(self, pixels: np.ndarray, mask: np.ndarray | None = None) -> np.ndarray:
        return pixels


def test_the_contract_notices_an_engine_that_breaks_it() -> None:
    with pytest.raises(AssertionError):
        check_engine(Forgetful(Model("forgetful", "upscale", "x.Forgetful")))
