"""Drawings made once and kept in two flat files, as patches of photographs are."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from training.data import PATCH, Patches
from training.drawings.scenes import draw

log = logging.getLogger(__name__)

HELD_OUT_EVERY = 20
FONTS = {".woff", ".ttf", ".otf"}


def open_drawings(cache: Path, seed: int, material: Path | None = None, count: int = 6000) -> Patches:
    """Open ``count`` drawings to train on, and a twentieth as many to validate with; draw them first where needed.

    ``material``: a folder, searched to the bottom, of icons (SVG) and of fonts (WOFF, TrueType, OpenType). Every
    twentieth icon, by name, is held out for validation.

    Raises:
        ModuleNotFoundError: there are icons, but not resvg-py to draw them with.
    """
    found = sorted(file for file in material.rglob("*") if file.is_file()) if material else []
    icons = [file for file in found if file.suffix.lower() == ".svg"]
    fonts = [file for file in found if file.suffix.lower() in FONTS]
    named = [(file.name, file.stat().st_size) for file in (*icons, *fonts)]
    told = json.dumps([seed, PATCH, count, named, _recipe()])
    folder = cache / ("drawings-" + hashlib.sha256(told.encode()).hexdigest()[:16])
    if not (folder / "complete").is_file():
        folder.mkdir(parents=True, exist_ok=True)
        held_out = icons[HELD_OUT_EVERY // 2 :: HELD_OUT_EVERY]
        kept = sorted(set(icons) - set(held_out))
        _write(folder / "train.npy", count, [seed, 0], kept, fonts)
        _write(folder / "valid.npy", max(1, count // HELD_OUT_EVERY), [seed, 1], held_out, fonts)
        (folder / "complete").touch()
    return Patches(np.load(folder / "train.npy", mmap_mode="r"), np.load(folder / "valid.npy", mmap_mode="r"))


def _write(target: Path, count: int, seed: list[int], icons: Sequence[Path], fonts: Sequence[Path]) -> None:
    stored = np.lib.format.open_memmap(target, mode="w+", dtype=np.uint8, shape=(count, PATCH, PATCH, 3))
    for number in range(count):
        stored[number] = _lively(np.random.default_rng([*seed, number]), icons, fonts)
    stored.flush()
    log.info("%d drawings in %s", count, target)


def _lively(rng: np.random.Generator, icons: Sequence[Path], fonts: Sequence[Path]) -> NDArray[np.uint8]:
    """A drawing; another one where nearly all of it came out empty, but none more than the eighth."""
    for _ in range(8):
        drawing = draw(rng, PATCH, icons=icons, fonts=fonts)
        if _busy(drawing):
            break
    return drawing


def _busy(drawing: NDArray[np.uint8]) -> bool:
    """Whether at least every third of its 8 × 8 fields of 32 pixels holds an edge."""
    steps = np.abs(np.diff(drawing[..., 1].astype(np.int16), axis=1, prepend=drawing[:, :1, 1]))
    fields = steps.reshape(PATCH // 32, 32, PATCH // 32, 32).max(axis=(1, 3))
    return bool((fields > 24).mean() >= 1 / 3)


def _recipe() -> str:
    """Changes whenever the code that draws does."""
    sources = sorted(Path(__file__).parent.glob("*.py"))
    return hashlib.sha256(b"".join(file.read_bytes() for file in sources)).hexdigest()
