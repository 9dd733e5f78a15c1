"""A network sees sRGB, whatever the profile, and the file gets its own colours back."""

from __future__ import annotations

import io
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image, ImageCms

from wagtail_restore.imaging.working import Working

WIDE = ("icc_p3_photo.png", "icc_adobergb_photo.png", "icc_prophoto_1x1.png", "tiff_adobergb_exif.tiff")
SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def profile_of(data: Path, name: str) -> bytes:
    with Image.open(data / "odd" / name) as image:
        icc: bytes = image.info["icc_profile"]
    return icc


def cube(steps: int = 18) -> NDArray[np.uint8]:
    """Colours of the whole cube, (H, W, 3)."""
    ramp = np.linspace(0, 255, steps).round().astype(np.uint8)
    return np.stack(np.meshgrid(ramp, ramp, ramp, indexing="ij"), axis=-1).reshape(steps, -1, 3)


def floats(pixels: NDArray[Any]) -> NDArray[np.float32]:
    return (pixels / 255).astype(np.float32)


def made(**tags: bytes) -> bytes:
    """The profile of sRGB as Pillow makes it, with other tags of the same length or another one."""
    base = {**sections(SRGB), **{name.encode(): tag for name, tag in tags.items()}}
    table, body = struct.pack(">I", len(base)), b""
    start = 128 + 4 + 12 * len(base)
    for name, tag in base.items():
        table += struct.pack(">4sII", name, start + len(body), len(tag))
        body += tag + bytes(-len(tag) % 4)
    icc = SRGB[:128] + table + body
    return struct.pack(">I", len(icc)) + icc[4:]


def sections(icc: bytes) -> dict[bytes, bytes]:
    (count,) = struct.unpack_from(">I", icc, 128)
    entries = [struct.unpack_from(">4sII", icc, 132 + 12 * index) for index in range(count)]
    return {name: icc[start : start + length] for name, start, length in entries}


def curves(tag: bytes) -> dict[str, bytes]:
    return dict.fromkeys(("rTRC", "gTRC", "bTRC"), tag)


def gamma(number: float) -> bytes:
    return struct.pack(">4sIIH", b"curv", 0, 1, round(number * 256))


def sampled(light: NDArray[Any]) -> bytes:
    return struct.pack(">4sII", b"curv", 0, len(light)) + (light * 65535).round().astype(">u2").tobytes()


def parametric(kind: int, *numbers: float) -> bytes:
    fixed = [round(number * 65536) for number in numbers]
    return struct.pack(f">4sIHH{len(fixed)}i", b"para", 0, kind, 0, *fixed)


STEPS = np.linspace(0, 1, 1024)
CURVES = {
    "no curve": struct.pack(">4sII", b"curv", 0, 0),
    "gamma": gamma(2.2),
    "table": sampled(STEPS**1.9),
    "short table": sampled(np.array([0.0, 0.2, 1.0])),
    "type 0": parametric(0, 1.8),
    "type 1": parametric(1, 2.4, 1 / 1.055, 0.055 / 1.055),
    "type 2": parametric(2, 2.4, 1 / 1.055, 0.055 / 1.055, 0.0),
    "type 3": parametric(3, 1 / 0.45, 1 / 1.0993, 0.0993 / 1.0993, 1 / 4.5, 0.08125),
    "type 4": parametric(4, 3.0, 1 / 1.16, 0.16 / 1.16, 1 / 9.033, 0.08, 0.0, 0.0),
}
"""Each way in which a profile can give its curves, none of them sRGB's."""


def check_against_little_cms(icc: bytes, most: float = 1.5) -> None:
    """What Little CMS makes of the colours that sRGB has."""
    seen = Working.of(icc).enter(floats(cube())) * 255
    source = ImageCms.ImageCmsProfile(io.BytesIO(icc))
    image = Image.fromarray(cube())
    intent = ImageCms.Intent.RELATIVE_COLORIMETRIC
    converted = ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"), intent, "RGB")
    assert converted is not None
    inside = ((seen > -0.4) & (seen < 255.4)).all(axis=2)
    assert inside.mean() > 0.15
    assert np.abs(seen - np.asarray(converted))[inside].max() < most


@pytest.mark.parametrize("name", WIDE)
def test_the_network_sees_srgb(data: Path, name: str) -> None:
    check_against_little_cms(profile_of(data, name))


@pytest.mark.parametrize("kind", CURVES)
def test_every_kind_of_curve_is_read(kind: str) -> None:
    check_against_little_cms(made(**curves(CURVES[kind])))


@pytest.mark.parametrize("name", WIDE)
def test_the_file_gets_its_own_colours_back(data: Path, name: str) -> None:
    working = Working.of(profile_of(data, name))
    assert not working.identity
    pixels = floats(cube(33))
    assert np.abs(working.leave(working.enter(pixels)) - pixels).max() < 1e-4


