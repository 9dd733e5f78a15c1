"""Patches of photographs, cut and decoded once into two flat files, so that the network never waits for a JPEG."""

from __future__ import annotations

import hashlib
import json
import logging
import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from training.degradation import Damage, Pixels, degrade, grained

log = logging.getLogger(__name__)

Kind = TypeVar("Kind", bound=np.generic)

PATCH = 256
REDUCED = {1: 6, 2: 10, 3: 8, 4: 6}
"""How many patches of a photograph at most, by how much it is made smaller first: what cameras took is soft at full
size, and the pictures of a site have been made smaller too."""
FLATTEST_SHARE = 0.4
HELD_OUT_EVERY = 20
SUFFIXES = {".jpg", ".jpeg", ".png", ".webp"}
# beyond its edge a patch is cut with this many small pixels more, so that neither the grid of the JPEG nor the edge of
# the resampling lies always at the same place
MARGIN = 8


@dataclass(frozen=True)
class Mixture:
    """Patches of two kinds as one row: every ``every``-th of the second kind, again and again where it has fewer."""

    most: Row
    some: Row
    every: int

    def __len__(self) -> int:
        return len(self.most) // (self.every - 1) * self.every

    def __getitem__(self, index: int) -> NDArray[np.uint8]:
        turn, place = divmod(index, self.every)
        if place == 0:
            return np.asarray(self.some[turn % len(self.some)])
        return np.asarray(self.most[turn * (self.every - 1) + place - 1])


Row = NDArray[np.uint8] | Mixture


@dataclass(frozen=True)
class Patches:
    """``train`` and ``valid``: N × 256 × 256 × 3, mapped from disk. ``valid`` are of photographs never trained on."""

    train: Row
    valid: NDArray[np.uint8]


def open_patches(photographs: Path, cache: Path, seed: int) -> Patches:
    """Open the patches of a folder of photographs; cut them first where that was not done yet.

    Every twentieth photograph, by name, is held out for validation.

    Raises:
        FileNotFoundError: the folder holds no photograph of at least 256 × 256 pixels.
    """
    files = sorted(file for file in photographs.iterdir() if file.suffix.lower() in SUFFIXES)
    told = json.dumps([seed, PATCH, list(REDUCED.items()), [(file.name, file.stat().st_size) for file in files]])
    folder = cache / hashlib.sha256(told.encode()).hexdigest()[:16]
    if not (folder / "complete").is_file():
        folder.mkdir(parents=True, exist_ok=True)
        held_out = files[HELD_OUT_EVERY // 2 :: HELD_OUT_EVERY] or files[:1]
        kept = [file for file in files if file not in held_out]
        _write(kept, folder / "train.npy", seed)
        _write(held_out, folder / "valid.npy", seed)
        (folder / "complete").touch()
    return Patches(np.load(folder / "train.npy", mmap_mode="r"), np.load(folder / "valid.npy", mmap_mode="r"))


def batch(
    patches: Row, *, count: int, side: int, scale: int, damage: Damage, rng: np.random.Generator
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Draw ``count`` pairs: small pictures N × 3 × side × side and their originals, ``scale`` times larger, in 0…1."""
    pairs = [_pair(patches[int(rng.integers(len(patches)))], side, scale, damage, rng) for _ in range(count)]
    return _stacked([low for low, _ in pairs]), _stacked([high for _, high in pairs])


def _stacked(pictures: list[Pixels]) -> NDArray[np.float32]:
    return np.stack(pictures).transpose(0, 3, 1, 2).astype(np.float32) / np.float32(255)


def _pair(
    patch: NDArray[np.uint8], side: int, scale: int, damage: Damage, rng: np.random.Generator
) -> tuple[Pixels, Pixels]:
    large = (side + MARGIN) * scale
    top, left = (int(rng.integers(PATCH - large + 1)) for _ in range(2))
    high = np.asarray(patch[top : top + large, left : left + large])
    high = grained(np.ascontiguousarray(turned(high, int(rng.integers(8)))), damage, rng)
    low = degrade(high, scale, damage, rng)
    y, x = (int(rng.integers(MARGIN + 1)) for _ in range(2))
    return low[y : y + side, x : x + side], high[y * scale :, x * scale :][: side * scale, : side * scale]


def turned(picture: NDArray[Kind], way: int) -> NDArray[Kind]:
    """One of the eight ways to lay a square down."""
    if way & 4:
        picture = picture.swapaxes(0, 1)
    return picture[:: -1 if way & 2 else 1, :: -1 if way & 1 else 1]


def _write(files: list[Path], target: Path, seed: int) -> None:
    rng = np.random.default_rng([seed, len(files)])
    patches = [patch for file in files for patch in _patches_of(file, rng)]
    if not patches:
        raise FileNotFoundError(f"no photograph of at least {PATCH} × {PATCH} pixels for {target.name}")
    # shuffled, so that any leading part of the file is a fair sample
    order = rng.permutation(len(patches))
    stored = np.lib.format.open_memmap(target, mode="w+", dtype=np.uint8, shape=(len(patches), PATCH, PATCH, 3))
    for place, index in enumerate(order):
        stored[place] = patches[index]
    stored.flush()
    log.info("%d patches of %d photographs in %s", len(patches), len(files), target)


def _patches_of(file: Path, rng: np.random.Generator) -> Iterator[Pixels]:
    """Patches at full size and at smaller ones; the flattest are left out."""
    with Image.open(file) as opened:
        picture = opened.convert("RGB")
    for factor, most in REDUCED.items():
        yield from _cut(np.asarray(picture.reduce(factor)), most, rng)


def _cut(picture: Pixels, most: int, rng: np.random.Generator) -> Iterator[Pixels]:
    """At most so many patches, laid evenly over the picture so that its borders count too."""
    height, width = picture.shape[:2]
    if min(height, width) < PATCH:
        return
    tiles = [picture[y : y + PATCH, x : x + PATCH] for y in _starts(height) for x in _starts(width)]
    tiles.sort(key=_detail, reverse=True)
    lively = tiles[: max(1, round(len(tiles) * (1 - FLATTEST_SHARE)))]
    for index in rng.permutation(len(lively))[:most]:
        yield lively[index].copy()


def _starts(side: int) -> list[int]:
    count = math.ceil(side / PATCH)
    return [round(index * (side - PATCH) / max(1, count - 1)) for index in range(count)]


def _detail(tile: Pixels) -> float:
    grey = tile.mean(axis=2)
    return float(np.abs(np.diff(grey, axis=0)).mean() + np.abs(np.diff(grey, axis=1)).mean())
