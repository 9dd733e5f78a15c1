"""The networks in the box: small, described, readable through spandrel, and better than bicubic."""

from __future__ import annotations

import io
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

np = pytest.importorskip("numpy")
torch = pytest.importorskip("torch")
spandrel = pytest.importorskip("spandrel")
safetensors = pytest.importorskip("safetensors.torch")

from PIL import Image  # noqa: E402

from training.drawings import draw  # noqa: E402

BUNDLED = Path(__file__).resolve().parents[2] / "wagtail_restore" / "engines" / "bundled"
UPSCALERS = {
    "compact-x4": 4,
    "compact-x2": 2,
    "compact-clean-x4": 4,
    "compact-clean-x2": 2,
    "compact-line-x4": 4,
    "compact-line-x2": 2,
}
MOST_BYTES = 3_000_000
BORDER = 4

every_upscaler = pytest.mark.parametrize(("name", "scale"), UPSCALERS.items(), ids=UPSCALERS)


def opened(name: str) -> Any:
    weights = safetensors.load_file(BUNDLED / f"{name}.safetensors")
    return spandrel.ModelLoader(device="cpu").load_from_state_dict(weights).eval()


def enlarged(model: Any, low: Any) -> Any:
    tensor = torch.from_numpy(np.asarray(low, dtype=np.float32) / 255).permute(2, 0, 1)[None]
    with torch.inference_mode():
        return model(tensor)[0].permute(1, 2, 0).clamp(0, 1).mul(255).round().byte().numpy()


def brightness(picture: Any) -> Any:
    return np.asarray(picture, dtype=np.float64) @ [65.481, 128.553, 24.966] / 255 + 16


def psnr(picture: Any, truth: Any) -> float:
    inside = (slice(BORDER, -BORDER), slice(BORDER, -BORDER))
    return 10 * math.log10(255**2 / np.mean((brightness(picture)[inside] - brightness(truth)[inside]) ** 2))


def saved(picture: Image.Image, quality: int) -> Image.Image:
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=quality, subsampling="4:2:0")
    return Image.open(file).convert("RGB")


def gains(model: Any, folder: Path, quality: int | None) -> Iterator[float]:
    """How many dB each picture of a set is nearer to its original than bicubic brings it."""
    for file in sorted((folder / "LR").glob("*.png")):
        low, high = (Image.open(folder / side / file.name).convert("RGB") for side in ("LR", "HR"))
        low = saved(low, quality) if quality else low
        yield psnr(enlarged(model, low), high) - psnr(low.resize(high.size, Image.Resampling.BICUBIC), high)


@every_upscaler
def test_weights_take_at_most_three_megabytes(name: str, scale: int) -> None:
    assert 100_000 < (BUNDLED / f"{name}.safetensors").stat().st_size <= MOST_BYTES


@every_upscaler
def test_card_beside_the_weights_names_licence_data_and_limits(name: str, scale: int) -> None:
    card = (BUNDLED / f"{name}.md").read_text()
    for needed in ("BSD-3-Clause", "## Data", "## Recipe", "## Figures", "## Limits", f"×{scale}"):
        assert needed in card


@every_upscaler
def test_weights_are_float32_throughout(name: str, scale: int) -> None:
    assert {value.dtype for value in safetensors.load_file(BUNDLED / f"{name}.safetensors").values()} == {torch.float32}


@every_upscaler
def test_spandrel_opens_the_plain_weights_with_the_right_scale(name: str, scale: int) -> None:
    model = opened(name)
    assert (model.architecture.id, model.scale, model.input_channels, model.output_channels) == ("Compact", scale, 3, 3)
    assert enlarged(model, np.zeros((5, 7, 3), dtype=np.uint8)).shape == (5 * scale, 7 * scale, 3)


@every_upscaler
@pytest.mark.parametrize("colour", [(255, 255, 255), (128, 128, 128), (200, 40, 90), (10, 60, 30)], ids=str)
def test_an_even_colour_stays_that_colour(name: str, scale: int, colour: tuple[int, int, int]) -> None:
    result = enlarged(opened(name), np.full((24, 24, 3), colour, dtype=np.uint8))
    inside = result[8 * scale : 16 * scale, 8 * scale : 16 * scale].astype(int)
    assert np.abs(inside - colour).max() <= 3


LEAST = {
    ("compact-x2", 2, None): 2.2,
    ("compact-x2", 2, 75): 1.0,
    ("compact-clean-x2", 2, None): 2.6,
    ("compact-x4", 4, None): 1.6,
    ("compact-x4", 4, 75): 1.0,
    ("compact-clean-x4", 4, None): 1.9,
}
"""In dB above bicubic on Set14, by network, factor, and the quality of JPEG as which the small pictures were saved."""


@pytest.mark.parametrize(("name", "scale", "quality"), LEAST)
def test_networks_beat_bicubic_on_set14_by_what_their_cards_say(
    name: str, scale: int, quality: int | None, data: Path
) -> None:
    measured = list(gains(opened(name), data / "eval" / "Set14" / f"x{scale}", quality))
    assert len(measured) == 14
    assert sum(measured) / 14 >= LEAST[name, scale, quality]


LEAST_DRAWN = {
    ("compact-line-x4", None): 3.8,
    ("compact-line-x4", 75): 2.6,
    ("compact-line-x2", None): 7.2,
    ("compact-line-x2", 75): 4.8,
}
"""In dB above bicubic on twelve drawings that no training has seen."""


@pytest.mark.parametrize(("name", "quality"), LEAST_DRAWN)
def test_networks_for_drawings_beat_bicubic_on_drawings(name: str, quality: int | None) -> None:
    model, scale = opened(name), UPSCALERS[name]
    measured = []
    for number in range(12):
        high = Image.fromarray(draw(np.random.default_rng([7, number]), 256))
        low = high.resize((256 // scale, 256 // scale), Image.Resampling.BICUBIC)
        low = saved(low, quality) if quality else low
        measured.append(psnr(enlarged(model, low), high) - psnr(low.resize(high.size, Image.Resampling.BICUBIC), high))
    assert sum(measured) / 12 >= LEAST_DRAWN[name, quality]
