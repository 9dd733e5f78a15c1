"""Crops of the same pictures through every upscaler at hand, side by side: ``python -m benchmarks.crops --out DIR``."""

from __future__ import annotations

import argparse
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import skimage.data
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from training.drawings import draw
from wagtail_restore import catalogue
from wagtail_restore.catalogue import Model
from wagtail_restore.engines import runner, weights
from wagtail_restore.engines.base import Context
from wagtail_restore.engines.pool import Pool
from wagtail_restore.imaging.codec import Picture, Source
from wagtail_restore.imaging.planning import Mode, Plan, Step

Pixels = NDArray[np.uint8]

SCALE = 4
SHOWN = 256
LABEL = 26
GAP = 8
COLUMNS = 3
SUBJECTS: Mapping[str, tuple[str, int | None, tuple[int, int]]] = {
    "portrait": ("photo", 75, (96, 40)),
    "coffee": ("photo", None, (230, 60)),
    "drawing": ("line", 75, (20, 30)),
}
"""Of each: the purpose, the JPEG quality of the small picture (None: not saved), and where its crop lies."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Read the command line, run every Model, write one sheet for each subject."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.crops", description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--folder", action="append", default=[], help="where weights of catalogue models lie")
    parser.add_argument(
        "--own", action="append", default=[], metavar="ALIAS=FILE", help="the file of a model, whatever its checksum"
    )
    options = parser.parse_args(arguments)
    models = dict(catalogue.models())
    for alias, _, file in (each.partition("=") for each in options.own):
        models[alias] = replace(models[alias], file=str(Path(file).resolve()), sha256="")
    options.out.mkdir(parents=True, exist_ok=True)
    for name, (purpose, quality, corner) in SUBJECTS.items():
        large = subject(name)
        small = shrunk(large, quality)
        sheet = _sheet(tiles(large, small, _fitting(models, purpose, options.folder), models, options.folder), corner)
        sheet.save(options.out / f"models-{name}.jpg", quality=92, subsampling=0, optimize=True)
    return 0


def subject(name: str) -> Pixels:
    """A picture that anyone may be shown: a photograph of scikit-image (CC0, public domain), or a drawing of ours."""
    if name == "drawing":
        quarters = [draw(np.random.default_rng([5, number]), 320) for number in range(4)]
        return np.vstack([np.hstack(quarters[:2]), np.hstack(quarters[2:])])
    found: Pixels = skimage.data.astronaut() if name == "portrait" else skimage.data.coffee()
    height, width = (side // SCALE * SCALE for side in found.shape[:2])
    return found[:height, :width]


def shrunk(picture: Pixels, quality: int | None) -> Pixels:
    """A quarter as wide and high, and as a JPEG of this quality where one is given."""
    height, width = picture.shape[:2]
    small = Image.fromarray(picture).resize((width // SCALE, height // SCALE), Image.Resampling.BICUBIC)
    if quality is None:
        return np.asarray(small)
    buffer = io.BytesIO()
    small.save(buffer, "JPEG", quality=quality)
    return np.asarray(Image.open(buffer).convert("RGB"))


def tiles(
    large: Pixels, small: Pixels, fitting: Sequence[Model], models: Mapping[str, Model], folders: Sequence[str]
) -> Iterator[tuple[str, Pixels]]:
    """What is to be seen side by side, with its label: the original, Lanczos, and what each Model makes."""
    height, width = large.shape[:2]
    yield "original", large
    yield "Lanczos", np.asarray(Image.fromarray(small).resize((width, height), Image.Resampling.LANCZOS))
    pool = Pool(models, "cpu", folders)
    for model in fitting:
        step = Step("upscale", model.alias, {"width": width, "height": height})
        outcome = runner.run(Plan((step,), Mode.STRICT), Picture(small, None, Source("PNG")), pool, Context())
        yield f"{model.alias}  {outcome.report['consistency']:.0f} dB", outcome.picture.pixels


def _fitting(models: Mapping[str, Model], purpose: str, folders: Sequence[str]) -> list[Model]:
    """The ×4 Models whose weights are at hand: those for this purpose first, then the others."""
    there = [
        model
        for model in models.values()
        if model.kind == "upscale" and model.scale == SCALE and model.purpose != "own" and weights.find(model, folders)
    ]
    return sorted(there, key=lambda model: model.purpose != purpose)


def _sheet(found: Iterator[tuple[str, Any]], corner: tuple[int, int]) -> Image.Image:
    left, top = corner
    cells = [(label, Image.fromarray(p).crop((left, top, left + SHOWN, top + SHOWN))) for label, p in found]
    columns = min(COLUMNS, len(cells))
    rows = -(-len(cells) // columns)
    sheet = Image.new("RGB", (columns * (SHOWN + GAP) - GAP, rows * (SHOWN + LABEL + GAP) - GAP), "white")
    write, font = ImageDraw.Draw(sheet), ImageFont.load_default(15)
    for place, (label, cell) in enumerate(cells):
        row, column = divmod(place, columns)
        x, y = column * (SHOWN + GAP), row * (SHOWN + LABEL + GAP)
        write.text((x + 2, y + 4), label, "black", font)
        sheet.paste(cell, (x, y + LABEL))
    return sheet


if __name__ == "__main__":
    raise SystemExit(main())
