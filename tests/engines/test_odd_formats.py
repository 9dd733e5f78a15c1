"""Every odd file that can be read comes out twice as large, and else as it was: colours, depth, alpha and profile."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pillow_heif
import pytest
from numpy.typing import NDArray
from PIL import Image

from tests.imaging.test_codec_odd import ODD
from wagtail_restore.catalogue import shipped
from wagtail_restore.engines.base import Context
from wagtail_restore.engines.pool import Pool
from wagtail_restore.engines.runner import run
from wagtail_restore.imaging.codec import Encoded, Picture, decode, encode
from wagtail_restore.imaging.planning import Plan, Step

LARGEST = 4_000_000
QUICK = 300_000
"""Pixels up to which a network is given the time; above it is Lanczos."""

SMALL = [
    name for name, expected in ODD.items() if not isinstance(expected, str) and expected[0] * expected[1] < LARGEST
]


@pytest.fixture(scope="module")
def pool() -> Pool:
    return Pool(shipped(), "cpu")


def doubled(picture: Picture, pool: Pool) -> Picture:
    width, height = 2 * picture.width, 2 * picture.height
    model = "compact-x2" if picture.width * picture.height <= QUICK else "resample"
    plan = Plan((Step("upscale", model, {"width": width, "height": height}),))
    return run(plan, picture, pool, Context()).picture


def mean(picture: Picture) -> NDArray[np.float64]:
    """The mean colour of what can be seen, 0 to 255."""
    weights = np.ones(picture.pixels.shape[:2]) if picture.alpha is None else picture.alpha.astype(float) + 1e-9
    colours = np.average(picture.pixels.reshape(-1, picture.channels), axis=0, weights=weights.ravel())
    return np.asarray(colours * 255 / np.iinfo(picture.pixels.dtype).max)


def orientation(encoded: Encoded) -> int:
    if encoded.format == "HEIF":
        return int(pillow_heif.open_heif(io.BytesIO(encoded.data)).to_pillow().getexif().get(274, 1))
    with Image.open(io.BytesIO(encoded.data)) as image:
        return int(image.getexif().get(274, 1))


@pytest.mark.parametrize("name", SMALL)
def test_an_odd_file_comes_out_larger_and_else_as_it_was(data: Path, pool: Pool, name: str) -> None:
    source = decode((data / "odd" / name).read_bytes(), name=name, max_pixels=LARGEST)
    encoded = encode(doubled(source, pool))
    again = decode(encoded.data, name=f"again{encoded.extension}", max_pixels=4 * LARGEST)
    assert encoded.format == source.source.format
    assert (again.width, again.height) == (2 * source.width, 2 * source.height)
    assert (again.channels, again.pixels.dtype) == (source.channels, source.pixels.dtype)
    assert (again.alpha is None) == (source.alpha is None)
    assert again.source.icc == source.source.icc
    assert orientation(encoded) == 1
    # Dots of pure black and white overshoot both ends when they are resized, the black between few white ones more.
    assert np.abs(mean(again) - mean(source)).max() < (8 if source.source.bilevel else 2)
    if source.alpha is not None and again.alpha is not None:
        top = np.iinfo(source.alpha.dtype).max / 255
        assert abs(again.alpha.mean() - source.alpha.mean()) / top < 2


@pytest.mark.parametrize("name", ["icc_adobergb_photo.png", "icc_p3_photo.png"])
def test_wide_colours_go_through_a_network_and_stay_where_they_are(data: Path, pool: Pool, name: str) -> None:
    """Pixel by pixel, down again at the size of the source: a profile that was mistaken would show."""
    whole = decode((data / "odd" / name).read_bytes(), name=name, max_pixels=LARGEST)
    source = whole.with_pixels(np.ascontiguousarray(whole.pixels[100:250, 100:250]))
    made = doubled(source, pool)
    back = np.asarray(Image.fromarray(made.pixels[:, :, :3].copy()).resize((150, 150), Image.Resampling.BOX))
    assert made.source.icc == source.source.icc
    assert np.abs(back.astype(float) - source.pixels).mean() < 6
