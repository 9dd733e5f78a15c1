"""A JPEG file is cut at its markers and joined again."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
from PIL import Image

from wagtail_restore.imaging.codec.segments import Frame, Segment, bare, described, frame, split

PIXELS = np.random.default_rng(3).integers(0, 255, (37, 50, 3), np.uint8)


def jpeg(mode: str = "RGB", **options: Any) -> bytes:
    out = io.BytesIO()
    Image.fromarray(PIXELS).convert(mode).save(out, "JPEG", **options)
    return out.getvalue()


def opened(data: bytes) -> Any:
    return np.asarray(Image.open(io.BytesIO(data))).tolist()


@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"restart_marker_blocks": 1}])
def test_what_is_cut_is_the_whole_file(options: dict[str, Any]) -> None:
    data = jpeg(comment=b"hello", **options)
    assert b"".join([b"\xff\xd8", *(part.data for part in split(data)), b"\xff\xd9"]) == data


def test_what_follows_the_picture_is_left() -> None:
    data = jpeg()
    assert split(data + jpeg(comment=b"a preview")) == split(data)


def test_bare_is_the_picture_alone() -> None:
    data = jpeg(comment=b"hello", exif=b"Exif\0\0II*\0\x08\0\0\0\0\0\0\0\0\0")
    parts = split(bare(split(data)))
    assert [part.marker for part in parts if part.describes] == [0xE0]
    assert opened(bare(split(data))) == opened(data)


@pytest.mark.parametrize(
    ("options", "steps"),
    [
        ({"subsampling": 0}, ((1, 1), (1, 1), (1, 1))),
        ({"subsampling": 1}, ((1, 1), (1, 2), (1, 2))),
        ({"subsampling": 2}, ((1, 1), (2, 2), (2, 2))),
        ({"mode": "L"}, ((1, 1),)),
    ],
)
def test_the_frame(options: dict[str, Any], steps: Any) -> None:
    assert frame(split(jpeg(**options))) == Frame(
        50, 37, steps, "grey" if len(steps) == 1 else "ycc", progressive=False
    )
    assert frame(split(jpeg(progressive=True, **options))).progressive


@pytest.mark.parametrize(
    ("options", "space"), [({}, "rgb"), ({"dpi": (72, 72)}, "ycc")], ids=["Adobe says RGB", "JFIF says no"]
)
def test_what_the_components_are(options: dict[str, Any], space: str) -> None:
    parts = split(jpeg(keep_rgb=True, **options))
    assert frame(parts).space == space
    assert frame([part for part in parts if not part.describes]).space == "rgb", "by the names of the components"


def test_blocks_are_counted_in_samples() -> None:
    found = frame(split(jpeg(subsampling=2)))
    assert [found.blocks(component) for component in range(3)] == [(5, 7), (3, 4), (3, 4)]


def with_byte(data: bytes, marker: int, at: int, value: int) -> list[Segment]:
    """The segments with one byte of a segment changed."""
    parts = split(data)
    for index, part in enumerate(parts):
        if part.marker == marker:
            parts[index] = Segment(marker, part.data[: 4 + at] + bytes([value]) + part.data[5 + at :])
    return parts


@pytest.mark.parametrize(
    "parts",
    [
        split(jpeg("CMYK")),
        with_byte(jpeg(), 0xC0, 0, 12),
        with_byte(jpeg(), 0xC0, 7, 0),
        with_byte(jpeg(), 0xC0, 10, 0x33),
        [Segment(0xC9, part.data) if part.marker == 0xC0 else part for part in split(jpeg())],
        [part for part in split(jpeg()) if part.marker != 0xDA],
        split(jpeg())[:-1] + split(jpeg())[-1:] * 101,
    ],
    ids=["four colours", "12 bits", "no samples", "thirds", "arithmetic", "no scan", "scans without end"],
)
def test_frames_that_are_not_for_us(parts: list[Segment]) -> None:
    with pytest.raises(ValueError, match="JPEG: "):
        frame(parts)


@pytest.mark.parametrize(
    "data", [b"", b"GIF89a", b"\xff\xd8", b"\xff\xd8\xff\xe0\0\x01", b"\xff\xd8JFIF", jpeg()[:-900]]
)
def test_damage(data: bytes) -> None:
    with pytest.raises(ValueError, match="JPEG: "):
        split(data)


def test_the_words_of_one_file_and_the_picture_of_another() -> None:
    words = split(jpeg("L", comment=b"hello", dpi=(200, 200)))
    made = Image.open(io.BytesIO(described(split(jpeg(comment=b"other")), words)))
    assert (made.info["comment"], made.info["dpi"]) == (b"hello", (200, 200))
    assert np.asarray(made).tolist() == opened(jpeg())


def test_rgb_samples_stay_rgb() -> None:
    data = jpeg(keep_rgb=True)
    made = described(split(data), split(jpeg(comment=b"hello")))
    assert opened(made) == opened(data)
    assert Image.open(io.BytesIO(made)).info["comment"] == b"hello"
