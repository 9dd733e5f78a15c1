"""Measures weights against bicubic: ``python -m training.evaluate WEIGHTS --sets FOLDER``; prints a table."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from safetensors.torch import load_file
from spandrel import ImageModelDescriptor, ModelLoader

from training.data import PATCH
from training.degradation import Pixels, jpeg, shrink
from training.drawings import draw
from training.metrics import Brightness, brightness, gmsd, haarpsi, psnr, ssim

BORDER = 4
JPEG_QUALITY = 75
SETS = ("Set5", "Set14", "Kodak24")
DRAWINGS = "drawings"
"""Not in a folder but drawn anew, from seeds that no training uses and with no material but our own."""
DRAWN, DRAWN_SEED = 48, 7

MARGIN = 8
"""Small pixels mirrored around each picture before the network sees it, as the product does."""

Enlarge = Callable[[Pixels], Pixels]
METRICS: dict[str, Callable[[Brightness, Brightness, int], float]] = {
    "psnr": psnr,
    "ssim": ssim,
    "gmsd": gmsd,
    "haarpsi": haarpsi,
}


@dataclass(frozen=True)
class Figures:
    """Means over one set by metric, of bicubic enlarging and of the network; the border of 4 pixels is left out."""

    set: str
    input: str
    pictures: int
    bicubic: dict[str, float]
    network: dict[str, float]

    @property
    def gain(self) -> float:
        """In dB over bicubic."""
        return self.network["psnr"] - self.bicubic["psnr"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Read the command line, measure, print."""
    parser = argparse.ArgumentParser(prog="python -m training.evaluate", description=__doc__)
    parser.add_argument("weights", type=Path)
    parser.add_argument("--sets", type=Path, default=Path(), help="the folder of Set5, Set14 and Kodak24")
    parser.add_argument(
        "--only", choices=(*SETS, DRAWINGS), action="append", help="measure this set only (may be repeated)"
    )
    parser.add_argument("--input", choices=("clean", "damaged"), help="measure clean or JPEG-damaged pictures only")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--json", action="store_true", help="one JSON document instead of a table")
    options = parser.parse_args(arguments)
    torch.set_num_threads(options.threads)
    scale, network = open_network(options.weights)
    table = [
        measure(name, options.sets, scale, network, damaged=damaged)
        for name in options.only or SETS
        for damaged in (False, True)
        if options.input in (None, "damaged" if damaged else "clean")
    ]
    sys.stdout.write(json.dumps([asdict(row) for row in table]) if options.json else as_table(table))
    sys.stdout.write("\n")
    return 0


def open_network(weights: Path) -> tuple[int, Enlarge]:
    """Open weights as the product does, through spandrel, and say by how much they enlarge."""
    model = ModelLoader(device="cpu").load_from_state_dict(_state(weights))
    if not isinstance(model, ImageModelDescriptor):
        raise TypeError(f"{weights} is no network from one picture to another")
    opened, scale = model.eval(), model.scale

    def enlarge(low: Pixels) -> Pixels:
        room = [min(MARGIN, side - 1) for side in low.shape[:2]]
        padded = np.pad(low, [(room[0],) * 2, (room[1],) * 2, (0, 0)], mode="reflect")
        tensor = torch.from_numpy(padded.astype(np.float32) / 255).permute(2, 0, 1)[None]
        with torch.inference_mode():
            result = opened(tensor)[0].permute(1, 2, 0)
        whole = np.asarray(result.clamp(0, 1).mul(255).round().byte().numpy())
        top, left = room[0] * scale, room[1] * scale
        return whole[top : whole.shape[0] - top, left : whole.shape[1] - left]

    return scale, enlarge


def _state(weights: Path) -> dict[str, Any]:
    if weights.suffix == ".safetensors":
        return dict(load_file(weights))
    return dict(torch.load(weights, map_location="cpu", weights_only=True))


def bicubic(low: Pixels, scale: int) -> Pixels:
    """Pillow's bicubic enlarging, the measure of all figures here."""
    height, width = low.shape[:2]
    return np.asarray(Image.fromarray(low).resize((width * scale, height * scale), Image.Resampling.BICUBIC))


def pairs(name: str, sets: Path, scale: int) -> Iterator[tuple[Pixels, Pixels]]:
    """The small and the large picture of each in a set; made by bicubic shrinking where the set has no small ones.

    ``DRAWINGS`` are made on the spot and need no folder.
    """
    if name == DRAWINGS:
        for number in range(DRAWN):
            high = draw(np.random.default_rng([DRAWN_SEED, number]), PATCH)
            yield shrink(high, scale), high
        return
    given = sets / name / f"x{scale}"
    for file in sorted(((given if given.is_dir() else sets / name) / "HR").glob("*.png")):
        high = _read(file)
        if given.is_dir():
            yield _read(given / "LR" / file.name), high
            continue
        high = high[: high.shape[0] // scale * scale, : high.shape[1] // scale * scale]
        yield shrink(high, scale), high


def measure(name: str, sets: Path, scale: int, network: Enlarge, *, damaged: bool) -> Figures:
    """The means over a set; with ``damaged`` the small pictures are saved as JPEG of quality 75 (4:2:0) before."""
    plain: list[list[float]] = []
    ours: list[list[float]] = []
    for low, high in pairs(name, sets, scale):
        given = jpeg(low, JPEG_QUALITY) if damaged else low
        truth = brightness(high)
        for found, enlarged in ((plain, bicubic(given, scale)), (ours, network(given))):
            found.append([metric(brightness(enlarged), truth, BORDER) for metric in METRICS.values()])
    if not ours:
        raise FileNotFoundError(f"no pictures of {name} in {sets}")
    return Figures(name, f"JPEG {JPEG_QUALITY}" if damaged else "clean", len(ours), _means(plain), _means(ours))


def _means(found: list[list[float]]) -> dict[str, float]:
    return {name: float(mean) for name, mean in zip(METRICS, np.mean(found, axis=0), strict=True)}


def as_table(table: Sequence[Figures]) -> str:
    """The figures as a Markdown table; for each metric bicubic → network."""
    lines = ["| set | input | PSNR | gain | SSIM | GMSD | HaarPSI |", "|---|---|---|---|---|---|---|"]
    for row in table:
        cells = [f"{row.bicubic[name]:.4f} → {row.network[name]:.4f}" for name in ("ssim", "gmsd", "haarpsi")]
        decibels = f"{row.bicubic['psnr']:.2f} → {row.network['psnr']:.2f} | {row.gain:+.2f}"
        lines.append(f"| {row.set} ({row.pictures}) | {row.input} | {decibels} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _read(file: Path) -> Pixels:
    with Image.open(file) as opened:
        return np.asarray(opened.convert("RGB"))


if __name__ == "__main__":
    raise SystemExit(main())
