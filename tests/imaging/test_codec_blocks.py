"""A JPEG that was cleaned in one place keeps every other coefficient, and says what any result says."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from wagtail_restore.imaging import header
from wagtail_restore.imaging.codec import Encoded, Picture, blocks, coefficients, decode, encode, segments
from wagtail_restore.imaging.codec.upright import as_stored
from wagtail_restore.imaging.provenance import Kind, make

pytest.importorskip("jpeglib", reason="jpeglib is not installed")

LIMIT = 20_000_000
WAYS: dict[str, dict[str, Any]] = {
    "4:4:4": {"subsampling": 0},
    "4:2:2": {"subsampling": 1},
    "4:2:0": {"subsampling": 2},
    "4:2:0 progressive": {"subsampling": 2, "progressive": True},
    "4:4:4 progressive": {"subsampling": 0, "progressive": True},
    "4:2:0 restarts": {"subsampling": 2, "restart_marker_blocks": 3},
    "rgb": {"keep_rgb": True, "dpi": None},
    "rgb progressive": {"keep_rgb": True, "progressive": True, "dpi": None},
    "rgb that calls itself JFIF": {"keep_rgb": True},
}
SIZES = [(160, 128), (157, 131), (97, 203)]


def photo(width: int, height: int, channels: int = 3, seed: int = 0) -> NDArray[np.uint8]:
    """Soft shapes with some grain, (H, W, C)."""
    noise = np.random.default_rng(seed)
    y, x = np.mgrid[0:height, 0:width]
    planes = [120 + 70 * np.sin(x / (9 + 4 * c)) * np.cos(y / (13 - 3 * c)) + 40 * (x > y) for c in range(channels)]
    return np.clip(np.stack(planes, 2) + noise.normal(0, 4, (height, width, 1)), 0, 255).astype(np.uint8)


def jpeg(pixels: NDArray[np.uint8], orientation: int = 1, **options: Any) -> bytes:
    out = io.BytesIO()
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = orientation, "A camera"
    image = Image.fromarray(pixels[:, :, 0] if pixels.shape[2] == 1 else pixels)
    given = {"quality": 88, "exif": exif, "dpi": (300, 300), **options}
    image.save(out, "JPEG", **{key: value for key, value in given.items() if value is not None})
    return out.getvalue()


def stamped(source: Picture, where: NDArray[np.bool_]) -> Picture:
    """The picture with other pixels, those of a flat and tinted patch with a slope, where it is to be changed."""
    pixels = source.pixels.copy()
    y, x = np.nonzero(where)
    for channel in range(source.channels):
        pixels[y, x, channel] = np.clip(200 - 40 * channel - y // 2 + x // 3, 0, 255)
    return source.with_pixels(pixels)


def patch(source: Picture, top: int = 60, left: int = 43, height: int = 21, width: int = 37) -> NDArray[np.bool_]:
    where = np.zeros((source.height, source.width), bool)
    where[top : top + height, left : left + width] = True
    return where


def planes(data: bytes) -> list[NDArray[np.int16]]:
    parts = segments.split(data)
    return coefficients.read(segments.bare(parts), segments.frame(parts).space).planes


def touched(shape: tuple[int, int], where: NDArray[np.bool_], step: tuple[int, int]) -> NDArray[np.bool_]:
    """The blocks of a component with a changed pixel, found one by one."""
    rows, columns = shape
    down, across = 8 * step[0], 8 * step[1]
    found = [
        [where[y * down : (y + 1) * down, x * across : (x + 1) * across].any() for x in range(columns)]
        for y in range(rows)
    ]
    return np.array(found, bool)


def decibels(one: NDArray[Any], other: NDArray[Any]) -> float:
    return float(10 * np.log10(255**2 / max(np.mean((one.astype(float) - other) ** 2), 1e-9)))


def check(data: bytes, wanted: Picture, where: NDArray[np.bool_], encoded: Encoded) -> None:
    """What is promised of every such file."""
    head, source, made = header.read(data), decode(data, max_pixels=LIMIT), decode(encoded.data, max_pixels=LIMIT)
    assert header.read(encoded.data).orientation == head.orientation
    parts = segments.split(data)
    steps = segments.frame(parts).steps
    stored = as_stored(where, head.orientation)
    reach = np.zeros(stored.shape, bool)
    for old, new, step in zip(planes(data), planes(encoded.data), steps, strict=True):
        here = touched(old.shape[:2], stored, step)
        assert (old == new)[~here].all(), "a block that was not touched has other coefficients"
        spread = here.repeat(8 * step[0], 0).repeat(8 * step[1], 1)[: stored.shape[0], : stored.shape[1]]
        reach |= spread
        if step != (1, 1):
            around = np.pad(spread, 1)
            for y in (0, 1, 2):
                for x in (0, 1, 2):
                    reach |= around[y : y + stored.shape[0], x : x + stored.shape[1]]
    same = (as_stored(made.pixels, head.orientation) == as_stored(source.pixels, head.orientation)).all(axis=2)
    assert same[~reach].all(), "a pixel that no touched block reaches was changed"
    anew = decode(encode(wanted).data, max_pixels=LIMIT)
    ours, theirs = (decibels(each.pixels[where], wanted.pixels[where]) for each in (made, anew))
    assert ours > min(theirs - 2.0, 45), f"{ours:.1f} dB in the patch, and {theirs:.1f} dB when all is encoded anew"
    assert len(encoded.data) < 1.1 * len(data) + 2000


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("way", WAYS)
def test_only_the_touched_blocks_are_new(way: str, size: tuple[int, int]) -> None:
    data = jpeg(photo(*size), **WAYS[way])
    source = decode(data, max_pixels=LIMIT)
    where = patch(source)
    wanted = stamped(source, where)
    encoded = encode(wanted, original=data)
    assert encoded.notes == ()
    check(data, wanted, where, encoded)
    assert decode(encoded.data, max_pixels=LIMIT).source.progressive == WAYS[way].get("progressive", False)


@pytest.mark.parametrize("progressive", [False, True])
def test_grey(progressive: bool) -> None:
    data = jpeg(photo(157, 131, 1), progressive=progressive)
    source = decode(data, max_pixels=LIMIT)
    where = patch(source)
    encoded = encode(stamped(source, where), original=data)
    check(data, stamped(source, where), where, encoded)
    assert decode(encoded.data, max_pixels=LIMIT).is_grey


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_turned_picture_stays_stored_as_it_was(orientation: int) -> None:
    data = jpeg(photo(157, 131), orientation, subsampling=2)
    source = decode(data, max_pixels=LIMIT)
    where = patch(source, top=70, left=11)
    wanted = stamped(source, where)
    encoded = encode(wanted, original=data)
    check(data, wanted, where, encoded)
    with Image.open(io.BytesIO(encoded.data)) as image:
        assert (image.size, image.getexif()[0x0112], image.getexif()[0x010F]) == ((157, 131), orientation, "A camera")


def test_a_patch_at_the_border_goes_on_beyond_it() -> None:
    data = jpeg(photo(157, 131), subsampling=2)
    source = decode(data, max_pixels=LIMIT)
    where = patch(source, top=110, left=120, height=21, width=37)
    encoded = encode(stamped(source, where), original=data)
    check(data, stamped(source, where), where, encoded)


def test_what_was_clipped_does_not_shine_through() -> None:
    """Where a white stamp was rounded to 255 the coefficients say more than 255, of which nothing may be left."""
    pixels = photo(160, 128)
    pixels[64:72, 40:120:3] = 255
    data = jpeg(pixels, subsampling=0, quality=60)
    source = decode(data, max_pixels=LIMIT)
    where = patch(source, top=60, left=36, height=17, width=90)
    wanted = source.with_pixels(np.where(where[:, :, None], np.uint8(90), source.pixels))
    made = decode(encode(wanted, original=data).data, max_pixels=LIMIT)
    assert np.abs(made.pixels[64:72, 40:120].astype(int) - 90).max() <= 2


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 2**16),
    share=st.floats(0.0, 0.1),
    way=st.sampled_from(sorted(WAYS)),
    orientation=st.integers(1, 8),
    size=st.tuples(st.integers(1, 90), st.integers(1, 90)),
)
def test_any_mask(seed: int, share: float, way: str, orientation: int, size: tuple[int, int]) -> None:
    data = jpeg(photo(*size), orientation, **WAYS[way])
    source = decode(data, max_pixels=LIMIT)
    where = np.random.default_rng(seed).random((source.height, source.width)) < share
    changed = source.with_pixels(np.where(where[:, :, None], source.pixels ^ 64, source.pixels))
    stored = as_stored(where, orientation)
    cells = touched((-(-stored.shape[0] // 8), -(-stored.shape[1] // 8)), stored, (1, 1))
    if blocks.MOST_TOUCHED < cells.mean() < 1:
        with pytest.raises(ValueError, match="too much"):
            blocks.change(changed, data)
        return
    change = blocks.change(changed, data)
    assert (change is None) == cells.all()
    if change is None:
        return
    old, new = planes(data), planes(blocks.coded(change))
    for index, step in enumerate(segments.frame(segments.split(data)).steps):
        here = touched(old[index].shape[:2], stored, step)
        assert (old[index] == new[index])[~here].all()


def test_the_metadata_are_those_of_any_result() -> None:
    data = jpeg(photo(160, 128), icc_profile=b"", comment=b"By the sea")
    source = decode(data, max_pixels=LIMIT)
    packet = make(Kind.COMPOSITE, "lama", "1.0")
    wanted = stamped(source, patch(source))
    usual = decode(encode(wanted, xmp=packet).data, max_pixels=LIMIT).source
    made = encode(wanted, xmp=packet, original=data)
    assert decode(made.data, max_pixels=LIMIT).source == usual
    assert usual.xmp == packet
    assert (usual.comment, usual.dpi) == (b"By the sea", (300, 300))


@pytest.mark.parametrize("orientation", [1, 6])
def test_the_place_goes_where_it_is_not_wanted(data: Path, orientation: int) -> None:
    name = {1: "exif_gps_jpeg.jpg", 6: "exif_gps_orient6_to_rename.jpg"}[orientation]
    original = (data / "odd" / name).read_bytes()
    source = decode(original, max_pixels=LIMIT)
    wanted = stamped(source, patch(source, height=11, width=17))
    for keep in (True, False):
        made = encode(wanted, keep_gps=keep, original=original)
        with Image.open(io.BytesIO(made.data)) as image:
            assert (0x8825 in image.getexif(), image.getexif()[0x0112]) == (keep, orientation)


ODD = [
    "exif_gps_jpeg.jpg",
    "exif_gps_orient6_to_rename.jpg",
    "exif_orientation6_faces.jpg",
    "exif_orientation_portrait_8.jpg",
    "gray.jpg",
    "icc_adobergb_photo.jpg",
    "icc_garbage.jpg",
    "icc_p3_photo.jpg",
    "jpeg_trailing_zip.jpg",
    "mpo_frozenpond.mpo",
    "progressive.jpg",
]


@pytest.mark.parametrize("name", ODD)
def test_odd_files(data: Path, name: str) -> None:
    original = (data / "odd" / name).read_bytes()
    source = decode(original, name=name, max_pixels=LIMIT)
    where = patch(source, height=13, width=30)
    wanted = stamped(source, where)
    encoded = encode(wanted, original=original)
    assert encoded.notes == source.source.notes
    first = segments.bare(segments.split(original))
    assert [old.shape for old in planes(original)] == [new.shape for new in planes(encoded.data)]
    check(original if name != "mpo_frozenpond.mpo" else first, wanted, where, encoded)


@pytest.mark.parametrize("name", ["cmyk_swop.jpg", "cmyk_pillow.jpg", "cmyk_no_profile.jpg"])
def test_printing_colours_are_encoded_anew_and_that_is_said(data: Path, name: str) -> None:
    original = (data / "odd" / name).read_bytes()
    source = decode(original, name=name, max_pixels=LIMIT)
    wanted = stamped(source, patch(source, top=20, left=20, height=9, width=9))
    encoded = encode(wanted, original=original)
    assert encoded.notes == (*source.source.notes, "encoded_anew")
    assert encoded.data == encode(wanted).data


def test_a_picture_changed_in_large_part_is_encoded_anew_and_that_is_said() -> None:
    data = jpeg(photo(160, 128))
    source = decode(data, max_pixels=LIMIT)
    wanted = stamped(source, patch(source, top=0, left=0, height=128, width=80))
    made = encode(wanted, original=data)
    assert (made.data, made.notes) == (encode(wanted).data, ("encoded_anew",))


def test_a_picture_changed_everywhere_is_encoded_as_any_other() -> None:
    data = jpeg(photo(160, 128))
    source = decode(data, max_pixels=LIMIT)
    wanted = stamped(source, patch(source, top=0, left=0, height=128, width=160))
    assert encode(wanted, original=data) == encode(wanted)


def test_a_picture_of_very_many_pixels_keeps_its_blocks_too() -> None:
    pixels = np.full((8100, 8000, 1), 90, np.uint8)
    pixels[::64] = 140
    data = jpeg(pixels)
    source = decode(data, max_pixels=100_000_000)
    made = encode(stamped(source, patch(source)), original=data)
    assert made.notes == ()
    assert (planes(data)[0] != planes(made.data)[0]).any(axis=(2, 3)).sum() == 20


def test_a_picture_of_another_size_is_encoded_as_any_other() -> None:
    data = jpeg(photo(160, 128))
    larger = decode(data, max_pixels=LIMIT).with_pixels(photo(320, 256))
    assert encode(larger, original=data) == encode(larger)


@pytest.mark.parametrize("damage", ["half", "not_a_jpeg", "empty", "bit"])
def test_a_damaged_original_is_no_help_and_no_harm(damage: str) -> None:
    data = jpeg(photo(160, 128))
    source = decode(data, max_pixels=LIMIT)
    wanted = stamped(source, patch(source))
    middle = len(data) // 2
    bit = data[:middle] + bytes([data[middle] ^ 8]) + data[middle + 1 :]
    broken = {"half": data[:middle], "not_a_jpeg": b"GIF89a", "empty": b"", "bit": bit}[damage]
    assert encode(wanted, original=broken).data == encode(wanted).data


def test_without_jpeglib_all_is_encoded_anew_and_that_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    data = jpeg(photo(160, 128))
    source = decode(data, max_pixels=LIMIT)
    wanted = stamped(source, patch(source))
    monkeypatch.setattr(coefficients, "jpeglib", None)
    encoded = encode(wanted, original=data)
    assert (encoded.data, encoded.notes) == (encode(wanted).data, ("encoded_anew",))


def test_the_result_goes_into_a_file(tmp_path: Path) -> None:
    data = jpeg(photo(160, 128))
    source = decode(data, max_pixels=LIMIT)
    wanted = stamped(source, patch(source))
    with (tmp_path / "out.jpg").open("w+b") as file:
        assert encode(wanted, original=data, into=file).data == b""
    assert (tmp_path / "out.jpg").read_bytes() == encode(wanted, original=data).data
