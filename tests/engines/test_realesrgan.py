"""Upstream's class as an Engine gives what upstream gives; and ours, with the same weights, gives nearly the same."""

from __future__ import annotations

import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from tests.engines.contract import check_engine, sample
from wagtail_restore.catalogue import Model
from wagtail_restore.engines import runner
from wagtail_restore.engines.base import Context, Engine, Mix
from wagtail_restore.engines.pool import Pool, engine_class
from wagtail_restore.exceptions import ExtraMissing, SetupError, WeightsRefused
from wagtail_restore.imaging.codec import Picture, Source
from wagtail_restore.imaging.planning import Mode, Plan, Step

ENGINE = "wagtail_restore.engines.realesrgan.UpstreamUpscaler"
OURS = "wagtail_restore.engines.upscale.Upscaler"
HERE = all(find_spec(package) is not None for package in ("realesrgan", "basicsr"))

needs_upstream = pytest.mark.skipif(
    not HERE, reason="the package realesrgan is not installed; `make bench` builds .venv-bench, which has it"
)


def compact(folder: Path, *, scale: int = 4, seed: int = 1) -> Path:
    """Random weights of a small SRVGGNetCompact, in upstream's file format."""
    from wagtail_restore.engines.realesrgan import SRVGGNetCompact

    torch.manual_seed(seed)
    network = SRVGGNetCompact(num_feat=8, num_conv=2, upscale=scale)
    torch.save({"params": network.state_dict()}, folder / f"compact-{scale}-{seed}.pth")
    return folder / f"compact-{scale}-{seed}.pth"


def dense(folder: Path, *, scale: int) -> Path:
    """Random weights of a small RRDBNet, in upstream's file format."""
    from wagtail_restore.engines.realesrgan import RRDBNet

    torch.manual_seed(2)
    network = RRDBNet(3, 3, scale=scale, num_feat=8, num_block=2, num_grow_ch=4)
    torch.save({"params_ema": network.state_dict()}, folder / f"rrdb-{scale}.pth")
    return folder / f"rrdb-{scale}.pth"


def engine(path: Path, scale: int = 4, **more: Any) -> Engine:
    model = Model("upstream", "upscale", ENGINE, scale=scale, file=str(path))
    return engine_class(model)(model, device="cpu", **more)


def eight_bit(width: int, height: int, channels: int = 3) -> np.ndarray:
    return (np.rint(sample(width, height, channels) * 255) / np.float32(255)).astype(np.float32)


@pytest.mark.skipif(HERE, reason="the package realesrgan is installed")
def test_where_the_package_is_missing_the_command_is_named() -> None:
    with pytest.raises(ExtraMissing) as caught:
        engine(Path("w.pth"))
    assert caught.value.params["command"] == "pip install 'wagtail-restore[realesrgan]'"


@needs_upstream
def test_ours_and_upstreams_results_are_alike(data: Path) -> None:
    weights = str(data / "weights" / "realesr-general-x4v3.fp16src.pth")
    with Image.open(data / "photos" / "02_portrait_astronaut.png") as photo:
        pixels = np.asarray(photo.convert("RGB").crop((128, 0, 384, 192)))
    models = {
        alias: Model(alias, "upscale", path, scale=4, file=weights) for alias, path in (("a", OURS), ("b", ENGINE))
    }
    pool, made = Pool(models, "cpu"), []
    for alias in models:
        # creative: strict mode moves colour to that of the source, which upstream does not
        plan = Plan((Step("upscale", alias, {"width": 1024, "height": 768}),), Mode.CREATIVE)
        made.append(runner.run(plan, Picture(pixels, None, Source("PNG")), pool, Context()).picture.pixels)
    assert made[0].shape == made[1].shape == (768, 1024, 3)
    error = np.mean(np.square(made[0].astype(np.float64) - made[1]))
    assert 10 * np.log10(255**2 / error) >= 45


@needs_upstream
@pytest.mark.parametrize("channels", [1, 3])
def test_a_picture_of_8_bits_goes_through_as_upstream_runs_it(tmp_path: Path, channels: int) -> None:
    from wagtail_restore.engines.realesrgan import RealESRGANer, SRVGGNetCompact

    path, pixels = compact(tmp_path), eight_bit(31, 17, channels)
    network = SRVGGNetCompact(num_feat=8, num_conv=2, upscale=4)
    upstream = RealESRGANer(4, str(path), model=network, pre_pad=0, device=torch.device("cpu"))
    read = np.rint(pixels * 255).astype(np.uint8)
    expected, _ = upstream.enhance(read[:, :, 0] if channels == 1 else read[:, :, ::-1])
    result = engine(path).run(pixels)
    assert (np.rint(result * 255).reshape(68, 124, channels) == expected.reshape(68, 124, channels)[:, :, ::-1]).all()


