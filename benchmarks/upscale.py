"""The runner with a bundled network against the bare network (spandrel, untiled) and Pillow's Lanczos, interleaved."""

from __future__ import annotations

import time
from collections.abc import Callable
from statistics import median
from typing import Any

import numpy as np
import torch
from PIL import Image
from safetensors.torch import load_file
from spandrel import ModelLoader

from wagtail_restore import catalogue
from wagtail_restore.engines import runner
from wagtail_restore.engines.base import Context
from wagtail_restore.engines.pool import Pool
from wagtail_restore.imaging.codec import Picture, Source
from wagtail_restore.imaging.planning import Plan, Step

WIDTH, HEIGHT = 640, 480
ROUNDS = 5


def measure() -> dict[str, Any]:
    """Seconds for one 640 × 480 picture, by factor: ours with all checks, the bare network, Lanczos.

    ``overhead`` is ours over the bare network: what tiles, colour lock, fidelity check and conversions cost.
    """
    rows = [_factor(scale) for scale in (2, 4)]
    return {"name": "upscale", "rows": rows, "headline": {"overhead": max(row["overhead"] for row in rows)}}


def _factor(scale: int) -> dict[str, Any]:
    pixels = _pixels()
    model = f"compact-x{scale}"
    step = Step("upscale", model, {"width": WIDTH * scale, "height": HEIGHT * scale})
    pool, picture = Pool(catalogue.models(), "cpu"), Picture(pixels, None, Source("PNG"))
    network = ModelLoader().load_from_state_dict(load_file(catalogue.BUNDLED / f"{model}.safetensors")).model.eval()
    tensor = torch.from_numpy(pixels.transpose(2, 0, 1)[None].astype(np.float32) / 255)
    size = (WIDTH * scale, HEIGHT * scale)
    tasks: dict[str, Callable[[], Any]] = {
        "ours": lambda: runner.run(Plan((step,)), picture, pool, Context()),
        "bare": lambda: _bare(network, tensor),
        "lanczos": lambda: Image.fromarray(pixels).resize(size, Image.Resampling.LANCZOS),
    }
    seconds: dict[str, list[float]] = {name: [] for name in tasks}
    for turn in range(ROUNDS + 1):
        for name, task in tasks.items():
            began = time.perf_counter()
            task()
            if turn:  # the first round warms up
                seconds[name].append(time.perf_counter() - began)
    found = {name: median(took) for name, took in seconds.items()}
    return {
        "scale": scale,
        **{f"{name}_seconds": round(took, 3) for name, took in found.items()},
        "overhead": round(found["ours"] / found["bare"], 2),
    }


def _bare(network: Any, tensor: Any) -> Any:
    with torch.inference_mode():
        return (network(tensor).clamp(0, 1) * 255).round().to(torch.uint8)


def _pixels() -> Any:
    rng = np.random.default_rng(7)
    small = Image.fromarray(rng.integers(0, 256, (HEIGHT // 8, WIDTH // 8, 3), dtype=np.uint8))
    return np.asarray(small.resize((WIDTH, HEIGHT), Image.Resampling.BICUBIC))
