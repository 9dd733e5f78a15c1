"""Measures weights against bicubic: ``python -m training.evaluate WEIGHTS --sets FOLDER``; prints a table."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from safetensors.torch import load_file
from spandrel import ImageModelDescriptor, ModelLoader

from training.degradation import Pixels, jpeg, shrink
from training.metrics import brightness, psnr, ssim

BORDER = 4
JPEG_QUALITY = 75
SETS = ("Set5", "Set14", "Kodak24")

Enlarge = Callable[[Pixels], Pixels]


@dataclass(frozen=True)
class Figures:
    """Means over one set. ``psnr`` in dB; the brightness is measured, without a border of 4 pixels."""

    set: str
    input: str
    pictures: int
    psnr_bicubic: float
    psnr: float
    ssim_bicubic: float
    ssim: float

    @property
    def gain(self) -> float:
        """In dB over bicubic."""
        return self.psnr - self.psnr_bicubic


def main(arguments: Sequence[str] | None = None) -> int:
    """Read the command line, measure, print."""
    parser = argparse.ArgumentParser(prog="python -m training.evaluate", description=__doc__)
    parser.add_argument("weights", type=Path)
    parser.add_argument("--sets", type=Path, required=True, help="the folder of Set5, Set14 and Kodak24")
    parser.add_argument("--only", choices=SETS, action="append", help="measure this set only (may be repeated)")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--json", action="store_true", help="one JSON document instead of a table")
    options = parser.parse_args(arguments)
    torch.set_num_threads(options.threads)
    scale, network = open_network(options.weights)
    table = [
        measure(name, options.sets, scale, network, damaged=damaged)
        for name in options.only or SETS
        for damaged in (False, True)
    ]
    sys.stdout.write(json.dumps([asdict(row) for row in table]) if options.json else as_table(table))
    sys.stdout.write("\n")
    return 0


def open_network(weights: Path) -> tuple[int, Enlarge]:
    """Open weights as the product does, through spandrel, and say by how much they enlarge."""
    model = ModelLoader(device="cpu").load_from_state_dict(load_file(weights))
    if not isinstance(model, ImageModelDescriptor):
        raise TypeError(f"{weights} is no network from one picture to another")
    opened = model.eval()

    def enlarge(low: Pixels) -> Pixels:
        tensor = torch.from_numpy(low.astype(np.float32) / 255).permute(2, 0, 1)[None]
        with torch.inference_mode():
            result = opened(tensor)[0].permute(1, 2, 0)
        return np.asarray(result.clamp(0, 1).mul(255).round().byte().numpy())

    return opened.scale, enlarge


def bicubic(low: Pixels, scale: int) -> Pixels:
    """Pillow's bicubic enlarging, the measure of all figures here."""
    height, width = low.shape[:2]
    return np.asarray(Image.fromarray(low).resize((width * scale, height * scale), Image.Resampling.BICUBIC))


def pairs(name: str, sets: Path, scale: int) -> Iterator[tuple[Pixels, Pixels]]:
    """The small and the large picture of each in a set; made by bicubic shrinking where the set has no small ones."""
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
    rows: list[tuple[float, float, float, float]] = []
    for low, high in pairs(name, sets, scale):
        given = jpeg(low, JPEG_QUALITY) if damaged else low
        truth, plain, ours = (brightness(picture) for picture in (high, bicubic(given, scale), network(given)))
        rows.append(
            (
                psnr(plain, truth, BORDER),
                psnr(ours, truth, BORDER),
                ssim(plain, truth, BORDER),
                ssim(ours, truth, BORDER),
            )
        )
    if not rows:
        raise FileNotFoundError(f"no pictures of {name} in {sets}")
    means = [float(mean) for mean in np.mean(rows, axis=0)]
    return Figures(name, f"JPEG {JPEG_QUALITY}" if damaged else "clean", len(rows), *means)


def as_table(table: Sequence[Figures]) -> str:
    """The figures as a Markdown table."""
    lines = ["| set | input | bicubic PSNR | PSNR | gain | bicubic SSIM | SSIM |", "|---|---|---|---|---|---|---|"]
    lines += [
        f"| {row.set} ({row.pictures}) | {row.input} | {row.psnr_bicubic:.2f} | {row.psnr:.2f} | {row.gain:+.2f} "
        f"| {row.ssim_bicubic:.4f} | {row.ssim:.4f} |"
        for row in table
    ]
    return "\n".join(lines)


def _read(file: Path) -> Pixels:
    with Image.open(file) as opened:
        return np.asarray(opened.convert("RGB"))


if __name__ == "__main__":
    raise SystemExit(main())