@pytest.mark.parametrize("kind", CURVES)
def test_every_kind_of_curve_has_a_way_back(kind: str) -> None:
    working = Working.of(made(**curves(CURVES[kind])))
    pixels = np.linspace(0, 1, 30_000, dtype=np.float32).reshape(100, 100, 3)
    assert np.abs(working.leave(working.enter(pixels)) - pixels).max() < 1e-4


@settings(deadline=None, max_examples=30)
@given(st.integers(1, 5), st.integers(1, 5), st.floats(1.0, 2.6), st.integers(0, 9))
def test_any_picture_of_any_gamma_comes_back(height: int, width: int, power: float, seed: int) -> None:
    working = Working.of(made(**curves(gamma(power))))
    pixels = np.random.default_rng(seed).random((height, width, 3), np.float32)
    again = working.leave(working.enter(pixels))
    assert (again.shape, again.dtype) == (pixels.shape, np.float32)
    assert np.abs(again - pixels).max() < 1e-4


def test_known_colours_of_display_p3(data: Path) -> None:
    working = Working.of(profile_of(data, "icc_p3_photo.png"))
    pixels = np.array([[[1, 0, 0], [0, 1, 0], [1, 1, 1], [0, 0, 0]]], np.float32)
    # The corners of Display P3 in extended sRGB, as the CSS Color specification gives them.
    expected = [[1.0930, -0.2267, -0.1501], [-0.5116, 1.0183, -0.3107], [1, 1, 1], [0, 0, 0]]
    assert np.abs(working.enter(pixels)[0] - expected).max() < 1e-3


def test_what_a_network_adds_beyond_the_range_survives(data: Path) -> None:
    working = Working.of(profile_of(data, "icc_adobergb_photo.png"))
    pixels = np.array([[[-0.1, 0.5, 1.2], [1.05, -0.02, 0.3]]], np.float32)
    assert np.abs(working.leave(working.enter(pixels)) - pixels).max() < 1e-3


def test_strips_give_what_the_whole_gives(data: Path) -> None:
    working = Working.of(profile_of(data, "icc_adobergb_photo.png"))
    pixels = np.random.default_rng(3).random((700, 500, 3), np.float32)
    whole = working.enter(pixels)
    assert np.abs(whole[313:500] - working.enter(pixels[313:500])).max() < 1e-6
    assert np.abs(whole[:, 20:90] - working.enter(pixels[:, 20:90])).max() < 1e-6


@pytest.mark.parametrize("name", ["webp_photo.webp", "icc_garbage.jpg", "exif_gps_jpeg.jpg", "cmyk_swop.jpg"])
def test_srgb_broken_profiles_and_tables_are_left_alone(data: Path, name: str) -> None:
    working = Working.of(profile_of(data, name))
    pixels = floats(cube())
    assert working.identity
    assert working.enter(pixels) is pixels
    assert working.leave(pixels) is pixels


ODD = {
    "none": b"",
    "cut short": SRGB[:140],
    "without its end": SRGB[:-200],
    "grey": SRGB[:16] + b"GRAY" + SRGB[20:],
    "no profile": SRGB[:36] + b"psca" + SRGB[40:],
    "tags without end": SRGB[:128] + b"\xff\xff\xff\xff" + SRGB[132:],
    "tables": made(A2B0=b"mft2" + bytes(48)),
    "no such curve": made(rTRC=b"none" + bytes(12)),
    "no such parametric curve": made(rTRC=parametric(9, 1.0)),
    "a table cut short": made(rTRC=sampled(STEPS)[:99]),
    "a falling curve": made(**curves(sampled(1 - STEPS))),
    "a flat curve": made(**curves(sampled(0 * STEPS))),
    "a curve of no end": made(**curves(parametric(1, 900.0, 90.0, 1.0))),
    "no primary": made(rXYZ=b"text" + bytes(16)),
    "one primary three times": made(**{name: sections(SRGB)[b"rXYZ"] for name in ("gXYZ", "bXYZ")}),
}


@pytest.mark.parametrize("what", ODD)
def test_odd_profiles_change_nothing(what: str) -> None:
    assert Working.of(ODD[what]).identity


def test_srgb_and_no_profile_change_nothing() -> None:
    assert Working.of(None).identity
    assert Working.of(SRGB).identity


def test_grey_pixels_stay_as_they_are(data: Path) -> None:
    working = Working.of(profile_of(data, "icc_adobergb_photo.png"))
    grey = np.full((4, 4, 1), 0.5, np.float32)
    assert working.enter(grey) is grey
    assert working.leave(grey) is grey
