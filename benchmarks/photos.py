"""The photographs that every peer is given: the same crops at the same sizes on every machine that has them."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

ROOT = Path(__file__).resolve().parent.parent
NAMES = ("02_portrait_astronaut.png", "08_architecture_colosseum.jpg", "11_nature_osprey.jpg")
SIZES = ((512, 512), (768, 512), (1024, 683))
ENDINGS = {".png", ".jpg", ".jpeg", ".webp"}


@dataclass(frozen=True)
class Photo:
    """``pixels`` are uint8 (H, W, 3), sRGB."""

    name: str
    pixels: NDArray[Any]


def data_folder() -> Path:
    """Where photographs and weights for measuring lie, the same place as for the tests."""
    return Path(os.environ.get("RESTORE_TEST_DATA", ROOT.parent / "shared"))


def photos(folder: Path | None = None) -> list[Photo]:
    """Three photographs of 512 × 512, 768 × 512 and 1024 × 683 pixels, reduced and cropped about their middle.

    They are ``NAMES`` of ``folder``, or its first three by name; without a folder those of the test data, and where
    there are none, the samples of scikit-image.
    """
    place = folder or data_folder() / "photos"
    if folder is None and not place.is_dir():
        return _samples()
    named = [place / name for name in NAMES]
    found = named if all(path.is_file() for path in named) else _first(place)
    return [_fitted(path.name, Image.open(path), size) for path, size in zip(found, SIZES, strict=False)]


def _first(folder: Path) -> list[Path]:
    pictures = sorted(path for path in folder.iterdir() if path.suffix.lower() in ENDINGS)
    if not pictures:
        raise SystemExit(f"{folder} holds no photographs")
    return pictures[: len(SIZES)]


def _samples() -> list[Photo]:
    from skimage import data

    named = (("astronaut", data.astronaut()), ("coffee", data.coffee()), ("cat", data.cat()))
    return [_fitted(name, Image.fromarray(pixels), size) for (name, pixels), size in zip(named, SIZES, strict=True)]


def _fitted(name: str, picture: Image.Image, size: tuple[int, int]) -> Photo:
    whole = ImageOps.exif_transpose(picture).convert("RGB")
    return Photo(name, np.asarray(ImageOps.fit(whole, size, Image.Resampling.LANCZOS)))
