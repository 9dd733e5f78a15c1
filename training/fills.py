"""Photographs with a hole, filled classically, for ``training.refine``: ``python -m training.fills --help``."""

from __future__ import annotations

import argparse
import logging
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from training.data import PATCH, Row, open_patches
from training.holes import Hole, draw, fonts_in
from wagtail_restore.imaging import frequency

log = logging.getLogger(__name__)

FONTS = Path("/usr/share/fonts")


@dataclass(frozen=True)
class Shard:
    """``true`` and ``filled``: uint8 N × 256 × 256 × 3; ``hole``: bool N × 256 × 256."""

    true: NDArray[np.uint8]
    filled: NDArray[np.uint8]
    hole: NDArray[np.bool_]


def main(arguments: Sequence[str] | None = None) -> int:
    """Make the shards that are not there yet: held-out pictures first, then those to learn from."""
    parser = argparse.ArgumentParser(prog="python -m training.fills", description=__doc__)
    parser.add_argument("--photographs", type=Path, required=True)
    parser.add_argument("--cache", type=Path, required=True, help="for patches and shards")
    parser.add_argument("--shards", type=int, default=20)
    parser.add_argument("--pictures", type=int, default=200, help="in each shard")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    patches = open_patches(options.photographs, options.cache / "patches", options.seed)
    _write(options.cache / "fills" / "valid.npz", patches.valid, -1, options.pictures, options.seed)
    for number in range(options.shards):
        _write(options.cache / "fills" / f"{number:04d}.npz", patches.train, number, options.pictures, options.seed)
    return 0


def open_shards(cache: Path) -> tuple[list[Shard], Shard]:
    """What there is to train on so far, and what is held out.

    Raises:
        FileNotFoundError: there is none; ``python -m training.fills`` makes them.
    """
    folder = cache / "fills"
    return [_read(file) for file in sorted(folder.glob("[0-9]*.npz"))], _read(folder / "valid.npz")


def _read(file: Path) -> Shard:
    with np.load(file) as kept:
        return Shard(kept["true"], kept["filled"], kept["hole"])


def _write(file: Path, patches: Row, number: int, count: int, seed: int) -> None:
    if file.is_file():
        return
    rows = list(_made(patches, number, count, seed))
    file.parent.mkdir(parents=True, exist_ok=True)
    partial = file.with_suffix(".partial")
    with partial.open("wb") as target:
        true, filled, hole = (np.stack(part) for part in zip(*rows, strict=True))
        np.savez(target, true=true, filled=filled, hole=hole)
    os.replace(partial, file)
    log.info("%s: %d pictures", file.name, len(rows))


def _made(
    patches: Row, number: int, count: int, seed: int
) -> Iterator[tuple[NDArray[np.uint8], NDArray[np.uint8], Hole]]:
    first = max(0, number) * count
    fonts = fonts_in(FONTS)
    for place in range(first, first + count):
        rng = np.random.default_rng([seed, number + 1, place])
        true = np.asarray(patches[place % len(patches)])
        hole = draw(PATCH, fonts, rng)
        filled = frequency.fill(true.astype(np.float32) / np.float32(255), hole)
        yield true, np.rint(filled * 255).astype(np.uint8), hole


if __name__ == "__main__":
    raise SystemExit(main())