@needs_upstream
def test_finer_values_go_through_in_16_bits_and_standard_output_stays_empty(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    result = engine(compact(tmp_path)).run(sample(31, 17, 3))
    steps = result * 255
    assert np.abs(steps - np.rint(steps)).max() > 0.1
    assert np.abs(result * 65535 - np.rint(result * 65535)).max() < 0.02
    assert capsys.readouterr().out == ""


@needs_upstream
def test_a_dark_picture_of_16_bits_is_not_taken_for_a_bright_one_of_8(tmp_path: Path) -> None:
    dark = np.linspace(0, 200 / 65535, 12 * 12 * 3, dtype=np.float32).reshape(12, 12, 3)
    black = np.zeros_like(dark)
    runs = engine(compact(tmp_path))
    assert np.abs(runs.run(dark) - runs.run(black)).max() <= 2 / 255


@needs_upstream
@pytest.mark.parametrize("scale", [1, 2, 4])
def test_dense_networks_keep_the_contract(tmp_path: Path, scale: int) -> None:
    check_engine(engine(dense(tmp_path, scale=scale), scale))


@needs_upstream
def test_compact_networks_keep_the_contract(tmp_path: Path) -> None:
    check_engine(engine(compact(tmp_path, scale=3), 3))


@needs_upstream
def test_a_mix_lies_between_its_weights(tmp_path: Path) -> None:
    one, other = compact(tmp_path, seed=1), compact(tmp_path, seed=2)
    partner = Model("partner", "upscale", ENGINE, scale=4, file=str(other))
    pixels = eight_bit(16, 12)
    whole, none = (engine(one, mix=Mix(partner, share)).run(pixels) for share in (1.0, 0.0))
    assert (whole == engine(one).run(pixels)).all()
    assert (none == engine(other).run(pixels)).all()
    half = engine(one, mix=Mix(partner, 0.5)).run(pixels)
    assert (half != whole).any()
    assert (half != none).any()


@needs_upstream
def test_a_wrong_factor_in_the_catalogue_is_noticed(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="the catalogue says ×2, the network makes ×4"):
        engine(compact(tmp_path), 2).load()


@needs_upstream
@pytest.mark.parametrize(
    "state",
    [
        {"a": torch.ones(3)},
        {"body.0.weight": torch.ones(3)},
        {"body.0.weight": torch.ones(8, 3, 3, 3), "body.2.weight": torch.ones(48, 8, 3, 3)},
        {"conv_first.weight": torch.ones(8, 5, 3, 3), "body.0.rdb1.conv1.weight": torch.ones(4, 8, 3, 3)},
    ],
    ids=["nothing", "flat", "incomplete", "five channels"],
)
def test_tensors_of_no_network_of_upstreams_are_refused(tmp_path: Path, state: dict[str, torch.Tensor]) -> None:
    torch.save({"params": state}, tmp_path / "w.pth")
    with pytest.raises(WeightsRefused, match="no network that realesrgan knows"):
        engine(tmp_path / "w.pth").load()


@needs_upstream
def test_weights_that_hold_code_are_refused_before_upstream_sees_them(tmp_path: Path) -> None:
    torch.save({"params": torch.nn.Conv2d(3, 3, 3)}, tmp_path / "w.pth")
    with pytest.raises(WeightsRefused):
        engine(tmp_path / "w.pth").load()


@needs_upstream
def test_the_module_that_was_supplied_is_taken_away_again() -> None:
    from wagtail_restore.engines.realesrgan import GONE

    assert GONE not in sys.modules


@pytest.mark.gpu
@needs_upstream
def test_a_gpu_gives_what_the_cpu_gives(tmp_path: Path) -> None:
    if not torch.cuda.is_available():
        pytest.skip("there is no GPU here")
    model = Model("upstream", "upscale", ENGINE, scale=4, file=str(compact(tmp_path)))
    pixels = eight_bit(64, 48)
    on_gpu = engine_class(model)(model, device="cuda")
    assert np.abs(on_gpu.run(pixels) - engine(compact(tmp_path)).run(pixels)).max() < 3 / 255
    assert on_gpu.full_precision()
